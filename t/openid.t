#!/usr/bin/perl
# OpenID Connect as mod_auth_openidc hands it on: r->user and the variables OIDC_CLAIM_*. Another authentication stands
# in for the module here, and SetEnvIf for its claims: what the desk makes of them is the same.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Encode ();
use ServiceDesk::Test;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1, start => 0);
my $dir  = $desk->dir;
for my $name (qw(0a1b-subject 2c3d-subject 4e5f-subject)) {
    my ($code) = ServiceDesk::Test::run_command({stdin => "provider\n"}, 'htpasswd', '-iBC', 5,
        -e "$dir/idp" ? () : '-c', "$dir/idp", $name);
    is $code, 0, "the provider knows $name";
}
$desk->{conf} = <<"END";
<Location /signin>
    SetHandler servicedesk-signin
    AuthType Basic
    AuthName provider
    AuthBasicProvider file
    AuthUserFile "$dir/idp"
    Require valid-user
    SetEnvIf Fake-Email "(.*)" OIDC_CLAIM_email=\$1
    SetEnvIf Fake-Name "(.*)" OIDC_CLAIM_name=\$1
    SetEnvIf Fake-Groups "(.*)" OIDC_CLAIM_groups=\$1
    ServiceDeskDirectory company trusted address=%{env:OIDC_CLAIM_email} display=%{env:OIDC_CLAIM_name} \\
        groups=%{env:OIDC_CLAIM_groups}
</Location>
END
$desk->start;

# Through the bridge, as a browser goes: the page that names the account, then its form.
sub enter {
    my ($subject, %claims) = @_;
    my $caller = $desk->as('')->basic($subject, 'provider');
    my %headers = map { ("Fake-$_" => Encode::encode_utf8($claims{$_})) } keys %claims;
    my $page = $caller->get('/signin', %headers);
    return ($caller, $page) unless $page->code == 200;
    my %form = map { my $input = $_; $input->attr('name') ? ($input->attr('name') => $input->attr('value')) : () }
        $page->dom->find('form input')->each;
    my $body = join '&', map { "$_=" . Mojo::Util::url_escape($form{$_} // '') } sort keys %form;
    my $answer = $caller->post('/signin', $body, 'Content-Type' => 'application/x-www-form-urlencoded',
        Origin => $desk->base, %headers);
    return ($caller->with(Authorization => undef), $answer);
}

sub row { return $desk->rows('SELECT a.*, d.name AS directory FROM account a JOIN directory d ON d.id = a.directory_id'
        . ' WHERE a.name = ?', $_[0])->[0] }

my $sa   = $desk->as('sa');
my $base = '/rest/servicedesk/1';
my $here = API . '/servicedesk/' . $desk->thing('D1')->{id};

subtest 'claims become an account' => sub {
    my ($mina, $answer) = enter('0a1b-subject', Email => 'mina@example.com', Name => 'Mina Müller',
        Groups => 'helpdesk, /realm/agents;everyone');
    is $answer->code, 303, 'in';
    my $me = good($mina->get('/rest/api/2/myself'), 'by the session of the bridge');
    is $me->{displayName}, 'Mina Müller', 'the name';
    is $me->{emailAddress}, 'mina@example.com', 'the address';
    is_deeply [map { $_->{name} } @{$me->{groups}{items}}],
        ['company//realm/agents', 'company/everyone', 'company/helpdesk'], 'the groups';
    my $row = row('0a1b-subject');
    is $row->{directory}, 'company', 'of its directory';
    is $row->{address_proven}, 1, 'which is trusted for addresses';
    is $mina->get("$here/queue")->code, 404, 'no rights come along';
};

subtest 'a group of the provider works on a desk, once somebody says so' => sub {
    my ($group) = grep { $_->{name} eq '/realm/agents' } @{$sa->get("$base/group?directory=company")->json->{values}};
    is $sa->post("$base/servicedesk/D1/role/agent", {groups => [$group->{id}]})->code, 204, 'said';
    my ($mina) = enter('0a1b-subject', Email => 'mina@example.com', Name => 'Mina Müller', Groups => '/realm/agents');
    is $mina->get("$here/queue")->code, 200, 'an agent';
    my ($noah) = enter('2c3d-subject', Email => 'noah@example.com', Name => 'Noah', Groups => 'helpdesk');
    is $noah->get("$here/queue")->code, 404, 'another one is not';
    my ($again) = enter('0a1b-subject', Email => 'mina@example.com', Name => 'Mina M.', Groups => 'everyone');
    is $again->get("$here/queue")->code, 404, 'nor is whom the provider took out of it';
    is $mina->get("$here/queue")->code, 401, 'and the session that was an agent\'s is over';
    is row('0a1b-subject')->{display_name}, 'Mina M.', 'the name follows';
};

# Rules 1.6 row 47: with single sign-on the step of choosing a password is skipped.
subtest 'who was invited comes by the provider' => sub {
    my $agent = $desk->as('ag1');
    good($agent->post("$base/servicedesk/D1/invitation", {addresses => 'Nina <Nina@example.com>'}), 'invited');
    my $token = token_to($desk, 'nina@example.com');
    my $key = good($agent->post(API . '/request', {serviceDeskId => $desk->thing('D1')->{id},
        requestTypeId => $desk->thing('T1')->{id}, raiseOnBehalfOf => 'nina@example.com',
        requestFieldValues => {summary => 'for Nina'}}), 'something is raised for her', 201)->{issueKey};
    my $id = $desk->value(q{SELECT public_id FROM account WHERE name = 'Nina@example.com'});
    my ($nina, $answer) = enter('4e5f-subject', Email => 'nina@example.com', Name => 'Nina Nord');
    is $answer->code, 303, 'in, with no password chosen';
    my $me = good($nina->get('/rest/api/2/myself'), 'an account');
    is_deeply [@$me{qw(accountId displayName)}], [$id, 'Nina Nord'], 'the one that waited for her';
    is_deeply [map {"$_->{directory} $_->{state} $_->{address_proven}"} row('4e5f-subject')], ['company active 1'],
        'of the directory now';
    is $nina->get($here)->code, 200, 'a customer of the desk';
    is $nina->get(API . "/request/$key")->code, 200, 'with what was raised for her';
    my ($listed) = grep { $_->{displayName} eq 'Nina Nord' } values_of($agent->get("$base/servicedesk/D1/customer"));
    is "$listed->{state} $listed->{origin}", 'active invitation', 'the list says so';
    is_deeply [values_of($agent->get("$base/servicedesk/D1/invitation"))], [], 'the invitation is accepted';
    refused($desk->as('')->post("$base/invitation/accept", {token => $token, displayName => 'N',
        password => 'nine lanterns on a bridge'}), 404, 'and its link is over');
    is $desk->value(q{SELECT count(*) FROM account WHERE lower(address) = 'nina@example.com'}), 1, 'one account';
    is $desk->tool_ok('check'), '', 'and all is as it should be';
};

subtest 'what a client sends is no claim' => sub {
    my $caller = $desk->as('')->with('OIDC_CLAIM_email' => 'mina@example.com', 'OIDC-CLAIM-email' => 'mina@example.com',
        'Remote-User' => '0a1b-subject');
    is $caller->get('/rest/api/2/myself')->code, 401, 'nobody is who headers say';
    my ($noah) = enter('2c3d-subject', Name => 'Noah');
    is row('2c3d-subject')->{address}, 'noah@example.com', 'a claim that is not there takes nothing away';
    my (undef, $other) = enter('2c3d-subject', Email => 'no address', Name => "N\x{f6}el");
    is $other->code, 303, 'nor does one that is none keep anybody out';
    is row('2c3d-subject')->{address}, 'noah@example.com', 'and it is not taken';
};

$desk->finish;
done_testing;
