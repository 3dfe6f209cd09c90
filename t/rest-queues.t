#!/usr/bin/perl
# Queues of a desk with their issues, and who works on what.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my %id   = map { $_ => $desk->thing($_)->{id} } qw(D1 D2 T1);
my %key  = map { $_ => $desk->thing($_)->{key} } qw(R1 RP RS R2 RX);
my %person = map { $_ => $desk->person($_) } qw(ag1 ag2 da1 c1);
my $base = $desk->base;
my %who  = map { $_ => $desk->as($_) } qw(sa da1 ag1 ag2 c1 c4 nobody);
$who{an} = $desk->as('');
my $queues = API . "/servicedesk/$id{D1}/queue";

my %queue = map { $_->{name} => $_->{id} } values_of($who{ag1}->get($queues));
my ($all, $unassigned, $mine) = @queue{'All open', 'Unassigned open', 'Assigned to me'};

sub in_queue { my ($name, $queue) = @_; return join ' ', column('key', $who{$name}->get("$queues/$queue/issue")) }

subtest 'the queues' => sub {
    is_deeply [column('name', $who{ag1}->get($queues))], ['All open', 'Unassigned open', 'Assigned to me'],
        'three, built in';
    my $one = good($who{ag1}->get("$queues/$all"), 'one');
    is $one->{id}, "$all", 'its id';
    is_deeply $one->{_links}, {self => "$base$queues/$all"}, 'its link';
    is_deeply $one->{fields}, [qw(issuekey issuetype status summary reporter assignee created updated)], 'its columns';
    like $one->{jql}, qr/^project = D1 AND /, 'its query';
    ok !exists $one->{issueCount}, 'no count unless it is asked for';
    for my $word (qw(true True 1)) {
        is_deeply [map { $_->{issueCount} } values_of($who{ag1}->get("$queues?includeCount=$word"))], [3, 3, 0],
            "includeCount=$word";
    }
    like $who{ag1}->get("$queues/$all?includeCount=true")->body, qr/"issueCount":3\b/, 'a number';
    ok !grep({ exists $_->{issueCount} } values_of($who{ag1}->get("$queues?includeCount=False"))), 'includeCount=False';
    refused($who{ag1}->get("$queues?includeCount=often"), 400, 'neither', 'includeCount');
    refused($who{ag1}->get("$queues/9999"), 404, 'no such queue');
    refused($who{ag1}->get("$queues/abc/issue"), 404, 'what is no id');
    refused($who{c1}->get($queues), 403, 'a customer');
    refused($who{c1}->get("$queues/$all"), 403, 'one');
    refused($who{c1}->get("$queues/$all/issue"), 403, 'its issues');
    refused($who{sa}->get($queues), 403, 'a system administrator without the desk');
    refused($who{c4}->get($queues), 404, 'a stranger');
    refused($who{ag2}->get("$queues/$all/issue"), 404, "another desk's agent");
    refused($who{an}->get($queues), 401, 'nobody signed in');
    good($who{da1}->get($queues), 'the administrator');
};

subtest 'their issues' => sub {
    is in_queue('ag1', $all), join(' ', @key{qw(R1 RP RS)}), 'all that is open, the oldest first, nothing deleted';
    my ($issue) = values_of($who{ag1}->get("$queues/$all/issue"));
    is_deeply [@$issue{qw(id self)}], ["$desk->{world}{things}{R1}{id}",
        "$base/rest/api/2/issue/$desk->{world}{things}{R1}{id}"], 'an issue of the core API';
    my $fields = $issue->{fields};
    is_deeply [sort keys %$fields], [qw(created issuekey issuetype reporter status summary updated)],
        'the columns; nobody has it, so no assignee';
    is_deeply [@$fields{qw(issuekey summary)}], [$key{R1}, 'canary_R1_summary'], 'key and summary';
    is $fields->{status}{name}, 'Waiting for customer', 'the status';
    is $fields->{issuetype}{name}, 'Type T1', 'the type';
    is $fields->{reporter}{emailAddress}, $person{c1}{email}, 'the reporter, a user of the core API';
    like $fields->{$_}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/, "$_: a bare date" for qw(created updated);
    my $page = good($who{ag1}->get("$queues/$all/issue?start=1&limit=1"), 'paged');
    is_deeply [map { $_->{key} } @{$page->{values}}], [$key{RP}], 'the second';
};

subtest 'assigned' => sub {
    my $path = OWN . "/request/$key{RP}/assignee";
    news($desk);
    done($who{ag1}->put($path, {accountId => $person{ag1}{accountId}}), 'an agent takes it');
    is_deeply [news($desk)], ["htpasswd/ag1 request.assign request:$key{RP}"], 'audited';
    is in_queue('ag1', $mine), $key{RP}, 'it is among mine';
    is in_queue('da1', $mine), '', 'not among the others\'';
    is in_queue('ag1', $unassigned), join(' ', @key{qw(R1 RS)}), 'not among the unassigned';
    my ($issue) = values_of($who{ag1}->get("$queues/$mine/issue"));
    is $issue->{fields}{assignee}{accountId}, $person{ag1}{accountId}, 'who has it is told';
    is $who{ag1}->get(CORE . "/issue/$key{RP}")->json->{fields}{assignee}{accountId}, $person{ag1}{accountId},
        'in the core API too';
    is $who{c1}->get(CORE . "/issue/$key{RP}")->json->{fields}{assignee}, undef, 'but not to the customer';
    done($who{da1}->put($path, {name => 'ag1'}), 'again, by name');
    is_deeply [news($desk)], [], 'nothing to audit';
    is $who{ag1}->get(API . "/request/$key{RP}/notification")->json->{subscribed}, 1, 'the assignee hears of it';
    done($who{da1}->delete($path), 'taken away');
    is_deeply [news($desk)], ["internal/da1 request.assign request:$key{RP}"], 'audited';
    is in_queue('ag1', $unassigned), join(' ', @key{qw(R1 RP RS)}), 'unassigned again';
    done($who{da1}->delete($path), 'twice');
    is_deeply [news($desk)], [], 'nothing to audit';
    refused($who{ag1}->put($path, {username => 'AG1'}), 400, 'a name of another directory in other letters',
        'accountId');
    done($who{ag1}->put($path, {username => 'ag1'}), 'username, as the core API says');
    is in_queue('ag1', $mine), $key{RP}, 'heard';
};

subtest 'not assigned' => sub {
    my $path = OWN . "/request/$key{R1}/assignee";
    news($desk);
    my %told = map { $_ => refused($who{ag1}->put($path, {name => $_}), 400, "$_: no agent of this desk",
        'accountId')->{errorMessage} =~ s/\Q$_\E/.../r }
        qw(noone c1 ag2 nobody);
    is_deeply [@told{qw(c1 ag2 nobody)}], [($told{noone}) x 3], 'all are told the same';
    refused($who{ag1}->put($path, {}), 400, 'nobody is named', 'accountId');
    refused($who{ag1}->put($path), 400, 'no body');
    refused($who{ag1}->put($path, {accountId => 5}), 400, 'a number', 'accountId');
    refused($who{c1}->put($path, {name => 'ag1'}), 403, 'the reporter');
    refused($who{c1}->delete($path), 403, 'takes away');
    refused($who{c4}->put($path, {name => 'ag1'}), 404, 'a stranger');
    refused($who{ag2}->put($path, {name => 'ag2'}), 404, "another desk's agent");
    refused($who{an}->put($path, {name => 'ag1'}), 401, 'nobody signed in');
    refused($who{ag1}->put(OWN . '/request/D1-9999/assignee', {name => 'ag1'}), 404, 'what there is not');
    is $desk->value('SELECT assignee_id FROM request WHERE key = ?', $key{R1}), undef, 'nobody has it';
    is_deeply [news($desk)], [denied('internal/c1', (OWN . '/request/{issue}/assignee') x 2)],
        'audited: what was forbidden';
};

subtest 'what is done leaves the queues' => sub {
    my $path = API . "/request/$key{RP}/transition";
    my ($resolve) = grep { $_->{name} eq 'Resolve' } values_of($who{ag1}->get($path));
    done($who{ag1}->post($path, {id => $resolve->{id}}), 'resolved');
    is in_queue('ag1', $_), $_ == $mine ? '' : join(' ', @key{qw(R1 RS)}), "queue $_" for $all, $unassigned, $mine;
    is_deeply [map { $_->{issueCount} } values_of($who{ag1}->get("$queues?includeCount=1"))], [2, 2, 0], 'counted so';
};

$desk->finish;
done_testing;
