#!/usr/bin/perl
# A guard against getting slower, for `check`: instructions of five operations over desk/ as a ratio to those of their
# SQL alone, and the number of their statements. valgrind counts, so that the answer is the same on any machine at any
# load, and no rights are needed.
use strict;
use warnings;
use File::Copy ();
use File::Temp ();
use FindBin;
use lib "$FindBin::Bin/../lib";

use ServiceDesk::Test;

# Measured, and a tenth more; whoever makes one of them cheaper lowers it. Statements include BEGIN and ROLLBACK.
my %limit = (
    'sign-in check, Bearer' => [1.7, 3],
    'read a request'        => [1.2, 5],
    'list 20 own'           => [1.1, 24],
    'add a comment'         => [1.2, 20],
    'create a request'      => [1.25, 18],
);
my ($few, $many) = (20, 120);
my $bench = ServiceDesk::Test::build() . '/bench';

sub run_good {
    my (@command) = @_;
    my ($code, $out, $err) = ServiceDesk::Test::run_command({}, @command);
    die "@command: $code $out $err\n" if $code;
    return ($out, $err);
}

# Instructions of so many times, and the number of statements of one. Each run has a copy of its own: where a page of
# the database happens to be full, both sides find it so.
sub count {
    my ($original, $operation, $times, @bare) = @_;
    my $database = "$original-run";
    unlink glob "$database*";
    File::Copy::copy($original, $database) or die "$database: $!\n";
    my ($out, $err) = run_good('valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', "$bench/replay",
        $database, $operation, $times, @bare);
    my ($count) = $err =~ /Collected : (\d+)/ or die "valgrind: $err\n";
    return ($count, 0 + $out);
}

# Of one time: what the start costs is in both numbers.
sub instructions {
    my ($database, $operation, @bare) = @_;
    my ($start, $statements) = count($database, $operation, $few, @bare);
    my ($end) = count($database, $operation, $many, @bare);
    return (($end - $start) / ($many - $few), $statements);
}

my $dir = File::Temp->newdir('servicedesk-guard-XXXXXX', TMPDIR => 1);
run_good("$bench/generate", 'sqlite3', "$dir/guard.db", 1000, 200);
my $bad = 0;
printf "%-24s %12s %12s %8s %8s %11s %6s\n", 'instructions of', 'desk/', 'bare SQL', 'ratio', 'at most', 'statements',
    'most';
for my $operation (sort keys %limit) {
    my ($desk, $statements) = instructions("$dir/guard.db", $operation);
    my ($bare) = instructions("$dir/guard.db", $operation, 'bare');
    my ($most_ratio, $most_statements) = @{$limit{$operation}};
    my $good = $desk / $bare <= $most_ratio && $statements <= $most_statements;
    $bad++ unless $good;
    printf "%-24s %12.0f %12.0f %8.2f %8.2f %11d %6d%s\n", $operation, $desk, $bare, $desk / $bare, $most_ratio,
        $statements, $most_statements, $good ? '' : '  TOO MUCH';
}
exit($bad ? 1 : 0);
