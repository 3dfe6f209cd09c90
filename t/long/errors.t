#!/usr/bin/perl
# Calls of the system that fail for a while, of each kind that a change needs: files of the database that cannot be
# opened, read, locked, mapped or synced, connections to PostgreSQL that cannot be made, written or read, logs that take
# no line, and any of them broken off by a signal. Whoever asks meanwhile is served or told 503, what was acknowledged
# is there and nothing in part, and it mends by itself. Both databases. (t/long/disk.t lets each single write and sync
# of SQLite fail, t/security-random.t is about random bytes.) SD_ERRORS is a pattern for the names of what fails. Case:
# security.md 193.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use List::Util ();
use Test::More;
use Time::HiRes ();

use ServiceDesk::Test;
use ServiceDesk::Test::Ledger;
use ServiceDesk::Test::Rest;

# What fails, with which error, at which calls of each thread; of which file, or all; whether anybody notices.
my @of_sqlite = (
    ['opening the database', 'openat', 'EMFILE', '1..2', 'state/servicedesk.db', 'perhaps'],
    ['opening its log', 'openat', 'ENFILE', '1..2', 'state/servicedesk.db-wal', 'noticed'],
    ['reading the file', 'pread64', 'EIO', '40..60', 'state/servicedesk.db', 'noticed'],
    ['reading the log', 'pread64', 'EIO', '10..40', 'state/servicedesk.db-wal', 'noticed'],
    ['mapping its index', 'mmap', 'ENOMEM', '1..2', 'state/servicedesk.db-shm', 'noticed'],
    ['the locks of the file', 'fcntl', 'EIO', '100..103', 'state/servicedesk.db-shm', 'perhaps'],
    ['the lock of the writers', 'flock', 'ENOLCK', '5..10', 'state/servicedesk.db-writer', 'noticed'],
    ['a signal at that lock', 'flock', 'EINTR', '5..20', 'state/servicedesk.db-writer', ''],
    ['a signal at a write', 'pwrite64', 'EINTR', '20..60', 'state/servicedesk.db-wal', ''],
    ['a signal at a sync', 'fdatasync', 'EINTR', '5..15', 'state/servicedesk.db-wal', 'noticed'],
);
my @of_pgsql = (
    ['a socket for a connection', 'socket', 'EMFILE', '1..3', undef, 'noticed'],
    ['connecting', 'connect', 'ECONNREFUSED', '1..3', undef, 'noticed'],
    ['sending', 'sendto', 'EIO', '30', undef, 'noticed'],
    ['sending to one that is gone', 'sendto', 'EPIPE', '30', undef, 'noticed'],
    ['receiving', 'recvfrom', 'ECONNRESET', '60..64', undef, 'noticed'],
    ['memory to receive', 'recvfrom', 'ENOMEM', '60..64', undef, 'noticed'],
    ['a signal at sending', 'sendto', 'EINTR', '30..60', undef, ''],
    ['a signal at receiving', 'recvfrom', 'EINTR', '60..90', undef, ''],
    ['a signal at waiting', 'poll', 'EINTR', '60..90', undef, ''],
);
my @of_both = (
    ['lines of the log', 'write', 'ENOSPC', '1+', 'logs/access.log', ''],
    ['lines of errors', 'write', 'EIO', '1+', 'logs/error.log', ''],
);

sub may_trace {
    my ($code) = ServiceDesk::Test::run_command({}, 'strace', '-qq', '-e', 'trace=none', 'true');
    return $code eq '0';
}

sub lines { my ($ledger, $word, $since) = @_; return grep { $_->[1] eq $word && $_->[0] > $since } $ledger->read }

sub fails {
    my ($name, $call, $error, $when, $path, $noticed) = @_;
    my $desk = ServiceDesk::Test->new(fixture => 1, start => 0,
        allow => [qr/servicedesk:error|dbd:error|AH0062|AH0063/],
        conf => "ServiceDeskDatabaseWait 2s\nServiceDeskWriteWait 2s\n");
    # A connection whose first words are lost waits for as long as it is told to.
    $desk->{conf} .= sprintf "DBDParams \"%s connect_timeout=2\"\n", $desk->database if $ENV{DB} eq 'pgsql';
    my @path = defined $path ? ('-P', $desk->dir . "/$path") : ();
    my $trace = "$desk->{dir}/trace";
    $desk->{wrap} = ['strace', '-D', '-f', '-qq', '-o', $trace, @path, '-e', "trace=$call", '-e',
        "inject=$call:error=$error:when=$when"];
    $desk->start;
    my $ledger = ServiceDesk::Test::Ledger->new($desk, people => ['c1', 'c2'], writers => 4)->start;
    my $failed = sub { scalar(() = ServiceDesk::Test::slurp($trace) =~ /= -1 $error .*\(INJECTED\)/g) };
    ok $desk->wait_for(sub { $failed->() >= 2 }, 30), 'calls fail';
    ok $desk->wait_for(sub { lines($ledger, 'no', 0) }, 30), 'which is noticed' if $noticed eq 'noticed';
    my $enough = sub { 60 == grep { $_->[1] =~ /^(?:ack|try)\z/ } List::Util::tail(60, $ledger->read) };
    ok $desk->wait_for($enough, 60), 'everybody is served then';
    $ledger->stop;
    my @odd = grep { $_->[1] eq 'no' && !($noticed && $_->[4] == 503) || $_->[1] eq 'lost' } $ledger->read;
    is_deeply [map {"@$_"} @odd], [], $noticed ? 'who was not served was told 503' : 'nobody notices';
    is_deeply $ledger->judge, {I1 => [], I2 => [], I3 => []}, 'what was acknowledged is there, the rest not in part';
    ok $desk->wait_for(sub { $desk->as('c1')->get(CORE . '/myself')->code == 200 }, 20), 'c1 signs in';
    unlike $desk->errors, qr/exit signal|AH0005[12]/, 'no child crashed';
    return $desk->finish;
}

my $which = $ENV{SD_ERRORS} // '';
plan skip_all => 'strace may not trace here' unless may_trace();
for my $db (qw(sqlite pgsql)) {
    local $ENV{DB} = $db;
    for my $fault ($db eq 'sqlite' ? @of_sqlite : @of_pgsql, @of_both) {
        my $name = "$db, $fault->[0]: $fault->[2]";
        subtest $name => sub { fails(@$fault) } if $name =~ $which;
    }
}
done_testing;
