#!/usr/bin/perl
# A change whose members nobody knows is refused, and changes nothing: a misspelt name must not empty a list, nor be
# answered as if it had been heard.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my $sa   = $desk->as('sa');

good($sa->post(OWN . '/group', {name => 'readers'}), 'a group', 201);
good($sa->post(OWN . '/group', {name => 'inner'}), 'another', 201);
is $sa->post(OWN . '/group/readers/member', {usernames => ['c1']})->code, 204, 'with a member';
is $sa->post(OWN . '/group/readers/group', {groups => ['inner']})->code, 204, 'and a group in it';
good($sa->put(OWN . '/domain', {allowed => ['example.com', 'example.org'], blocked => ['bad.example']}), 'domains');
good($sa->put(OWN . '/organization/' . $desk->thing('O1')->{id} . '/domain', {domains => ['corp.example']}), 'of O1');

my @calls = (
    ['/signup/settings', 'publicSignup'],
    ['/servicedesk/D1/access', 'access'],
    ['/servicedesk/D1', 'name'],
    ['/servicedesk/D1/role/customer', 'accountIds'],
    ['/servicedesk/D1/domain', 'allowed'],
    ['/domain', 'allowed'],
    ['/organization/' . $desk->thing('O1')->{id} . '/domain', 'domains'],
    ['/group/readers', 'name'],
    ['/group/readers/member', 'accountIds'],
    ['/group/readers/group', 'groups'],
    ['/directory/internal', 'mode'],
    ['/licence', 'model'],
);
for (@calls) {
    my ($path, $field) = @$_;
    my $before = $sa->get(OWN . $path)->body;
    refused($sa->put(OWN . $path, {mispelt => ['x']}), 400, "PUT $path with a name that is unknown", $field);
    refused($sa->put(OWN . $path, {$field => undef}), 400, "PUT $path with null", $field);
    is $sa->get(OWN . $path)->body, $before, 'and all is as before';
}

is_deeply good($sa->put(OWN . '/domain', {blocked => []}), 'one list'),
    {allowed => ['example.com', 'example.org'], blocked => []}, 'leaves the other as it is';
is $sa->put(OWN . '/group/readers/member', {usernames => []})->code, 204, 'an empty list is one';
is_deeply good($sa->get(OWN . '/group/readers/member'), 'the members')->{values}, [], 'and empties';

$desk->finish;
done_testing;
