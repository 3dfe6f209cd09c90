package ServiceDesk::Test::Connection;

# One keep-alive connection that sends and reads as fast as Perl can: for tests that need load, and for those that must
# know whether an answer came complete.
#
#     my $connection = ServiceDesk::Test::Connection->new($port, Authorization => "Bearer $token");
#     my ($status, $json) = $connection->post('/rest/servicedeskapi/request', {...});
#
# An answer that did not come complete, for whatever reason, is the empty list; the next call connects anew. `sent`
# tells whether there was a connection to send it on.

use strict;
use warnings;
use Errno ();
use IO::Socket::INET ();
use Mojo::JSON ();
use Socket ();

sub new {
    my ($class, $port, %headers) = @_;
    my $lines = join '', map {"$_: $headers{$_}\r\n"} sort keys %headers;
    return bless {port => $port, lines => $lines}, $class;
}

sub sent { return $_[0]{sent} }
sub head { return $_[0]{head} }    # of the last answer
sub get  { my ($self, $path) = @_; return $self->call('GET', $path) }
sub post { my ($self, $path, $body) = @_; return $self->call('POST', $path, Mojo::JSON::encode_json($body)) }

sub call {
    my ($self, $method, $path, $body) = @_;
    my $bytes = "$method $path HTTP/1.1\r\nHost: 127.0.0.1\r\n$self->{lines}";
    $bytes .= "Content-Type: application/json\r\nContent-Length: " . length($body) . "\r\n" if defined $body;
    my @answer = $self->exchange("$bytes\r\n" . ($body // ''));
    delete $self->{socket} unless @answer && !$self->{close};
    return @answer;
}

sub exchange {
    my ($self, $bytes) = @_;
    local $SIG{PIPE} = 'IGNORE';
    $self->{sent} = 0;
    my $socket = $self->{socket} //= $self->open_socket or return;
    ($self->{buffer}, $self->{sent}) = ('', 1);
    defined syswrite $socket, $bytes or return;
    until ($self->{buffer} =~ /\r\n\r\n/) { $self->more or return }
    my ($head, $rest) = split /\r\n\r\n/, $self->{buffer}, 2;
    my ($status) = $head =~ m{^HTTP/1\.1 (\d{3}) } or return;
    my ($length) = $status == 204 || $status == 304 ? 0 : $head =~ /^Content-Length: (\d+)/mi or return;
    @$self{qw(head buffer)} = ($head, $rest);
    while (length $self->{buffer} < $length) { $self->more or return }
    $self->{close} = $head =~ /^Connection: close/mi;
    my $is_json = $head =~ m{^Content-Type: application/json}mi;
    return ($status, $is_json ? Mojo::JSON::decode_json($self->{buffer}) : $self->{buffer});
}

sub open_socket {
    my ($self) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}, Proto => 'tcp') or return;
    $socket->setsockopt(Socket::IPPROTO_TCP(), Socket::TCP_NODELAY(), 1);
    $socket->setsockopt(Socket::SOL_SOCKET(), Socket::SO_RCVTIMEO(), pack 'l!l!', 30, 0);
    return $socket;
}

sub more {
    my ($self) = @_;
    my $count;
    do { $count = sysread $self->{socket}, $self->{buffer}, 65536, length $self->{buffer} }
        until defined $count || !$!{EINTR};
    return $count;
}

1;
