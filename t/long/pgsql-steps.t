#!/usr/bin/perl
# The test of t/pgsql-steps.t with a million requests of 200,000 customers.
use strict;
use warnings;
use FindBin;

$ENV{SD_STEPS} //= '1000:200 1000000:200000';
my $test = "$FindBin::Bin/../pgsql-steps.t";
defined do $test or die $@ || "$test: $!";
