#!/usr/bin/perl
# Two nodes on one PostgreSQL behind a balancer that knows nothing of sessions: what one node was told, the other knows
# with its next request, what may happen once happens once, and a node that dies takes nothing with it. Cases:
# security.md 212 and, of group A, what ends at once.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;

use ServiceDesk::Test;
use ServiceDesk::Test::Ledger;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Nodes;
use ServiceDesk::Test::Rest;
use ServiceDesk::Test::Smtp;
use ServiceDesk::Test::Totp;

my $sink = ServiceDesk::Test::Smtp->new;
my $nodes = ServiceDesk::Test::Nodes->new(2, modules => ['remoteip'], conf => join "\n",
    'RemoteIPHeader X-Forwarded-For', 'RemoteIPInternalProxy 127.0.0.1', 'ServiceDeskMailFrom help@help.example.com',
    'ServiceDeskMailTransport ' . $sink->url . ' starttls=off', 'ServiceDeskMailTimeout 3s',
    'CustomLog "logs/kept" "%k"');
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

# A node closes what it kept when it gets busy, and then a request on its way there would be answered with 502.
subtest 'no request goes over a connection that a node may be closing' => sub {
    for my $node ($one, $two) {
        my @kept = split ' ', ServiceDesk::Test::slurp($node->dir . '/logs/kept');
        cmp_ok scalar(@kept), '>', 4, 'requests came';
        is scalar(grep { $_ != 0 } @kept), 0, 'each on its own connection';
    }
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
    my $try = sub { $callers[$_[0] % 2]->basic('c3', "wrong $_[0]")->get($myself)->code };
    budget_is($try, 401, 10, 30, 'ten tries, at whichever node');
    is $try->($_), 429, 'and no more at any' for 1, 2;
    is $two->as('c4')->get($myself)->code, 200, 'others are not concerned';
};

# How often each status came.
sub statuses {
    my ($answers) = @_;
    my %statuses;
    $statuses{substr $_, 0, 3} += $answers->{$_} for keys %$answers;
    return \%statuses;
}

subtest 'forty wrong passwords in the same moment' => sub {
    my $before = $all->value(q{SELECT failures FROM account WHERE name = 'c4'});
    my $answers = at_once($all, 40, '/rest/auth/1/session', {username => 'c4', password => 'wrong'},
        'X-Forwarded-For' => '198.51.100.8');
    is_deeply statuses($answers), {401 => 10, 429 => 30}, 'ten are heard';
    is $all->value(q{SELECT failures FROM account WHERE name = 'c4'}) - $before, 10, 'and compared';
};

sub set_up {
    my ($name) = @_;
    my $caller = $one->as($name, 'session');
    settle();
    my $secret = created($caller->post(OWN . '/account/second-factor', {}), 'a second factor')->{secret};
    my $codes = good($caller->put(OWN . '/account/second-factor', {code => code($secret, -1)}), 'is active');
    return {username => $name, password => $one->person($name)->{password}, code => $codes->{recoveryCodes}[0]};
}

subtest 'second factors' => sub {
    my $right = set_up('c2');
    my @codes = map { $_->as('')->post('/rest/auth/1/session', {%$right, code => '000000'})->code } ($one, $two) x 4;
    is "@codes", '401 401 401 401 401 429 429 429', 'five wrong codes, at whichever node';
    is $_->as('')->post('/rest/auth/1/session', $right)->code, 429, 'then the right one waits, too' for $one, $two;
    $right = set_up('c1');
    is statuses(at_once($all, 12, '/rest/auth/1/session', $right))->{200}, 1,
        'a code that is used at both at once opens once';
    $one->tool_ok('second-factor', 'remove', $_) for 'c1', 'c2';
};

subtest 'one budget of forgotten passwords' => sub {
    my $address = $one->person('c1')->{email};
    $one->tool_ok('setting', 'set', 'mail_again_minutes', '0');
    my @codes = map { $_->as('')->post(OWN . '/account/reset', {address => $address})->code } ($one, $two) x 4;
    is "@codes", join(' ', (204) x 8), 'eight times, at both';
    is $all->value(q{SELECT count(*) FROM outbox WHERE kind = 'reset'}), 3, 'three mails';
    is $all->value(q{SELECT count(*) FROM mailed_token WHERE kind = 'reset'}), 3, 'and three links';
    $one->tool_ok('setting', 'set', 'mail_again_minutes', '60');
    $address = $one->person('c2')->{email};
    my ($first, $second) = map { $_->as('') } $one, $two;
    is $_->post(OWN . '/account/reset', {address => $address})->code, 204, 'asked' for $first, $second;
    is $all->value(q{SELECT count(*) FROM outbox WHERE kind = 'reset'}), 4, 'one mail an hour, of both nodes';
};

my $password = 'nine lanterns on a bridge';
my $number = 0;
my %zoe = (desk => 'OPEN', displayName => 'Zoe', password => $password);

subtest 'signups' => sub {
    $one->tool_ok('desk', 'add', 'OPEN', 'Open Desk', '--access', 'accounts');
    my $form = {%zoe, email => 'zoe@example.org'};
    is $two->as('')->post(OWN . '/signup', $form)->code, 404, 'a desk without';
    $one->tool_ok('setting', 'set', 'public_signup', 'true');
    $one->tool_ok('desk', 'access', 'OPEN', '--signup');
    $one->tool_ok('setting', 'set', 'signup_source_hour', '5');
    is $two->as('')->post(OWN . '/signup', $form)->code, 202, 'opened, it is open everywhere';
    my @codes = map { $_->as('')->with('X-Forwarded-For' => '198.51.100.9')
        ->post(OWN . '/signup', {%zoe, email => 'many' . ++$number . '@example.org'})->code } ($one, $two) x 4;
    is "@codes", '202 202 202 202 202 429 429 429', 'a network has one budget';
    $one->tool_ok('setting', 'set', 'mail_again_minutes', '0');
    @codes = map { $_->as('')->with('X-Forwarded-For' => '198.51.101.' . ++$number)
        ->post(OWN . '/signup', {%zoe, email => 'victim@example.org'})->code } ($one, $two) x 4;
    is scalar(mails_to($one, 'victim@example.org')), 3, 'a mailbox, too';
    $one->tool_ok('setting', 'set', 'mail_again_minutes', '60');

    my $answers = at_once($all, 20, OWN . '/signup/verify',
        {token => token_to($one, 'zoe@example.org'), password => $password});
    is statuses($answers)->{200}, 1, 'a link that is used at both at once is used once';
    is $one->value(q{SELECT count(*) FROM account WHERE name = 'zoe@example.org'}), 1, 'there is one account';
};

subtest 'links that are used at both at once' => sub {
    good($one->as('da1', 'bearer')->post(OWN . '/servicedesk/D1/invitation',
        {addresses => 'lee@example.org', confirm => \1}), 'an invitation');
    my $answers = at_once($all, 20, OWN . '/invitation/accept',
        {token => token_to($one, 'lee@example.org'), displayName => 'Lee', password => $password});
    is statuses($answers)->{200}, 1, 'is accepted once';
    is $one->value(q{SELECT count(*) FROM account WHERE name = 'lee@example.org'}), 1, 'by one account';
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

# Killed in the middle of requests and of sending mails.
subtest 'a node dies' => sub {
    $all->wait_for(sub { !$one->value(q{SELECT count(*) FROM outbox WHERE state = 'queued'}) }, 30);
    $sink->behave(slow => 0.02);
    $sink->forget;
    $all->allow(qr/proxy:error|proxy_http:error|proxy_balancer:error/);
    my $ledger = ServiceDesk::Test::Ledger->new($all, people => ['c1', 'c2'], writers => 6)->start;
    my $acks = sub { scalar grep { $_->[1] eq 'ack' && $_->[0] > $_[0] } $ledger->read };
    my (@ids, @kills);
    for my $node ($one, $two, $one) {
        push @ids, map { queue($one) } 1 .. 30;
        $sink->wait_for(@ids - 20, 40);
        $all->wait_for(sub { $acks->($kills[-1] // 0) >= 30 }, 30);
        push @kills, Time::HiRes::time();
        $node->kill_hard;
        ok $all->wait_for(sub { $acks->($kills[-1]) >= 30 }, 10), 'the other one goes on';
        $node->start;
    }
    $all->wait_for(sub { !$one->value(q{SELECT count(*) FROM outbox WHERE state = 'queued'}) }, 60);
    $ledger->stop;
    my @stray = grep {
        my $line = $_;
        $line->[1] eq 'no' && !grep { $line->[0] >= $_ && $line->[0] < $_ + 2 } @kills
    } $ledger->read;
    is_deeply [map {"$_->[2] $_->[4]"} @stray], [], 'errors only where one died';
    is_deeply $ledger->judge, {I1 => [], I2 => [], I3 => []}, 'what was acknowledged is there, the rest whole or not';
    my %seen;
    $seen{$_->{'Message-Id'} =~ /(\w+)/ ? $1 : ''}++ for @{$sink->mails};
    is_deeply [grep { !$seen{$_} } @ids], [], 'every mail has left';
    my $twice = grep { $_ > 1 } values %seen;
    cmp_ok $twice, '<=', 3, "$twice of them twice, as often as a node was killed at most";
};

is scalar($one->tool_ok('check')), '', 'the check finds nothing: no seal of the audit was made twice';
$nodes->finish;
done_testing;
