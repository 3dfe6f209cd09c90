#!/usr/bin/perl
# Requests a second, and CPU microseconds a request over all children of a private httpd, for what people do most,
# always beside a static file of 1 KB. Rounds take turns through all cases; what is printed are medians.
#
#   BENCH_ROUNDS, BENCH_SECONDS   rounds, and seconds a case in each (5, 2)
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use POSIX ();

use ServiceDesk::Test;
use ServiceDesk::Test::Connection;

my $rounds  = $ENV{BENCH_ROUNDS}  // 5;
my $seconds = $ENV{BENCH_SECONDS} // 2;
my $api     = '/rest/servicedeskapi';
my $ticks   = POSIX::sysconf(POSIX::_SC_CLK_TCK());

# The harness's server with a fixed number of children and no access log, for both sides alike.
package BenchServer {
    our @ISA = ('ServiceDesk::Test');

    sub configuration {
        my ($self) = @_;
        my $text = $self->SUPER::configuration;
        $text =~ s/^CustomLog.*//m;
        $text =~ s/^LogLevel.*/LogLevel warn/m;
        $text =~ s/^( *(?:ServerLimit|StartServers)) .*/$1 2/mg;
        $text =~ s/^( *(?:ThreadsPerChild)) .*/$1 16/mg;
        return "$text\nKeepAlive On\nMaxKeepAliveRequests 0\n<Location /static>\n    SetHandler none\n</Location>\n";
    }
}

sub median { my @sorted = sort { $a <=> $b } @_; return $sorted[$#sorted / 2] }

# CPU seconds of all children, and who they are.
sub children_cpu {
    my ($desk) = @_;
    my ($sum, @pids) = (0);
    for my $pid (sort $desk->children) {
        my ($rest) = ServiceDesk::Test::slurp("/proc/$pid/stat") =~ /\) (.*)/s or die "child $pid is gone\n";
        my @fields = split ' ', $rest;
        $sum += ($fields[11] + $fields[12]) / $ticks;
        push @pids, $pid;
    }
    return ($sum, "@pids");
}

sub wrk {
    my ($url, @more) = @_;
    my ($code, $out, $err) = ServiceDesk::Test::run_command({}, 'wrk', '-t', 1, '-c', 8, '-d', $seconds . 's', @more);
    die "wrk $url: $code $out $err" if $code || $out =~ /Non-2xx|Socket errors/;
    my ($count) = $out =~ /(\d+) requests in/ or die "wrk $url: $out";
    my ($rate)  = $out =~ m{Requests/sec:\s*([\d.]+)} or die "wrk $url: $out";
    return ($count, $rate);
}

sub measure {
    my ($desk, $case, $round) = @_;
    my ($before, $pids) = children_cpu($desk);
    my @script = $case->{script} ? ('-s', "$FindBin::Bin/$case->{script}") : ();
    my $url    = $desk->base . $case->{path};
    my ($count, $rate) = wrk($url, @script, (map { ('-H', $_) } @{$case->{headers}}), $url, '--',
        @{$case->{arguments} // []}, $round);
    my ($after, $same) = children_cpu($desk);
    die "the children changed: $pids, $same\n" if $pids ne $same;
    push @{$case->{rate}}, $rate;
    push @{$case->{cpu}}, 1e6 * ($after - $before) / $count;
    return;
}

# Something to list: more than one page of requests of c1.
sub fill {
    my ($desk) = @_;
    my $connection = ServiceDesk::Test::Connection->new($desk->port,
        Authorization => 'Bearer ' . $desk->person('c1')->{token});
    my ($d1, $t1) = map { $desk->thing($_)->{id} } qw(D1 T1);
    for my $number (1 .. 100) {
        my ($status) = $connection->post("$api/request", {serviceDeskId => $d1, requestTypeId => $t1,
            requestFieldValues => {summary => "Request $number", description => 'x' x 200}});
        die "cannot raise a request: $status\n" unless $status == 201;
    }
    return;
}

# c2 raises requests and c1 reads, so that the list stays as long as it is. c2 has no organization to share with, so
# that a request of c2 writes the rows that the bare program writes.
sub cases {
    my ($desk) = @_;
    my $c1     = $desk->person('c1');
    my $bearer = "Authorization: Bearer $c1->{token}";
    # Of no organization: the rows of a request of hers are those that the bare program writes.
    my $raiser = 'Authorization: Bearer ' . $desk->person('c2')->{token};
    my $basic  = $desk->as('c1')->{headers}{Authorization};
    my ($cookie) = @{$desk->as('c1', 'session')->cookies};
    my $read   = "$api/request/" . $desk->thing('R1')->{key};
    return (
        {name => 'static file, 1 KB', path => '/static/1k.txt'},
        {name => 'read a request, Bearer', path => $read, headers => [$bearer], goal => 'read'},
        {name => 'read a request, session', path => $read, goal => 'read',
            headers => ['Cookie: ' . $cookie->name . '=' . $cookie->value]},
        {name => 'read a request, Basic', path => $read, headers => ["Authorization: $basic"], goal => 'read'},
        {name => 'list 20 requests, Bearer', path => "$api/request?limit=20", headers => [$bearer]},
        {name => 'create a request, Bearer', path => "$api/request", script => 'create.lua', goal => 'create',
            headers => ['Authorization: Bearer ' . $desk->person('c2')->{token}, 'Content-Type: application/json'],
            arguments => [$desk->thing('D1')->{id}, $desk->thing('T1')->{id}]},
    );
}

# The store's own measurement; the CPU microseconds of the bare program's write.
sub measure_store {
    my ($desk) = @_;
    my ($code, $out, $err) = ServiceDesk::Test::run_command({}, $desk->build . '/bench/store', $seconds, $desk->dir);
    die "bench/store: $code $err\n" if $code;
    print "\nThe store alone, one thread:\n\n$out\n";
    my ($cpu) = $out =~ /^write\s+bare\b.*?([\d.]+) us CPU/m or die "bench/store has no write of the bare program\n";
    return $cpu;
}

sub verdict {
    my ($what, $is, $goal) = @_;
    printf "%-34s %7.1f us, goal %7.1f us: %s\n", $what, $is, $goal, $is <= $goal ? 'met' : 'MISSED';
    return;
}

my $desk = BenchServer->new(fixture => 1);
mkdir $desk->dir . '/htdocs/static';
$desk->put_file('htdocs/static/1k.txt', 'x' x 1023 . "\n");
fill($desk);
my @cases = cases($desk);
for my $round (1 .. $rounds) {
    measure($desk, $_, $round) for @cases;
}

printf "%d rounds of %s s a case, 8 connections, %s, medians\n\n", $rounds, $seconds, ServiceDesk::Test::httpd();
printf "%-28s %10s %14s %14s\n", '', 'requests/s', 'CPU us/request', 'times static';
my $static = median(@{$cases[0]{cpu}});
for my $case (@cases) {
    my $cpu = median(@{$case->{cpu}});
    printf "%-28s %10.0f %14.1f %14.2f\n", $case->{name}, median(@{$case->{rate}}), $cpu, $cpu / $static;
}
my $bare = measure_store($desk);
for my $case (grep { $_->{goal} } @cases) {
    verdict($case->{name}, median(@{$case->{cpu}}), $case->{goal} eq 'read' ? 4 * $static : 2 * ($bare + $static));
}
$desk->stop;
$desk->forget;
my @complaints = $desk->complaints;
die "in the log: @complaints\n" if @complaints;
