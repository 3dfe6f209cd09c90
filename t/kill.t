#!/usr/bin/perl
# kill -9 of a child, and of the parent with all that is left of it, while several clients write. A book that the
# clients keep outside the server decides afterwards: what was acknowledged is there once and whole, what was not is
# there at most once and whole, and nothing is there in part. SD_KILL_ROUNDS (4) says how often.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib", "$FindBin::RealBin/../lib";
use List::Util ();
use Test::More;
use Time::HiRes ();

use ServiceDesk::Test;
use ServiceDesk::Test::Ledger;

my $rounds = $ENV{SD_KILL_ROUNDS} // 4;

my $desk = ServiceDesk::Test->new(fixture => 1);
$desk->allow(qr/exit signal Killed \(9\)/);
my $ledger = ServiceDesk::Test::Ledger->new($desk, people => ['c1', 'c2'], writers => 12)->start;

# Both give the moment at which those died who were answering.
sub kill_child {
    my @children = $desk->children;
    my $at = Time::HiRes::time();
    kill KILL => $children[rand @children];
    return $at;
}

# The parent first: for a moment its children are alone.
sub kill_parent {
    my $group = $desk->pid;
    kill KILL => $group;
    Time::HiRes::sleep(rand 0.05);
    my $at = Time::HiRes::time();
    $desk->kill_hard;
    $desk->wait_for(sub { !kill(0 => -$group) && $!{ESRCH} });
    $desk->launch or die 'no new start: ' . $desk->errors;
    return $at;
}

# Attempts that had begun and not ended at a moment; how many of them never got an answer.
sub in_flight {
    my ($mark, $at) = @_;
    my @flying = grep { $_->{begun} < $at && ($_->{ended} // $at + 1) > $at } values %{$ledger->attempts($mark)};
    return (scalar(@flying), scalar grep { $_->{word} eq 'lost' } @flying);
}

sub acks_between {
    my ($mark, $from, $to) = @_;
    return scalar grep { $_->[1] eq 'ack' && $_->[0] >= $from && $_->[0] < $to } $ledger->read_from($mark);
}

# `mark` is how long the book was at the last kill, `now` at this one.
my ($last, $mark, $idle) = (0, 0, 0);
for my $round (1 .. $rounds) {
    Time::HiRes::sleep(0.3 + rand 0.4);
    my $now = $ledger->read;
    my $at = $round % 2 ? kill_child() : kill_parent();
    my $enough = $desk->wait_for(sub { acks_between($now, $at, 9e99) >= 20 }, 20);
    my ($flying, $lost) = in_flight($mark, $at);
    $idle++ unless $flying;
    my $what = $round % 2 ? 'a child' : 'the parent';
    my ($before, $after) = (acks_between($mark, $last, $at), acks_between($now, $at, 9e99));
    ok $enough && $before, "round $round, $what killed: $flying writes in flight, $lost of them without an answer;"
        . " acknowledged: $before before, $after after";
    ($last, $mark) = ($at, $now);
}
$ledger->stop;

cmp_ok $idle, '<=', 0.2 * $rounds, 'nearly every kill hit writes in flight';
my %words;
$words{$_->{word}}++ for values %{$ledger->attempts};
note join ', ', map {"$_: $words{$_}"} sort keys %words;
cmp_ok $words{lost} // 0, '>', 0, 'some writes never got an answer';

my $verdict = $ledger->judge;
for my $rule (['I1', 'what was acknowledged is there once and whole'],
    ['I2', 'what was not acknowledged is there at most once and whole'],
    ['I3', 'no part without its whole, and counters count']) {
    my @complaints = @{$verdict->{$rule->[0]}};
    is join("\n", List::Util::head(20, @complaints)), '', "$rule->[0]: $rule->[1]";
}
# That the judge can see: a request without its first status, a comment that is gone, a counter that is off.
$desk->dbh->begin_work;
$desk->dbh->do($_)
    for 'DELETE FROM status_change WHERE id = (SELECT MAX(id) FROM status_change)',
    'DELETE FROM comment WHERE id = (SELECT MAX(id) FROM comment)',
    'UPDATE desk_count SET open_requests = open_requests + 1';
my $other = $ledger->judge;
cmp_ok @{$other->{I1}} + @{$other->{I2}}, '>=', 2, 'the judge sees what is not whole';
cmp_ok scalar @{$other->{I3}}, '>=', 2, 'and what hangs in the air';
$desk->dbh->rollback;

my ($code, $out, $err) = $desk->tool('check');
is "$code $out$err", '0 ', 'servicedeskctl check';
$desk->finish;
done_testing;
