#!/usr/bin/perl
# The whole suite under AddressSanitizer and UBSan. Leaks count in the unit tests; httpd and OpenSSL leave some on their
# own at exit, so those of the module in httpd are the business of memory.t.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;

use Suite;

plan skip_all => 'no AddressSanitizer of gcc here' unless Suite::sanitizer();

Suite::passes('unit tests', {Suite::environment(1)}, Suite::units());
Suite::passes('HTTP tests', {Suite::environment(0)}, Suite::http_tests());
done_testing;
