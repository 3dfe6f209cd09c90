#!/usr/bin/perl
# OpenLDAP behind httpd: people and groups by mod_authnz_ldap, read-only; and a directory that the desk writes to.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Ldap;
use ServiceDesk::Test::Rest;
use Test::More;

my $ldap = ServiceDesk::Test::Ldap->new;
my $dn   = $ldap->base;
$ldap->person('lena', 'Lena Lang', 'lena of ldap');
$ldap->person('luis', 'Luis Lima', 'luis of ldap');
$ldap->group('helpers', 'lena');
$ldap->group('staff, north; A', 'luis');
# Somebody else may make groups there: the name alone is no group of ours.
$ldap->add("dn: ou=lists,$dn\nobjectClass: organizationalUnit\nou: lists\n\n"
    . "dn: cn=helpers,ou=lists,$dn\nobjectClass: groupOfNames\ncn: helpers\nmember: uid=luis,ou=people,$dn\n");

my $url = $ldap->url;
my $desk = ServiceDesk::Test->new(fixture => 1, modules => [qw(ldap authnz_ldap)], conf => <<"END");
LDAPCacheEntries 0
LDAPOpCacheEntries 0
LDAPConnectionTimeout 2
ServiceDeskLdapDirectory company $url/ou=people,$dn cn=desk,$dn @{[$ldap->dir]}/secret timeout=1s
<AuthnProviderAlias ldap company>
    AuthLDAPURL "$url/ou=people,$dn?uid,mail,cn,memberOf?sub?(objectClass=inetOrgPerson)"
    AuthLDAPRemoteUserAttribute uid
</AuthnProviderAlias>
<Location />
    ServiceDeskBasicProvider servicedesk htpasswd company
    ServiceDeskDirectory company trusted address=%{env:AUTHENTICATE_MAIL} display=%{env:AUTHENTICATE_CN} \\
        groups-dn=%{env:AUTHENTICATE_MEMBEROF} groups-below=ou=groups,$dn
</Location>
END

my $sa   = $desk->as('sa');
my $base = '/rest/servicedesk/1';
my $here = API . '/servicedesk/' . $desk->thing('D1')->{id};
my $lena = $desk->as('')->basic('lena', 'lena of ldap');
my $luis = $desk->as('')->basic('luis', 'luis of ldap');

subtest 'people and groups are read' => sub {
    my $me = good($lena->get('/rest/api/2/myself'), 'somebody whom LDAP knows');
    is $me->{displayName}, 'Lena Lang', 'by the name that stands there';
    is $me->{emailAddress}, 'lena@example.org', 'and the address';
    is_deeply $me->{groups}{items}, [{name => 'company/helpers'}], 'with groups';
    is_deeply good($luis->get('/rest/api/2/myself'), 'another one')->{groups}{items},
        [{name => 'company/staff, north; A'}], 'of that place alone, whatever their names';
    is $desk->as('')->basic('lena', 'wrong')->get('/rest/api/2/myself')->code, 401, 'a wrong password';
    good($desk->as('')->basic('LENA', 'lena of ldap')->get('/rest/api/2/myself'), 'another spelling, which LDAP takes');
    is $desk->value("SELECT count(*) FROM account WHERE lower(name) = 'lena'"), 1, 'is the same person';
    is $desk->as('')->basic('*', 'lena of ldap')->get('/rest/api/2/myself')->code, 401, 'no name but a pattern';
};

subtest 'an agent by a group of LDAP' => sub {
    is $lena->get("$here/queue")->code, 404, 'a stranger';
    is $sa->post("$base/servicedesk/D1/role/agent", {groups => ['company/helpers']})->code, 204, 'the group works here';
    is $lena->get("$here/queue")->code, 200, 'an agent';
    is $luis->get("$here/queue")->code, 404, 'the namesake in another place gives nothing';
    my ($seat) = grep { $_->{directory} eq 'company' } @{good($sa->get("$base/licence"), 'seats')->{seats}};
    is_deeply $seat->{ways}, [{serviceDeskKey => 'D1', kind => 'web-server', group => 'company/helpers'}], 'and why';
    my $session = $desk->as('');
    is $session->post('/rest/auth/1/session', {username => 'luis', password => 'luis of ldap'})->code, 200, 'a session';
    $ldap->modify("dn: cn=helpers,ou=groups,$dn\nchangetype: modify\nreplace: member\n"
        . "member: uid=luis,ou=people,$dn\n");
    $desk->restart;    # a password is remembered for a minute
    is $luis->get("$here/queue")->code, 200, 'LDAP changes its mind: another one is an agent';
    is $session->get('/rest/api/2/myself')->code, 401, 'whose old session does not carry that';
    is $lena->get("$here/queue")->code, 404, 'and the first is none';
    is_deeply [sort map { "$_->{kind} $_->{subject}" } @{good($sa->get("$base/notice"), 'notices')->{values}}],
        ['licence.seat company/luis'], 'administrators hear of the seat';
    is $sa->delete("$base/servicedesk/D1/role/agent", {groups => ['company/helpers']})->code, 204, 'as before';
};

subtest 'what configtest says' => sub {
    my $secret = $ldap->dir . '/secret';
    my $open   = $ldap->put('open', "word\n");
    my $empty  = $ldap->put('empty', "\n");
    chmod 0644, $open;
    chmod 0600, $empty;
    for my $words (
        '', 'company', "company $url cn=desk", "a/b $url/$dn cn=desk,$dn $secret", "x http://h/$dn cn=desk,$dn $secret",
        "x $url cn=desk,$dn $secret", "x $url/nonsense cn=desk,$dn $secret", "x $url/$dn nonsense $secret",
        "x $url/$dn cn=desk,$dn /nonexistent", "x $url/$dn cn=desk,$dn $open", "x $url/$dn cn=desk,$dn $empty",
        "x $url/$dn cn=desk,$dn $secret tls", "x $url/$dn cn=desk,$dn $secret timeout=1h",
        "x $url/$dn cn=desk,$dn $secret timeout=0", "internal $url/$dn cn=desk,$dn $secret",
        "servicedesk $url/$dn cn=desk,$dn $secret"
    ) {
        my $path = $desk->put_file('test.conf', $desk->configuration . "ServiceDeskLdapDirectory $words\n");
        my ($code, $out, $err) = ServiceDesk::Test::run_command({}, ServiceDesk::Test::httpd(), '-t', '-d', $desk->dir,
            '-f', $path);
        isnt $code, 0, "ServiceDeskLdapDirectory $words";
        like "$out$err", qr/ServiceDeskLdapDirectory/, 'and which';
        unlike "$out$err", qr/own secret/, 'without the password';
    }
};

subtest 'LDAP is down' => sub {
    $ldap->stop;
    $desk->allow(qr/AH01697|AH01695|auth_ldap authenticate|authn provider "company" failed|SD00010/);
    my $answer = $desk->as('')->basic('lena', 'another word of hers')->get('/rest/api/2/myself');
    is $answer->code, 503, 'who cannot be asked about is told to come back';
    is $desk->as('c1')->get('/rest/api/2/myself')->code, 200, 'everybody else goes on';
    $ldap->start;
    is $lena->get('/rest/api/2/myself')->code, 200, 'and back';
};

$ldap->finish;
$desk->finish;
done_testing;
