#!/usr/bin/perl
# What happened to other service desks, each tried here under its name: CVE-2023-22501, the mail cannon, the ticket
# trick, and a signup that was switched off in the form only. Cases: security.md 1.1 to 1.3, 47, 182 to 185.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use MIME::QuotedPrint ();
use Mojo::JSON ();
use Mojo::Util ();
use ServiceDesk::Test;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Page;
use ServiceDesk::Test::Rest;
use Test::More;

my ($yes, $no) = (Mojo::JSON->true, Mojo::JSON->false);
my $password = 'nine lanterns on a bridge';
my $network  = 0;
sub source { $network++; return ('X-Test-From' => '10.7.' . int($network / 250) . '.' . $network % 250) }

# A desk OPEN with a type, that takes signups.
sub server {
    my $desk = ServiceDesk::Test->new(fixture => 1, modules => ['remoteip'],
        conf => "RemoteIPHeader X-Test-From\nRemoteIPInternalProxy 127.0.0.1\n"
            . "ServiceDeskMailFrom help\@help.example.com\nServiceDeskMailTransport dir:post\n");
    $desk->tool_ok('desk', 'add', 'OPEN', 'Open Desk', '--access', 'accounts');
    $desk->tool_ok('role', 'add', 'administrator', 'da1', '--desk', 'OPEN');
    $desk->tool_ok('role', 'add', 'agent', 'ag2', '--desk', 'OPEN');
    my $type = good($desk->as('da1')->post(API . '/servicedesk/OPEN/requesttype',
        {issueTypeId => '1', name => 'Ask', description => '', helpText => ''}), 'a type');
    my %raise = (serviceDeskId => $desk->value(q{SELECT id FROM desk WHERE key = 'OPEN'}),
        requestTypeId => $type->{id});
    return ($desk, \%raise);
}

sub open_signup {
    my ($desk) = @_;
    $desk->tool_ok('setting', 'set', 'public_signup', 'true');
    $desk->tool_ok('desk', 'access', 'OPEN', '--signup');
    return;
}

# Every mail that has left: {address, kind, text} with the text decoded.
sub mails {
    my ($desk) = @_;
    $desk->wait_for(sub { !$desk->value(q{SELECT count(*) FROM outbox WHERE state = 'queued'}) }, 60);
    return map {
        my $raw = ServiceDesk::Test::slurp($desk->dir . "/post/new/$_->{message_id}");
        {address => $_->{address}, kind => $_->{kind}, text => MIME::QuotedPrint::decode_qp($raw =~ s/\r\n/\n/gr)}
    } @{$desk->rows(q{SELECT * FROM outbox WHERE state = 'sent' ORDER BY id})};
}

sub urls {
    my ($text) = @_;
    my %urls = map { $_ => 1 } $text =~ m{\b(?:https?|ftp)://[^\s"<>]+}g;
    return sort keys %urls;
}

subtest 'CVE-2023-22501: a link that makes somebody the account is in no mail that others read' => sub {
    my ($desk) = server();
    my ($ag1, $c2) = map { $desk->as($_) } qw(ag1 c2);
    my $d1 = $desk->thing('D1')->{id};
    my $claim = 'claim@new.example';
    good($ag1->post(OWN . "/servicedesk/$d1/invitation", {addresses => $claim}), 'invited, and never comes');
    my $request = created($ag1->post(API . '/request', {
        serviceDeskId => $d1, requestTypeId => $desk->thing('T1')->{id}, raiseOnBehalfOf => $claim,
        requestParticipants => ['c2'], requestFieldValues => {summary => 'for somebody who never came'},
    }), 'raised for them');
    my $path = API . "/request/$request->{issueKey}";
    created($ag1->post("$path/comment", {body => "comment $_", public => $yes}), 'commented') for 1 .. 3;
    created($c2->post("$path/comment", {body => 'who are you?', public => $yes}), 'a participant too');
    $desk->tool_ok('account', $_, 'c2') for 'disable', 'enable';
    $desk->as('')->post(OWN . '/account/reset', {address => $_}, source()) for $claim, 'c2@example.org';
    mails($desk);
    good($ag1->post(OWN . "/servicedesk/$d1/invitation", {addresses => "$claim, c4\@example.org"}), 'invited again');

    my @mails = mails($desk);
    cmp_ok scalar(grep { $_->{address} ne $claim } @mails), '>=', 4, 'others get mails';
    my $links = qr/\bsd[a-tv-z]_[\w-]{43}/;    # whatever a mailed token can be, but for the end of mails
    is_deeply [map {"$_->{kind} $_->{address}"} grep { $_->{text} =~ $links && $_->{address} eq $claim } @mails],
        [("invite $claim") x 2], 'theirs have a link in the invitation, and nowhere else';
    is_deeply [map {"$_->{kind} $_->{address}"} grep { $_->{text} =~ $links && $_->{address} ne $claim } @mails],
        ['reset c2@example.org'], 'those of others have none, but for what they asked for about themselves';
    unlike join('', map { $_->{text} } grep { $_->{address} ne $claim } @mails), qr/\Q$claim\E/, 'nor the address';

    # What others got leads to pages that say nothing to somebody without a session.
    for my $url (map { urls($_->{text}) } grep { $_->{address} ne $claim && $_->{kind} ne 'reset' } @mails) {
        my $page = ServiceDesk::Test::Page->new($desk)->get($url =~ s/^\Q@{[$desk->base]}\E//r || '/');
        $page->follow if $page->location && $page->location =~ m{^/account/signin};
        unlike $page->body, qr/newPassword|name="displayName"/, "$url sets no password";
        is $page->cookie('servicedesk'), undef, '... and opens nothing';
    }
    my $read = join "\n", map { $c2->get($_)->body } $path, "$path/comment", "$path/participant", "$path/status";
    unlike $read, qr/$links|\Q$claim\E/, 'nor does the participant read one';
    my %token = map { $_ => token_to($desk, $claim) } 'new';
    is $desk->as('')->post(OWN . '/invitation/accept', {token => $token{new}, displayName => 'Claim',
        password => $password})->code, 200, 'the invited person comes in by it';
    $desk->finish;
};

# The mailbox of somebody who has nothing to do with this: named at every door, by strangers from everywhere, by
# customers and by agents, in every spelling that reaches it.
subtest 'the mail cannon: five hundred times the same victim' => sub {
    my ($desk) = server();
    open_signup($desk);
    my @spelled = ('victim@third.tld', 'v.ictim@third.tld', 'victim+1@third.tld', 'VICTIM@Third.TLD',
        'v.i.c.t.i.m+x.y@third.tld');
    my $said = 'Win a prize at https://evil.example/x';
    my ($an, $ag1, $c1, $sa) = map { $desk->as($_) } '', qw(ag1 c1 sa);
    my $r1 = API . '/request/' . $desk->thing('R1')->{key};
    my $d1 = $desk->thing('D1')->{id};
    my %request = (serviceDeskId => $d1, requestTypeId => $desk->thing('T1')->{id},
        requestFieldValues => {summary => $said, description => $said});
    my @doors = (
        sub { $an->post(OWN . '/signup', {desk => 'OPEN', email => $_[0], displayName => $said, password => $password},
            source()) },
        sub { $an->post(OWN . '/account/reset', {address => $_[0]}, source()) },
        sub { $an->post(OWN . '/session/link', {address => $_[0]}, source()) },
        sub { $ag1->post(OWN . "/servicedesk/$d1/invitation", {addresses => qq{"$said" <$_[0]>}, confirm => $yes}) },
        sub { $sa->post(API . '/customer', {email => $_[0], displayName => $said}) },
        sub { $c1->post("$r1/participant", {usernames => [$_[0]]}, source()) },
        sub { $ag1->post(API . '/request', {%request, raiseOnBehalfOf => $_[0]}) },
        sub { $c1->post(OWN . '/account/address',
            {address => $_[0], currentPassword => $desk->person('c1')->{password}}, source()) },
        sub { my $page = ServiceDesk::Test::Page->new($desk, headers => {source()})->get('/account/signup/OPEN');
            $page->submit(email => $_[0], displayName => $said, password => $password)->tx->res },
        sub { my $page = ServiceDesk::Test::Page->new($desk, headers => {source()})->get('/account/forgotten');
            $page->submit(address => $_[0])->tx->res },
    );
    my %codes;
    for my $round (1 .. 50) {
        $codes{$doors[$_]->($spelled[($round + $_) % @spelled])->code}++ for 0 .. $#doors;
    }
    diag join ', ', map {"$codes{$_} times $_"} sort keys %codes;
    is join(' ', grep { $_ >= 500 } keys %codes), '', 'nothing breaks';
    my @mails = grep { $_->{address} =~ /third\.tld/i } mails($desk);
    cmp_ok scalar(@mails), '<=', 3, scalar(@mails) . ' mails reach the mailbox';
    cmp_ok scalar(@mails), '>=', 1, 'which is not because none leaves at all';
    for my $mail (@mails) {
        unlike $mail->{text}, qr/prize|evil/, "$mail->{kind}: nothing that somebody wrote";
        is_deeply [grep { !/^\Q@{[$desk->base]}\E/ } urls($mail->{text})], [], '... no link to elsewhere';
        like $mail->{text}, qr{/account/nomail\?token=sdu_}, '... and one that ends it';
    }
    my ($stop) = $mails[0]{text} =~ m{\Q@{[$desk->base]}\E(/account/nomail\?token=\S+)};
    my $page = ServiceDesk::Test::Page->new($desk)->get($stop)->follow;
    is $page->submit->code, 303, 'the victim says so';
    $desk->dbh->do('UPDATE outbox SET created = created - 2 * 86400000');
    my $count = @mails;
    $_->($spelled[0]) for @doors;
    is scalar(grep { $_->{address} =~ /third\.tld/i } mails($desk)), $count, 'and days later gets none at all';
    my @loud = @{$desk->rows(q{SELECT * FROM audit WHERE act = 'mail.suppress'})};
    cmp_ok scalar(@loud), '<=', 20, scalar(@loud) . ' rows of the audit tell of it, not one a mail';
    cmp_ok scalar(@loud), '>=', 1, 'but some do';
    $desk->finish;
};

# Whoever names an address gets what is meant for its owner, at other places that trust it.
subtest 'the ticket trick: an address that nobody has proven opens nothing' => sub {
    my ($desk, $raise) = server();
    open_signup($desk);
    my $victim = 'noreply@messenger.example';
    my $an = $desk->as('');
    my $sign_up = sub { my ($address) = @_;
        return $an->post(OWN . '/signup', {desk => 'OPEN', email => $address, displayName => 'Trick',
            password => $password}, source()) };
    is $sign_up->($victim)->code, 202, 'somebody signs up with an address that is not theirs';
    my $trick = $desk->as('')->basic($victim, $password);
    is $trick->get(CORE . '/myself')->code, 401, 'and is nobody';
    is $trick->post(API . '/request', {%$raise, requestFieldValues => {summary => 'x'}})->code, 401, 'raises nothing';
    is $an->post('/rest/auth/1/session', {username => $victim, password => $password}, source())->code, 401, 'nor in';

    # What an agent writes for the owner of that address stays the owner's.
    my $o1 = $desk->thing('O1')->{id};
    good($desk->as('sa')->put(OWN . "/organization/$o1/domain", {domains => ['messenger.example']}), 'their domain');
    created($desk->as('sa')->post(API . '/customer', {email => $victim, displayName => 'Owner'}),
        'the owner gets an account from an administrator');
    my $secret = created($desk->as('ag2')->post(API . '/request', {%$raise, raiseOnBehalfOf => $victim,
        requestFieldValues => {summary => 'Your code is 424242'}}), 'an agent raises for the owner');
    is $trick->get(API . "/request/$secret->{issueKey}")->code, 401, 'which is not read by who typed the address';
    is $desk->value('SELECT count(*) FROM organization_member WHERE organization_id = ?', $o1), 2,
        'no organization was joined';
    is $an->post(OWN . '/account/reset', {address => $victim}, source())->code, 204, 'the owner asks for a password';
    my $owned = 'the owner has this one';
    done($an->put(OWN . '/account/reset', {token => token_to($desk, $victim), newPassword => $owned}), 'and sets it');
    is $desk->as('')->basic($victim, $owned)->get(API . "/request/$secret->{issueKey}")->code, 200, 'reads it';
    is $trick->get(CORE . '/myself')->code, 401, 'who typed the address is nobody still';

    # At once, as in 2014: the account is there, and still is not of the domain, nor an address for mails.
    $desk->tool_ok('setting', 'set', 'signup_proof', 'at-once');
    is $sign_up->("ceo\@messenger.example")->code, 202, 'usable at once';
    my $ceo = $desk->as('')->basic('ceo@messenger.example', $password);
    is $ceo->get(CORE . '/myself')->code, 200, 'it is';
    is_deeply [values_of($ceo->get(API . '/organization'))], [], 'of no organization';
    is $ceo->get(API . '/request/' . $desk->thing('RS')->{key})->code, 404, 'reads nothing that is shared with it';
    is scalar(values_of($ceo->get(API . '/request?requestOwnership=ALL_REQUESTS'))), 0, 'nor lists it';
    $desk->tool_ok('setting', 'set', 'signup_proof', 'address-first');

    # The desk's own address is nobody's, by whichever door and spelling.
    for my $own ('help@help.example.com', 'HELP@help.example.com', 'h.e.l.p+1@Help.Example.Com') {
        refused($sign_up->($own), 400, "$own signs up", 'email');
        refused($desk->as('sa')->post(API . '/customer', {email => $own, displayName => 'x'}), 400, 'is made', 'email');
        my $result = good($desk->as('ag1')->post(OWN . '/servicedesk/D1/invitation',
            {addresses => $own, confirm => $yes}), 'is invited')->{results}[0];
        is "$result->{result} $result->{reason}", 'refused domain', 'is not';
        refused($desk->as('c1')->post(OWN . '/account/address',
            {address => $own, currentPassword => $desk->person('c1')->{password}}), 400, 'is changed to', 'address');
    }
    is $desk->value(q{SELECT count(*) FROM account WHERE address_key LIKE '%@help.example.com'}), 0, 'nobody has it';
    is $desk->value(q{SELECT count(*) FROM outbox WHERE address LIKE '%help.example.com'}), 0, 'nor a mail';
    my $korean = ServiceDesk::Test::Page->new($desk, language => 'ko', headers => {source()});
    $korean->get('/account/signup/OPEN')->submit(email => 'help@help.example.com', displayName => 'x',
        password => $password);
    like $korean->problems->[0], qr/서비스 데스크가 사용하는 주소/, 'the page says it in its language';
    $desk->finish;
};

subtest 'CVE-2021-43974: signup that is off is off at every door' => sub {
    my ($desk, $raise) = server();
    my $customer = $desk->as('c1');
    $desk->tool_ok('setting', 'set', 'invite_new_accounts', 'while-signup-on');
    my @tables = qw(account signup mailed_token outbox);
    my $rows = sub { join ' ', map { $desk->value("SELECT count(*) FROM $_") } @tables };
    # What is asked for somebody whom nobody knows leaves the rows of a mail that is kept, and opens nothing.
    my $somebody = sub { join ' ', map { $desk->value("SELECT count(*) FROM $_") } 'account', 'signup',
        'mailed_token WHERE account_id IS NOT NULL OR signup_id IS NOT NULL', q{outbox WHERE state <> 'suppressed'} };
    my %keeps = ('a forgotten password' => 1);
    my ($before, $nobody) = ($rows->(), $somebody->());
    my $new = 'late@new.example';
    my $d1 = $desk->thing('D1')->{id};
    my $r1 = API . '/request/' . $desk->thing('R1')->{key};
    my %form = (email => $new, displayName => 'Late', password => $password);
    my ($an, $ag1, $c1) = map { $desk->as($_) } '', qw(ag1 c1);
    my %mine = (serviceDeskId => $d1, requestTypeId => $desk->thing('T1')->{id});
    my %door = (
        'the form of the site'     => sub { $an->post(OWN . '/signup', {%form}, source()) },
        'the form of a desk'       => sub { $an->post(OWN . '/signup', {%form, desk => 'OPEN'}, source()) },
        'a page'                   => sub { ServiceDesk::Test::Page->new($desk, headers => {source()})
            ->post('/account/signup/OPEN', {%form})->tx->res },
        'a link of signup'         => sub { $an->post(OWN . '/signup/verify',
            {token => 'sdv_' . 'A' x 43, password => $password}) },
        'a link of an invitation'  => sub { $an->post(OWN . '/invitation/accept',
            {token => 'sdi_' . 'A' x 43, displayName => 'x', password => $password}) },
        'a forgotten password'     => sub { $an->post(OWN . '/account/reset', {address => $new}, source()) },
        'a mailed link'            => sub { $an->post(OWN . '/session/link', {address => $new}, source()) },
        'a participant'            => sub { $c1->post("$r1/participant", {usernames => [$new]}) },
        'participants of a new one' => sub { $c1->post(API . '/request',
            {%mine, requestFieldValues => {summary => 'x'}, requestParticipants => [$new]}) },
        'on behalf, by a customer' => sub { $c1->post(API . '/request',
            {%mine, requestFieldValues => {summary => 'x'}, raiseOnBehalfOf => $new}) },
        'on behalf, by an agent'   => sub { $ag1->post(API . '/request',
            {%mine, requestFieldValues => {summary => 'x'}, raiseOnBehalfOf => $new}) },
        'an organization'          => sub { $ag1->post(API . '/organization/' . $desk->thing('O1')->{id} . '/user',
            {usernames => [$new]}) },
        'the list of customers'    => sub { $ag1->post(API . "/servicedesk/$d1/customer", {usernames => [$new]}) },
        'an agent makes one'       => sub { $ag1->post(API . '/customer', {email => $new, displayName => 'x'}) },
        'an invitation'            => sub {
            $ag1->post(OWN . "/servicedesk/$d1/invitation", {addresses => $new, confirm => $yes}) },
        'a sign-in'                => sub { $an->post('/rest/auth/1/session',
            {username => $new, password => $password}, source()) },
    );
    for my $name (sort keys %door) {
        my $answer = $door{$name}->();
        cmp_ok $answer->code, '<', 500, "$name: " . $answer->code;
        is $somebody->(), $nobody, '... no account, no link, no mail';
        $keeps{$name} ? isnt $rows->(), $before, '... but rows' : is $rows->(), $before, '... not even a row';
        $before = $rows->();
    }
    $desk->finish;
};

done_testing;
