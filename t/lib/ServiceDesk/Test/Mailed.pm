package ServiceDesk::Test::Mailed;

# What a mail would carry: the texts of mailed tokens, made from the database and the pepper file as their definition
# says (desk/mailed_token.h), by no code of the product; the mails in the outbox; and the word of a captcha likewise.
#
#     my $token = token_to($desk, 'zoe@example.org');        # of the last mail to that address; undef if it has none
#     my $id = queue($desk, address => 'zoe@example.org');   # puts a mail into the outbox, as an operation does

use strict;
use warnings;
use Digest::SHA ();
use Exporter 'import';
use MIME::Base64 ();
use ServiceDesk::Test;
use Time::HiRes ();

our @EXPORT = qw(mails_to last_mail queue token_to word_of);

my %tag = (verify => 'sdv_', invite => 'sdi_', reset => 'sdr_', address => 'sda_', 'sign-in' => 'sdl_',
    'address-back' => 'sdb_');

sub peppers {
    my ($desk) = @_;
    return {ServiceDesk::Test::slurp($desk->pepper) =~ /^(\d+) ([0-9a-fA-F]{64})$/mg};
}

sub key_for {
    my ($desk, $use, $id) = @_;
    my $pepper = peppers($desk)->{$id} // die "no pepper $id\n";
    return Digest::SHA::hmac_sha256("mod_servicedesk $use", pack 'H*', $pepper);
}

# The word of a captcha's challenge, by its definition (desk/captcha.h).
sub word_of {
    my ($desk, $challenge) = @_;
    my $key = key_for($desk, 'captcha', $challenge =~ /^(\d+)\./);
    my $text = $challenge =~ s/\.[0-9a-f]{64}\z//r;
    my @letters = split //, 'ABDEFHKLMNPRSTUXYZ';
    return join '', map { $letters[$_ % @letters] } (unpack 'n*', Digest::SHA::hmac_sha256("word|$text", $key))[0 .. 4];
}

sub text_of {
    my ($desk, $id) = @_;
    my ($row) = @{$desk->rows('SELECT * FROM mailed_token WHERE id = ?', $id)};
    return unless $row;
    my $key = key_for($desk, 'mailed token', $row->{pepper});
    return $tag{$row->{kind}}
        . MIME::Base64::encode_base64url(Digest::SHA::hmac_sha256("$row->{kind}|$row->{nonce}", $key));
}

my $number = 0;

# Puts a mail into the outbox; gives the local part of its Message-ID.
sub queue {
    my ($desk, %row) = @_;
    my $id = sprintf '%032x', ++$number;
    %row = (kind => 'welcome', address => "m$number\@example.net", proven => 0, counted => 2, urgent => 0,
        state => 'queued', created => int(1000 * Time::HiRes::time()), due => 0, message_id => $id, %row);
    $row{mailbox} //= $row{address};
    my @names = sort keys %row;
    $desk->dbh->do(sprintf('INSERT INTO outbox (%s) VALUES (%s)', join(', ', @names), join ', ', ('?') x @names), undef,
        @row{@names});
    return $id;
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
