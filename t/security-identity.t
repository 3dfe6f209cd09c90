#!/usr/bin/perl
# Names of a directory that httpd vouches for are taken as they are spelled: another spelling is another person.
# Cases: security.md 16.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use ServiceDesk::Test;

my $desk = ServiceDesk::Test->new(fixture => 1);
my ($file) = grep { -f } map { $desk->dir . "/$_" } qw(htpasswd data/htpasswd conf/htpasswd);
ok $file, 'the password file of the agents';
my $password = 'a password of somebody else';
for my $name ('AG1', 'Ag1') {
    my ($code, $out, $err) = ServiceDesk::Test::run_command({}, 'htpasswd', '-bBC', 4, $file, $name, $password);
    is $code, 0, "$name is in the file" or diag $err;
    my $myself = $desk->as('')->basic($name, $password)->get('/rest/api/2/myself');
    is $myself->code, 200, "$name may sign in";
    is $myself->json->{name}, $name, 'as who it is';
    is $desk->as('')->basic($name, $password)->get('/rest/servicedeskapi/request/' . $desk->thing('R1')->{key})->code,
        404, 'with no right of the agent';
}
is $desk->value("SELECT count(*) FROM account WHERE lower(name) = 'ag1'"), 3, 'three accounts';
$desk->finish;
done_testing;
