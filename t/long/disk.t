#!/usr/bin/perl
# The disk fails at every single point of every kind of change: it is full from the n-th write on, takes half of it, one
# write or sync ends in an error, or the process ends there. For every n from the first call to the last: the answer is
# 503 and the database is as it was to the last row, or the change is there and whole; afterwards all is well without
# anybody's help. And where several changes share a transaction, each gets the answer that is its own.
# SQLite; cases: security.md 192, 193, 195, 196.
use strict;
use warnings;
use Errno ();
use Fcntl ();
use File::Temp ();
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Mojo::JSON ();
use Mojo::Promise ();
use Mojo::UserAgent ();
use Test::More;
use Time::HiRes ();

use ServiceDesk::Test;
use ServiceDesk::Test::Changes;
use ServiceDesk::Test::Rest;

my ($WRITES, $SYNCS) = (1, 2);
my ($FAIL, $HALF, $DIE) = (1, 2, 3);
my %errno = (ENOSPC => Errno::ENOSPC(), EIO => Errno::EIO());

$ENV{DB} = 'sqlite';
my $home = File::Temp::tempdir('servicedesk-fault-XXXXXX', TMPDIR => 1, CLEANUP => 1);
system('gcc', '-shared', '-fPIC', '-O1', '-o', "$home/fault.so", "$FindBin::RealBin/fault.c", '-ldl') == 0
    or BAIL_OUT 'gcc';

# ---- the lever ----

sub control {
    my (@numbers) = @_;
    open my $file, '+<', "$home/control" or die "$home/control: $!";
    syswrite $file, pack 'i7', @numbers, (0) x (7 - @numbers) or die "$home/control: $!";
    return;
}

sub peace { return control(0) }

# How many calls there were, and how many of them were hit.
sub seen {
    open my $file, '<', "$home/control" or die "$home/control: $!";
    sysread $file, my $bytes, 28;
    return (unpack 'i7', $bytes)[5, 6];
}

open my $file, '>', "$home/control" or die "$home/control: $!";
print {$file} "\0" x 28;
close $file;

sub server {
    my ($more) = @_;
    my $desk = ServiceDesk::Test->new(fixture => 1, allow => [qr/servicedesk:error/],
        env => {LD_PRELOAD => "$home/fault.so", SD_FAULT => "$home/control"},
        conf => "ServiceDeskDatabaseWait 1s\nServiceDeskWriteWait 2s\n" . ($more // ''));
    return $desk;
}

# ---- the sweep ----

my $which = $ENV{SD_DISK_CHANGES} // '';    # a pattern for the names of changes, for whoever looks for a fault
my ($desk, $changes, %id);

# One change with a fault at one point: how many calls were hit, whether the change was made, complaints.
sub once {
    my ($name, $given, $shape, @fault) = @_;
    # What an earlier fault kept from the file would be among the calls.
    $desk->dbh->do('PRAGMA wal_checkpoint(TRUNCATE)');
    my $before = $changes->state;
    control(@fault);
    my $answer = eval { $changes->make($name, $given) };
    my (undef, $hits) = seen();
    peace();
    my $code = $answer ? $answer->code : 'none';
    my $after = $changes->state;
    my $made = shape($before, $after);
    my @wrong;
    if ($code eq 'none') {
        push @wrong, "no answer, and in part: $made" if $made ne '' && $made ne $shape;
        push @wrong, 'no answer, and nobody was killed' if $fault[2] != $DIE;
    } elsif ($code == 503) {
        push @wrong, "503, and there is: $made" if $made ne '';
        push @wrong, '503 without Retry-After' unless $answer->headers->header('Retry-After');
        push @wrong, '503, and no fault' unless $hits;
    } elsif ($code < 300) {
        push @wrong, "$code, and in part: $made, not $shape" if $made ne $shape;
    } else {
        push @wrong, "$code " . $answer->body;
    }
    return ($hits, $made ne '', @wrong);
}

sub sweep {
    my ($name, $title, $kinds, $what, $error, $once) = @_;
    my $shape = $changes->usual_shape($name);
    my ($given, $made, $n, $missed, @wrong) = (undef, 1, 0, 0);
    # A background write may have been the one that was hit, or a thread's first: only two calls in a row end it.
    while ($missed < 2 && $n < 400) {
        $given = $changes->prepare($name) if $made;
        (my $hits, $made, my @complaints) = once($name, $given, $shape, $kinds, ++$n, $what, $errno{$error}, $once);
        push @wrong, map {"at call $n: $_"} @complaints;
        $missed = $hits ? 0 : $missed + 1;
    }
    is join("\n", splice @wrong, 0, 5), '', "$name, $title: all or nothing at each of " . ($n - 2) . ' calls';
    cmp_ok $n, '>', 2, 'there were some';
    return;
}

my @faults = (
    ['the disk is full', $WRITES, $FAIL, 'ENOSPC', 0],
    ['half a write, then it is full', $WRITES, $HALF, 'ENOSPC', 0],
    ['one write fails', $WRITES, $FAIL, 'EIO', 1],
    ['a sync fails', $SYNCS, $FAIL, 'EIO', 1],
    ['no sync works', $SYNCS, $FAIL, 'EIO', 0],
    ['the process ends at a write', $WRITES, $DIE, 'EIO', 1],
    ['the process ends at a sync', $SYNCS, $DIE, 'EIO', 1],
);

sub sound {
    is_deeply [$desk->{db}->damage($desk->dbh)], [], 'the file is sound';
    is +($desk->tool('check'))[1], '', 'servicedeskctl check';
    $changes->make($_, $changes->prepare($_))->code < 300 or fail("afterwards: $_") for $changes->names;
    return $desk->finish;
}

sub start {
    my ($more) = @_;
    $desk = server($more);
    $changes = ServiceDesk::Test::Changes->new($desk);
    %id = map { $_ => $desk->thing($_)->{id} } qw(D1 T1);
    return;
}

subtest 'every change, at every call' => sub {
    start();
    for my $name (grep {/$which/} $changes->names) {
        # A process that ends takes a second to come back: that is for those changes that people wait for.
        my $kills = $name =~ /raise|sign up|prove/;
        sweep($name, @$_) for grep { $kills || $_->[2] != $DIE } @faults;
    }
    sound();
};

# Each commit is copied into the database file at once: those writes and syncs can fail too, and the commit stands.
subtest 'while the log is copied into the file' => sub {
    start("DBDInitSQL \"PRAGMA wal_autocheckpoint = 1\"\n");
    sweep('raise a request', @$_) for @faults;
    sound();
};

# ---- several in one transaction ----

my $number = 0;

# All wait for the writer lock, which is ours, and become one batch when it is free; the answers by text.
sub batch {
    my ($count, @fault) = @_;
    open my $lock, '>>', $desk->database . '-writer' or die "writer lock: $!";
    flock $lock, Fcntl::LOCK_EX() or die "flock: $!";
    my %answer;
    my $agent = Mojo::UserAgent->new(max_connections => $count);
    my @all = map {
        my $text = 'batch ' . ++$number;
        $agent->post_p($desk->base . API . '/request',
            {Authorization => 'Bearer ' . $desk->person($_ % 2 ? 'c1' : 'c2')->{token}}, json => {
                serviceDeskId => $id{D1}, requestTypeId => $id{T1},
                requestFieldValues => {summary => $text, description => 'x' x 6000}})
            ->then(sub { $answer{$text} = $_[0]->res->code })->catch(sub { $answer{$text} = 'none' });
    } 1 .. $count;
    Mojo::Promise->timer(0.15)->then(sub { control(@fault); close $lock })->wait;
    Mojo::Promise->all(@all)->wait;
    my (undef, $hits) = seen();
    peace();
    return ($hits, \%answer);
}

subtest 'each of a batch has its own answer' => sub {
    start();
    my $parts = q{SELECT (SELECT COUNT(*) FROM request_value v WHERE v.request_id = r.id) || ' '
        || (SELECT COUNT(*) FROM status_change s WHERE s.request_id = r.id) || ' '
        || (SELECT COUNT(*) FROM audit a WHERE a.object_type = 'request' AND a.object_id = r.key)
        FROM request r WHERE r.summary = ?};
    for my $fault (@faults) {
        my ($title, @fault) = @$fault;
        my (%count, @wrong);
        for (my ($n, $hits) = (1, 1); $hits && $n < 600; $n += $fault[0] == $WRITES ? 3 : 1) {
            ($hits, my $answer) = batch(8, $fault[0], $n, $fault[1], $errno{$fault[2]}, $fault[3]);
            for my $text (sort keys %$answer) {
                my @there = @{$desk->dbh->selectcol_arrayref($parts, undef, $text)};
                my $code = $answer->{$text};
                $count{$code}++;
                push @wrong, "call $n: $code, and there is: " . (join(', ', @there) || 'nothing') unless
                    $code eq '201' ? "@there" eq '2 1 1' : $code eq '503' ? !@there
                    : $code eq 'none' && $fault[1] == $DIE && (!@there || "@there" eq '2 1 1');
            }
        }
        is join("\n", splice @wrong, 0, 5), '', "$title: " . join ', ', map {"$count{$_} times $_"} sort keys %count;
    }
    sound();
};

done_testing;
