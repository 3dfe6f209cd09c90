#!/usr/bin/perl
# The drill: a backup is made while people write, the database is spoilt, and the backup is put back while httpd runs.
# What was acknowledged before the backup began is there, once and whole. Cases: security.md 213.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use POSIX ();
use Test::More;
use Time::HiRes ();

use ServiceDesk::Test;
use ServiceDesk::Test::Ledger;
use ServiceDesk::Test::Rest;

my $desk = ServiceDesk::Test->new(fixture => 1);
my $file = $desk->dir . '/backup';
my $ledger = ServiceDesk::Test::Ledger->new($desk, people => ['c1', 'c2'], writers => 4)->start;
my $acked = sub { grep { $_->{word} eq 'ack' } values %{$ledger->attempts} };

$desk->wait_for(sub { $acked->() >= 20 }, 30);
my $earlier = $desk->as('c2', 'session');
my $begin = Time::HiRes::time();
my ($code, $out, $err) = $desk->tool('backup', $file);
is $code, 0, 'a backup, while people write' or diag $err;
my $end = Time::HiRes::time();
like $err, qr/\d+ of \d+$/m, 'that tells how far it is';
is sprintf('%o', (stat $file)[2] & 07777), '600', 'for its owner alone';
is_deeply [grep { !/\A\Q$file\E\z/ } glob "$file*"], [], 'one file';
my $session = $desk->as('c1', 'session');
$desk->wait_for(sub { (grep { $_->{ended} && $_->{ended} > $end } $acked->()) >= 10 }, 30);
$ledger->stop;
is +($desk->tool('backup', $file))[0], 1, 'no backup takes the place of another';
is_deeply $ledger->judge, {I1 => [], I2 => [], I3 => []}, 'nobody was disturbed';

# The tool, killed after a while.
sub killed {
    my ($seconds, @words) = @_;
    defined(my $pid = fork) or die "fork: $!";
    if (!$pid) {
        open STDERR, '>', '/dev/null';
        exec {$desk->build . '/servicedeskctl'} 'servicedeskctl', '--database', $desk->database, '--pepper',
            $desk->pepper, @words or POSIX::_exit(127);
    }
    Time::HiRes::sleep($seconds);
    kill KILL => $pid;
    waitpid $pid, 0;
    return $? & 127;
}

my $second = $desk->dir . '/second';
my $killed = grep { killed(0.01 * $_, 'backup', $second) && !-e $second } 1 .. 10;
cmp_ok $killed, '>', 0, "$killed backups were killed, and none of them has its name";
unlink $second;
$desk->put_file("$second.part", 'half of one') unless -e "$second.part";
is +($desk->tool('backup', $second))[0], 0, 'the next is made all the same';
is_deeply [grep { !/\A\Q$second\E\z/ } glob "$second*"], [], 'and nothing of them is left';
is +($desk->tool({plain => 1}, '--database', $second, 'check'))[1], '', 'it is sound' if -s $second;

my $before = $desk->value('SELECT count(*) FROM request');
$desk->dbh->do('DELETE FROM request_value');
$desk->dbh->do('UPDATE comment SET body = ?', undef, 'spoilt');
my $halves = 0;
for my $n (1 .. 10) {
    killed(0.01 * $n, 'restore', $file);
    my $values = $desk->value('SELECT count(*) FROM request_value');
    my $spoilt = $desk->value(q{SELECT count(*) FROM comment WHERE body = 'spoilt'});
    $halves++ unless !$values == !!$spoilt;
    last if $values;
}
is $halves, 0, 'a restore that is killed has done all or nothing';
($code, $out, $err) = $desk->tool('restore', $file, '--quiet');
is "$code$out$err", '0', 'restored, while httpd runs';
is +($desk->tool('check'))[1], '', 'the check finds nothing';

my %there = map { $_ => 1 } @{$desk->dbh->selectcol_arrayref('SELECT summary FROM request')},
    @{$desk->dbh->selectcol_arrayref('SELECT body FROM comment')};
my @first = grep { $_->{ended} && $_->{ended} < $begin } $acked->();
cmp_ok scalar(@first), '>=', 20, scalar(@first) . ' were acknowledged before it';
is_deeply [grep { !$there{$_->{text}} } @first], [], 'and are there';
is_deeply [grep { $_->{begun} > $end && $there{$_->{text}} } $acked->()], [], 'nothing that came later is';
cmp_ok $desk->value('SELECT count(*) FROM request'), '<', $before, 'fewer than there were';
is_deeply [$ledger->orphans], [], 'nothing in part';
is $_->get(CORE . '/myself')->code, 401, 'everybody signs in again' for $session, $earlier;
is $desk->as('c1')->get(CORE . '/myself')->code, 200, 'and may';
raise($desk->as('c1'), $desk->thing('D1')->{id}, $desk->thing('T1')->{id});

$desk->put_file('broken', 'no database');
is +($desk->tool('restore', $desk->dir . '/broken'))[0], 3, 'what is no backup is refused';
is +($desk->tool('restore', $desk->dir . '/absent'))[0], 3, 'what is not there, too';

# A copy of the backup that somebody has changed.
sub spoilt {
    my ($name, $change) = @_;
    my $copy = $desk->dir . "/spoilt-$name";
    File::Copy::copy($file, $copy) or die "$copy: $!";
    $change->($copy);
    return $copy;
}

sub change_by_hand {
    my ($path, $sql) = @_;
    my $dbh = DBI->connect("dbi:SQLite:dbname=$path", '', '', {RaiseError => 1, PrintError => 0});
    $dbh->do($_) for ref $sql ? @$sql : $sql;
    return $dbh->disconnect;
}

# Past the first pages, and short of the end: what SQLite opens without a word.
sub damage {
    my ($path) = @_;
    open my $bytes, '+<:raw', $path or die "$path: $!";
    for (my $at = 40 * 4096; $at < (-s $path) - 4096; $at += 8 * 4096) {
        seek $bytes, $at, 0;
        print {$bytes} "\xff" x 4096;
    }
    return close $bytes;
}

my @there = map { $desk->value("SELECT count(*) FROM $_") } qw(request comment account audit);
for my $copy (
    spoilt('damaged', \&damage),
    spoilt('newer', sub { change_by_hand($_[0], 'UPDATE schema_step SET number = number + 1000') }),
    spoilt('empty', sub { change_by_hand($_[0], ['PRAGMA foreign_keys = OFF', 'DROP TABLE schema_step']) }),
) {
    my ($kind) = $copy =~ /-(\w+)\z/;
    is +($desk->tool('restore', $copy))[0], 3, "a backup that is $kind is refused";
    is_deeply [map { $desk->value("SELECT count(*) FROM $_") } qw(request comment account audit)], \@there,
        'and all is as it was';
}
is $desk->as('c1')->get(CORE . '/myself')->code, 200, 'nothing happened';
$desk->finish;
done_testing;
