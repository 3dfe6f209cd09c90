#!/usr/bin/perl
# More than anybody needs in one call: long lists, many pairs in a query, pages far behind the end. Each is refused or
# cut at once, and nothing of it is done. Case: security.md 219.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;
use Time::HiRes ();

my $desk = ServiceDesk::Test->new(fixture => 1);
my %who = map { $_ => $desk->as($_, 'bearer') } qw(c1 ag1 da1 sa);
my ($d1, $t1, $o1) = map { $desk->thing($_)->{id} } qw(D1 T1 O1);
my $r1 = API . '/request/' . $desk->thing('R1')->{key};

sub names     { my ($count) = @_; return [map {"nobody$_"} 1 .. $count] }
sub addresses { my ($count) = @_; return [map {"m$_\@many.example"} 1 .. $count] }

sub request {
    my (%more) = @_;
    return {serviceDeskId => $d1, requestTypeId => $t1, requestFieldValues => {summary => 'x'}, %more};
}

sub fields {
    my ($count) = @_;
    return {fields => [map { {fieldId => "f$_", name => "n$_", type => 'text'} } 1 .. $count]};
}

# The call; the most that it takes; its body with so many.
my @lists = (
    ['ag1', POST => API . "/organization/$o1/user", 1000, sub { {usernames => names(@_)} }],
    ['ag1', DELETE => API . "/organization/$o1/user", 1000, sub { {usernames => names(@_)} }],
    ['ag1', POST => API . "/servicedesk/$d1/customer", 1000, sub { {usernames => names(@_)} }],
    ['da1', POST => OWN . "/servicedesk/$d1/role/customer", 1000, sub { {usernames => names(@_)} }],
    ['sa', POST => OWN . '/group/G1/member', 1000, sub { {usernames => names(@_)} }],
    ['ag1', POST => OWN . "/servicedesk/$d1/invitation", 1000, sub { {addresses => addresses(@_)} }],
    ['c1', POST => "$r1/participant", 100, sub { {usernames => names(@_)} }],
    ['c1', POST => API . '/request', 100, sub { request(requestParticipants => names(@_)) }],
    ['da1', PUT => OWN . "/servicedesk/$d1/requesttype/$t1/field", 100, sub { fields(@_) }],
);

my $before = contents_of($desk);
for my $list (@lists) {
    my ($name, $method, $path, $most, $body) = @$list;
    for my $count ($most + 1, 10_000) {
        my $begin = Time::HiRes::time();
        my $answer = $who{$name}->call($method, $path, $body->($count));
        my $seconds = Time::HiRes::time() - $begin;
        is $answer->code, 400, "$method $path: $count are too many";
        like $answer->json->{errorMessage}, qr/\b(?:at most|At most) $most\b/, 'and the limit is told';
        cmp_ok $seconds, '<', 1, 'at once';
    }
}
is_deeply contents_of($desk), $before, 'nothing was done';

sub pairs { my ($count) = @_; return join '&', map {"a$_=1"} 1 .. $count }
good($who{c1}->get(API . '/request?' . pairs(100)), 'a hundred pairs in a query');
refused($who{c1}->get(API . '/request?' . pairs(101)), 400, 'and no more');

for my $path (API . '/request', API . "/servicedesk/$d1/requesttype", API . '/organization') {
    my $begin = Time::HiRes::time();
    my $page = good($who{c1}->get("$path?start=1000000000&limit=1000000000"), "$path, far behind its end");
    is_deeply [@$page{qw(size limit)}], [0, 100], 'nothing, and not more than a hundred';
    cmp_ok Time::HiRes::time() - $begin, '<', 1, 'at once';
}
$desk->finish;
done_testing;
