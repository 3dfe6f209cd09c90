#!/usr/bin/perl
# The log of SQLite goes into the database file on the worker's thread, not on that of somebody who waits for an answer;
# under load it stays short.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use DBI ();
use List::Util qw(max);
use POSIX ();
use ServiceDesk::Test;
use ServiceDesk::Test::Connection;
use Test::More;
use Time::HiRes ();

plan skip_all => 'PostgreSQL has its own' if ($ENV{DB} // 'sqlite') ne 'sqlite';
my $api = '/rest/servicedeskapi';

# Four people who raise requests for so many seconds; what they were told that was no 201.
sub raise_for {
    my ($desk, $seconds, $meanwhile) = @_;
    my %thing = map { $_ => $desk->thing($_)->{id} } qw(D1 T1);
    my @people = map {
        my $pid = open(my $reader, '-|') // die "fork: $!";
        if (!$pid) {
            my $c1 = ServiceDesk::Test::Connection->new($desk->port,
                Authorization => 'Bearer ' . $desk->person('c1')->{token});
            my ($end, $n, %bad) = (time + $seconds, 0);
            while (time < $end) {
                my ($status) = $c1->post("$api/request", {serviceDeskId => $thing{D1}, requestTypeId => $thing{T1},
                    requestFieldValues => {summary => 'Request ' . $n++, description => 'x' x 8000}});
                $bad{$status // 'none'}++ if ($status // 0) != 201;
            }
            print "$n ", join ' ', %bad;
            STDOUT->flush;
            POSIX::_exit(0);
        }
        $reader;
    } 1 .. 4;
    my $end = time + $seconds;
    while (time < $end) {
        $meanwhile->();
        Time::HiRes::sleep(0.05);
    }
    my @said = map { readline($_) // '' } @people;
    return (List::Util::sum(map {/^(\d+)/} @said), join '', map {s/^\d+ //r} @said);
}

# Without a look at the log.
sub in_file {
    my ($desk) = @_;
    my $dbh = DBI->connect('dbi:SQLite:uri=file:' . $desk->database . '?immutable=1', '', '',
        {RaiseError => 0, PrintError => 0}) or return -1;
    return $dbh->selectrow_array('SELECT count(*) FROM request') // -1;
}

subtest 'under load' => sub {
    my $desk = ServiceDesk::Test->new(fixture => 1);
    my $log = $desk->database . '-wal';
    my $most = 0;
    my ($count, $bad) = raise_for($desk, 8, sub { $most = max($most, -s $log // 0) });
    is $bad, '', "$count requests are raised";
    cmp_ok $most, '>', 0, 'through the log';
    cmp_ok $most, '<', 64 << 20, sprintf 'which stays below 64 MB: %.1f', $most / 2**20;
    my $all = $desk->value('SELECT count(*) FROM request');
    cmp_ok $all, '>', $count, 'they are there';
    ok $desk->wait_for(sub { in_file($desk) == $all }, 15), 'and soon in the database file itself';
    $desk->finish;
};

subtest 'who does it' => sub {
    my ($code) = ServiceDesk::Test::run_command({}, 'strace', '-qq', '-e', 'trace=none', 'true');
    plan skip_all => 'strace may not trace here' if $code ne '0';
    my $desk = ServiceDesk::Test->new(fixture => 1, start => 0);
    my $trace = "$desk->{dir}/trace";
    $desk->{wrap} = ['strace', '-D', '-f', '-y', '-qq', '-o', $trace, '--seccomp-bpf', '-s', 16, '-e',
        'trace=pwrite64,writev'];
    $desk->start;
    my ($count, $bad) = raise_for($desk, 4, sub { });
    is $bad, '', "$count requests are raised";
    my $file = quotemeta $desk->database;
    my %who;
    $desk->wait_for(
        sub {
            %who = ();
            for (split /\n/, ServiceDesk::Test::slurp($trace)) {
                my ($thread, $what) = /^(\d+) +(.*)/ or next;
                $who{file}{$thread}++ if $what =~ /^pwrite64\(\d+<$file>/;
                $who{answer}{$thread}++ if $what =~ m{^writev\(.*"HTTP/1\.1 201};
            }
            keys %{$who{file}};
        },
        15
    );
    cmp_ok scalar(keys %{$who{answer}}), '>', 0, 'threads that answer';
    is scalar(keys %{$who{file}}), 1, 'one thread writes to the database file';
    is_deeply [grep { $who{answer}{$_} } keys %{$who{file}}], [], 'and it is none of them';
    $desk->finish;
};
done_testing;
