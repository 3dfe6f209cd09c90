#!/usr/bin/perl
# Groups and roles over REST: what a group gives is there with the next request, and gone with the next one.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my %id   = map { $_ => $desk->thing($_)->{id} } qw(D1 D2);
my %who  = map { $_ => $desk->as($_) } qw(sa da1 ag1 c1 c4 nobody);
my $base = '/rest/servicedesk/1';
my $here = API . "/servicedesk/$id{D1}";

sub text_of { return JSON::PP->new->encode($_[0]) }
sub group   { my ($name) = @_; return created($who{sa}->post("$base/group", {name => $name}), "the group $name") }

# What comes with 409: the text of its error.
sub asked {
    my ($answer, $what) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return refused($answer, 409, $what, 'confirm');
}

subtest 'a group: made, looked up, renamed, deleted' => sub {
    my $made = created($who{sa}->post("$base/group", {name => 'Früh schicht', description => 'from six on'}), 'made');
    is $made->{fullName}, 'Früh schicht', 'a group of the module';
    is $made->{directory}, 'internal', 'in its directory';
    ok $made->{editable}, 'may be edited';
    refused($who{sa}->post("$base/group", {name => 'FRÜH SCHICHT'}), 409, 'the same name', 'name');
    refused($who{sa}->post("$base/group", {name => $_}), 400, "\"$_\"", 'name') for '', ' ', 'a/b', '42', "a\tb";
    refused($who{sa}->post("$base/group", {}), 400, 'without a name', 'name');
    is good($who{ag1}->get($made->{_links}{self}), 'its link')->{name}, 'Früh schicht', 'leads to it';
    is good($who{ag1}->get("$base/group/Fr%C3%BCh%20schicht"), 'and its name')->{id}, $made->{id}, 'too';
    my $names = sub { return join ' ', map { $_->{name} } @{good($who{sa}->get(shift), 'a list')->{values}} };
    is $names->("$base/group?directory=internal"), 'G1 Früh schicht', 'of one directory';
    refused($who{sa}->get("$base/group?directory=zz"), 400, 'of one that is not there', 'directory');
    is $names->("$base/group?start=1&limit=1"), 'Früh schicht', 'in pages';
    is good($who{sa}->put("$base/group/$made->{id}", {name => 'Früh'}), 'renamed')->{description}, 'from six on',
        'the rest stays';
    refused($who{sa}->put("$base/group/$made->{id}", {name => 'g1'}), 409, 'to a name that is taken', 'name');
    is $who{sa}->delete("$base/group/$made->{id}")->code, 204, 'deleted';
    is $who{sa}->get("$base/group/$made->{id}")->code, 404, 'gone';
};

subtest 'a group into the customers of a desk' => sub {
    my $clients = group('clients');
    my $inner   = group('inner');
    is $who{nobody}->get($here)->code, 404, 'a stranger';
    is $who{sa}->post("$base/group/$inner->{id}/member", {usernames => ['nobody', 'c4']})->code, 204, 'in a group';
    is $who{sa}->post("$base/group/$clients->{id}/group", {groups => ['inner']})->code, 204, 'in another one';
    is $who{nobody}->get($here)->code, 404, 'is a stranger still';
    is $who{da1}->post("$base/servicedesk/D1/role/customer", {groups => ['clients']})->code, 204,
        'the group becomes customers';
    is $who{$_}->get($here)->code, 200, "$_ is in, without being listed" for qw(nobody c4);
    my $role = good($who{da1}->get("$base/servicedesk/D1/role/customer"), 'the role');
    is_deeply [sort map { $_->{name} } @{$role->{values}}], [qw(c1 c2 c3)], 'people';
    is_deeply [map { $_->{fullName} } @{$role->{groups}}], ['clients'], 'and groups';
    is $who{sa}->delete("$base/group/$inner->{id}/member", {usernames => ['c4']})->code, 204, 'out of the inner group';
    is $who{c4}->get($here)->code, 404, 'is out, on the same connection';
    is $who{c4}->get(API . "/servicedesk/$id{D2}")->code, 200, 'and in where the account itself is listed';
    is $who{sa}->put("$base/group/$clients->{id}/group", {groups => []})->code, 204, 'no inner group any more';
    is $who{nobody}->get($here)->code, 404, 'out';
    is $who{sa}->put("$base/group/$clients->{id}/member", {usernames => ['nobody']})->code, 204, 'in by name';
    is $who{nobody}->get($here)->code, 200, 'in';
    is $who{sa}->delete("$base/group/$clients->{id}")->code, 204, 'the group is deleted';
    is $who{nobody}->get($here)->code, 404, 'out';
    is $who{c1}->get($here)->code, 200, 'the desk goes on';
    is $who{sa}->delete("$base/group/$inner->{id}")->code, 204, 'and the other one';
};

subtest 'still in by a group' => sub {
    my $clients = group('clients');
    is $who{sa}->post("$base/group/clients/member", {usernames => ['c2']})->code, 204, 'c2 in a group';
    is $who{da1}->put("$base/servicedesk/D1/role/customer", {groups => ['clients']})->code, 204, 'of customers';
    is $who{da1}->post("$base/servicedesk/D1/role/customer", {usernames => ['nobody']})->code, 204, 'one by name';
    my $said = good($who{da1}->delete("$base/servicedesk/D1/role/customer", {usernames => ['c2', 'nobody']}),
        'taken out');
    is $said->{message}, 'c2 still has access through group clients.', 'and told so';
    is_deeply [map { [$_->{user}{name}, @{$_->{groups}}] } @{$said->{still}}], [['c2', 'clients']], 'for programs too';
    is $desk->as('c2')->get($here)->code, 200, 'which is true';
    is $who{da1}->post("$base/servicedesk/D1/role/customer", {usernames => ['c2', 'nobody']})->code, 204, 'back';
    my $error = refused($who{da1}->delete("$here/customer", {usernames => ['c2', 'nobody']}), 400,
        'by the path of the contract', 'accountIds');
    like text_of($error), qr/c2 still has access through group clients/, 'too';
    is $who{nobody}->get($here)->code, 404, 'whoever is not in a group is out';
    is $who{sa}->delete("$base/group/clients")->code, 204, 'the group goes';
    is $desk->as('c2')->get($here)->code, 404, 'and c2 with it';
    is $who{da1}->post("$base/servicedesk/D1/role/customer", {usernames => ['c2']})->code, 204, 'as before';
};

subtest 'agents by a group' => sub {
    my $session = $desk->as('nobody', 'session');
    my $token   = $desk->as('nobody', 'bearer');
    my $agents  = group('agents');
    my $queue   = "$here/queue";
    is $who{sa}->post("$base/group/agents/member", {usernames => ['nobody']})->code, 204, 'a member';
    is $session->get('/rest/api/2/myself')->code, 200, 'with a session';
    is $who{da1}->post("$base/servicedesk/D1/role/agent", {groups => ['agents']})->code, 204, 'becomes an agent';
    is $session->get('/rest/api/2/myself')->code, 401, 'an old session does not carry that';
    is $token->get($queue)->code, 200, 'and works the queues';
    is $token->get('/rest/api/2/myself')->json->{groups}{items}[0]{name}, 'agents', 'a group of one\'s own';
    my $seats = good($who{sa}->get("$base/licence"), 'the licence');
    is $seats->{used}, 3, 'ag1, ag2 and the new one';
    my ($seat) = grep { $_->{user}{name} eq 'nobody' } @{$seats->{seats}};
    is_deeply $seat->{ways}, [{serviceDeskKey => 'D1', kind => 'group', group => 'agents'}], 'by the group';
    is good($who{sa}->put("$base/licence", {limit => 3}), 'no more seats')->{limit}, 3, 'said';
    my $full = refused($who{sa}->post("$base/group/agents/member", {usernames => ['sa']}), 409, 'one more agent');
    like text_of($full), qr/has 3 seats for agents; this would take 4/, 'and why';
    is $who{sa}->post("$base/servicedesk/D1/role/customer", {usernames => ['sa']})->code, 204, 'customers are free';
    my $asks = asked($who{sa}->post("$base/servicedesk/D2/role/customer", {groups => ['agents']}),
        'agents as customers');
    like text_of($asks), qr/from 3 to 3: .*agents.* \(1 seats\)/, 'with the number';
    is $who{sa}->post("$base/servicedesk/D2/role/customer", {groups => ['agents'], confirm => \1})->code, 204,
        'if it is meant';
    is_deeply [map { "$_->{kind} $_->{group}{name} $_->{seats}" } @{$who{sa}->get("$base/licence")->json->{warnings}}],
        ['customers agents 1'], 'and stands in the report';
    is $who{sa}->delete("$base/group/agents/member", {usernames => ['nobody']})->code, 204, 'no member any more';
    is $token->get($queue)->code, 404, 'no agent any more';
    is $who{sa}->delete("$base/group/agents")->code, 204, 'no group';
    refused($who{sa}->put("$base/licence", {limit => $_}), 400, 'a limit that is none', 'limit') for -1, '"x"', \1;
    my $changes = sub { $desk->value(q{SELECT COUNT(*) FROM audit WHERE act LIKE 'setting%'}) };
    my $before  = $changes->();
    refused($who{sa}->put("$base/licence", {model => 'agents', limit => -1}), 400, 'one of two is bad', 'limit');
    is $changes->(), $before, 'and the other is not changed either';
    is good($who{sa}->put("$base/licence", {limit => 0}), 'no limit')->{limit}, undef, 'none';
    refused($who{sa}->put("$base/licence", {model => 'users'}), 400, 'the model of another product', 'model');
};

subtest 'portal only' => sub {
    my $id = $desk->person('nobody')->{accountId};
    is $who{sa}->put("$base/account/$id/portalonly", {portalOnly => \1})->code, 204, 'marked';
    my $error = refused($who{da1}->post("$base/servicedesk/D1/role/agent", {accountIds => [$id]}), 409, 'as an agent');
    like text_of($error), qr/portal only/, 'no';
    is $who{da1}->post("$base/servicedesk/D1/role/customer", {accountIds => [$id]})->code, 204, 'as a customer';
    refused($who{sa}->put("$base/account/$id/portalonly", {}), 400, 'neither', 'portalOnly');
    is $who{sa}->put("$base/account/$id/portalonly", {portalOnly => \0})->code, 204, 'lifted';
    is $who{da1}->post("$base/servicedesk/D1/role/agent", {accountIds => [$id]})->code, 204, 'an agent';
    is $who{da1}->delete("$base/servicedesk/D1/role/agent", {accountIds => [$id]})->code, 204, 'not any more';
};

subtest 'bad input changes nothing' => sub {
    my $before = $desk->value('SELECT count(*) FROM desk_role');
    my $role   = "$base/servicedesk/D1/role/customer";
    refused($who{da1}->post($role, {usernames => ['nobody', 'zz']}), 400, 'nobody of that name', 'accountIds');
    refused($who{da1}->post($role, {usernames => ['sa'], groups => ['zz']}), 400, 'no such group', 'groups');
    refused($who{da1}->post($role, {}), 400, 'nothing named', 'accountIds');
    refused($who{da1}->post($role, {groups => 'G1'}), 400, 'no list', 'groups');
    refused($who{da1}->put($role, {groups => [{}]}), 400, 'a list of something else', 'groups');
    refused($who{sa}->post("$base/group/G1/group", {groups => ['G1']}), 400, 'in itself', 'groups');
    is $desk->value('SELECT count(*) FROM desk_role'), $before, 'nothing changed';
    is $desk->tool_ok('check'), '', 'and all is as it should be';
};

$desk->finish;
done_testing;
