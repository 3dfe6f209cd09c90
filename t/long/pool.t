#!/usr/bin/perl
# The whole suite under AddressSanitizer with an APR that asks malloc for every piece of a pool: what is written past
# the end of one, or after its pool has gone, is seen only so.
use strict;
use warnings;
use File::Temp ();
use FindBin;
use lib $FindBin::Bin;
use Test::More;

use Suite;

my $libraries = "$Suite::build/long/apr/lib";
plan skip_all => 'no AddressSanitizer of gcc here' unless Suite::sanitizer();
plan skip_all => "no pool-debug APR in $libraries: t/long/apr-debug says why" unless -e "$libraries/libapr-1.so.0";

# The gate itself first: it sees one byte past the end of a pool's piece, and the ordinary APR does not.
my $dir = File::Temp::tempdir('servicedesk-pool-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $apr = `cat '$Suite::build/flags/apr' '$Suite::build/flags/apr.link'` =~ s/\s+/ /gr;
system("gcc -fsanitize=address -g -o $dir/overflow '$FindBin::Bin/overflow.c' $apr") == 0 or BAIL_OUT 'gcc';
sub overflow { my ($path) = @_; local $ENV{LD_LIBRARY_PATH} = $path; return scalar `$dir/overflow 2>&1` }
like overflow($libraries), qr/AddressSanitizer: heap-buffer-overflow/, 'a byte past the end of a piece is seen';
is overflow(''), "not seen\n", 'and would not be with the ordinary APR';
my $httpd = `apxs -q sbindir` =~ s/\s+\z//r . '/' . `apxs -q progname` =~ s/\s+\z//r;
like `LD_LIBRARY_PATH=$libraries ldd $httpd`, qr{libapr-1\.so\.0 => \Q$libraries\E/}, 'httpd takes the debugging APR';

my %with = (LD_LIBRARY_PATH => $libraries);
Suite::passes('unit tests', {Suite::environment(1), %with}, Suite::units());
# Not the one that looks whether anybody waits for what is written after an answer: the request's pool is being emptied
# then, which this APR does under a lock, and it goes through all pools to find one.
Suite::passes('HTTP tests', {Suite::environment(0), %with}, grep { !m{/refusals\.t$} } Suite::http_tests());
done_testing;
