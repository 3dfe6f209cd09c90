#!/usr/bin/perl
# The many of t/newcomers.t are ten thousand.
use strict;
use warnings;
use FindBin;

$ENV{SD_NEWCOMERS} //= 10_000;
my $test = "$FindBin::Bin/../newcomers.t";
defined do $test or die $@ || "$test: $!";
