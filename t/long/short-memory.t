#!/usr/bin/perl
# Children that get no more memory while people write: they answer 503, or end (APR and the libraries below it do not
# go on without), and others take their place. What was acknowledged is there and nothing in part, nobody is misled, and
# all is well afterwards. Both databases. Case: security.md 222.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Test::More;
use Time::HiRes ();

use ServiceDesk::Test;
use ServiceDesk::Test::Ledger;
use ServiceDesk::Test::Rest;

# kB of addresses that a process has.
sub size_of { my ($pid) = @_; return ServiceDesk::Test::slurp("/proc/$pid/status") =~ /^VmSize:\s*(\d+) kB/m ? $1 : 0 }

sub squeeze {
    my ($desk, $more) = @_;
    my $squeezed = 0;
    for my $pid ($desk->children) {
        my $bytes = 1024 * (size_of($pid) + $more);
        $squeezed += system('prlimit', '--pid', $pid, "--as=$bytes:unlimited") == 0;
    }
    return $squeezed;
}

sub acks_since { my ($ledger, $time) = @_; return scalar grep { $_->[1] eq 'ack' && $_->[0] > $time } $ledger->read }

for my $db (qw(sqlite pgsql)) {
    local $ENV{DB} = $db;
    subtest $db => sub {
        my $desk = ServiceDesk::Test->new(fixture => 1, allow => [qr/./]);
        is $desk->as('c1')->get(CORE . '/myself')->code, 200, 'in order';
        my $ledger = ServiceDesk::Test::Ledger->new($desk, people => ['c1', 'c2'], writers => 6)->start;
        $desk->wait_for(sub { acks_since($ledger, 0) >= 50 }, 30);
        my %ended;
        for my $more (0, 64, 256, 1024, 0, 512) {
            my %before = map { $_ => 1 } $desk->children;
            cmp_ok squeeze($desk, $more), '>', 0, "no more than $more kB for each child";
            Time::HiRes::sleep(1.5);
            my $time = Time::HiRes::time();
            # Whoever is left has its memory again.
            system 'prlimit', '--pid', $_, '--as=unlimited:unlimited' for $desk->children;
            $ended{$_} = 1 for grep { !kill 0 => $_ } keys %before;
            ok $desk->wait_for(sub { acks_since($ledger, $time) >= 20 }, 30), 'writes go on then';
        }
        $ledger->stop;
        note scalar(keys %ended) . ' children ended';
        my @odd = grep { $_->[1] eq 'no' && $_->[4] !~ /^50[03]\z/ } $ledger->read;
        is_deeply [map {"@$_"} @odd], [], 'who was refused was told 503 or 500';
        is_deeply $ledger->judge, {I1 => [], I2 => [], I3 => []},
            'what was acknowledged is there, the rest whole or not';
        is +($desk->tool('check'))[1], '', 'servicedeskctl check';
        my %signals;
        $signals{$_}++ for $desk->errors =~ /exit signal (\w[\w ]*) \(\d+\)/g;
        note join ', ', map {"$_: $signals{$_}"} sort keys %signals;
        $desk->finish;
    };
}
done_testing;
