#!/usr/bin/perl
# What t/steps.t says, of PostgreSQL: buffers that an operation touches in a small instance and in a large one, and the
# plans of all statements in the large one, as the server chooses them. SD_STEPS and SD_STEPS_PLANS as there.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib", "$FindBin::RealBin/../lib";
use Test::More;

use ServiceDesk::Test;

# A server of its own, which counts and waits for no disk.
my $top = ServiceDesk::Test::top();
if (!$ENV{SD_STEPS_CLUSTER}) {
    local $ENV{SD_STEPS_CLUSTER} = 1;
    local $ENV{SD_CLUSTER_SETTINGS} = 'fsync=off full_page_writes=off shared_buffers=256MB autovacuum=off'
        . ' max_wal_size=4GB wal_level=minimal max_wal_senders=0 shared_preload_libraries=pg_stat_statements';
    exec "$top/t/with-cluster", $^X, $0 or die "with-cluster: $!";
}

my @sizes = map { [split /:/] } split ' ', $ENV{SD_STEPS} // '1000:200 20000:4000';
my $build = ServiceDesk::Test::build();

sub run_good {
    my (@command) = @_;
    my ($code, $out, $err) = ServiceDesk::Test::run_command({}, @command);
    die "@command: $code $out $err" if $code;
    return $out;
}

# Each instance is a schema of one database, as the tests of units have it.
sub place { my ($schema) = @_; return "$ENV{SD_CLUSTER} dbname=postgres options='-c search_path=$schema,public'" }

sub buffers_of {
    my ($schema) = @_;
    my @rows = map { [split /\t/] } split /\n/, run_good("$build/bench/steps", place($schema));
    return ({map { $_->[0] => $_->[1] } @rows}, map { $_->[0] } @rows);
}

run_good('psql', '-qX', "$ENV{SD_CLUSTER} dbname=postgres", '-c', 'CREATE EXTENSION pg_stat_statements',
    map { ('-c', "CREATE SCHEMA $_") } qw(small large));
for my $i (0, 1) {
    my $schema = (qw(small large))[$i];
    run_good("$build/bench/generate", 'pgsql', place($schema), @{$sizes[$i]});
    is run_good("$build/servicedeskctl", '--database', place($schema), 'check'), '',
        "$sizes[$i][0] requests: servicedeskctl check";
}
my ($small, @names) = buffers_of('small');
my ($large) = buffers_of('large');
cmp_ok scalar(@names), '>=', 10, 'operations';
for my $name (@names) {
    my ($before, $after) = ($small->{$name}, $large->{$name});
    cmp_ok $after, '<=', 1.3 * $before, "$name: $before buffers, then $after";
}
{
    local $ENV{DB} = 'pgsql';
    local $ENV{SD_PLANS_DATABASE} = 'large';
    my ($code, $out, $err) = ServiceDesk::Test::run_command({}, "$build/unit/store_plans");
    is $code, 0, 'query plans of the large instance' or diag "$out$err";
}
done_testing;
