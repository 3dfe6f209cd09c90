package ServiceDesk::Test::Example;

# conf/postgresql.conf as tests run it, so that what an operator copies is what was tested.
#
#     my $conf = ServiceDesk::Test::Example::conf('10.0.0.10' => '127.0.0.1', ...);    # each is there, and replaced
#     my $ini = ServiceDesk::Test::Example::block('[databases]');    # a commented block, from its first line on

use strict;
use warnings;
use ServiceDesk::Test;

sub text { return ServiceDesk::Test::slurp(ServiceDesk::Test::top() . '/conf/postgresql.conf') }

sub replace {
    my ($text, %place) = @_;
    for my $old (sort keys %place) {
        $text =~ s/\Q$old\E/$place{$old}/g or die "conf/postgresql.conf has no $old\n";
    }
    return $text;
}

sub conf { my (%place) = @_; return replace(text(), %place) }

sub block {
    my ($first, %place) = @_;
    my ($block) = text() =~ /^(#     \Q$first\E\n(?:#     .*\n)+)/m or die "conf/postgresql.conf has no $first\n";
    return replace($block =~ s/^#     //gmr, %place);
}

1;
