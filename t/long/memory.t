#!/usr/bin/perl
# A child's memory does not grow: one child of 25 threads and four database connections answers 200,000 requests (reads,
# lists, searches, comments, new requests), and keeps hardly more when it rests than before, nor much more than the
# child of an httpd without the module. SD_MEMORY_REQUESTS says how many; half as many come first, in which threads,
# pools and page caches come to their size.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use Test::More;

use OneChild;
use ServiceDesk::Test::Connection;

my $all   = $ENV{SD_MEMORY_REQUESTS} // 200_000;
my $first = $all / 2;
my $api   = '/rest/servicedeskapi';

my $desk    = OneChild->new(fixture => 1);
my $without = OneChild->new(without => 1, bare => 1);

# Of every hundred calls 88 read, 8 write, 4 are refused. c1 reads, c2 raises: what c1 lists does not get longer.
sub calls {
    my ($count, $only_writes) = @_;
    my ($connection, $other) = map {
        ServiceDesk::Test::Connection->new($desk->port, Authorization => 'Bearer ' . $desk->person($_)->{token})
    } qw(c1 c2);
    my %c = map { $_ => $desk->thing($_) } qw(D1 T1 R1 R2);
    my @reads = ("$api/request/$c{R1}{key}", "$api/request/$c{R1}{key}?expand=comment,participant,status",
        "$api/request?limit=20", "$api/request?searchTerm=canary", "$api/request/$c{R1}{key}/comment",
        "$api/servicedesk/$c{D1}{id}/requesttype/$c{T1}{id}/field", '/rest/api/2/myself', "$api/servicedesk");
    my %wrong;
    for my $n (1 .. $count) {
        my $kind = $only_writes ? 4 + $n % 8 : $n % 100;
        my ($status) = $kind < 4 ? $connection->get("$api/request/$c{R2}{key}")
            : $kind < 8 ? $connection->post("$api/request/$c{R1}{key}/comment", {body => "Comment $n", public => \1})
            : $kind < 12 ? $other->post("$api/request", {serviceDeskId => $c{D1}{id}, requestTypeId => $c{T1}{id},
                requestFieldValues => {summary => "Request $n", description => 'x' x 500}})
            : $connection->get($reads[$n % @reads]);
        my $expected = $kind < 4 ? 404 : $kind < 12 ? 201 : 200;
        $wrong{($status // 'none') . " for $expected"}++ if ($status // 0) != $expected;
    }
    return join ', ', map {"$wrong{$_} times $_"} sort keys %wrong;
}

sub load {
    my ($count, $only_writes) = @_;
    return $desk->load($count, sub { calls($_[0], $only_writes) });
}

# The same number of small answers without the module, from a file.
sub ask_without {
    my $connection = ServiceDesk::Test::Connection->new($without->port);
    for (1 .. 2000) { ($connection->get('/index.html'))[0] == 200 or die "no static file\n" }
    return;
}

$desk->tool_ok('setting', 'set', 'audit_seal_seconds', '0');
# Threads, connections and their statements come to be.
is load(12_000, 1), '', 'a database larger than its caches';
ok $desk->wait_for(sub { !$desk->value('SELECT count(*) FROM audit WHERE actor_mark IS NULL') }, 60),
    'the worker has sealed the audit, which it does by the clock';
my $child = $desk->child;
is load($first), '', "the first $first requests are answered as they should be";
my $small = $desk->resident_at_rest;
is load($all), '', "$all more too";
my $large = $desk->resident_at_rest;
is $desk->child, $child, 'it is still the same child';
cmp_ok $large, '<', 1.05 * $small, "at rest after $first requests: $small kB, after $all more: $large kB";
ask_without();
my ($plain, $full) = ($without->proportional, $desk->proportional);
cmp_ok $full - $plain, '<', 25 * 1024, "its part of the memory: $full kB, without the module: $plain kB";
$_->finish for $desk, $without;
done_testing;
