#!/usr/bin/perl
# Two nodes on one database do not get into each other's way: a request costs as much processor time, of httpd and of
# PostgreSQL together, whether one node answers all or two answer half each, and no transaction waits for a lock of
# another node. Both ways are measured in turns, so that what else the machine does hits both. SD_NODES_CALLS says how
# many requests a turn has.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use List::Util ();
use POSIX ();
use Test::More;

use ServiceDesk::Test;
use ServiceDesk::Test::Cluster;
use ServiceDesk::Test::Connection;
use ServiceDesk::Test::Nodes;

my $calls = $ENV{SD_NODES_CALLS} // 4000;
my $rounds = 7;
my $api = '/rest/servicedeskapi';

$ENV{DB} = 'pgsql';
my $cluster = ServiceDesk::Test::Cluster->make(log_lock_waits => 'on', deadlock_timeout => '10ms');
local $ENV{SD_CLUSTER} = "host=127.0.0.1 port=$cluster->{port} user=servicedesk";
my $nodes = ServiceDesk::Test::Nodes->new(2);
my ($one, $two) = $nodes->nodes;
my @people = qw(c1 c2 c3 ag1);

# Processor time of a process and of all its children, those that are gone as well, in seconds.
sub cpu_of {
    my ($pid) = @_;
    my $ticks = 0;
    open my $list, '<', "/proc/$pid/task/$pid/children" or return 0;
    for my $each ($pid, split ' ', <$list> // '') {
        my @fields = split ' ', ServiceDesk::Test::slurp("/proc/$each/stat") =~ s/^.*\) //sr;
        $ticks += List::Util::sum(@fields[11 .. ($each == $pid ? 14 : 12)]) if @fields;
    }
    return $ticks / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

sub cpu { return List::Util::sum(map { cpu_of($_->{pid}) } $cluster, $one, $two) }

# Of ten calls seven read, two comment, one raises; each person alone.
sub work {
    my ($node, $name) = @_;
    my $person = $one->person($name);
    my $connection = ServiceDesk::Test::Connection->new($node->port, Authorization => "Bearer $person->{token}");
    my $key = $one->thing('R1')->{key};
    my $bad = 0;
    for my $n (1 .. $calls / @people) {
        my $turn = $n % 10;
        my ($status, $answer) = $turn == 1
            ? $connection->post("$api/request", {serviceDeskId => $one->thing('D1')->{id},
                requestTypeId => $one->thing('T1')->{id}, requestFieldValues => {summary => "of $name"}})
            : $turn == 4 || $turn == 8 ? $connection->post("$api/request/$key/comment", {body => 'x', public => \1})
            : $connection->get("$api/request/$key");
        $bad++ unless $status && $status < 300;
        $key = $answer->{issueKey} if $turn == 1 && $status && $status == 201;
    }
    return $bad;
}

# All people at once, one after the other at the nodes; gives milliseconds of processor time a request.
sub measure {
    my (@at) = @_;
    my $before = cpu();
    my @pids = map {
        my $index = $_;
        defined(my $pid = fork) or die "fork: $!";
        POSIX::_exit(work($at[$index % @at], $people[$index]) ? 1 : 0) if !$pid;
        $pid
    } 0 .. $#people;
    my @bad = grep { waitpid($_, 0); $? } @pids;
    die "requests failed\n" if @bad;
    return 1000 * (cpu() - $before) / $calls;
}

measure($_) for $one, $two;    # warm
my (@alone, @together);
for (1 .. $rounds) {
    push @alone, measure($one);
    push @together, measure($one, $two);
}
my ($alone, $together) = map { (sort { $a <=> $b } @$_)[$rounds / 2] } \@alone, \@together;
my $ratio = $together / $alone;
diag sprintf 'a request costs %.3f ms at one node, %.3f ms at two: %.2f times', $alone, $together, $ratio;
cmp_ok $ratio, '<=', 1.1, 'two nodes cost no more than one';
my $log = ServiceDesk::Test::slurp("$cluster->{dir}/log");
is scalar(() = $log =~ /still waiting for|acquired .*Lock.* after/g), 0, 'and nobody waited for a lock of another';
unlike $log, qr/deadlock|could not serialize/, 'nor was undone';
$nodes->finish;
$cluster->remove;
done_testing;
