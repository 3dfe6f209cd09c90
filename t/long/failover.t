#!/usr/bin/perl
# Fail-over: two PostgreSQL servers with synchronous replication, httpd that knows both by one conninfo, and writers all
# the time. The primary ends without a word and the standby takes its place; backends are killed; the server restarts;
# it stands still as if the network had swallowed it. What was acknowledged is there, no child of httpd crashes, and
# writes are acknowledged again within ten seconds, which is judged after each fault. Cases: security.md 201 to 204.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use DBI;
use File::Temp ();
use Test::More;
use Time::HiRes ();

use ServiceDesk::Test;
use ServiceDesk::Test::Cluster;
use ServiceDesk::Test::Ledger;
use ServiceDesk::Test::Rest;

$ENV{DB} = 'pgsql';
my $primary = ServiceDesk::Test::Cluster->make(synchronous_commit => 'on');
my $standby = $primary->standby;
my $where = ServiceDesk::Test::Cluster::both($primary, $standby);
local $ENV{SD_CLUSTER} = $where;

my $desk = ServiceDesk::Test->new(fixture => 1,
    allow => [qr/servicedesk:error|dbd:error|AH0062|AH0063|AH0065/]);
my $ledger = ServiceDesk::Test::Ledger->new($desk, people => ['c1', 'c2'], writers => 6)->start;

sub acks_since { my ($time) = @_; return scalar grep { $_->[1] eq 'ack' && $_->[0] > $time } $ledger->read }

# How long after a moment until writes are acknowledged again, by each of the writers' turns.
sub back_after {
    my ($time) = @_;
    $desk->wait_for(sub { acks_since($time) >= 30 }, 60);
    my @acks = sort { $a <=> $b } map { $_->[0] } grep { $_->[1] eq 'ack' && $_->[0] > $time } $ledger->read;
    return @acks >= 30 ? $acks[0] - $time : 1e9;
}

sub calm {
    my $time = Time::HiRes::time();
    $desk->wait_for(sub { acks_since($time) >= 30 }, 60);
    return;
}

# The book against the database while people write on, so that a fault is found out by its own name.
sub sound {
    my ($name) = @_;
    unlike $desk->log, qr/exit signal|AH0005[12]/, "$name: no child crashed";
    judged($name);
    return;
}

# A moment after the fault was over: what was on its way when it came has had its answer, or has none.
sub judged {
    my ($name) = @_;
    delete $desk->{dbh};    # of a server that may be another one now
    is_deeply $ledger->judge, {I1 => [], I2 => [], I3 => []},
        "$name: what was acknowledged is there, the rest whole or not";
    $desk->dbh->disconnect;
    delete $desk->{dbh};
    return;
}

calm();

subtest 'backends are killed, again and again' => sub {
    for my $round (1 .. 5) {
        $primary->query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user'
            . " AND application_name <> 'walreceiver' AND pid <> pg_backend_pid() AND backend_type = 'client backend'");
        cmp_ok back_after(Time::HiRes::time()), '<', 10, "round $round: writes go on";
        judged("round $round");
    }
    sound('killed backends');
};

subtest 'the server restarts' => sub {
    my $time = Time::HiRes::time();
    $primary->stop('immediate');
    $primary->start;
    cmp_ok back_after($primary->{ready}), '<', 10, 'writes go on';
    sound('a crash and its recovery');
};

subtest 'the server stands still' => sub {
    $primary->freeze;
    Time::HiRes::sleep(9);
    my $time = Time::HiRes::time();
    $primary->thaw;
    cmp_ok back_after($time), '<', 10, 'writes go on';
    sound('silence');
};

# The worst of ends: its connections stay, and whoever asks it waits. New ones are tried there first, too.
subtest 'the network swallows the server, and the standby takes over' => sub {
    $primary->freeze;
    my $promoted = Time::HiRes::time();
    $standby->promote;
    my $seconds = back_after($promoted);
    cmp_ok $seconds, '<', 10, sprintf 'writes are acknowledged again after %.1f s', $seconds;
    $primary->kill_frozen;
    sound('fail-over');
    my $caller = $desk->as('c1');
    my %codes;
    $codes{$caller->get(CORE . '/myself')->code}++ for 1 .. 200;
    is_deeply \%codes, {200 => 200}, 'nothing lasting: two hundred reads';
};

$ledger->stop;
judged('in the end');
my $acked = grep { $_->{word} eq 'ack' } values %{$ledger->attempts};
note "$acked acknowledged";
$desk->finish;
$_->remove for $standby, $primary;
done_testing;
