#!/usr/bin/perl
# An LDAP directory that the desk writes to: signup and invitations make people there, who sign in through httpd's own
# LDAP module; and what is left when LDAP is away, slow, or knows the address already. Rules 1.6 rows 43 and 46.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::JSON ();
use ServiceDesk::Test;
use ServiceDesk::Test::Ldap;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Rest;
use Test::More;
use Time::HiRes ();

my $ldap = ServiceDesk::Test::Ldap->new;
my ($url, $dn) = ($ldap->url, $ldap->base);
# The same server under an address of IPv6, where the machine has that.
my $literal = -s '/proc/net/if_inet6' ? $url =~ s/127\.0\.0\.1/[::ffff:127.0.0.1]/r : $url;
$ldap->add("dn: uid=jdoe,ou=people,$dn\nobjectClass: inetOrgPerson\nuid: jdoe\ncn: J Doe\nsn: Doe\n"
    . "mail: jane.doe\@new.example\nuserPassword: jane of ldap\n");
my $desk = ServiceDesk::Test->new(fixture => 1, modules => [qw(ldap authnz_ldap)], conf => <<"END");
LDAPCacheEntries 0
LDAPOpCacheEntries 0
LDAPConnectionTimeout 2
ServiceDeskLdapDirectory company $literal/ou=people,$dn?uid cn=desk,$dn @{[$ldap->dir]}/secret timeout=1s
<AuthnProviderAlias ldap company>
    AuthLDAPURL "$url/ou=people,$dn?uid,mail,cn"
    AuthLDAPRemoteUserAttribute uid
</AuthnProviderAlias>
<Location />
    ServiceDeskBasicProvider servicedesk company
    ServiceDeskDirectory company trusted address=%{env:AUTHENTICATE_MAIL} display=%{env:AUTHENTICATE_CN}
</Location>
END

my ($an, $sa, $da1) = ($desk->as(''), $desk->as('sa'), $desk->as('da1'));
my $password = 'nine lanterns on a bridge';
my $d1       = $desk->thing('D1')->{id};
my ($signup, $verify, $accept) = (OWN . '/signup', OWN . '/signup/verify', OWN . '/invitation/accept');
$desk->tool_ok('desk', 'add', 'OPEN', 'Open Desk', '--access', 'accounts');
$desk->tool_ok('setting', 'set', 'public_signup', 'true');
$desk->tool_ok('desk', 'access', 'OPEN', '--signup');
my $open = API . '/servicedesk/' . $desk->value(q{SELECT id FROM desk WHERE key = 'OPEN'});

sub sign_up {
    my ($address) = @_;
    my %form = (desk => 'OPEN', email => $address, displayName => 'Zoe Zest', password => $password);
    good($an->post($signup, \%form), "$address signs up", 202);
    return token_to($desk, $address);
}
sub prove { my ($token, $word) = @_; return $an->post($verify, {token => $token, password => $word // $password}) }

sub accounts {
    my ($address) = @_;
    return join ' ', map {"$_->{directory}:$_->{state}:" . ($_->{password_hash} ? 'password' : 'none')}
        @{$desk->rows('SELECT d.name AS directory, a.state, a.password_hash FROM account a JOIN directory d'
            . ' ON d.id = a.directory_id WHERE lower(a.address) = ? ORDER BY a.id', lc $address)};
}

created($sa->post(OWN . '/directory', {name => 'company', mode => 'read-write', position => -1}), 'a directory');
my $view = good($sa->get(OWN . '/directory/company'), 'looked at');
ok $view->{takesAccounts}, 'it takes new accounts';
is_deeply $view->{warnings}, [], 'without a warning';

subtest 'signup makes the person in LDAP' => sub {
    my $token = sign_up('zoe@new.example');
    is_deeply [$ldap->values_of('(mail=zoe@new.example)', 'uid')], [], 'nobody before the address is proven';
    refused(prove($token, 'another word than that'), 400, 'another password', 'password');
    is_deeply [$ldap->values_of('(mail=zoe@new.example)', 'uid')], [], 'makes nobody';
    is good(prove($token), 'proven')->{state}, 'active', 'the account is there';
    is_deeply [$ldap->values_of('(mail=zoe@new.example)', 'uid')], ['zoe@new.example'], 'and the person';
    is_deeply [$ldap->values_of('(uid=zoe@new.example)', 'cn')], ['Zoe Zest'], 'by the name';
    is_deeply [$ldap->values_of('(uid=zoe@new.example)', 'sn')], ['Zest'], 'and family name';
    is accounts('zoe@new.example'), 'company:active:none', 'the password is in LDAP alone';
    my $zoe = $desk->as('')->basic('zoe@new.example', $password);
    is $zoe->get($open)->code, 200, 'who signs in by LDAP and is a customer';
    is accounts('zoe@new.example'), 'company:active:none', 'the same account';
    my ($hash) = map { MIME::Base64::decode_base64($_) }
        $ldap->run('ldapsearch', '', '-LLL', '-b', $dn, '(uid=zoe@new.example)', 'userPassword')
        =~ /^userPassword:: (.*)$/m;
    unlike $hash // '', qr/lanterns/, 'as a hash';
};

subtest 'names that could be something else' => sub {
    for my $address ('a+b=c,d@new.example', q{o'hara*)(uid=x@new.example}, '#num@new.example') {
        my $answer = $an->post($signup,
            {desk => 'OPEN', email => $address, displayName => 'Odd, One; +x', password => $password});
        next if $answer->code == 400;
        my $token = token_to($desk, $address);
        is prove($token)->code, 200, "$address is there";
        my @uids = $ldap->values_of('(cn=Odd, One; +x)', 'uid');
        is scalar(grep { $_ eq lc $address } @uids), 1, 'in LDAP, by that name';
        is $desk->as('')->basic($address, $password)->get($open)->code, 200, 'and signs in';
    }
    my @dns = $ldap->values_of('(objectClass=inetOrgPerson)', 'dn');
    is_deeply [grep { !/^uid=(?:[^,\\]|\\.)+,ou=people,\Q$dn\E$/ } @dns], [], 'nobody is anywhere else';
    cmp_ok scalar @dns, '>=', 3, 'of all who are there';
};

subtest 'an address that LDAP knows' => sub {
    my $token = sign_up('jane.doe@new.example');
    my $answer = prove($token);
    is $answer->code, 409, 'is refused to whoever has proven it';
    is accounts('jane.doe@new.example'), '', 'no second account';
    is_deeply [$ldap->values_of('(mail=jane.doe@new.example)', 'uid')], ['jdoe'], 'no second person';
    is $desk->as('')->basic('jdoe', 'jane of ldap')->get($open)->code, 200, 'the first one just signs in';
};

subtest 'LDAP is away, or slow' => sub {
    my $token = sign_up('yan@new.example');
    $desk->allow(qr/SD\d+: .*(?:sd\.unavailable|directory "company" at)/);
    for my $trouble ('hold', 'stop') {
        $ldap->$trouble;
        my $start  = Time::HiRes::time();
        my $answer = prove($token);
        is $answer->code, 503, "$trouble: come back";
        cmp_ok Time::HiRes::time() - $start, '<', 6, 'said soon';
        ok $answer->headers->header('Retry-After'), 'and when';
        unlike $answer->body, qr/ldap|127\.0\.0\.1|cn=desk/i, 'and no more';
        is accounts('yan@new.example'), '', 'no account';
        $trouble eq 'hold' ? $ldap->release : $ldap->start;
    }
    is_deeply [$ldap->values_of('(mail=yan@new.example)', 'uid')], [], 'and nobody half made';
    is good(prove($token), 'the link is good still')->{state}, 'active', 'it works again';
    is accounts('yan@new.example'), 'company:active:none', 'one account';
};

# What is known of somebody here and in LDAP: accounts, and people of that address.
sub traces {
    my ($address) = @_;
    return join '|', accounts($address), join ' ', $ldap->values_of("(mail=$address)", 'uid');
}

subtest 'an agent has to approve them' => sub {
    my $ag2 = $desk->as('ag2');
    my $waiting = OWN . '/servicedesk/OPEN/signup';
    $desk->tool_ok('role', 'add', 'agent', 'ag2', '--desk', 'OPEN');
    $desk->tool_ok('setting', 'set', 'signup_approval', 'true');
    is_deeply good(prove(sign_up("$_\@approval.example")), 'proven'), {state => 'waiting', desk => 'OPEN'},
        "$_ waits" for qw(amy ben cat dan);
    is traces("$_\@approval.example"), '|', "$_ is nowhere" for qw(amy ben cat dan);
    my %id = map { $_->{emailAddress} => $_->{id} } values_of($ag2->get($waiting));
    is_deeply good($ag2->post("$waiting/" . $id{'amy@approval.example'}, {}), 'let in', 202), {state => 'link-mailed'},
        'by a link';
    is traces('amy@approval.example'), '|', 'nowhere still';
    is_deeply [mails_to($desk, 'amy@approval.example')], ['verify queued', 'approved queued'], 'the mail';
    refused($ag2->post("$waiting/" . $id{'amy@approval.example'}, {}), 404, 'only once');
    is_deeply [sort map { $_->{emailAddress} } values_of($ag2->get($waiting))],
        [map {"$_\@approval.example"} qw(ben cat dan)], 'the others wait';
    my $link = token_to($desk, 'amy@approval.example');
    refused(prove($link, 'another word than that'), 400, 'another password', 'password');
    is traces('amy@approval.example'), '|', 'makes nobody';
    is good(prove($link), 'the right one')->{state}, 'active', 'comes';
    is traces('amy@approval.example'), 'company:active:none|amy@approval.example', 'in LDAP, and here';
    is $desk->as('')->basic('amy@approval.example', $password)->get($open)->code, 200, 'signs in by LDAP';
    refused(prove($link), 404, 'the link works once');

    done($ag2->delete("$waiting/" . $id{'ben@approval.example'}), 'refused');
    is traces('ben@approval.example'), '|', 'who is refused never was';

    # The tool has no hand into LDAP, and needs none. A link that was lost costs no second approval.
    is $desk->tool_ok('signup', 'approve', $id{'cat@approval.example'}, '--desk', 'OPEN', '--json')->{state},
        'link-mailed', 'by the tool';
    $desk->dbh->do(q{UPDATE mailed_token SET expires = 1 WHERE address = 'cat@approval.example'});
    is good(prove(sign_up('cat@approval.example')), 'signs up again')->{state}, 'active', 'and waits no more';
    is traces('cat@approval.example'), 'company:active:none|cat@approval.example', 'made once';
    is $desk->value(q{SELECT count(*) FROM signup WHERE address = 'cat@approval.example'}), 0, 'nothing is left';

    good($ag2->post("$waiting/" . $id{'dan@approval.example'}, {}), 'let in', 202);
    my $late = token_to($desk, 'dan@approval.example');
    $desk->tool_ok('setting', 'set', 'public_signup', 'false');
    refused(prove($late), 404, 'signup is off: what is not complete is over');
    is traces('dan@approval.example'), '|', 'nobody';
    $desk->tool_ok('setting', 'set', 'public_signup', 'true');
    $desk->tool_ok('signup', 'restore');
    $desk->tool_ok('setting', 'set', 'signup_approval', 'false');

    # Who cannot read the picture asks for people: the same, with no setting.
    $desk->tool_ok('setting', 'set', 'captcha', 'true');
    good($an->post($signup, {desk => 'OPEN', email => 'eve@approval.example', displayName => 'Eve', askPeople => \1,
        password => $password}), 'asks for people', 202);
    is good(prove(token_to($desk, 'eve@approval.example')), 'proven')->{state}, 'waiting', 'waits, too';
    is traces('eve@approval.example'), '|', 'nowhere';
    $desk->tool_ok('setting', 'set', 'captcha', 'false');
    my ($eve) = values_of($ag2->get($waiting));
    good($ag2->post("$waiting/$eve->{id}", {}), 'let in', 202);
    is good(prove(token_to($desk, 'eve@approval.example')), 'comes')->{state}, 'active', 'there';
    is traces('eve@approval.example'), 'company:active:none|eve@approval.example', 'in both';
};

subtest 'an invitation' => sub {
    good($da1->post(OWN . "/servicedesk/$d1/invitation", {addresses => 'ina@new.example'}), 'invited');
    my $token = token_to($desk, 'ina@new.example');
    good($an->post($accept, {token => $token, displayName => 'Ina Inn', password => $password}), 'accepted');
    is_deeply [$ldap->values_of('(mail=ina@new.example)', 'uid')], ['ina@new.example'], 'the person is in LDAP';
    is accounts('ina@new.example'), 'company:active:none', 'one account, of that directory';
    is $desk->as('')->basic('ina@new.example', $password)->get(API . "/servicedesk/$d1")->code, 200,
        'who signs in and is a customer';
};

subtest 'read-only again' => sub {
    good($sa->put(OWN . '/directory/company', {mode => 'read-only'}), 'set');
    sign_up('max@new.example');
    my $proven = prove(token_to($desk, 'max@new.example'));
    is good($proven, 'the next directory takes over')->{state}, 'active', 'an account';
    is accounts('max@new.example'), 'internal:active:password', 'of the module';
    good($sa->put(OWN . '/directory/internal', {mode => 'read-only'}), 'that one too');
    my %form = (desk => 'OPEN', email => 'x@new.example', displayName => 'X', password => $password);
    is $an->post($signup, \%form)->code, 404, 'signup is closed';
};

$ldap->finish;
$desk->finish;
done_testing;
