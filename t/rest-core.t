#!/usr/bin/perl
# What clients of the service desk call beside it: info, serverInfo, myself, users, fields, sessions.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my %id   = map { $_ => $desk->thing($_)->{id} } qw(D1 T1);
my %person = map { $_ => $desk->person($_) } qw(c1 c2 c4 ag1 sa nobody);
my $base = $desk->base;
my %who  = map { $_ => $desk->as($_) } qw(sa ag1 da1 c1 c4 nobody);
$who{an} = $desk->as('');
my @versions = (2, 3, 'latest');
my $jira_date = qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/;

subtest 'what runs here' => sub {
    my $info = good($who{an}->get(API . '/info'), 'info, asked by anybody');
    is_deeply [sort keys %$info], [qw(_links buildChangeSet buildDate isLicensedForUse platformVersion version)],
        'all members';
    is_deeply $info->{_links}, {self => $base . API . '/info'}, 'its link';
    is_deeply [$info->{isLicensedForUse}], [Mojo::JSON::true()], 'licensed';
    my $server;
    for my $version (@versions) {
        $server = good($who{an}->get("/rest/api/$version/serverInfo"),
            "/rest/api/$version/serverInfo, asked by anybody");
        is $server->{baseUrl}, $base, 'where';
    }
    like $who{an}->get(CORE . '/serverInfo')->body, qr/"versionNumbers":\[\d+,\d+,\d+\]/, 'versionNumbers are numbers';
    is join('.', @{$server->{versionNumbers}}), $server->{version}, 'those of the version';
    is $server->{deploymentType}, 'Server', 'a server';
    like $server->{$_}, $jira_date, "$_: a bare date" for qw(buildDate serverTime);
    is_deeply [grep { !exists $server->{$_} } qw(buildNumber scmInfo serverTitle)], [], 'the rest is there';
    is $info->{platformVersion}, $server->{version}, 'both say the same';
};

subtest 'myself' => sub {
    for my $version (@versions) {
        my $me = good($who{c1}->get("/rest/api/$version/myself"), "/rest/api/$version/myself");
        my $pictures = delete $me->{avatarUrls};
        is_deeply $me, {
            self => "$base/rest/api/2/user?accountId=$person{c1}{accountId}", name => 'c1',
                key => $person{c1}{accountId},
            accountId => $person{c1}{accountId}, emailAddress => $person{c1}{email}, displayName => 'Customer One',
            active => Mojo::JSON::true(), timeZone => 'Etc/UTC', locale => 'en_US', groups => {size => 0, items => []},
            applicationRoles => {size => 0, items => []}, expand => 'groups,applicationRoles',
        }, 'whole';
        is $who{an}->get($pictures->{'48x48'})->headers->content_type, 'image/svg+xml',
            'the picture is one, for anybody';
    }
    is_deeply [map { $_->{key} } @{$who{ag1}->get(CORE . '/myself')->json->{applicationRoles}{items}}],
        ['jira-servicedesk'], 'an agent is told from a customer';
    is_deeply [map { $_->{key} } @{$who{sa}->get(CORE . '/myself')->json->{applicationRoles}{items}}], [],
        'a system administrator is no agent';
    core_refused($who{an}->get(CORE . '/myself'), 401, 'nobody signed in');
    core_refused($desk->as('')->basic('c1', 'wrong')->get(CORE . '/myself'), 401, 'a wrong password');
    is $desk->as('')->basic($person{c1}{email}, $person{c1}{password})->get(CORE . '/myself')->json->{name}, 'c1',
        'Basic with the address';
    is $desk->as('c1', 'bearer')->get(CORE . '/myself')->json->{name}, 'c1', 'Bearer';
    is $desk->as('c1', 'session')->get(CORE . '/myself')->json->{name}, 'c1', 'a session';
};

subtest 'one user' => sub {
    my $user = CORE . '/user';
    my $expected = good($who{ag1}->get("$user?accountId=$person{c1}{accountId}"), 'by accountId');
    is $expected->{emailAddress}, $person{c1}{email}, 'that one';
    for my $query ("key=$person{c1}{accountId}", 'username=c1', 'username=C1', "username=$person{c1}{email}",
        "accountId=$person{c1}{email}",
        'username=internal/c1') {
        is_deeply good($who{ag1}->get("$user?$query"), $query), $expected, 'the same';
    }
    is_deeply good($who{ag1}->get($expected->{self}), 'by its own link'), $expected, 'the same';
    is_deeply good($who{c1}->get("$user?username=c1"), 'oneself'), $expected, 'the same';
    my $none = core_refused($who{c1}->get("$user?username=noone"), 404, 'nobody is called so');
    is_deeply core_refused($who{c1}->get("$user?username=$_"), 404, "a customer asks for $_"), $none,
        'in the same words' for 'c2', $person{ag1}{email};
    core_refused($who{ag1}->get($user), 400, 'who?', 'username');
    core_refused($who{ag1}->get("$user?username="), 400, 'nobody is named', 'username');
    core_refused($who{an}->get("$user?username=c1"), 401, 'nobody signed in');
};

subtest 'users found' => sub {
    my $search = CORE . '/user/search';
    my %found = ('username=cust' => 4, 'query=customer+t' => 2, 'username=c1' => 1, 'username=ONE' => 3,
        'username=zzz' => 0, 'username=%2C' => 0,
        'username=customer&maxResults=1' => 1, 'username=customer&startAt=3' => 1, 'username=customer&startAt=9' => 0);
    for my $query (sort keys %found) {
        my $users = good($who{ag1}->get("$search?$query"), $query);
        is ref $users, 'ARRAY', 'a bare array';
        is scalar @$users, $found{$query}, "of $found{$query}";
    }
    is_deeply [map { $_->{name} } @{$who{ag1}->get("$search?username=customer&startAt=1&maxResults=2")->json}],
        [qw(c2 c3)], 'by id';
    is_deeply [map { $_->{name} } @{good($who{c1}->get("$search?username=customer"), 'a customer')}], ['c1'],
        'finds himself';
    is_deeply good($who{c1}->get("$search?username=agent"), 'and nobody else'), [], 'nobody';
    $desk->tool_ok('account', 'disable', 'c4');
    is scalar @{$who{ag1}->get("$search?username=customer")->json}, 3, 'who is disabled is not found';
    $desk->tool_ok('account', 'enable', 'c4');
    core_refused($who{ag1}->get($search), 400, 'what?', 'username');
    core_refused($who{ag1}->get("$search?username=x&startAt=-1"), 400, 'from where?', 'startAt');
    core_refused($who{ag1}->get("$search?username=x&maxResults=0"), 400, 'how many?', 'maxResults');
    core_refused($who{an}->get("$search?username=c"), 401, 'nobody signed in');
};

subtest 'fields' => sub {
    $who{da1}->put(OWN . "/servicedesk/$id{D1}/requesttype/$id{T1}/field", {fields => [
        {name => 'Colour', kind => 'select', options => ['Red']}, {name => 'Inside', kind => 'text', visible => \0,
            presetValue => 'x'},
        {fieldId => 'description'}]});
    for my $version (@versions) {
        my $fields = good($who{c1}->get("/rest/api/$version/field"), "/rest/api/$version/field");
        my %field = map { $_->{id} => $_ } @$fields;
        is_deeply [grep { !$field{$_} } qw(summary description status reporter assignee created updated)], [],
            'the system fields';
        is_deeply $field{summary}{clauseNames}, ['summary'], 'with their names in searches';
        my ($custom) = grep { $_->{name} eq 'Colour' } @$fields;
        like $custom->{id}, qr/^customfield_\d+$/, 'and those of the request types';
        is_deeply [grep { $_->{name} eq 'Inside' } @$fields], [], 'but not the hidden ones';
        is scalar(keys %field), scalar @$fields, 'each once';
    }
    is_deeply [grep { $_->{name} eq 'Colour' } @{$who{c4}->get(CORE . '/field')->json}], [],
        "not those of somebody else's desk";
    core_refused($who{an}->get(CORE . '/field'), 401, 'nobody signed in');
};

subtest 'sessions' => sub {
    for my $version (1, 'latest') {
        my $path = "/rest/auth/$version/session";
        my $visitor = $desk->as('');
        core_refused($visitor->get($path), 401, "$version: none");
        core_refused($visitor->delete($path), 401, 'none to end');
        my $made = good($visitor->post($path, {username => $person{c1}{email}, password => $person{c1}{password}}),
            'signed in');
        like $made->{session}{value}, qr/^[A-Za-z0-9_-]{40,}$/, 'a long value';
        is ref $made->{loginInfo}, 'HASH', 'loginInfo';
        my ($cookie) = @{$visitor->cookies};
        is_deeply [$cookie->name, $cookie->value], [@{$made->{session}}{qw(name value)}],
            'the cookie is what the answer says';
        is $visitor->get(CORE . '/myself')->json->{name}, 'c1', 'it is somebody';
        is good($visitor->get($path), 'the session')->{name}, 'c1', 'tells who';
        my $ended = $visitor->delete($path);
        done($ended, 'ended');
        like $ended->headers->set_cookie, qr/^\Q$made->{session}{name}\E=;.*Max-Age=0/, 'the cookie is taken back';
        my $old = "$made->{session}{name}=$made->{session}{value}";
        core_refused($who{an}->get(CORE . '/myself', Cookie => $old), 401, 'its value is worth nothing any more');
    }
    my $path = '/rest/auth/1/session';
    my $wrong = core_refused($who{an}->post($path, {username => 'c1', password => 'wrong'}), 401, 'a wrong password');
    is_deeply core_refused($who{an}->post($path, {username => 'noone', password => 'wrong'}), 401,
        'nobody is called so'), $wrong, 'in the same words';
    core_refused($who{an}->post($path, {}), 400, 'who?', qw(username password));
    core_refused($who{an}->post($path, {username => 'c1', password => 5}), 400, 'a number', 'password');
    is $desk->value('SELECT count(*) FROM session'), 1, 'one is left: that of the test before';
    my $two = $desk->as('c1', 'session');
    done($two->delete(OWN . '/session'), 'all sessions ended by their owner');
    is $desk->value('SELECT count(*) FROM session'), 0, 'none is left';
};

$desk->finish;
done_testing;
