package OneChild;

# A server of one child with 25 threads, whose memory can be looked at. With `without` it is the same httpd without the
# module. The GNU library's cache of each thread is switched off: it holds up to seven pieces of each size, a quarter of
# a megabyte, and would still be filling when a test ends.
#
#     my $desk = OneChild->new(fixture => 1);

use strict;
use warnings;
use POSIX ();

use ServiceDesk::Test;

our @ISA = ('ServiceDesk::Test');

$ENV{GLIBC_TUNABLES} = 'glibc.malloc.tcache_count=0:glibc.malloc.arena_max=4';

sub configuration {
    my ($self) = @_;
    my $text = $self->SUPER::configuration;
    $text =~ s/^( *(?:ServerLimit|StartServers)) .*/$1 1/mg;
    $text =~ s/^( *(?:ThreadsPerChild|MaxRequestWorkers)) .*/$1 25/mg;
    $text =~ s/^DBD(Keep|Max) .*/DBD$1 $self->{pool}/mg if $self->{pool};
    $text =~ s/^ *(?:LoadModule servicedesk_module|ServiceDesk|SetHandler|DBD).*//mg if $self->{without};
    return "$text\nMaxConnectionsPerChild 0\n";
}

# Four clients in processes of their own, each of which runs `calls` with a fourth of `count`; what they print.
sub load {
    my ($self, $count, $calls) = @_;
    my @clients = map {
        my $pid = open(my $client, '-|') // die "fork: $!";
        if (!$pid) {
            print $calls->($count / 4);
            STDOUT->flush;
            POSIX::_exit(0);
        }
        $client;
    } 1 .. 4;
    return join '', map { my $client = $_; local $/; readline($client) // '' } @clients;
}

sub child { my ($self) = @_; return ($self->children)[0] }

# Kilobytes of its one child.
sub resident {
    my ($self) = @_;
    my ($size) = ServiceDesk::Test::slurp('/proc/' . $self->child . '/status') =~ /^VmRSS:\s*(\d+) kB/m;
    return $size;
}

# The same when the worker has given back what is free: it does its rare work every 20 seconds.
sub resident_at_rest {
    my ($self) = @_;
    sleep 25;
    return $self->resident;
}

# What the child adds to the machine's memory: of pages that it shares, its share.
sub proportional {
    my ($self) = @_;
    my ($size) = ServiceDesk::Test::slurp('/proc/' . $self->child . '/smaps_rollup') =~ /^Pss:\s*(\d+) kB/m;
    return $size;
}

1;
