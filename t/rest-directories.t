#!/usr/bin/perl
# Directories over REST: what new accounts get, who may sign in, which one takes accounts; and accounts that move.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my %who  = map { $_ => $desk->as($_) } qw(sa ag1 c4);
my $base = '/rest/servicedesk/1';
my $here = API . '/servicedesk/' . $desk->thing('D1')->{id};

sub text_of { return JSON::PP->new->encode($_[0]) }

sub named { my ($list) = @_; return join ' ', map { $_->{name} } @$list }

sub set {
    my ($name, %body) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return good($who{sa}->put("$base/directory/$name", \%body), "$name: " . join ', ', sort keys %body);
}

subtest 'what there is' => sub {
    my $all = good($who{sa}->get("$base/directory"), 'all');
    is named($all->{values}), 'internal htpasswd', 'in their order';
    my $own = $all->{values}[0];
    is $own->{mode}, 'read-write', 'the module\'s own';
    ok $own->{takesAccounts}, 'takes new accounts';
    is $own->{signIn}, 'everyone', 'and lets everyone sign in';
    my $other = good($who{sa}->get($all->{values}[1]{_links}{self}), 'the link leads to the other');
    is_deeply [@$other{qw(name kind mode signIn)}], [qw(htpasswd external read-only everyone)], 'which is read-only';
    ok !$other->{takesAccounts}, 'and takes none';
    my $made = created($who{sa}->post("$base/directory", {name => 'company', mode => 'read-write', position => -1}),
        'one more, first of all');
    like $made->{warnings}[0], qr/no way to write to it/, 'without a hand to write to it';
    is named($who{sa}->get("$base/directory")->json->{values}), 'company internal htpasswd', 'the order';
    ok good($who{sa}->get("$base/directory/internal"), 'the own')->{takesAccounts}, 'takes accounts still';
    refused($who{sa}->post("$base/directory", {name => 'company'}), 409, 'the same name', 'name');
    refused($who{sa}->post("$base/directory", {name => 'a b'}), 400, 'no name of a directory', 'name');
    refused($who{sa}->put("$base/directory/company", {mode => 'both'}), 400, 'neither mode', 'mode');
    refused($who{sa}->put("$base/directory/company", {signIn => 'me'}), 400, 'nobody', 'signIn');
    refused($who{sa}->put("$base/directory/company", {position => 'first'}), 400, 'no position', 'position');
    refused($who{sa}->put("$base/directory/company", {defaultGroups => ['zz']}), 400, 'no group', 'defaultGroups');
};

subtest 'default groups' => sub {
    created($who{sa}->post("$base/group", {name => 'clients'}), 'a group');
    is $who{sa}->post("$base/servicedesk/D1/role/customer", {groups => ['clients']})->code, 204, 'of customers';
    is named(set('internal', defaultGroups => ['clients'])->{defaultGroups}), 'clients', 'for whoever is new';
    my $made = $desk->tool_ok('account', 'add', 'fred', '--address', 'fred@example.org', '--proven',
        '--random-password', '--json');
    my $fred = $desk->as('')->basic('fred', $made->{password});
    is $fred->get($here)->code, 200, 'a new account is a customer';
    my $error = refused($who{sa}->post("$base/servicedesk/D1/role/agent", {groups => ['clients']}), 409,
        'agents by default', 'confirm');
    like text_of($error), qr/from 2 to 3: .*new accounts get/, 'are asked about, with the seats';
    is $fred->get("$here/queue")->code, 403, 'and are not made';
    set('internal', defaultGroups => []);
};

subtest 'who may sign in' => sub {
    my $session = $desk->as('c4', 'session');
    my $token   = $desk->as('c4', 'bearer');
    my $last = refused($who{sa}->put("$base/directory/internal", {signIn => 'groups'}), 409, 'nobody');
    like text_of($last), qr/No system administrator could sign in/, 'would lock out who says it';
    is $who{sa}->post("$base/group", {name => 'in'})->code, 201, 'a group';
    is $who{sa}->post("$base/group/in/member", {usernames => ['sa']})->code, 204, 'of one';
    my $now = set('internal', signIn => 'groups', signInGroups => ['in']);
    like $now->{warnings}[0], qr/New accounts could not sign in/, 'new accounts could not';
    my $access = "$base/servicedesk/D1/access";
    good($who{sa}->put("$base/signup/settings", {publicSignup => \1}), 'signup is on');
    good($who{sa}->put($access, {signup => \1}), 'on a desk, too');
    is good($who{sa}->get($access), 'the desk')->{signup}{warning}, $now->{warnings}[0],
        'whoever opens a desk for signup reads it, too';
    like $desk->tool_ok('desk', 'access', 'D1'), qr/^warning: New accounts could not sign in/m, 'also in a shell';
    my $invited = good($who{ag1}->post("$base/servicedesk/D1/invitation",
        {addresses => 'c4@example.org, new@example.org, sa@example.org'}), 'and whoever invites')->{results};
    is join(' ', map {"$_->{result}/" . ($_->{reason} // 'none')} @$invited),
        'added/sign-in invited/sign-in added/none', 'for whom it holds';
    for my $caller ($session, $token, $desk->as('c4')) {
        is $caller->get('/rest/api/2/myself')->code, 401, 'whoever is not in it is out at once';
    }
    is $desk->as('')->post('/rest/auth/1/session', {username => 'c4', password => $desk->person('c4')->{password}})
        ->code, 401, 'and gets no session';
    is $who{ag1}->get('/rest/api/2/myself')->code, 200, 'another directory has its own rule';
    is $who{sa}->post("$base/group/in/member", {usernames => ['c4']})->code, 204, 'a member';
    is $who{c4}->get('/rest/api/2/myself')->code, 200, 'is in at once';
    is $session->get('/rest/api/2/myself')->code, 401, 'but not by an old session';
    set('internal', signIn => 'everyone');
    is good($who{sa}->get($access), 'the desk')->{signup}{warning}, undef, 'no warning any more';
    good($who{sa}->put($access, {access => 'listed'}), 'as before');
    is $desk->as('c1')->get('/rest/api/2/myself')->code, 200, 'everyone again';
};

subtest 'another directory for somebody' => sub {
    my $id      = $desk->person('c4')->{accountId};
    my $request = API . '/request/' . $desk->thing('R2')->{key};
    my ($code) = ServiceDesk::Test::run_command({stdin => "c4 of htpasswd\n"}, 'htpasswd', '-iBC', 5,
        $desk->dir . '/htpasswd', 'cf');
    is $code, 0, 'httpd knows c4 by another name and password';
    my $cf = $desk->as('')->basic('cf', 'c4 of htpasswd');
    is $cf->get($request)->code, 404, 'a new account, which sees nothing';
    refused($who{sa}->put("$base/account/$id/directory", {directory => 'htpasswd', name => 'cf'}), 409,
        'the name is taken', 'name');
    my $moved = good($who{sa}->put("$base/account/$id/directory",
        {directory => 'htpasswd', name => 'cf', replace => \1}), 'unless it is to be replaced');
    is $moved->{accountId}, $id, 'the same account';
    is $cf->get($request)->code, 200, 'with its requests';
    is $desk->as('c4')->get('/rest/api/2/myself')->code, 401, 'the old name and password are none';
    is $desk->tool_ok('check'), '', 'all is as it should be';
};

$desk->finish;
done_testing;
