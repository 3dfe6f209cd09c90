#!/usr/bin/perl
# The kill test of t/kill.t, fifty rounds of it.
use strict;
use warnings;
use FindBin;

$ENV{SD_KILL_ROUNDS} //= 50;
my $test = "$FindBin::Bin/../kill.t";
defined do $test or die $@ || "$test: $!";
