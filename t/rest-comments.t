#!/usr/bin/perl
# Comments: public and internal, who writes and reads which, and the status that follows them.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my %id   = map { $_ => $desk->thing($_)->{id} } qw(D1 D2 T1);
my %person = map { $_ => $desk->person($_) } qw(c1 c2 ag1);
my $base = $desk->base;
my %who  = map { $_ => $desk->as($_) } qw(sa da1 ag1 ag2 c1 c2 c3 c4);
$who{an} = $desk->as('');
my ($true, $false) = (\1, \0);

my $request = raise($who{c1}, $id{D1}, $id{T1}, organizationIds => [], requestParticipants => ['c2']);
my $key     = $request->{issueKey};
my $path    = API . "/request/$key/comment";

sub status { return $desk->value('SELECT status FROM request WHERE key = ?', $_[0] // $key) }

subtest 'written' => sub {
    news($desk);
    my $made = created($who{c1}->post($path, {body => "Hello\n\n<b>ü</b>", public => $true}), 'by the reporter');
    my ($author, $date, $comment_id) = (delete $made->{author}, delete $made->{created}, $made->{id});
    is_deeply $made, {
        _expands => ['renderedBody'], id => $comment_id, body => "Hello\n\n<b>ü</b>", public => Mojo::JSON::true(),
        _links => {self => "$base/rest/servicedeskapi/request/$request->{issueId}/comment/$comment_id"},
    }, 'whole';
    is $author->{accountId}, $person{c1}{accountId}, 'the author';
    like $date->{iso8601}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/, 'when';
    is_deeply [news($desk)], ["internal/c1 comment.create request:$key"], 'audited';
    is_deeply good($who{c2}->get("$path/$comment_id"), 'a participant reads it'), {%$made,
        author => $who{c2}->get("$path/$comment_id")->json->{author},
        created => $date}, 'the same';
    is good($who{c2}->get("$path/$comment_id?expand=renderedBody"), 'rendered')->{renderedBody}{html},
        '<p>Hello</p><p>&lt;b&gt;ü&lt;/b&gt;</p>', 'escaped';
    good($who{c1}->get($made->{_links}{self}), 'its own address works');
    created($who{c2}->post($path, {body => 'by a participant', public => $true}), 'a participant comments');
    created($who{ag1}->post($path, {body => 'internal', public => $false}), 'an agent among agents');
    created($who{da1}->post($path, {body => 'by the administrator', public => 'true'}), 'the administrator; "true"');
    is_deeply [map { $_->{body} } values_of($who{c1}->get($path))], ["Hello\n\n<b>ü</b>", 'by a participant',
        'by the administrator'],
        'a customer reads the public ones, the oldest first';
    is scalar(values_of($who{ag1}->get($path))), 4, 'an agent all';
    is_deeply [map { $_->{body} } values_of($who{ag1}->get("$path?public=False"))], ['internal'], 'internal ones only';
    is scalar(values_of($who{ag1}->get("$path?internal=0"))), 3, 'public ones only';
    is scalar(values_of($who{ag1}->get("$path?internal=false&public=false"))), 0, 'neither';
    is_deeply [values_of($who{c1}->get("$path?public=false&internal=true"))], [],
        'a customer asks for internal ones in vain';
    my $internal = $desk->value('SELECT id FROM comment WHERE public = 0 AND request_id = ?', $request->{issueId});
    is_deeply refused($who{c1}->get("$path/$internal"), 404, 'an internal one, by number'),
        refused($who{c1}->get("$path/99999"), 404, 'one that there is not'), 'is not there';
    good($who{ag1}->get("$path/$internal"), 'but for the agent');
    refused($who{ag1}->get(API . '/request/' . $desk->thing('RP')->{key} . "/comment/$comment_id"), 404,
        'a comment of another request');
};

subtest 'refused' => sub {
    my $before = $desk->value('SELECT count(*) FROM comment');
    my $status = status();
    news($desk);
    refused($who{c1}->post($path, {body => 'x'}), 400, 'public is not said', 'public');
    refused($who{c1}->post($path, {public => $true}), 400, 'no body', 'body');
    refused($who{c1}->post($path, {}), 400, 'neither', qw(body public));
    refused($who{c1}->post($path, {body => " \n ", public => $true}), 400, 'blank', 'body');
    refused($who{c1}->post($path, {body => 5, public => $true}), 400, 'a number', 'body');
    refused($who{c1}->post($path, {body => 'x', public => 'yes'}), 400, 'neither true nor false', 'public');
    refused($who{c1}->post($path, {body => 'x', public => 2}), 400, 'two', 'public');
    refused($who{c1}->post($path, {body => 'x' x 32768, public => $true}), 400, 'too long', 'body');
    refused($who{c1}->post($path, {body => "a\x{1}", public => $true}), 400, 'a control character', 'body');
    refused($who{c1}->post($path, 'x', 'Content-Type' => 'application/json'), 400, 'no JSON');
    refused($who{c1}->post($path, 'body=x&public=true', 'Content-Type' => 'application/x-www-form-urlencoded'), 415,
        'a form');
    refused($who{c1}->post($path, {body => 'x', public => $false}), 403, 'an internal one by a customer');
    refused($who{c3}->post($path, {body => 'x', public => $true}), 404, 'by a customer who does not see it');
    refused($who{c4}->post($path, {body => 'x', public => $true}), 404, 'by a stranger');
    refused($who{ag2}->post($path, {body => 'x', public => $false}), 404, "by another desk's agent");
    refused($who{an}->post($path, {body => 'x', public => $true}), 401, 'by nobody');
    refused($who{c1}->get("$path?public=maybe"), 400, 'a filter that is neither', 'public');
    refused($who{c3}->get($path), 404, 'a list of what is not yours');
    refused($who{c1}->get(API . '/request/D1-9999/comment'), 404, 'a list of nothing');
    refused($who{c1}->get("$path/abc"), 404, 'what is no id');
    is $desk->value('SELECT count(*) FROM comment'), $before, 'nothing was written';
    is status(), $status, 'nothing moved';
    is_deeply [news($desk)], [denied('internal/c1', API . '/request/{issue}/comment')],
        'audited: what was forbidden';
    created($who{c1}->post($path, {body => 'ü' x 32767, public => $true}), 'as long as may be');
};

# From which status whose public comment leads where.
subtest 'the status follows' => sub {
    my @rows = (
        ['waiting-for-support', 'ag1', 'waiting-for-customer'], ['waiting-for-customer', 'ag1', 'waiting-for-customer'],
        ['in-progress', 'ag1', 'waiting-for-customer'], ['escalated', 'da1', 'waiting-for-customer'],
        ['resolved', 'ag1', 'resolved'], ['closed', 'ag1', 'closed'], ['canceled', 'ag1', 'canceled'],
        ['waiting-for-customer', 'c1', 'waiting-for-support'], ['waiting-for-support', 'c1', 'waiting-for-support'],
        ['in-progress', 'c1', 'in-progress'], ['escalated', 'c2', 'escalated'], ['waiting-for-customer', 'c2',
            'waiting-for-support'],
        ['resolved', 'c1', 'waiting-for-support'], ['closed', 'c1', 'closed'], ['canceled', 'c1', 'canceled'],
    );
    for my $row (@rows) {
        my ($from, $name, $to) = @$row;
        my $open = $from =~ /^(?:resolved|closed|canceled)$/ ? 0 : 1;
        $desk->dbh->do('UPDATE request SET status = ?, open = ?, resolution = ? WHERE key = ?', undef, $from, $open,
            $open ? undef : 'Done', $key);
        my $changes = $desk->value('SELECT count(*) FROM status_change WHERE request_id = ?', $request->{issueId});
        created($who{ag1}->post($path, {body => 'inside', public => $false}),
            "$from: an internal comment") if $name eq 'ag1';
        is status(), $from, 'moves nothing' if $name eq 'ag1';
        created($who{$name}->post($path, {body => 'x', public => $true}), "$from: ${name}'s comment");
        is status(), $to, "leads to $to";
        is $desk->value('SELECT count(*) FROM status_change WHERE request_id = ?', $request->{issueId}) - $changes,
            $from ne $to ? 1 : 0, 'told in the history';
    }
    $desk->dbh->do("UPDATE request SET status = 'resolved', open = 0, resolution = 'Done' WHERE key = ?", undef, $key);
    my $counts = sub { join ' ',
        $desk->dbh->selectrow_array('SELECT open_requests, closed_requests FROM desk_count'
            . ' WHERE account_id = ? AND desk_id = ?',
        undef, $person{c1}{id}, $id{D1}) };
    my ($open, $closed) = split ' ', $counts->();
    created($who{c1}->post($path, {body => 'not solved', public => $true}), 'a comment on what is resolved');
    is_deeply $desk->rows('SELECT status, open, resolution FROM request WHERE key = ?', $key),
        [{status => 'waiting-for-support', open => 1, resolution => undef}], 'opens it, the resolution gone';
    is $counts->(), ($open + 1) . ' ' . ($closed - 1), 'counted';
};

subtest 'an agent as reporter speaks as a customer' => sub {
    my $own = raise($who{ag1}, $id{D1}, $id{T1})->{issueKey};
    created($who{da1}->post(API . "/request/$own/comment", {body => 'x', public => $true}), 'the desk answers');
    is status($own), 'waiting-for-customer', 'it waits for its reporter';
    created($who{ag1}->post(API . "/request/$own/comment", {body => 'y', public => $true}), 'who answers');
    is status($own), 'waiting-for-support', 'and now for the desk';
};

subtest 'a desk where it does not follow' => sub {
    $desk->dbh->do('UPDATE desk SET auto_status = 0 WHERE id = ?', undef, $id{D1});
    my $own = raise($who{c1}, $id{D1}, $id{T1})->{issueKey};
    created($who{ag1}->post(API . "/request/$own/comment", {body => 'x', public => $true}), 'an agent comments');
    is status($own), 'waiting-for-support', 'it stays';
};

$desk->finish;
done_testing;
