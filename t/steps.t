#!/usr/bin/perl
# What an operation costs must not grow with the instance: steps of SQLite's virtual machine in a small instance and in
# one of twenty times its size. SD_STEPS="requests:customers requests:customers" names the two.
use strict;
use warnings;
use File::Temp ();
use FindBin;
use lib "$FindBin::RealBin/lib", "$FindBin::RealBin/../lib";
use Test::More;

use ServiceDesk::Test;

my @sizes = map { [split /:/] } split ' ', $ENV{SD_STEPS} // '1000:200 20000:4000';
my $bench = ServiceDesk::Test::build() . '/bench';
my $tool  = ServiceDesk::Test::build() . '/servicedeskctl';
my $limit = 1.3;

sub run_good {
    my (@command) = @_;
    my ($code, $out, $err) = ServiceDesk::Test::run_command({}, @command);
    die "@command: $code $out $err" if $code;
    return $out;
}

# Name => [steps, rows of full scans].
sub steps_of {
    my ($path) = @_;
    my @rows = map { [split /\t/] } split /\n/, run_good("$bench/steps", $path);
    return ({map { $_->[0] => [@$_[1, 2]] } @rows}, map { $_->[0] } @rows);
}

my $dir = File::Temp->newdir('servicedesk-steps-XXXXXX', TMPDIR => 1);
my @paths = map {"$dir/$_->[0].db"} @sizes;
for my $i (0, 1) {
    run_good("$bench/generate", 'sqlite3', $paths[$i], @{$sizes[$i]});
    is run_good($tool, '--database', $paths[$i], 'check'), '', "$sizes[$i][0] requests: servicedeskctl check";
}

my ($small, @names) = steps_of($paths[0]);
cmp_ok scalar(@names), '>=', 10, 'operations';

# With the statistics of ANALYZE, which an administrator may make, the planner thinks anew.
for my $when ('', ' after ANALYZE') {
    run_good('sqlite3', $paths[1], 'ANALYZE') if $when;
    my ($large) = steps_of($paths[1]);
    for my $name (@names) {
        my ($before, $after) = ($small->{$name}[0], $large->{$name}[0]);
        cmp_ok $after, '<=', $limit * $before, "$name: $before steps, then $after$when";
        # With statistics a table of one row is read without its index, and rightly.
        cmp_ok $large->{$name}[1], '==', 0, "$name: rows of full scans" unless $when;
    }
    next if $when || !$ENV{SD_STEPS_PLANS};
    local $ENV{SD_PLANS_DATABASE} = $paths[1];
    my ($code, $out, $err) = ServiceDesk::Test::run_command({}, ServiceDesk::Test::build() . '/unit/store_plans');
    is $code, 0, 'query plans of the large instance' or diag "$out$err";
}
done_testing;
