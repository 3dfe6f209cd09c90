#!/usr/bin/perl
# Virtual hosts that say nothing about the desk have inherited it: one more name of the same instance, or, where they
# have a mod_dbd of their own, an instance with that database.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use ServiceDesk::Test;
use Test::More;

my $desk  = ServiceDesk::Test->new(fixture => 1, start => 0);
my %port  = map { $_ => ServiceDesk::Test::free_port() } qw(plain apart);
my $other = "$desk->{dir}/state/other.db";
my @other = ({plain => 1}, '--database', $other, '--pepper', $desk->pepper);
my $made  = $desk->tool_ok(@other, '--json', 'account', 'add', '--address', 'olga@example.org', '--proven',
    '--random-password', '--cost', '4');

$desk->{conf} .= <<"END_OF_CONF";
Listen 127.0.0.1:$port{plain}
Listen 127.0.0.1:$port{apart}
<VirtualHost 127.0.0.1:$port{plain}>
    DocumentRoot "$desk->{dir}/htdocs"
</VirtualHost>
<VirtualHost 127.0.0.1:$port{apart}>
    DBDriver sqlite3
    DBDParams "$other"
    DBDKeep 8
    DBDMax 16
</VirtualHost>
END_OF_CONF
$desk->start;

my $path  = '/rest/api/2/myself';
my $plain = "http://127.0.0.1:$port{plain}$path";
my $apart = "http://127.0.0.1:$port{apart}$path";

sub sign_in { my ($where, @pair) = @_; return $desk->as('')->basic(@pair)->get($where)->code }

is $desk->as('c1')->get($path)->code,  200, 'the main server has its own database';
is $desk->as('c1')->get($plain)->code, 200, 'and so has the host that says nothing';
is $desk->as('c1')->get($apart)->code, 401, 'but not the one with a database of its own';
is sign_in($apart, 'olga@example.org', $made->{password}), 200, 'which is asked there';
is sign_in($plain, 'olga@example.org', $made->{password}), 401, 'and nowhere else';

my $c2 = $desk->person('c2')->{name};
is sign_in($plain, $c2, "wrong $_"), 401, "a wrong password, $_" for 1 .. 10;
is sign_in($path, $c2, 'wrong 11'), 429, 'one instance has one budget, whatever it is called';
is sign_in($apart, $c2, 'wrong 12'), 401, 'another has another';

$desk->finish;
done_testing;
