#!/usr/bin/perl
# Slow people on every worker but one: readers take a list of 5 MB at a kilobyte a second, writers send a comment at a
# kilobyte a second, and the last worker answers as if it were alone. A second httpd with the same configuration and
# nobody slow is what "alone" means; both are asked in turns, so that what else the machine does hits both. A connection
# of the database (the pool has two), a transaction or a lock that a slow client held would be seen at once, and so
# would an answer that stands in memory several times while it is sent. Cases: security.md 217.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Time::HiRes ();

use ServiceDesk::Test;
use ServiceDesk::Test::Connection;
use ServiceDesk::Test::Rest;
use ServiceDesk::Test::SlowPeople;

my $workers = 8;
my $reads = $ENV{SD_SLOW_READS} // 1500;
my $creates = $reads / 3;

package OneWorkerLeft {
    our @ISA = ('ServiceDesk::Test');

    sub configuration {
        my ($self) = @_;
        my $text = $self->SUPER::configuration;
        $text =~ s/^( *(?:ServerLimit|StartServers)) .*/$1 1/mg;
        $text =~ s/^( *(?:ThreadsPerChild|MaxRequestWorkers)) .*/$1 $workers/mg;
        $text =~ s/^DBDKeep .*/DBDMin 1\nDBDKeep 2/m;
        $text =~ s/^DBDMax .*/DBDMax 2/m;
        $text =~ s{mpm_event_module "([^"]+)/mod_mpm_event\.so"}{mpm_prefork_module "$1/mod_mpm_prefork.so"}
            if $self->{prefork};
        $text .= "StartServers $workers\nMinSpareServers 1\nMaxSpareServers $workers\nMaxRequestWorkers $workers\n"
            if $self->{prefork};
        # No more of an answer fits into the kernel than a few kilobytes: a slow reader keeps its worker.
        return "$text\nSendBufferSize 8192\nMaxConnectionsPerChild 0\nServiceDeskDatabaseSlots 2\n"
            . "<Location /server-status>\nSetHandler server-status\n</Location>\n";
    }
}

# A request with a page of comments of five megabytes: a hundred of 17,000 characters of three bytes.
sub long_list {
    my ($desk) = @_;
    my $r1 = API . '/request/' . $desk->thing('R1')->{key};
    my $c1 = ServiceDesk::Test::Connection->new($desk->port, Authorization => 'Bearer ' . $desk->person('c1')->{token});
    for (1 .. 100) {
        my ($status) = $c1->post("$r1/comment", {body => "\x{d55c}" x 17_000, public => \1});
        die "no comment: $status\n" if $status != 201;
    }
    return "$r1/comment?limit=100&start=2";
}

# kB, of all children.
sub memory {
    my ($desk) = @_;
    my $sum = 0;
    for my $child ($desk->children) {
        $sum += $1 if ServiceDesk::Test::slurp("/proc/$child/smaps_rollup") =~ /^Pss:\s*(\d+) kB/m;
    }
    return $sum;
}

sub busy {
    my ($desk) = @_;
    my ($status) = $desk->raw("GET /server-status?auto HTTP/1.0\r\n\r\n") =~ /^Scoreboard: (\S+)/m;
    return scalar(() = ($status // '') =~ /[RW]/g);
}

sub quantile { my ($part, @values) = @_; return (sort { $a <=> $b } @values)[$part * $#values] }

# Milliseconds of each call, at each server in turns. Each has a connection of its own: an httpd with one worker left
# ends those that are kept alive when they are in its way.
sub measure {
    my ($count, $call, @servers) = @_;
    my @connections = map {
        ServiceDesk::Test::Connection->new($_->port, Connection => 'close',
            Authorization => 'Bearer ' . $_->person('c2')->{token})
    } @servers;
    my @times = ([], []);
    my %wrong;
    for my $n (1 .. $count) {
        for my $i ($n % 2 ? (0, 1) : (1, 0)) {
            my $start = Time::HiRes::time();
            my ($status) = $call->($connections[$i], $servers[$i]);
            push @{$times[$i]}, 1000 * (Time::HiRes::time() - $start);
            $wrong{$status // 'none'}++ unless ($status // 0) =~ /^20[01]$/;
        }
    }
    return (\%wrong, @times);
}

my %calls = (
    read => [$reads, sub { $_[0]->get(API . '/request/' . $_[1]->thing('RP')->{key}) }],
    create => [$creates, sub {
        $_[0]->post(API . '/request', {serviceDeskId => $_[1]->thing('D1')->{id},
            requestTypeId => $_[1]->thing('T1')->{id}, requestFieldValues => {summary => 'beside slow people'}});
    }],
);

# Three rounds at most: one in which the machine had other things to do counts for nothing.
sub as_if_alone {
    my ($name, $busy, $alone) = @_;
    my ($count, $call) = @{$calls{$name}};
    my ($wrong, @ratios);
    for my $round (1 .. 3) {
        ($wrong, my @times) = measure($count, $call, $busy, $alone);
        my @figures = map { my $part = $_; map { quantile($part, @$_) } @times } 0.5, 0.95;
        @ratios = ($figures[0] / $figures[1], $figures[2] / $figures[3]);
        note sprintf '%s: median %.2f ms beside %.2f (%.2f), p95 %.2f beside %.2f (%.2f)', $name, @figures[0, 1],
            $ratios[0], @figures[2, 3], $ratios[1];
        last if %$wrong || $ratios[0] < 1.15 && $ratios[1] < 1.3;
    }
    is_deeply $wrong, {}, "$name: every call is answered";
    cmp_ok $ratios[0], '<', 1.15, "$name: the median is that of an httpd of its own";
    cmp_ok $ratios[1], '<', 1.3, "$name: and so are the slower ones";
    return;
}

# Whoever stood in a transaction would keep the log of SQLite from being emptied, and would be named by PostgreSQL.
sub nobody_holds_the_database {
    my ($desk) = @_;
    my $held = $desk->{db}->driver eq 'sqlite3'
        ? sub { ($desk->dbh->selectrow_array('PRAGMA wal_checkpoint(TRUNCATE)'))[0] }
        : sub {
            $desk->value('SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()'
                . " AND state <> 'idle' AND pid <> pg_backend_pid() AND backend_type = 'client backend'");
        };
    ok $desk->wait_for(sub { !$held->() }, 5), 'no transaction is open';
    return;
}

sub with_slow_people {
    my (%option) = @_;
    my ($busy, $alone) = map {
        OneWorkerLeft->new(fixture => 1, modules => ['status'], allow => [qr/AH00161|AH00484/], %option);
    } 1 .. 2;
    my @lists = map { long_list($_) } $busy, $alone;
    my $r1 = API . '/request/' . $busy->thing('R1')->{key};
    my $whole = length $busy->as('c1', 'bearer')->get($lists[0])->body;
    cmp_ok $whole, '>', 5_000_000, "a list of $whole bytes";
    # Children that have never held one; then threads, connections and caches come to be.
    $_->restart for $busy, $alone;
    measure(200, $calls{$_}[1], $busy, $alone) for sort keys %calls;
    my $before = memory($busy);

    my $body = '{"body":"slowly", "public":true' . ' ' x 400_000 . '}';
    my ($readers, $writers) = (4, $workers - 5);
    my $slow = ServiceDesk::Test::SlowPeople->new($busy->port, token => $busy->person('c1')->{token},
        readers => $readers, writers => $writers, read => $lists[0], write => "$r1/comment", body => $body);
    $busy->wait_for(sub { busy($busy) == $workers }, 30);
    is busy($busy), $workers, 'every worker but the one that tells so has somebody slow';
    nobody_holds_the_database($busy);
    Time::HiRes::sleep(1);
    my $each = (memory($busy) - $before) * 1024 / $readers / $whole;
    as_if_alone($_, $busy, $alone) for qw(read create);
    nobody_holds_the_database($busy);
    is busy($busy), $workers, 'they are still at it';
    cmp_ok $each, '<', 3, sprintf 'of an answer that is sent, %.1f times its length is in memory', $each;

    my @answers = $slow->finish;
    is_deeply [@answers[0 .. $readers - 1]], [([200, $whole]) x $readers], 'the readers got all of it';
    is_deeply [map { $_->[0] } @answers[$readers .. $#answers]], [(201) x $writers], 'and the writers an answer';
    is $busy->value("SELECT count(*) FROM comment WHERE body = 'slowly'"), $writers, 'for what is there';
    $_->finish for $busy, $alone;
    return;
}

for my $db (qw(sqlite pgsql)) {
    local $ENV{DB} = $db;
    subtest "threads, $db" => sub { with_slow_people() };
    subtest "processes, $db" => sub {
        plan skip_all => 'there is no prefork MPM'
            unless -e ServiceDesk::Test::apxs('LIBEXECDIR') . '/mod_mpm_prefork.so';
        with_slow_people(prefork => 1);
    };
}
done_testing;
