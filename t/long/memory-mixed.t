#!/usr/bin/perl
# A child's memory over a million mixed requests: one child of 25 threads, a pool of four database connections with page
# caches of 2 MB each, which are full when the database has become large: after the first half. From there on it is
# flat at rest, and it is at most 25 MB larger (its share of shared pages) than the child of the same httpd without the
# module (OneChild.pm says how both are run). SD_MEMORY_MIXED says how many requests.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use Test::More;

use OneChild;
use ServiceDesk::Test::Connection;

my $all   = $ENV{SD_MEMORY_MIXED} // 1_000_000;
my $steps = 10;
my $api   = '/rest/servicedeskapi';
my $own   = '/rest/servicedesk/1';
my $desk  = OneChild->new(fixture => 1, pool => 4,
    conf => "DBDInitSQL \"PRAGMA cache_size=-2000\"\nServiceDeskDatabaseSlots 4\n");
my $without = OneChild->new(without => 1, bare => 1);
my %thing   = map { $_ => $desk->thing($_) } qw(D1 T1 R1 R2 RP);

# How often in a hundred; who; what; the answer expected. `$n` makes texts that differ.
sub mixture {
    my ($r1, $r2, $rp, $d1) = (@thing{qw(R1 R2 RP)}, $thing{D1}{id});
    my $get = sub { my ($path) = @_; return sub { ('GET', $path) } };
    my $post = sub {
        my ($path, $body) = @_;
        return sub { ('POST', $path, Mojo::JSON::encode_json($body->($_[0]))) };
    };
    my $draft = sub { {serviceDeskId => $d1, requestTypeId => $thing{T1}{id}, @_} };
    return (
        [20, 'c1', 200, $get->("$api/request/$r1->{key}")],
        [10, 'c1', 200, $get->("$api/request/$r1->{key}?expand=comment,participant,status")],
        [5, 'c1', 200, $get->("$api/request/$r1->{key}/comment?limit=20")],
        [10, 'c1', 200, $get->("$api/request?limit=20")],
        [5, 'c1', 200, $get->("$api/request?searchTerm=canary")],
        [5, 'c1', 200, $get->("$api/servicedesk/$d1/requesttype/$thing{T1}{id}/field")],
        [2, 'c1', 200, $get->("$api/servicedesk")],
        [10, 'ag1', 200, $get->("$api/servicedesk/$d1/queue/1/issue?limit=20")],
        [5, 'ag1', 200, $get->("$api/servicedesk/$d1/queue?includeCount=true")],
        [3, 'ag1', 200, $get->("$api/servicedesk/$d1/customer?limit=20")],
        [2, 'ag1', 200, $get->('/rest/api/2/user/search?query=c')],
        [8, 'c1', 201, $post->("$api/request/$r1->{key}/comment", sub { {body => "Comment $_[0]", public => \1} })],
        [5, 'c2', 201, $post->("$api/request", sub { $draft->(
            requestFieldValues => {summary => "Request $_[0]", description => 'x' x 500}) })],
        [3, 'c1', 404, $get->("$api/request/$r2->{key}")],
        [2, 'c2', 404, $post->("$api/request/$r1->{key}/comment", sub { {body => 'x', public => \1} })],
        [1, 'c1', 403, $post->("$api/request/$r1->{key}/comment", sub { {body => 'x', public => \0} })],
        [2, 'c1', 400, $post->("$api/request", sub { $draft->(requestFieldValues => {}) })],
        [1, 'c1', 400, sub { ('POST', "$api/request", '{"a":') }],
        [1, 'nobody', 401, $get->("$api/request")],
    );
}

sub calls {
    my ($count, @cases) = @_;
    my %connection = map {
        my @who = $_ eq 'nobody' ? () : (Authorization => 'Bearer ' . $desk->person($_)->{token});
        $_ => ServiceDesk::Test::Connection->new($desk->port, @who)
    } qw(c1 c2 ag1 nobody);
    my @hundred = map { my $case = $_; ($case) x $case->[0] } @cases;
    my %wrong;
    for my $n (1 .. $count) {
        my (undef, $who, $expected, $make) = @{$hundred[$n * 37 % @hundred]};    # every one, far from its neighbours
        my ($status) = $connection{$who}->call($make->($n));
        $wrong{($status // 'none') . " for $expected"}++ if ($status // 0) != $expected;
    }
    return join ', ', map {"$wrong{$_} times $_"} sort keys %wrong;
}

is scalar(map { ($_) x $_->[0] } mixture()), 100, 'the mixture is of a hundred';
my $plain = ServiceDesk::Test::Connection->new($without->port);
for (1 .. 2000) { ($plain->get('/index.html'))[0] == 200 or die "no static file\n" }
my $child = $desk->child;
$desk->tool_ok('setting', 'set', 'audit_seal_seconds', '0');
my @writes = grep { $_->[2] == 201 } mixture();
is $desk->load(12_000, sub { calls($_[0], @writes) }), '', 'a database larger than its caches';
ok $desk->wait_for(sub { !$desk->value('SELECT count(*) FROM audit WHERE actor_mark IS NULL') }, 60),
    'the worker has sealed the audit, which it does by the clock';
my $half;
for my $step (1 .. $steps) {
    is $desk->load($all / $steps, sub { calls($_[0], mixture()) }), '',
        $all / $steps . ' requests are answered as they should be';
    diag sprintf 'after %d requests: %d kB resident, %d kB its share', $step * $all / $steps, $desk->resident,
        $desk->proportional;
    $half = $desk->resident_at_rest if $step == $steps / 2;
}
my $end = $desk->resident_at_rest;
is $desk->child, $child, 'it is still the same child';
cmp_ok $end, '<', 1.05 * $half, "at rest after the half: $half kB, in the end: $end kB";
my ($base, $full) = ($without->proportional, $desk->proportional);
cmp_ok $full - $base, '<=', 25 * 1024, "its share of the memory: $full kB, without the module: $base kB";
$_->finish for $desk, $without;
done_testing;
