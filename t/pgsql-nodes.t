#!/usr/bin/perl
# Two nodes on one PostgreSQL behind a balancer that knows nothing of sessions: what one node was told, the other knows
# with its next request. Cases: security.md 212 and, of group A, what ends at once.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;

use ServiceDesk::Test;
use ServiceDesk::Test::Ledger;
use ServiceDesk::Test::Nodes;
use ServiceDesk::Test::Rest;

my $nodes = ServiceDesk::Test::Nodes->new(2, conf => "RemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 127.0.0.1",
    modules => ['remoteip']);
my ($all, $one, $two) = ($nodes->balancer, $nodes->nodes);
my $myself = CORE . '/myself';
my $r1 = API . '/request/' . $one->thing('R1')->{key};

sub codes { my ($count, $call) = @_; return join ' ', map { $call->()->code } 1 .. $count }

subtest 'a session is one of all nodes' => sub {
    my $c1 = $all->as('c1', 'session');
    my @before = map { scalar(() = $_->access_log =~ /myself/g) } $one, $two;
    is codes(10, sub { $c1->get($myself) }), join(' ', (200) x 10), 'each node knows it';
    my @after = map { scalar(() = $_->access_log =~ /myself/g) } $one, $two;
    ok $after[$_] - $before[$_] >= 4, "node $_ answered its half" for 0, 1;
    is $c1->post("$r1/comment", {body => 'by session', public => \1})->code, 201, 'and writes with it';
    is $c1->delete('/rest/auth/1/session')->code, 204, 'it ends at one';
    is codes(4, sub { $c1->get($myself) }), '401 401 401 401', 'and is over at each';
};

subtest 'what ends, ends everywhere' => sub {
    my ($here, $there) = ($one->as('c2'), $two->as('c2'));
    for my $caller ($here, $there) {
        is codes(2, sub { $caller->get($myself) }), '200 200', 'a password is remembered by both';
    }
    $one->tool_ok({stdin => ''}, 'account', 'disable', 'c2');
    is $_->get($myself)->code, 401, 'a remembered password is forgotten with the account' for $here, $there;
    $one->tool_ok('account', 'enable', 'c2');
    is $_->get($myself)->code, 200, 'and known again' for $here, $there;

    my $made = created($one->as('c1')->post(OWN . '/token', {label => 'nodes'}), 'a token made at one');
    my $holder = $two->as('')->bearer($made->{token});
    is $holder->get($myself)->code, 200, 'is good at the other';
    is $two->as('c1')->delete(OWN . "/token/$made->{id}")->code, 204, 'taken away there';
    is $one->as('')->bearer($made->{token})->get($myself)->code, 401, 'it is over at the first';
};

subtest 'roles and settings' => sub {
    my $queue = API . '/servicedesk/' . $one->thing('D1')->{id} . '/queue';
    my ($here, $there) = ($one->as('ag1', 'bearer'), $two->as('ag1', 'bearer'));
    is $_->get($queue)->code, 200, 'an agent' for $here, $there;
    $one->tool_ok('role', 'remove', 'agent', 'htpasswd/ag1', '--desk', 'D1');
    isnt $_->get($queue)->code, 200, 'is none any more' for $here, $there;
    $one->tool_ok('role', 'add', 'agent', 'htpasswd/ag1', '--desk', 'D1');
    my $sa = $two->as('sa', 'bearer');
    is $sa->get($r1)->code, 404, 'a system administrator reads no request';
    $one->tool_ok('setting', 'set', 'system_admin_reads_requests', 'true');
    is $sa->get($r1)->code, 200, 'unless a setting says so';
    $one->tool_ok('setting', 'set', 'system_admin_reads_requests', 'false');
    is $sa->get($r1)->code, 404, 'at once';
};

subtest 'one budget of wrong passwords' => sub {
    my @callers = map { my $caller = $_->as(''); $caller->with('X-Forwarded-For' => '198.51.100.7') } $one, $two;
    my @codes = map {
        my $caller = $callers[$_ % 2];
        $caller->basic('c3', "wrong $_")->get($myself)->code
    } 1 .. 14;
    is join(' ', @codes[0 .. 9]), join(' ', (401) x 10), 'ten tries, at whichever node';
    is join(' ', @codes[10 .. 13]), '429 429 429 429', 'and no more at any';
    is $two->as('c4')->get($myself)->code, 200, 'others are not concerned';
};

subtest 'two write at once, and nothing is lost' => sub {
    my $ledger = ServiceDesk::Test::Ledger->new($all, people => ['c1', 'c2'], writers => 6)->start;
    $all->wait_for(sub { $ledger->read; (grep { $_->{word} eq 'ack' } values %{$ledger->attempts}) >= 150 }, 40);
    $ledger->stop;
    my @attempts = values %{$ledger->attempts};
    my $acked = grep { $_->{word} eq 'ack' } @attempts;
    cmp_ok $acked, '>=', 100, "$acked were acknowledged";
    is_deeply [map {"$_->{word} $_->{status}"} grep { $_->{word} ne 'ack' && $_->{word} ne 'try' } @attempts], [],
        'and none refused';
    is_deeply $ledger->judge, {I1 => [], I2 => [], I3 => []}, 'all whole, once';
};

is scalar($one->tool_ok('check')), '', 'the check finds nothing';
$nodes->finish;
done_testing;
