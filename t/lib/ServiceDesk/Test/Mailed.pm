package ServiceDesk::Test::Mailed;

# What a mail would carry: the texts of mailed tokens, made from the database and the pepper file as their definition
# says (desk/mailed_token.h), by no code of the product; and the mails in the outbox.
#
#     my $token = token_to($desk, 'zoe@example.org');        # of the last mail to that address; undef if it has none

use strict;
use warnings;
use Digest::SHA ();
use Exporter 'import';
use MIME::Base64 ();
use ServiceDesk::Test;

our @EXPORT = qw(mails_to last_mail token_to);

my %tag = (verify => 'sdv_', invite => 'sdi_', reset => 'sdr_', address => 'sda_', 'sign-in' => 'sdl_');

sub peppers {
    my ($desk) = @_;
    return {ServiceDesk::Test::slurp($desk->pepper) =~ /^(\d+) ([0-9a-fA-F]{64})$/mg};
}

sub text_of {
    my ($desk, $id) = @_;
    my ($row) = @{$desk->rows('SELECT * FROM mailed_token WHERE id = ?', $id)};
    return unless $row;
    my $pepper = peppers($desk)->{$row->{pepper}} // die "no pepper $row->{pepper}\n";
    my $key = Digest::SHA::hmac_sha256('mod_servicedesk mailed token', pack 'H*', $pepper);
    return $tag{$row->{kind}}
        . MIME::Base64::encode_base64url(Digest::SHA::hmac_sha256("$row->{kind}|$row->{nonce}", $key));
}

# "kind state" of each mail to an address, in order.
sub mails_to {
    my ($desk, $address) = @_;
    return map {"$_->{kind} $_->{state}"}
        @{$desk->rows('SELECT * FROM outbox WHERE lower(address) = ? ORDER BY id', lc $address)};
}

sub last_mail {
    my ($desk, $address) = @_;
    return (@{$desk->rows('SELECT * FROM outbox WHERE lower(address) = ? ORDER BY id DESC LIMIT 1', lc $address)})[0];
}

sub token_to {
    my ($desk, $address) = @_;
    my $mail = last_mail($desk, $address);
    return $mail && $mail->{mailed_token_id} ? text_of($desk, $mail->{mailed_token_id}) : undef;
}

1;
