#!/usr/bin/perl
# Each security event leaves exactly one row in the audit, in the transaction of the change: when, who and by which
# directory, from where, what, on which object, with which result. Case: security.md 234. (What is refused, forged or
# tried too often is the matter of security-audit.t.)
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Rest;
use ServiceDesk::Test::Totp;
use Test::More;

my $password = 'nine lanterns on a bridge';
my $from = '192.0.2.61';
my $desk = ServiceDesk::Test->new(fixture => 1, modules => ['remoteip'],
    conf => "RemoteIPHeader X-Test-From\nRemoteIPInternalProxy 127.0.0.1\n");
$desk->tool_ok('desk', 'add', 'OPEN', 'Open Desk', '--access', 'accounts');
$desk->tool_ok('desk', 'access', 'D1', '--sign-in-link');
my $d1 = $desk->thing('D1')->{id};
# By tokens, so that no password that comes with a request is told of beside.
my %who = map { $_ => $desk->as($_, 'bearer')->with('X-Test-From' => $from) } qw(c1 c3 ag1 da1 sa);
my $an = $desk->as('')->with('X-Test-From' => $from);
$an->agent->cookie_jar->ignore(sub { 1 });
my $read = 0;

sub told {
    my $rows = $desk->rows('SELECT * FROM audit WHERE id > ? ORDER BY id', $read);
    $read = $rows->[-1]{id} if @$rows;
    return @$rows;
}

sub id_of { my ($name) = @_; return $desk->person($name)->{accountId} }

my $agents = OWN . "/servicedesk/$d1/role/agent";
my $customers = OWN . "/servicedesk/$d1/role/customer";
my $t1 = $desk->thing('T1')->{id};
my $type = OWN . "/servicedesk/$d1/requesttype/$t1";
my $session = $desk->as('sa', 'session')->with('X-Test-From' => $from);

# What happens; who is told to have done it, on what; the acts, in order.
my @events = (
    ['a sign-in', sub { $an->post('/rest/auth/1/session', {username => 'c2',
        password => $desk->person('c2')->{password}}) }, 'c2', 'session.open account ' . id_of('c2')],
    ['a wrong password', sub { $an->post('/rest/auth/1/session', {username => 'c2', password => 'wrong'}) },
        'anonymous', 'sign-in account ' . id_of('c2') . ' failed'],
    ['a token', sub { $who{c1}->post(OWN . '/token', {label => 'x', scopes => ['read']}) }, 'c1',
        'token.create token *'],
    ['its end', sub { $who{c1}->delete(OWN . '/token/' . $desk->value('SELECT max(id) FROM token')) }, 'c1',
        'token.revoke token *'],
    ['a forgotten password', sub { $an->post(OWN . '/account/reset', {address => 'c1@example.org'}) }, 'anonymous',
        'password.forgotten account ' . id_of('c1')],
    ['a new one by the link', sub { $an->put(OWN . '/account/reset',
        {token => token_to($desk, 'c1@example.org'), newPassword => $password}) }, 'anonymous',
        'password.reset account ' . id_of('c1')],
    ['another password', sub { $who{c3}->put(OWN . '/account/password',
        {newPassword => $password, currentPassword => $desk->person('c3')->{password}}) }, 'c3',
        'password.change account ' . id_of('c3')],
    ['another address asked for', sub { $who{c3}->post(OWN . '/account/address',
        {address => 'moved@new.example', currentPassword => $password}) }, 'c3', 'address.ask account ' . id_of('c3')],
    ['and proven', sub { $an->put(OWN . '/account/address', {token => token_to($desk, 'moved@new.example')}) },
        'anonymous', 'address.change account ' . id_of('c3')],
    ['a role', sub { $who{da1}->post($agents, {accountIds => [id_of('c3')], confirm => \1}) }, 'da1',
        'role.add account ' . id_of('c3')],
    ['no role', sub { $who{da1}->delete($agents, {accountIds => [id_of('c3')], confirm => \1}) },
        'da1', 'role.remove account ' . id_of('c3')],
    ['an invitation', sub { $who{ag1}->post(OWN . "/servicedesk/$d1/invitation", {addresses => 'c4@example.org'}) },
        'ag1', 'desk.customer.add account ' . id_of('c4'), 'invitation.send account ' . id_of('c4')],
    ['a switch', sub { $who{sa}->put(OWN . '/signup/settings', {publicSignup => \1}) }, 'sa',
        'setting.set setting public_signup'],
    ['an export', sub { $who{sa}->get(OWN . '/account/' . id_of('c2') . '/export') }, 'sa',
        'account.export account ' . id_of('c2')],
    ['somebody is forgotten', sub { $who{sa}->post(OWN . '/account/' . id_of('nobody') . '/anonymise', {}) }, 'sa',
        'account.anonymise account ' . id_of('nobody')],
    ['a list of domains', sub { $who{sa}->put(OWN . '/domain', {allowed => [], blocked => ['x.example']}) }, 'sa',
        'domain.set site -'],
    ['a group', sub { $who{sa}->post(OWN . '/group', {name => 'crew'}) }, 'sa', 'group.create group crew'],
    ['described', sub { $who{sa}->put(OWN . '/group/crew', {description => 'of the boat'}) }, 'sa',
        'group.update group crew'],
    ['its members, all of them', sub { $who{sa}->put(OWN . '/group/crew/member', {usernames => ['c3']}) }, 'sa',
        'group.replace group crew'],
    ['a role of the group', sub { $who{da1}->post($customers, {groups => ['crew'], confirm => \1}) }, 'da1',
        'role.group.add group crew'],
    ['no role of it', sub { $who{da1}->delete($customers, {groups => ['crew'], confirm => \1}) }, 'da1',
        'role.group.remove group crew'],
    ['no group', sub { $who{sa}->delete(OWN . '/group/crew') }, 'sa', 'group.delete group crew'],
    ['a request type for administrators', sub { $who{da1}->put($type, {restricted => \1}) }, 'da1',
        "request-type.restrict request-type $t1"],
    ['and for all', sub { $who{da1}->put($type, {restricted => \0}) }, 'da1', "request-type.open request-type $t1"],
    ['no sign-in by links', sub { $who{da1}->put(OWN . "/servicedesk/$d1/access", {signInLink => \0}) }, 'da1',
        'desk.sign-in-link desk D1'],
    ['somebody is let in who was invited', sub { $who{ag1}->post(OWN . "/servicedesk/$d1/invitation",
        {addresses => 'wim@new.example', confirm => \1}) }, 'ag1', 'account.create account *',
        'desk.customer.add account *', 'invitation.send account *'],
    ['or not', sub { $who{ag1}->delete(OWN . "/servicedesk/$d1/invitation/"
        . $desk->value('SELECT max(id) FROM invitation')) }, 'ag1', 'invitation.withdraw account *'],
    # By a session.
    ['a session is confirmed', sub { $session->post(OWN . '/account/confirm',
        {password => $desk->person('sa')->{password}}) }, 'sa', 'session.confirm account ' . id_of('sa')],
    ['a second factor', sub { my $secret = $session->post(OWN . '/account/second-factor', {})->json->{secret};
        $session->put(OWN . '/account/second-factor', {code => code($secret, -1)}) }, 'sa',
        'second-factor.activate account ' . id_of('sa'), 'session.open account ' . id_of('sa')],
    ['a person for another', sub { $who{sa}->put(OWN . '/account/' . id_of('c4') . '/directory',
        {directory => 'htpasswd', name => 'ag1', replace => \1, confirm => \1}) }, 'sa',
        'account.replace account ' . id_of('ag1'), 'account.move account ' . id_of('c4')],
);

for my $event (@events) {
    my ($what, $act, $actor, @expected) = @$event;
    told();
    my $answer = $act->();
    ok $answer->is_success || $what =~ /wrong/, "$what: " . $answer->code or diag $answer->body;
    my @rows = told();
    my @said = map { join ' ', $_->{act}, $_->{object_type}, $_->{object_id} // '-',
        $_->{result} eq 'done' ? () : $_->{result} } @rows;
    for my $n (grep { ($expected[$_] // '') =~ / \*$/ } 0 .. $#said) { $said[$n] =~ s/ \S+$/ */ }
    is_deeply \@said, \@expected, '... told once';
    is join(' ', map { $_->{actor} } @rows), join(' ', ($actor) x @expected), '... by whom';
    is join(' ', map { $_->{source} // '-' } @rows), join(' ', ($from) x @expected), '... from where';
    is scalar(grep { abs($_->{at} / 1000 - time) > 60 || $_->{face} ne 'rest' } @rows), 0, '... when, by which way';
}
$desk->finish;
done_testing;
