package ServiceDesk::Test::SlowPeople;

# Clients who are slow, in a process of their own: half of them ask for something and read a kilobyte a second of the
# answer, the others send a kilobyte a second of a body.
#
#     my $slow = ServiceDesk::Test::SlowPeople->new($port, token => $token, readers => 4, writers => 3,
#         read => '/path', write => '/path', body => $json);
#     ...;  my @answers = $slow->finish;    # from here on they hurry: [status, bytes of the body], readers first
#
# The window of a reader is as small as the kernel makes it, so that the server has to wait for each kilobyte.

use strict;
use warnings;
use IO::Socket::INET ();
use JSON::PP ();
use POSIX ();
use Socket ();
use Time::HiRes ();

sub new {
    my ($class, $port, %option) = @_;
    my $self = bless {port => $port, rate => 1024, %option}, $class;
    my @pipes = map { pipe(my $read, my $write) or die "pipe: $!"; [$read, $write] } 1 .. 2;
    defined(my $pid = fork) or die "fork: $!";
    if (!$pid) {
        close $pipes[0][1];
        eval { $self->live($pipes[0][0], $pipes[1][1]); 1 } or warn $@;
        POSIX::_exit(0);
    }
    @$self{qw(pid tell hear)} = ($pid, $pipes[0][1], $pipes[1][0]);
    close $pipes[0][0];
    close $pipes[1][1];
    return $self;
}

sub finish {
    my ($self) = @_;
    close $self->{tell};
    my $answers = do { local $/; readline $self->{hear} };
    waitpid $self->{pid}, 0;
    return @{JSON::PP::decode_json($answers)};
}

sub live {
    my ($self, $told, $tell) = @_;
    local $SIG{PIPE} = 'IGNORE';
    my $lines = "Host: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer $self->{token}\r\n";
    my $type = "Content-Type: application/json\r\nContent-Length: " . length($self->{body}) . "\r\n";
    my @readers = map { $self->client("GET $self->{read} HTTP/1.1\r\n$lines\r\n", '', 1024) } 1 .. $self->{readers};
    my @writers = map { $self->client("POST $self->{write} HTTP/1.1\r\n$lines$type\r\n", $self->{body}) }
        1 .. $self->{writers};
    until (over($told, 1)) {
        read_some($_, $self->{rate}) for @readers;
        write_some($_, $self->{rate}) for @writers;
    }
    $self->hurry($_) for @writers, @readers;
    print {$tell} JSON::PP::encode_json([map { [answer($_)] } @readers, @writers]);
    close $tell;
    return;
}

sub client {
    my ($self, $head, $body, $window) = @_;
    my $socket = IO::Socket::INET->new(Proto => 'tcp') or die "socket: $!";
    $socket->setsockopt(Socket::SOL_SOCKET(), Socket::SO_RCVBUF(), $window) if $window;
    connect $socket, Socket::pack_sockaddr_in($self->{port}, Socket::inet_aton('127.0.0.1')) or die "connect: $!";
    defined syswrite $socket, $head or die "a slow client: $!";
    return {socket => $socket, left => $body, text => ''};
}

# True if the pipe was closed within these seconds.
sub over {
    my ($pipe, $seconds) = @_;
    vec(my $ready = '', fileno $pipe, 1) = 1;
    return select $ready, undef, undef, $seconds;
}

sub read_some {
    my ($client, $count) = @_;
    vec(my $ready = '', fileno $client->{socket}, 1) = 1;
    return 1 unless select $ready, undef, undef, 0;
    return sysread $client->{socket}, $client->{text}, $count, length $client->{text};
}

sub write_some {
    my ($client, $count) = @_;
    return unless length $client->{left};
    my $sent = syswrite $client->{socket}, $client->{left}, $count;
    substr $client->{left}, 0, $sent // length $client->{left}, '';
    return;
}

sub hurry {
    my ($self, $client) = @_;
    write_some($client, 65536) while length $client->{left};
    while (over($client->{socket}, 30) && read_some($client, 65536)) { }
    close $client->{socket};
    return;
}

# Status and length of the body; none if it is not what its header said.
sub answer {
    my ($client) = @_;
    my ($head, $body) = split /\r\n\r\n/, $client->{text}, 2;
    my ($status) = ($head // '') =~ m{^HTTP/1\.1 (\d+)} or return (0, 0);
    my ($length) = $head =~ /^Content-Length: (\d+)/mi;
    return ($status, ($length // -1) == length($body // '') ? $length : -1);
}

1;
