#!/usr/bin/perl
# Public signup over HTTP. Cases: rules 1.10 2, 3, 4, 15, 17; security.md 16, 36, 39,
# 41 to 44, 46, 54, 182 to 184, 188.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use List::Util ();
use Mojo::JSON ();
use Mojo::UserAgent ();
use ServiceDesk::Test;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Rest;
use Test::More;
use Time::HiRes ();

my $desk = ServiceDesk::Test->new(
    fixture => 1, modules => ['remoteip'],
    conf => "RemoteIPHeader X-Test-From\nRemoteIPInternalProxy 127.0.0.1\nServiceDeskPasswordCost 8\n"
);
my $an = $desk->as('');
my ($yes, $no) = (Mojo::JSON->true, Mojo::JSON->false);
my ($signup, $verify) = (OWN . '/signup', OWN . '/signup/verify');
my $password = 'nine lanterns on a bridge';
$desk->tool_ok('desk', 'add', 'OPEN', 'Open Desk', '--access', 'accounts');

my $network = 0;
sub source { $network++; return ('X-Test-From' => '10.9.' . int($network / 250) . '.' . $network % 250) }
sub form {
    my ($address, %more) = @_;
    return {desk => 'OPEN', email => $address, displayName => 'Zoe', password => $password, %more};
}
sub sign_up { my ($address, %more) = @_; return $an->post($signup, form($address, %more), source()) }
sub prove { my ($token, %more) = @_; return $an->post($verify, {token => $token, password => $password, %more}) }

# All that a client can see of an answer.
sub seen {
    my ($answer) = @_;
    my $headers = $answer->headers->to_hash;
    delete @$headers{qw(Date Keep-Alive)};
    return join "\n", $answer->code, (map {"$_: $headers->{$_}"} sort keys %$headers), '', $answer->body;
}

sub rows_made {
    return join ' ', map { $desk->value("SELECT count(*) FROM $_") } qw(account signup mailed_token outbox);
}

subtest 'closed: not hidden only, but refused' => sub {
    my $before = rows_made();
    for my $system (0, 1) {
        for my $own (0, 1) {
            $desk->tool_ok('setting', 'set', 'public_signup', $system ? 'true' : 'false');
            $desk->dbh->do('UPDATE desk SET signup = ? WHERE key = ?', undef, $own, 'OPEN');
            next if $system && $own;
            is seen($an->get("$signup?desk=OPEN")), seen($an->get("$signup?desk=NONE")), 'it looks like no desk';
            is_deeply $an->get("$signup?desk=OPEN")->json, {available => $no}, 'which offers nothing';
            my $answer = sign_up('closed@example.org');
            refused($answer, 404, "system $system, desk $own: refused");
            is seen($answer), seen(sign_up('closed@example.org', desk => 'NONE')), 'as where there is no desk';
        }
    }
    is rows_made(), $before, 'no row, no mail';
    $desk->tool_ok('setting', 'set', 'public_signup', 'true');
    $desk->tool_ok('desk', 'access', 'OPEN', '--signup');
};

subtest 'the way in' => sub {
    is_deeply good($an->get("$signup?desk=OPEN"), 'offered'), {
        available => $yes, desk => {key => 'OPEN', name => 'Open Desk'}, proof => 'address-first', approval => $no,
    }, 'to everybody';
    is_deeply good(sign_up('Zoe@Example.ORG', language => 'ko'), 'asked for', 202), {state => 'check-mail'}, 'a mail';
    my $mail = last_mail($desk, 'zoe@example.org');
    is "$mail->{kind} $mail->{state} $mail->{language}", 'verify queued ko', 'is in the outbox';
    my $token = token_to($desk, 'zoe@example.org');
    like $token, qr/\Asdv_[\w-]{43}\z/, 'with a link';
    is $desk->as('')->basic('zoe@example.org', $password)->get(CORE . '/myself')->code, 401, 'nobody is there yet';
    for (1 .. 5) {
        $an->call($_, "$verify?token=$token", undef, Purpose => 'prefetch') for 'GET', 'HEAD';
    }
    refused(prove($token, password => 'a password of another'), 400, 'not by another password', 'password');
    is_deeply good(prove($token), 'proven'), {state => 'active', name => 'Zoe@example.org', desk => 'OPEN'},
        'the account';
    is $desk->value(q{SELECT language FROM account WHERE name = 'Zoe@example.org'}), 'ko', 'that of the form';
    refused(prove($token), 404, 'once');
    my $zoe = $desk->as('')->basic('zoe@example.org', $password);
    is $zoe->get(CORE . '/myself')->json->{displayName}, 'Zoe', 'it works';
    is_deeply [mails_to($desk, 'zoe@example.org')], ['verify queued', 'welcome queued'], 'and is welcome';
    is_deeply [map { $_->{name} } grep { $_->{origin} eq 'signup' } @{$desk->rows('SELECT a.name, r.origin FROM'
        . q{ desk_role r JOIN account a ON a.id = r.account_id WHERE r.role = 'customer'})}], ['Zoe@example.org'],
        'a customer of the desk';
};

# A request type on the open desk, so that whoever came in can raise.
my $type = do {
    $desk->tool_ok('role', 'add', 'administrator', 'da1', '--desk', 'OPEN');
    good($desk->as('da1')->post(API . '/servicedesk/OPEN/requesttype',
        {issueTypeId => '1', name => 'Ask', description => '', helpText => ''}), 'a type')->{id};
};
my $open_id = $desk->value(q{SELECT id FROM desk WHERE key = 'OPEN'});

subtest 'made before, there after' => sub {
    my $zoe = $desk->as('')->basic('zoe@example.org', $password);
    my $request = raise($zoe, $open_id, $type);
    $desk->tool_ok('setting', 'set', 'public_signup', 'false');
    is $desk->value(q{SELECT signup FROM desk WHERE key = 'OPEN'}), 0, 'signup is off';
    is $zoe->get(CORE . '/myself')->code, 200, 'signs in';
    like raise($zoe, $open_id, $type)->{issueKey}, qr/^OPEN-/, 'raises';
    created($zoe->post(API . "/request/$request->{issueKey}/comment", {body => 'still', public => $yes}), 'comments');
    $desk->tool_ok('setting', 'set', 'public_signup', 'true');
    $desk->tool_ok('desk', 'access', 'OPEN', '--signup');
};

subtest 'what is half done dies with the switch' => sub {
    good(sign_up('half@example.org'), 'begun', 202);
    my $token = token_to($desk, 'half@example.org');
    $desk->tool_ok('setting', 'set', 'public_signup', 'false');
    refused(prove($token), 404, 'dead');
    $desk->tool_ok('setting', 'set', 'public_signup', 'true');
    $desk->tool_ok('desk', 'access', 'OPEN', '--signup');
    refused(prove($token), 404, 'for good');
};

subtest 'twenty at once' => sub {
    good(sign_up('twenty@example.org'), 'begun', 202);
    my $token = token_to($desk, 'twenty@example.org');
    my %codes = %{at_once($desk, 20, $verify, {token => $token, password => $password})};
    my %statuses;
    $statuses{substr $_, 0, 3} += $codes{$_} for keys %codes;
    is $statuses{200}, 1, 'one comes in';
    is scalar(grep {/^200/} keys %codes), 1, 'and reads so';
    # Ten passwords at one link in five minutes: the others may hear that instead.
    is +($statuses{404} // 0) + ($statuses{429} // 0), 19, 'the others do not';
    is scalar(grep {/^404/} keys %codes), $statuses{404} ? 1 : 0, 'in the same words';
    is $desk->value(q{SELECT count(*) FROM account WHERE name = 'twenty@example.org'}), 1, 'one account';
    is $desk->value(q{SELECT count(*) FROM mailed_token WHERE used IS NOT NULL AND address = 'twenty@example.org'}),
        0, 'and nothing of the signup is left';
};

subtest 'links that are none' => sub {
    good(sign_up('odd@example.org'), 'begun', 202);
    my $token = token_to($desk, 'odd@example.org');
    my $dead = seen(prove('sdv_' . 'A' x 43));
    like $dead, qr/^404/, 'dead';
    for my $text (
        '', '%', '_', '*', 'null', '0', 'true', 'sdv_', "$token ", "$token\n", "\t$token", substr($token, 0, -1),
        lc $token, uc $token, "sdi_" . substr($token, 4), "sds_" . substr($token, 4), "$token'", 'x' x 20_000,
        "$token\x{0}" =~ s/\x{0}/%00/r, $desk->person('c1')->{token},
        $desk->value('SELECT hash FROM mailed_token ORDER BY id DESC LIMIT 1'),
        $desk->value('SELECT nonce FROM mailed_token ORDER BY id DESC LIMIT 1')) {
        is seen(prove($text)), $dead, 'like any other: ' . substr($text, 0, 12) =~ s/[^ -~]/./gr;
    }
    is prove($_)->code, 400, 'no text' for [], {}, 1, $yes;
    is seen(prove(undef)), $dead, 'none at all';
    good(prove($token, email => 'c1@example.org', account => 'c1', id => 1), 'what else is said says nothing');
    is $desk->value(q{SELECT count(*) FROM account WHERE name = 'odd@example.org'}), 1, 'its own account';
    my $text = join '', map { ServiceDesk::Test::slurp($desk->database . $_) } '', '-wal';
    ok index($text, $token) < 0 && index($text, substr $token, 4) < 0, 'and it was never in the database';
    ok index($desk->log . $desk->access_log, substr $token, 4) < 0, 'nor in a log';
};

subtest 'nobody learns who is there' => sub {
    $desk->tool_ok('account', 'add', '--address', 'closed.one@example.org', '--proven');
    $desk->tool_ok('account', 'disable', 'closed.one@example.org');
    $desk->tool_ok('account', 'add', '--address', 'pending@example.org');
    my %address = (new => 'fresh@example.org', known => 'c1@example.org', disabled => 'closed.one@example.org',
        pending => 'pending@example.org', agent => 'ag1@example.org', staff => 'ag2@example.org',
        admin => 'sa@example.org');
    my %answer = map { $_ => seen(sign_up($address{$_})) } keys %address;
    is $answer{$_}, $answer{new}, "$_ reads like new" for sort keys %answer;
    is +(mails_to($desk, $address{$_}))[-1], 'known-address queued', "$_: the owner is told"
        for qw(known disabled staff);
    is token_to($desk, $address{known}), undef, 'without a link';
    is +(mails_to($desk, $address{$_}))[-1], 'verify queued', "$_: as if new" for qw(new pending);
    is $desk->as('c1')->get(CORE . '/myself')->code, 200, 'the account is as it was';
};

subtest 'nor by the time that it takes' => sub {
    $desk->tool_ok('setting', 'set', 'signup_source_hour', '100000');
    $desk->tool_ok('setting', 'set', 'mail_unproven_day', '100000');
    $desk->tool_ok('setting', 'set', 'mail_mailbox_hour', '100000');
    $desk->tool_ok('setting', 'set', 'mail_mailbox_day', '100000');
    my %time;
    my $agent = Mojo::UserAgent->new;
    for my $round (1 .. 40) {
        my %address = (known => 'c1@example.org', new => "timed$round\@example.org",
            disabled => 'closed.one@example.org');
        for my $kind (List::Util::shuffle(keys %address)) {
            my $start = Time::HiRes::time();
            my $answer = $agent->post($desk->base . $signup, {source()}, json => form($address{$kind}))->res;
            push @{$time{$kind}}, Time::HiRes::time() - $start if $answer->code == 202;
        }
    }
    my %median = map { $_ => (sort { $a <=> $b } @{$time{$_}})[20] } keys %time;
    diag join ', ', map { sprintf '%s %.1f ms', $_, 1000 * $median{$_} } sort keys %median;
    for my $kind (qw(known disabled)) {
        my $ratio = $median{$kind} / $median{new};
        ok $ratio > 0.6 && $ratio < 1.6, "$kind takes as long as new" or diag $ratio;
    }
    my %default = map { @$_{qw(name default)} } @{$desk->tool_ok('setting', 'get', '--json')};
    $desk->tool_ok('setting', 'set', $_, $default{$_})
        for qw(signup_source_hour mail_unproven_day mail_mailbox_hour mail_mailbox_day);
};

subtest 'nobody takes another\'s name' => sub {
    my $before = $desk->value(q{SELECT count(*) FROM account WHERE directory_id <> 1});
    for my $address ('ag1', 'AG1', "\x{430}g1\@example.org", 'ag1 @example.org', 'ag1@example.org ', 'htpasswd/ag1',
        '<c1@corp.tld>x@evil.tld', "c1\@corp.tld\r\nBcc: evil\@x.tld", 'c1%evil@corp.tld', 'c1@corp.tld,evil@x.tld',
        '=?utf-8?q?a=40evil.tld=3e=00?=@corp.tld', 'a@b@c.tld', 'x!y@corp.tld', 'c1@corp.tld.') {
        refused(sign_up($address), 400, 'no address', 'email');
    }
    good(sign_up('ag1@example.org'), 'an address that only htpasswd claims', 202);
    good(prove(token_to($desk, 'ag1@example.org')), 'goes to whoever proves it');
    my $imitator = $desk->as('')->basic('ag1@example.org', $password);
    is $imitator->get(API . '/servicedesk/' . $desk->thing('D1')->{id} . '/queue')->code, 404, 'who is not the agent';
    is $desk->value(q{SELECT count(*) FROM account WHERE directory_id <> 1}), $before, 'nobody came to htpasswd';
};

subtest 'the host that the caller names is nowhere' => sub {
    my @evil = (Host => 'evil.example', 'X-Forwarded-Host' => 'evil.example', Forwarded => 'host=evil.example');
    my $answer = $an->post($signup, form('host@example.org'), source(), @evil);
    is $answer->code, 202, 'taken';
    unlike seen($answer), qr/evil/, 'not in the answer';
    my $mail = last_mail($desk, 'host@example.org');
    unlike join("\n", map { $_ // '' } values %$mail), qr/evil/, 'nor in the mail';
};

subtest 'nothing that a stranger wrote is mailed' => sub {
    good(sign_up('target@example.org', displayName => 'WIN http://evil.example <a href=x>', language => '../x'),
        'with a name that says too much', 202);
    my $mail = last_mail($desk, 'target@example.org');
    is $mail->{content}, undef, 'it is not in the mail';
    is $mail->{language}, undef, 'nor is what is no language';
    is $mail->{account_id}, undef, 'and there is no account whose name it could have';
};

# The ticket trick: whoever only claims an address gets nothing that is meant for it.
subtest 'a claimed address is nobody\'s' => sub {
    my $claimed = 'noreply@service.example';
    good(sign_up($claimed), 'claimed', 202);
    my $trickster = $desk->as('')->basic($claimed, $password);
    is $trickster->get(CORE . '/myself')->code, 401, 'it signs nobody in';
    is $trickster->post(API . '/request', {serviceDeskId => $open_id, requestTypeId => $type,
        requestFieldValues => {summary => 'verify me'}})->code, 401, 'and raises nothing';
    my %share = (serviceDeskId => $open_id, requestTypeId => $type, requestFieldValues => {summary => 'for them'});
    refused($desk->as('da1')->post(API . '/request', {%share, raiseOnBehalfOf => $claimed}), 400,
        'nothing is raised for it', 'raiseOnBehalfOf');
    refused($desk->as('da1')->post(API . '/request', {%share, requestParticipants => [$claimed]}), 400,
        'nor shared with it', 'requestParticipants');
};

subtest 'a cannon has three balls' => sub {
    my $before = $desk->value('SELECT count(*) FROM outbox');
    my %codes;
    $codes{sign_up($_ % 2 ? "vic.tim+$_\@third.tld" : 'V.ictim@third.tld')->code}++ for 1 .. 60;
    is_deeply \%codes, {202 => 60}, 'every answer is the same';
    is $desk->value('SELECT count(*) FROM outbox') - $before, 3, 'three mails';
};

subtest 'a network' => sub {
    my %codes;
    my @from = ('X-Test-From' => '198.51.100.7');
    $codes{$an->post($signup, form("n$_\@example.net"), @from)->code}++ for 1 .. 40;
    is_deeply \%codes, {202 => 30, 429 => 10}, 'thirty an hour';
    like $an->post($signup, form('m@example.net'), @from)->headers->header('Retry-After'), qr/^\d+$/, 'and when again';
};

subtest 'a program is not told' => sub {
    my $before = rows_made();
    my $answer = sign_up('bot@example.org', website => 'https://spam.example');
    is $answer->code . $answer->body, '202{"state":"check-mail"}', 'the same answer';
    is rows_made(), $before, 'and nothing';
};

subtest 'domains' => sub {
    $desk->tool_ok('domain', 'block', 'throwaway.example');
    $desk->tool_ok('domain', 'block', '*.throwaway.example', '--desk', 'OPEN');
    refused(sign_up("x\@$_"), 400, $_, 'email') for 'throwaway.example', 'THROWAWAY.example', 'a.b.throwaway.example';
    good(sign_up("x\@$_"), $_, 202) for 'notthrowaway.example', 'throwaway.example.org';
    my $customer = API . '/customer';
    refused($desk->as('sa')->post($customer, {email => 'y@throwaway.example', displayName => 'y'}), 400,
        'by the other door', 'email');
    created($desk->as('sa')->post($customer, {email => 'y@a.throwaway.example', displayName => 'y'}),
        'a desk\'s list is the desk\'s');
};

subtest 'the site and the desks' => sub {
    for my $case ([0, 0], [0, 1], [1, 0], [1, 1]) {
        my ($site, $desks) = @$case;
        $desk->tool_ok('setting', 'set', 'site_signup', $site ? 'public' : 'private');
        $desk->tool_ok('setting', 'set', 'public_signup', $desks ? 'true' : 'false');
        $desk->tool_ok('desk', 'access', 'OPEN', '--signup') if $desks;
        is sign_up("site$site$desks\@example.com", desk => undef)->code, $site ? 202 : 404, "site $site beside $desks";
        is sign_up("desk$site$desks\@example.com")->code, $desks ? 202 : 404, "desk $desks beside $site";
        is $an->get($signup)->json->{available}, $site ? $yes : $no, 'the site says so';
        is $an->get("$signup?desk=OPEN")->json->{available}, $desks ? $yes : $no, 'the desk says so';
    }
    good(prove(token_to($desk, 'site11@example.com')), 'of the site');
    good(prove(token_to($desk, 'desk11@example.com')), 'of the desk');
    is_deeply [map {"$_->{name} $_->{portal_only}"} @{$desk->rows(
        q{SELECT name, portal_only FROM account WHERE name LIKE '%11@example.com' ORDER BY name})}],
        ['desk11@example.com 1', 'site11@example.com 0'], 'only the desk\'s is for the portal only';
};

subtest 'a read-only directory closes it' => sub {
    $desk->dbh->do('UPDATE directory SET writable = 0');
    my $state = good($desk->as('da1')->get(OWN . '/servicedesk/OPEN/access'), 'its administrator')->{signup};
    is_deeply [@$state{qw(enabled available reason)}], [$yes, $no, 'no-directory'], 'reads why';
    refused(sign_up('late@example.org'), 404, 'a stranger does not');
    refused($desk->as('sa')->post(API . '/customer', {email => 'l@example.org', displayName => 'l'}), 400,
        'no account by another door');
    $desk->dbh->do('UPDATE directory SET writable = 1 WHERE id = 1');
};

subtest 'approval' => sub {
    $desk->tool_ok('setting', 'set', 'signup_approval', 'true');
    $desk->tool_ok('role', 'add', 'agent', 'ag2', '--desk', 'OPEN');
    my $waiting = OWN . '/servicedesk/OPEN/signup';
    for my $name (qw(yes no)) {
        good(sign_up("$name\@approval.example"), 'asked for', 202);
        is_deeply good(prove(token_to($desk, "$name\@approval.example")), 'proven'),
            {state => 'waiting', desk => 'OPEN'}, 'and waits';
    }
    my @rows = values_of($desk->as('ag2')->get($waiting));
    is_deeply [map { join ' ', sort keys %$_ } @rows], [('created displayName emailAddress expires id') x 2],
        'an agent sees two';
    is good($desk->as('ag2')->post("$waiting/$rows[0]{id}", {}), 'lets one in')->{emailAddress}, 'yes@approval.example',
        'who has an account';
    done($desk->as('ag2')->delete("$waiting/$rows[1]{id}"), 'refuses the other');
    refused($desk->as('ag2')->post("$waiting/$rows[1]{id}", {}), 404, 'gone');
    is $desk->as('')->basic('yes@approval.example', $password)->get(CORE . '/myself')->code, 200, 'one is in';
    is $desk->as('')->basic('no@approval.example', $password)->get(CORE . '/myself')->code, 401, 'one is not';
    $desk->tool_ok('setting', 'set', 'signup_approval', 'false');
};

subtest 'an account that was there at once proves its address' => sub {
    $desk->tool_ok('setting', 'set', 'signup_proof', 'at-once');
    good(sign_up('now@example.org'), 'there at once', 202);
    my ($id, $proven) = @{$desk->rows(q{SELECT public_id, address_proven FROM account WHERE name = 'now@example.org'})
        ->[0]}{qw(public_id address_proven)};
    is $proven, 0, 'its address is not proven';
    good(prove(token_to($desk, 'now@example.org')), 'by the link');
    is $desk->value('SELECT address_proven FROM account WHERE public_id = ?', $id), 1, 'now it is';
    is_deeply $desk->rows(q{SELECT actor, object_id FROM audit WHERE act = 'account.prove'}),
        [{actor => 'anonymous', object_id => $id}], 'which is told, once';
    $desk->tool_ok('setting', 'set', 'signup_proof', 'address-first');
};

$desk->finish;
done_testing;
