#!/usr/bin/perl
# Transitions: which way leads where, for whom; the history, newest first; and the notification subscription.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my %id   = map { $_ => $desk->thing($_)->{id} } qw(D1 D2 T1);
my $c1_id = $desk->person('c1')->{id};
my %who  = map { $_ => $desk->as($_) } qw(sa da1 ag1 ag2 c1 c2 c3 c4);
$who{an} = $desk->as('');

my $request = raise($who{c1}, $id{D1}, $id{T1}, organizationIds => [], requestParticipants => ['c2']);
my $key     = $request->{issueKey};
my $read    = API . "/request/$key";
my $path    = "$read/transition";

# Puts the request into a status without any way.
sub place {
    my ($status) = @_;
    my $open = $status =~ /^(?:resolved|closed|canceled)$/ ? 0 : 1;
    $desk->dbh->do('UPDATE request SET status = ?, open = ?, resolution = ? WHERE key = ?', undef, $status, $open,
        $open ? undef : 'Done', $key);
    return;
}

sub ways { my ($name) = @_; return {map { $_->{name} => $_->{id} } values_of($who{$name}->get($path))} }
sub take { my ($name, $way, %more) = @_; return $who{$name}->post($path, {id => ways($name)->{$way}, %more}) }
sub row  { return $desk->rows('SELECT status, open, resolution FROM request WHERE key = ?', $key)->[0] }

# All seven, written by hand: what an agent may do, what of it a reporter may.
my %to_open = ('Respond to customer' => 'waiting-for-customer', 'Respond to support' => 'waiting-for-support',
    'Start progress' => 'in-progress', Escalate => 'escalated');
my %to_done = (Resolve => ['resolved', 'Done'], Cancel => ['canceled', 'Canceled']);
my %workflow = map { my $from = $_; $from => {agent => {(map { $_ =>
    [$to_open{$_}] } grep { $to_open{$_} ne $from } keys %to_open), %to_done},
    customer => \%to_done} } values %to_open;
$workflow{resolved} = {agent => {Close => ['closed', 'Done'], Reopen => ['waiting-for-support']},
    customer => {Close => ['closed', 'Done'], Reopen => ['waiting-for-support']}};
$workflow{$_} = {agent => {Reopen => ['waiting-for-support']}, customer => {}} for qw(closed canceled);

subtest 'the ways' => sub {
    for my $from (sort keys %workflow) {
        place($from);
        good($who{c1}->get($path), "$from: 200");
        is_deeply [sort keys %{ways('ag1')}], [sort keys %{$workflow{$from}{agent}}], "$from: an agent's";
        is_deeply [sort keys %{ways('c1')}], [sort keys %{$workflow{$from}{customer}}], "$from: the reporter's";
        is_deeply ways('c2'), {}, "$from: a participant has none";
        like $_, qr/^\d+$/, 'an id' for values %{ways('ag1')};
    }
};

subtest 'taken' => sub {
    for my $from (sort keys %workflow) {
        for my $side (qw(agent customer)) {
            my ($name, $who) = $side eq 'agent' ? ('ag1', 'htpasswd/ag1') : ('c1', 'internal/c1');
            for my $way (sort keys %{$workflow{$from}{$side}}) {
                my ($to, $resolution) = @{$workflow{$from}{$side}{$way}};
                place($from);
                news($desk);
                done(take($name, $way), "$from: $name: $way");
                is_deeply row(), {status => $to, open => $resolution ? 0 : 1, resolution => $resolution},
                    "leads to $to";
                is_deeply [news($desk)], ["$who request.transition request:$key"], 'audited';
                is_deeply $desk->rows('SELECT s.status, a.name FROM status_change s'
                    . ' JOIN account a ON a.id = s.account_id WHERE request_id = ?'
                    . ' ORDER BY s.id DESC LIMIT 1', $request->{issueId}), [{status => $to, name => $name}],
                        'in the history';
            }
        }
    }
};

subtest 'counted' => sub {
    my $other = raise($who{c1}, $id{D1}, $id{T1})->{issueKey};
    my $counts = sub { [$desk->dbh->selectrow_array('SELECT open_requests, closed_requests FROM desk_count'
        . ' WHERE account_id = ? AND desk_id = ?',
        undef, $c1_id, $id{D1})] };
    my ($open, $closed) = @{$counts->()};
    my $ways = API . "/request/$other/transition";
    my ($resolve) = grep { $_->{name} eq 'Resolve' } values_of($who{c1}->get($ways));
    done($who{c1}->post($ways, {id => $resolve->{id}}), 'resolved');
    is_deeply $counts->(), [$open - 1, $closed + 1], 'one less is open, one more closed';
    my ($close) = grep { $_->{name} eq 'Close' } values_of($who{c1}->get($ways));
    done($who{c1}->post($ways, {id => $close->{id}}), 'closed');
    is_deeply $counts->(), [$open - 1, $closed + 1], 'the same';
    my ($reopen) = values_of($who{ag1}->get($ways));
    done($who{ag1}->post($ways, {id => $reopen->{id}}), 'opened again');
    is_deeply $counts->(), [$open, $closed], 'as before';
};

subtest 'with a comment' => sub {
    place('in-progress');
    news($desk);
    done(take('ag1', 'Resolve', additionalComment => {body => 'Done it.'}), 'an agent resolves and says so');
    is_deeply [news($desk)], ["htpasswd/ag1 comment.create request:$key",
        "htpasswd/ag1 request.transition request:$key"], 'both audited';
    is_deeply [map { $_->{body} } values_of($who{c1}->get("$read/comment"))], ['Done it.'], 'a public comment';
    is row()->{status}, 'resolved', 'the transition decides the status, not the comment';
    done(take('c1', 'Reopen', additionalComment => {body => 'It is not.'}), 'the reporter opens it again');
    is row()->{status}, 'waiting-for-support', 'so it is';
    for my $empty (undef, {body => undef}, {body => ''}, {}) {
        place('in-progress');
        done(take('ag1', 'Escalate', additionalComment => $empty), 'no comment: ' . Mojo::JSON::encode_json([$empty]));
    }
    is scalar(values_of($who{c1}->get("$read/comment"))), 2, 'two comments';
    place('in-progress');
    news($desk);
    for my $bad ('text', {body => 5}, ['x']) {
        refused(take('ag1', 'Resolve', additionalComment => $bad), 400,
            'a comment that is none: ' . Mojo::JSON::encode_json([$bad]), 'additionalComment');
    }
    refused(take('ag1', 'Resolve', additionalComment => {body => 'x' x 32768}), 400, 'one that is too long',
        'additionalComment');
    is row()->{status}, 'in-progress', 'it stays where it was';
    is_deeply [news($desk)], [], 'nothing audited';
};

subtest 'refused' => sub {
    place('in-progress');
    my $ways = ways('ag1');
    news($desk);
    refused($who{ag1}->post($path, {}), 400, 'no id', 'id');
    refused($who{ag1}->post($path, {id => 'Resolve'}), 400, 'a name', 'id');
    refused($who{ag1}->post($path, {id => '9999'}), 400, 'none', 'id');
    refused($who{ag1}->post($path, {id => [1]}), 400, 'an array', 'id');
    refused($who{c1}->post($path, {id => $ways->{Escalate}}), 400, "the reporter takes an agent's way", 'id');
    refused($who{c2}->post($path, {id => $ways->{Resolve}}), 403, 'a participant takes one');
    refused($who{c3}->post($path, {id => $ways->{Resolve}}), 404, 'a customer who does not see it');
    refused($who{c4}->post($path, {id => $ways->{Resolve}}), 404, 'a stranger');
    refused($who{ag2}->post($path, {id => $ways->{Resolve}}), 404, "another desk's agent");
    refused($who{an}->post($path, {id => $ways->{Resolve}}), 401, 'nobody signed in');
    refused($who{c3}->get($path), 404, 'the ways of what is not yours');
    my ($other) = map { $_->{id} } values_of($who{ag2}->get(API . '/request/' . $desk->thing('R2')->{key}
        . '/transition'));
    refused($who{ag1}->post($path, {id => $other}), 400, "another desk's transition", 'id');
    place('closed');
    refused($who{ag1}->post($path, {id => $ways->{Resolve}}), 400, 'a way that does not begin here', 'id');
    is row()->{status}, 'closed', 'it stays';
    is_deeply [news($desk)], [denied('internal/c2', API . '/request/{issue}/transition')],
        'audited: what was forbidden';
    place('in-progress');
    done($who{ag1}->post($path, {id => $ways->{Resolve} + 0}), 'the id as a number is fine');
};

subtest 'the history' => sub {
    my $new = raise($who{c1}, $id{D1}, $id{T1}, organizationIds => [])->{issueKey};
    my $of  = API . "/request/$new";
    $who{ag1}->post("$of/transition", {id => $desk->value(
        "SELECT id FROM transition WHERE desk_id = ? AND from_status = 'waiting-for-support' AND to_status = ?",
            $id{D1}, $_)})
        for 'in-progress';
    $who{ag1}->post("$of/comment", {body => 'x', public => \1});
    my $page = good($who{c1}->get("$of/status"), 'read by the reporter');
    is_deeply [map {"$_->{status}|$_->{statusCategory}"} @{$page->{values}}],
        ['Waiting for customer|INDETERMINATE', 'In progress|INDETERMINATE', 'Waiting for support|NEW'],
            'the newest first';
    my @at = map { $_->{statusDate}{epochMillis} } @{$page->{values}};
    ok $at[0] >= $at[1] && $at[1] >= $at[2], 'by time';
    is_deeply $who{c1}->get("$of?expand=status")->json->{status}{values}, $page->{values}, 'the same expanded';
    is_deeply $who{c1}->get($of)->json->{currentStatus}, $page->{values}[0], 'the first is the present one';
    refused($who{c2}->get("$of/status"), 404, "somebody else's");
    refused($who{an}->get("$of/status"), 401, 'nobody signed in');
};

subtest 'hearing of it' => sub {
    my $of = "$read/notification";
    my %default = (c1 => 1, c2 => 1, ag1 => 0);
    is good($who{$_}->get($of), "$_ asks")->{subscribed}, $default{$_},
        $default{$_} ? 'hears' : 'does not hear' for sort keys %default;
    news($desk);
    done($who{c1}->delete($of), 'the reporter does not want to');
    is_deeply [news($desk)], ["internal/c1 subscription.set request:$key"], 'audited';
    is $who{c1}->get($of)->json->{subscribed}, 0, 'does not';
    is $who{c2}->get($of)->json->{subscribed}, 1, 'for the caller only';
    done($who{c1}->delete($of), 'twice');
    is_deeply [news($desk)], [], 'changes nothing';
    done($who{c1}->put($of), 'and does again');
    is $who{c1}->get($of)->json->{subscribed}, 1, 'does';
    done($who{ag1}->put($of), 'an agent wants to');
    is $who{ag1}->get($of)->json->{subscribed}, 1, 'hears';
    done($who{c1}->put($of, '', 'Content-Type' => 'application/x-www-form-urlencoded'), 'PUT without a body as a form');
    done($who{c1}->put($of, undef, 'Content-Type' => 'application/json'), 'PUT without a body as JSON');
    done($who{c1}->delete($of, undef, 'Content-Type' => 'application/json'), 'DELETE without a body as JSON');
    refused($who{c3}->get($of), 404, "somebody else's");
    refused($who{c3}->put($of), 404, "somebody else's, wanted");
    refused($who{an}->get($of), 401, 'nobody signed in');
};

$desk->finish;
done_testing;
