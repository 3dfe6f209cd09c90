#!/usr/bin/perl
# The client check: jira.js, which validates every answer against the vendor's schemas, does over a private server what
# t/client/check.mjs tells it. Twice: as its users run it, and with its audit of members that the schemas do not know.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP ();
use ServiceDesk::Test;
use Test::More;

my $top    = ServiceDesk::Test::top();
my $client = "$top/t/client";
my ($node) = grep {-x} map {"$_/node"} split /:/, $ENV{PATH};

# `make -f apxs.mk test` adds both: a suite without them has not checked the API with a client.
for my $lack ($node ? () : 'there is no node',
    -e "$client/node_modules/jira.js/package.json" ? () : "$client/node_modules has no jira.js") {
    diag "THE CLIENT CHECK DID NOT RUN: $lack; t/deps test adds it";
    plan skip_all => "the client check did not run: $lack";
}

sub check_with {
    my (%environment) = @_;
    my $desk = ServiceDesk::Test->new(fixture => 1);
    my $input = JSON::PP->new->utf8->encode({base => $desk->base, world => $desk->{world}});
    ServiceDesk::Test::relay_tap({name => 'the client', least => 90, stdin => $input,
        env => {TZ => 'Asia/Tokyo', %environment}}, $node, "$client/check.mjs");
    $desk->finish;
    return;
}

subtest 'as everybody runs it' => sub { check_with(); done_testing };
subtest 'with its audit' => sub { check_with(AUDIT_SCHEMAS => 'true'); done_testing };

done_testing;
