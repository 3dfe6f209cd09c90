package ServiceDesk::Test::Totp;

# The codes that an app would show, by RFC 6238 and no code of the product.
#
#     settle(); my $code = code($secret);    # of the period that is now, and for some seconds more

use strict;
use warnings;
use Digest::SHA ();
use Exporter 'import';

our @EXPORT = qw(code settle);

sub code {
    my ($secret, $steps) = @_;
    my %value = map { (split //, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')[$_] => $_ } 0 .. 31;
    my $bits = join '', map { sprintf '%05b', $value{$_} } split //, $secret;
    my $key = pack 'B*', substr $bits, 0, 8 * int(length($bits) / 8);
    my $digest = Digest::SHA::hmac_sha1(pack('Q>', int(time / 30) + ($steps // 0)), $key);
    my $at = ord(substr $digest, -1) & 15;
    return sprintf '%06d', (unpack('N', substr $digest, $at, 4) & 0x7fffffff) % 1_000_000;
}

# Not at the end of a period: a code that is made now is still the one of now when it arrives.
sub settle { sleep 1 while time % 30 > 25; return }

1;
