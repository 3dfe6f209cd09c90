package ServiceDesk::Test::Wire;

# The network between httpd and PostgreSQL, as a process that carries bytes, and fails on request:
#
#     my $wire = ServiceDesk::Test::Wire->new;    # to the cluster of the tests; httpd is told $wire->place
#     $wire->set('silent');     # takes connections and bytes, and carries nothing on: a network that swallows them
#     $wire->set('reset');      # ends what there is by a TCP reset, once, and goes on
#     $wire->set('deaf', n);    # the next n times that a COMMIT has passed, both ends are closed before its answer is
#     $wire->set('slow', n);    # the next n answers to a COMMIT take a second
#     $wire->set('cut', n);     # of the bytes that come, the n-th lot from httpd is the last of its connection
#     $wire->set('gone');       # connections are closed as they come
#     $wire->set('well');       # what was swallowed stays lost, its connections stay silent; new ones work
#     $wire->trips;             # how often httpd has asked something and waited, on all connections until now

use strict;
use warnings;
use IO::Select ();
use IO::Socket::INET ();
use IO::Socket::UNIX ();
use POSIX ();
use ServiceDesk::Test;
use ServiceDesk::Test::Database;
use Socket ();
use Time::HiRes ();

my @live;

sub new {
    my ($class) = @_;
    my %where = map { split /=/, $_, 2 } split ' ', ServiceDesk::Test::Database::PgSQL::cluster();
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 64, Proto => 'tcp') or die "listen: $!";
    socketpair(my $mine, my $theirs, Socket::AF_UNIX(), Socket::SOCK_STREAM(), 0) or die "socketpair: $!";
    my $self = bless {port => $listener->sockport, user => $where{user}, hand => $mine, owner => $$}, $class;
    defined(my $pid = fork) or die "fork: $!";
    if (!$pid) {
        close $mine;
        eval { carry($listener, $theirs, "$where{host}/.s.PGSQL.$where{port}"); 1 } or warn $@;
        POSIX::_exit(0);
    }
    $self->{pid} = $pid;
    push @live, $self;
    return $self;
}

sub place { my ($self) = @_; return "host=127.0.0.1 port=$self->{port} user=$self->{user}" }

# Back when it is so.
sub set {
    my ($self, $how, $times) = @_;
    syswrite $self->{hand}, sprintf "%s %d\n", $how, $times // 0;
    sysread $self->{hand}, my $done, 1 or die "the wire is gone\n";
    return;
}

sub trips {
    my ($self) = @_;
    syswrite $self->{hand}, "trips\n";
    sysread $self->{hand}, my $count, 20 or die "the wire is gone\n";
    return 0 + $count;
}

# Does a client commit with these bytes: in so many words, or by the name under which it has prepared that?
sub is_commit {
    my ($name, $bytes) = @_;
    return $bytes =~ /COMMIT\0/ || $name && $bytes =~ /B....\0$name\0/s;
}

# Ends with the end of the other side of the hand.
sub carry {
    my ($listener, $hand, $socket) = @_;
    local $SIG{PIPE} = 'IGNORE';
    my $select = IO::Select->new($listener, $hand);
    my (%peer, %client, %silent);
    my ($how, $times) = ('well', 0);
    my ($trips, %asks, %commits) = (0);
    my $hang_up = sub {
        my ($end, $with_reset) = @_;
        for my $each ($end, $peer{$end} // ()) {
            $select->remove($each);
            setsockopt $each, Socket::SOL_SOCKET(), Socket::SO_LINGER(), pack('ii', 1, 0) if $with_reset;
            delete @{$_}{$each} for \%client, \%silent, \%asks, \%commits;
        }
        my $other = delete $peer{$end};
        delete $peer{$other}, close $other if $other;
        close $end;
    };
    while (1) {
        for my $ready ($select->can_read) {
            if ($ready == $hand) {
                sysread $hand, my $line, 100 or return;
                if ($line eq "trips\n") {
                    syswrite $hand, $trips;
                    next;
                }
                ($how, $times) = split ' ', $line;
                $hang_up->($_, 1) for $how eq 'reset' || $how eq 'gone' ? values %client : ();
                %silent = map { $_ => 1 } keys %peer if $how eq 'silent';
                syswrite $hand, '.';
            } elsif ($ready == $listener) {
                my $one = $listener->accept or next;
                close($one), next if $how eq 'gone';
                my $two = IO::Socket::UNIX->new(Peer => $socket) or close($one), next;
                $client{$one} = $one;
                @peer{$one, $two} = ($two, $one);
                @silent{$one, $two} = (1, 1) if $how eq 'silent';
                $select->add($one, $two);
            } elsif ($peer{$ready}) {
                my $count = sysread $ready, my $bytes, 65536;
                $hang_up->($ready), next if !$count;
                next if $silent{$ready};
                my $other = $peer{$ready};
                # Several things said before the answer to the first are one trip.
                $trips++ if $client{$ready} && !$asks{$ready}++;
                $commits{$ready} = $1 if $client{$ready} && $bytes =~ /P....([^\0]+)\0COMMIT\0/s;
                delete $asks{$other} if !$client{$ready};
                syswrite $other, $bytes;
                if ($times > 0 && $client{$ready}) {
                    my $is_commit = is_commit($commits{$ready}, $bytes);
                    $times-- if $how eq 'cut' || $is_commit;
                    # Until the server has done it: its answer is here, and goes no further.
                    IO::Select->new($other)->can_read(5) if $is_commit && $how ne 'cut';
                    Time::HiRes::sleep(1) if $is_commit && $how eq 'slow';
                    $hang_up->($ready, 1) if $how eq 'deaf' ? $is_commit : $how eq 'cut' && !$times;
                }
            }
        }
    }
}

sub remove {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    close $self->{hand};
    waitpid $pid, 0;
    @live = grep { $_ != $self } @live;
    return;
}

END {
    my $status = $?;
    $_->remove for grep { $_->{owner} == $$ } @live;
    $? = $status;
}

1;
