#!/usr/bin/perl
# The test of t/steps.t with a million requests of 200,000 customers, and the query plans there.
use strict;
use warnings;
use FindBin;

$ENV{SD_STEPS}       //= '1000:200 1000000:200000';
$ENV{SD_STEPS_PLANS} //= 1;
my $test = "$FindBin::Bin/../steps.t";
defined do $test or die $@ || "$test: $!";
