#!/usr/bin/perl
# How often a request over HTTP waits for PostgreSQL, from the credentials that it brings to its answer: what a network
# between the two multiplies. A line between them counts. t/unit/pgsql_trips.c counts the same of the operations alone.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;

use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use ServiceDesk::Test::Wire;

my $wire = ServiceDesk::Test::Wire->new;
my $desk = ServiceDesk::Test->new(fixture => 1, start => 0);
$desk->{conf} = sprintf "DBDParams \"%s dbname=%s application_name=servicedesk\"\n", $wire->place, $desk->{db}{name};
$desk->start;

my %input = (serviceDeskId => $desk->thing('D1')->{id}, requestTypeId => $desk->thing('T1')->{id},
    requestFieldValues => {summary => 'Counted', description => 'all the way'});
my $r1 = API . '/request/' . $desk->thing('R1')->{key};
my @comment = ("$r1/comment", {body => 'counted', public => \1});

# Each child and each of its connections has something to learn first. The server's own worker asks now and then, too:
# that is why the middle one of many counts.
sub trips_of {
    my ($call, $status) = @_;
    my @counts;
    for my $n (1 .. 40) {
        my $before = $wire->trips;
        my $answer = $call->();
        push @counts, $wire->trips - $before if $n > 25;
        die 'the answer is ' . $answer->code . ': ' . $answer->body if $answer->code != $status;
    }
    my @sorted = sort { $a <=> $b } @counts;
    return $sorted[@sorted / 2];
}

my $token = $desk->as('c1', 'bearer');
is trips_of(sub { $token->post(API . '/request', \%input) }, 201), 3, 'create a request, by a token';
is trips_of(sub { $token->post(@comment) }, 201), 3, 'add a comment';
is trips_of(sub { $token->get($r1) }, 200), 3, 'read a request';
is trips_of(sub { $token->get(API . '/request?limit=20') }, 200), 3, 'list 20 own';
$desk->finish;
$wire->remove;
done_testing;
