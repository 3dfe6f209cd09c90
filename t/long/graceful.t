#!/usr/bin/perl
# The graceful restarts of t/graceful.t, forty of them, on each database.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use ServiceDesk::Test;
use Test::More;

$ENV{SD_GRACEFUL} //= 40;
for my $db (qw(sqlite pgsql)) {
    local $ENV{DB} = $db;
    my ($code, $out, $err) = ServiceDesk::Test::run_command({}, $^X, "$FindBin::RealBin/../graceful.t");
    is $code, 0, $db or diag $out, $err;
}
done_testing;
