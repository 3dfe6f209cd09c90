#!/usr/bin/perl
# The site about itself, and people about themselves: info, serverInfo, field, myself, user, sessions, API tokens.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my $base = $desk->base;
my %who  = map { $_ => $desk->as($_) } qw(sa ag1 c1 c2 c4 nobody);
my $an   = $desk->as('');
news($desk);    # from here on

use constant {SESSION => '/rest/auth/1/session', TOKEN => '/rest/servicedesk/1/token'};

sub id_of { my ($name) = @_; return $desk->person($name)->{accountId} }

subtest 'what the site says to everybody' => sub {
    my $info = good($an->get(API . '/info'), 'info');
    is_deeply [sort keys %$info], [sort qw(version platformVersion buildDate buildChangeSet isLicensedForUse _links)],
        'whole';
    like $info->{buildDate}{iso8601}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/, 'a date as clients read it';
    like $info->{buildDate}{jira}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/, 'in both spellings';
    is $info->{_links}{self}, "$base/rest/servicedeskapi/info", 'a link';
    for my $version (qw(2 3 latest)) {
        my $server = good($an->get("/rest/api/$version/serverInfo"), "serverInfo of $version");
        is_deeply $server->{versionNumbers}, [10, 3, 1], 'numbers';
        is_deeply [@$server{qw(baseUrl version deploymentType)}], [$base, '10.3.1', 'Server'], 'and kind';
        like $server->{serverTime}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/, 'its clock';
    }
    core_refused($an->get("/rest/api/4/serverInfo"), 404, 'no other version');
};

subtest 'fields' => sub {
    my $fields = good($who{c1}->get(CORE . '/field'), 'the fields');
    my %field = map { $_->{id} => $_ } @$fields;
    is scalar(keys %field), scalar(@$fields), 'each once';
    ok !(grep { !$_->{name} || ref $_->{clauseNames} ne 'ARRAY' } @$fields), 'with what clients look for';
    ok $field{summary} && !$field{summary}{custom}, 'summary is one of the system';
    my $type = $desk->thing('T1')->{id};
    good($desk->as('da1')->put(OWN . "/servicedesk/D1/requesttype/$type/field",
            {fields => [map { {name => $_, kind => 'text'} } 'Colour of D1']}),
        'the administrator adds one');
    my ($colour) = grep { $_->{name} eq 'Colour of D1' } @{good($who{c1}->get(CORE . '/field'), 'again')};
    like $colour->{id}, qr/^customfield_\d+$/, 'a custom one';
    is_deeply $colour->{clauseNames}, ['cf[' . $colour->{id} =~ s/\D//gr . ']', 'Colour of D1'],
        'found by number and name';
    ok $colour->{custom}, 'and says so';
    is scalar(grep { $_->{name} eq 'Colour of D1' } @{$who{c4}->get(CORE . '/field')->json}), 0, 'c4 has no such desk';
    core_refused($an->get(CORE . '/field'), 401, 'nobody signed in');
};

subtest 'myself' => sub {
    for my $version (qw(2 3 latest)) {
        my $me = good($who{c1}->get("/rest/api/$version/myself"), "by $version");
        is_deeply [@$me{qw(name key accountId emailAddress displayName timeZone)}],
            ['c1', (id_of('c1')) x 2, 'c1@example.org', 'Customer One', 'Etc/UTC'], 'that is me';
        ok $me->{active}, 'alive';
        is_deeply [sort keys %{$me->{avatarUrls}}], [qw(16x16 24x24 32x32 48x48)], 'with pictures';
        is $me->{self}, "$base/rest/api/2/user?accountId=" . id_of('c1'), 'and a link';
    }
    my $me = $who{c1}->get(CORE . '/myself')->json;
    is $an->get($me->{avatarUrls}{'48x48'})->headers->content_type, 'image/svg+xml', 'the picture is there';
    is good($who{c1}->get($me->{self}), 'the link leads')->{name}, 'c1', 'to me';
    is $me->{applicationRoles}{size}, 0, 'a customer has no application';
    is $who{ag1}->get(CORE . '/myself')->json->{applicationRoles}{items}[0]{key}, 'jira-servicedesk', 'an agent has';
    $desk->tool_ok(@$_) for ['group', 'add', 'ops'], ['group', 'join', 'ops', 'htpasswd/ag1'];
    is_deeply $who{ag1}->get(CORE . '/myself')->json->{groups}, {size => 1, items => [{name => 'ops'}]}, 'and groups';
    core_refused($an->get(CORE . '/myself'), 401, 'nobody signed in');
};

subtest 'one user' => sub {
    my %c1 = (username => 'c1', key => id_of('c1'), accountId => id_of('c1'));
    for my $by (sort keys %c1) {
        my $seen = good($who{ag1}->get(CORE . "/user?$by=$c1{$by}"), "by $by");
        is $seen->{emailAddress}, 'c1@example.org', 'an agent sees all';
        is good($who{c1}->get(CORE . "/user?$by=$c1{$by}"), 'oneself')->{name}, 'c1', 'too';
    }
    is good($who{ag1}->get(CORE . '/user?username=c1%40example.org'), 'by address')->{name}, 'c1', 'is the same';
    my $absent = core_refused($who{c1}->get(CORE . '/user?username=zz'), 404, 'nobody of that name');
    for my $name (qw(c2 ag1 sa c2%40example.org), id_of('c2'), '%25', '_1', "c1'") {
        my $foreign = core_refused($who{c1}->get(CORE . "/user?username=$name"), 404, "c1 about $name");
        is_deeply $foreign, $absent, 'no difference';
    }
    core_refused($who{c1}->get(CORE . '/user'), 400, 'nobody named', 'username');
    core_refused($an->get(CORE . '/user?username=c1'), 401, 'nobody signed in');
};

subtest 'search' => sub {
    my $names = sub { return join ' ', sort map { $_->{name} } @{good(@_)} };
    my $search = CORE . '/user/search?username=';
    is $names->($who{ag1}->get("${search}customer"), 'an agent searches'), 'c1 c2 c3 c4', 'finds all';
    is $names->($who{ag1}->get(CORE . '/user/search?query=customer%20tw'), 'by two words'), 'c2', 'finds one';
    is $names->($who{c1}->get(CORE . '/user/search?username=customer'), 'a customer searches'), 'c1', 'finds oneself';
    is $names->($who{c1}->get("$search$_"), "for $_"), '', 'and nobody else' for qw(%25 _ agent c2);
    my @pages = map {
        good($who{ag1}->get(CORE . "/user/search?username=customer&startAt=$_&maxResults=3"), "from $_ on")
    } 0, 3;
    is join(' ', map { scalar @$_ } @pages), '3 1', 'in pages';
    core_refused($who{ag1}->get(CORE . '/user/search'), 400, 'for nothing', 'username');
    core_refused($who{ag1}->get(CORE . '/user/search?username=c&startAt=-1&maxResults=0'), 400, 'nowhere', 'startAt',
        'maxResults');
    core_refused($an->get(CORE . '/user/search?username=c'), 401, 'nobody signed in');
};

subtest 'what customers see of others' => sub {
    my $shared = $desk->thing('RP')->{key};
    my $reporter = good($who{c2}->get(API . "/request/$shared"), 'c2 takes part')->{reporter};
    is $reporter->{displayName}, 'Customer One', 'sees whose it is';
    is_deeply [@$reporter{qw(name key)}], [(id_of('c1')) x 2], 'by an opaque name';
    ok !exists $reporter->{emailAddress}, 'and no address';
    my $body = $who{c1}->get(API . "/request/$shared/comment")->body;
    like $body, qr/Agent One/, 'an agent has a name';
    unlike $body, qr/ag1|\@example\.org/, 'neither sign-in name nor address';
    like $who{ag1}->get(API . "/request/$shared")->body, qr/c1\@example\.org/, 'the agent sees the address';
};

subtest 'sessions' => sub {
    my %right = (username => 'c1', password => $desk->person('c1')->{password});
    my $c1 = $desk->as('');
    news($desk);
    my $opened = good($c1->post(SESSION, \%right), 'signing in');
    like $opened->{session}{value}, qr/^sds_[\w-]{43}$/, 'a token';
    my ($cookie) = @{$c1->cookies};
    is_deeply [$cookie->name, $cookie->value], [@{$opened->{session}}{qw(name value)}], 'which is the cookie';
    is_deeply [news($desk)], ['internal/c1 session.open account:' . id_of('c1')], 'audited';
    is good($c1->get(SESSION), 'whose is it?')->{name}, 'c1', 'mine';
    is good($c1->get('/rest/auth/latest/session'), 'latest')->{name}, 'c1', 'mine too';
    good($c1->get(CORE . '/myself'), 'and it works elsewhere');
    my $text = join '', map { values %$_ } @{$desk->rows('SELECT * FROM session')};
    unlike $text, qr/\Q$opened->{session}{value}\E/, 'the database does not know it';

    good($c1->post(SESSION, {%right, username => 'c1@example.org'}), 'again, by address');
    my $stale = $desk->as('')->with(Cookie => "$opened->{session}{name}=$opened->{session}{value}");
    core_refused($stale->get(SESSION), 401, 'the first is over');
    good($stale->post(SESSION, \%right), 'its bearer may sign in anew');

    is $c1->delete(SESSION)->code, 204, 'signing out';
    core_refused($c1->get(SESSION), 401, 'over');
    core_refused($c1->delete(SESSION), 401, 'there is none to end');
    core_refused($who{c1}->delete(SESSION), 401, 'nor for Basic');
    core_refused($desk->as('c1', 'bearer')->delete(SESSION), 401, 'nor for a token');
    core_refused($an->get(SESSION), 401, 'nor for nobody');

    my @many = map { $desk->as('c2', 'session') } 1 .. 3;
    is $many[0]->delete('/rest/servicedesk/1/session')->code, 204, 'all of one\'s own';
    core_refused($_->get(SESSION), 401, 'are over') for @many;
};

subtest 'not signing in' => sub {
    my $before = $desk->value('SELECT count(*) FROM session');
    my %answer;
    for my $case (['c1', 'wrong wrong wrong'], ['zz', 'wrong wrong wrong'], ['c1', ''], ['c1%', 'x'], ["c1\n", 'x']) {
        my ($name, $password) = @$case;
        my $fresh  = $desk->as('');
        my $answer = $fresh->post(SESSION, {username => $name, password => $password});
        core_refused($answer, 401, "no: $name" =~ s/\n/\\n/r);
        is scalar(@{$fresh->cookies}), 0, 'no cookie';
        $answer{$answer->body}++;
    }
    is scalar(keys %answer), 1, 'in the same words';
    core_refused($an->post(SESSION, {}), 400, 'nothing said', 'username', 'password');
    core_refused($an->post(SESSION, {username => 5, password => 'x'}), 400, 'a number', 'username');
    core_refused($an->post(SESSION, {username => 'c1'}), 400, 'no password', 'password');
    my @form = ('Content-Type' => 'application/x-www-form-urlencoded');
    core_refused($an->post(SESSION, 'username=c1', @form), 415, 'a form');
    is $desk->value('SELECT count(*) FROM session'), $before, 'no session';
};

subtest 'API tokens' => sub {
    news($desk);
    my $made = created($who{c1}->post(TOKEN, {label => 'Script', scopes => ['read'], days => 7}), 'one that reads');
    like $made->{token}, qr/^sdp_[\w-]{43}$/, 'shown';
    is_deeply [@$made{qw(label scopes)}], ['Script', ['read']], 'as asked';
    is $made->{prefix}, substr($made->{token}, 0, 8), 'told apart by its beginning';
    is $made->{expires}{epochMillis} - $made->{created}{epochMillis}, 7 * 86_400_000, 'for a week';
    is_deeply [news($desk)], ["internal/c1 token.create token:$made->{id}"], 'audited';
    my $listed = $who{c1}->get(TOKEN);
    my ($again) = grep { $_->{id} eq $made->{id} } values_of($listed);
    is $again->{label}, 'Script', 'listed';
    unlike $listed->body, qr/\Q$made->{token}\E/, 'and never shown again';
    my $robot = $desk->as('')->bearer($made->{token});
    is good($robot->get(CORE . '/myself'), 'it works')->{name}, 'c1', 'for its owner';
    refused($robot->post(TOKEN, {label => 'more', scopes => ['manage']}), 403, 'and makes no other');

    my $plain = created($who{c1}->post(TOKEN, {label => 'x'}), 'by default');
    is_deeply $plain->{scopes}, [qw(read write)], 'reads and writes';
    refused($who{c1}->post(TOKEN, {}), 400, 'no label', 'label');
    refused($who{c1}->post(TOKEN, {label => ' '}), 400, 'a blank label', 'label');
    refused($who{c1}->post(TOKEN, {label => 'x', scopes => []}), 400, 'no scope', 'scopes');
    refused($who{c1}->post(TOKEN, {label => 'x', scopes => ['admin']}), 400, 'an unknown scope', 'scopes');
    refused($who{c1}->post(TOKEN, {label => 'x', days => $_}), 400, "days: $_", 'days')
        for 366, '1e3', -1, 4_294_967_297;

    refused($who{c2}->delete(TOKEN . "/$made->{id}"), 404, 'not another\'s');
    refused($who{c2}->delete(TOKEN . "/$_"), 404, "nor $_") for qw(999999 x 0 01 -1);
    good($robot->get(CORE . '/myself'), 'it still works');
    is $who{c1}->delete(TOKEN . "/$made->{id}")->code, 204, 'one\'s own ends';
    core_refused($robot->get(CORE . '/myself'), 401, 'at once');
    ($again) = grep { $_->{id} eq $made->{id} } values_of($who{c1}->get(TOKEN));
    ok $again->{revoked}{epochMillis}, 'and the list says when';
    refused($an->get(TOKEN), 401, 'nobody signed in');
};

$desk->finish;
done_testing;
