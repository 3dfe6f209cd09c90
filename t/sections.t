#!/usr/bin/perl
# The desk's URLs are no files, and httpd does not look for them on the disk; what an administrator has said about the
# directory and the file of that name holds for them all the same.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use File::Path ();
use ServiceDesk::Test;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1, start => 0);
my $root = $desk->dir . '/htdocs';
File::Path::make_path("$root/rest/api");
$desk->put_file('htdocs/rest/.htaccess', "Header set X-Htaccess yes\n");
$desk->{conf} = <<"END";
<Directory "$root/rest">
    AllowOverride All
    Header set X-Directory yes
</Directory>
<Files "serverInfo">
    Header set X-Files yes
</Files>
<Directory "$root/rest/servicedeskapi">
    Header set X-Absent yes
</Directory>
END
$desk->start;

my %of = map { $_ => [$desk->as('c1')->get($_)->headers] } qw(/rest/api/2/serverInfo /rest/servicedeskapi/info);
sub seen { my ($path, @names) = @_; return join ' ', map { $of{$path}[0]->header("X-$_") // 'no' } @names }

is seen('/rest/api/2/serverInfo', qw(Directory Htaccess Files)), 'yes yes yes', 'a directory that is there';
is seen('/rest/servicedeskapi/info', qw(Directory Htaccess Absent Files)), 'yes yes yes no', 'one that is not';

SKIP: {
    skip 'no strace here', 2 unless grep { -x "$_/strace" } split /:/, $ENV{PATH};
    my $log = "$desk->{dir}/strace";
    $desk->stop;
    $desk->{conf} = "<Location /index.html>\nSetHandler none\n</Location>\n";
    $desk->{wrap} = ['strace', '-D', '-f', '--seccomp-bpf', '-qq', '-o', $log, '-e', 'trace=newfstatat,stat,lstat'];
    $desk->start;
    my $looks = sub { my ($name) = @_; scalar grep {m{htdocs/$name}} split /\n/, ServiceDesk::Test::slurp($log) };
    $desk->as('c1')->get('/rest/servicedeskapi/request/' . $desk->thing('R1')->{key});
    $desk->as('')->get('/index.html');
    cmp_ok $looks->('index'), '>', 0, 'a file is asked for';
    is $looks->('rest'), 0, 'nobody asks the disk about them';
}
$desk->finish;
done_testing;
