#!/usr/bin/perl
# Every fuzz target over its seeds and a number of inputs made from them, from a fixed seed: the same every time.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;

use Suite;

my $fuzzers = "$Suite::build/long/fuzz/fuzz";
plan skip_all => "no fuzzers in $fuzzers: they need clang" unless -d $fuzzers;

$ENV{SD_FUZZERS} = $fuzzers;
$ENV{FUZZ_RUNS} //= 200_000;
for my $target (map {m{([^/]+)\.c$}} sort glob "$Suite::top/t/fuzz/*.c") {
    my $text = `'$Suite::top/t/fuzz/run' $target 2>&1`;
    my $good = $? == 0;
    ok $good, $text =~ s/\n.*//sr or diag $text;
}
done_testing;
