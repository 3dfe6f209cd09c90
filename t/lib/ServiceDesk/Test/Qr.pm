package ServiceDesk::Test::Qr;

# Reads a QR code out of the path of an SVG, by the standard (ISO/IEC 18004) and by no code of the product. A path is
# exact, so that nothing has to be corrected: the corrections are checked instead.
#
#     is read_path($path), 'otpauth://...', 'what the picture says';        # dies of what is no QR code

use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(read_path);

# Correction words of a block, and how many blocks have how many data words: level M of versions 1 to 13.
my @blocks = (
    undef, [10, 1, 16], [16, 1, 28], [26, 1, 44], [18, 2, 32], [24, 2, 43], [16, 4, 27], [18, 4, 31],
    [22, 2, 38, 2, 39], [22, 3, 36, 2, 37], [26, 4, 43, 1, 44], [30, 1, 50, 4, 51], [22, 6, 36, 2, 37],
    [22, 8, 37, 1, 38],
);
my @aligned = (undef, [], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46],
    [6, 28, 50], [6, 30, 54], [6, 32, 58], [6, 34, 62]);
my @masks = (
    sub { ($_[0] + $_[1]) % 2 == 0 }, sub { $_[0] % 2 == 0 }, sub { $_[1] % 3 == 0 },
    sub { ($_[0] + $_[1]) % 3 == 0 }, sub { (int($_[0] / 2) + int($_[1] / 3)) % 2 == 0 },
    sub { $_[0] * $_[1] % 2 + $_[0] * $_[1] % 3 == 0 },
    sub { ($_[0] * $_[1] % 2 + $_[0] * $_[1] % 3) % 2 == 0 },
    sub { (($_[0] + $_[1]) % 2 + $_[0] * $_[1] % 3) % 2 == 0 },
);

# The matrix of dark modules, without the edge.
sub matrix {
    my ($path) = @_;
    my (@dark, $least, $most);
    die "no path\n" unless $path =~ /\A(?:M\d+ \d+h\d+v1h-\d+z)+\z/;
    while ($path =~ /M(\d+) (\d+)h(\d+)v1h-(\d+)z/g) {
        my ($x, $y, $width, $back) = ($1, $2, $3, $4);
        die "a stretch of $width goes back by $back\n" if $width != $back;
        $dark[$y][$_] = 1 for $x .. $x + $width - 1;
        $least = $y if !defined $least || $y < $least;
        $most = $y if !defined $most || $y > $most;
    }
    my $size = $most - $least + 1;
    return ($size, $least, [map { my $y = $_ + $least; [map { $dark[$y][$_ + $least] // 0 } 0 .. $size - 1] }
            0 .. $size - 1]);
}

# Which modules carry no data: finders, timing, alignment, format, version.
sub reserved {
    my ($size, $version) = @_;
    my @taken;
    my $take = sub {
        my ($x, $y, $width, $height) = @_;
        for my $row ($y .. $y + $height - 1) { $taken[$row][$_] = 1 for $x .. $x + $width - 1 }
    };
    $take->(0, 0, 9, 9);
    $take->($size - 8, 0, 8, 9);
    $take->(0, $size - 8, 9, 8);
    $take->(6, 0, 1, $size);
    $take->(0, 6, $size, 1);
    my @at = @{$aligned[$version]};
    for my $y (@at) {
        for my $x (@at) {
            next if ($x == 6 && ($y == 6 || $y == $at[-1])) || ($y == 6 && $x == $at[-1]);
            $take->($x - 2, $y - 2, 5, 5);
        }
    }
    if ($version >= 7) {
        $take->($size - 11, 0, 3, 6);
        $take->(0, $size - 11, 6, 3);
    }
    return \@taken;
}

sub words {
    my ($size, $bit, $taken, $mask) = @_;
    my ($bits, $up) = ('', 1);
    for (my $column = $size - 1; $column > 0; $column -= 2) {
        $column-- if $column == 6;
        for my $step (0 .. $size - 1) {
            my $y = $up ? $size - 1 - $step : $step;
            for my $x ($column, $column - 1) {
                next if $taken->[$y][$x];
                $bits .= $bit->[$y][$x] ^ ($mask->($y, $x) ? 1 : 0);
            }
        }
        $up = !$up;
    }
    return map { oct "0b$_" } $bits =~ /(.{8})/g;
}

# Arithmetic modulo x^8 + x^4 + x^3 + x^2 + 1: a block with its corrections is divisible by each (x - 2^i).
my (@power, @log);
for (my ($i, $value) = (0, 1); $i < 255; $i++) {
    ($power[$i], $log[$value]) = ($value, $i);
    $value <<= 1;
    $value ^= 0x11d if $value > 255;
}

sub is_whole {
    my ($corrections, @block) = @_;
    for my $i (0 .. $corrections - 1) {
        my $sum = 0;
        for my $word (@block) {
            $sum = ($sum ? $power[($log[$sum] + $i) % 255] : 0) ^ $word;
        }
        return 0 if $sum;
    }
    return 1;
}

# What was dealt out to the blocks one by one, data first, then corrections.
sub data {
    my ($version, @words) = @_;
    my ($corrections, @groups) = @{$blocks[$version]};
    my @sizes;
    while (my ($count, $size) = splice @groups, 0, 2) { push @sizes, ($size) x $count }
    my @block = map { [] } @sizes;
    for my $i (0 .. $sizes[-1] - 1) {
        push @{$block[$_]}, shift @words for grep { $i < $sizes[$_] } 0 .. $#sizes;
    }
    my @data = map {@$_} @block;
    for my $i (1 .. $corrections) { push @$_, shift @words for @block }
    is_whole($corrections, @$_) or die "a block is damaged\n" for @block;
    return @data;
}

sub read_path {
    my ($path) = @_;
    my ($size, $edge, $bit) = matrix($path);
    my $version = ($size - 17) / 4;
    die "$size modules wide\n" unless $version == int $version && $blocks[$version];
    die "an edge of $edge\n" if $edge < 4;
    my $format = oct '0b' . join '', map { $bit->[8][$_] } 0 .. 4;
    $format ^= 0b10101;
    die "level and mask $format\n" if $format >> 3;    # 00 is level M
    my $bits = join '', map { sprintf '%08b', $_ }
        data($version, words($size, $bit, reserved($size, $version), $masks[$format & 7]));
    die "not of bytes\n" unless $bits =~ s/\A0100//;
    my $length = oct '0b' . substr $bits, 0, $version < 10 ? 8 : 16, '';
    return pack 'B*', substr $bits, 0, 8 * $length;
}

1;
