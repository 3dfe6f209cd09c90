package ServiceDesk::Test::Smtp;

# A mail server for tests: takes mails on a free port of 127.0.0.1, keeps each in a file, and misbehaves on request.
#
#     my $sink = ServiceDesk::Test::Smtp->new;                # of its own process; ends with this one
#     $sink->behave(rcpt => '550 no such user');              # from now on; behave() alone is well again
#     is $sink->wait_for(1)->[0]{to}, 'a@example.org';        # mails so far, oldest first: {from, to, raw, at}
#     $sink->stop; $sink->start;                              # down, and up again on the same port
#
# new(auth => 1) asks for a name and password, new(tls => FILE) offers STARTTLS with the certificate and key of FILE.
#
# What can be said: greeting, ehlo, auth, mail, rcpt, data, end (the answer to that command, a whole line), rcpt_of
# ({address => line}), slow (seconds before each answer), close (the command at which the connection is closed: mail,
# rcpt, data, body (after the first bytes of a letter), end (the letter is kept, its answer not sent)), times (how often
# it misbehaves before it is well).

use strict;
use warnings;
use File::Path ();
use File::Temp ();
use IO::Socket::INET ();
use JSON::PP ();
use POSIX ();
use Time::HiRes ();

sub new {
    my ($class, %option) = @_;
    my $self = bless {%option, dir => File::Temp::tempdir('servicedesk-smtp-XXXXXX', TMPDIR => 1, CLEANUP => 1),
        owner => $$}, $class;
    mkdir "$self->{dir}/$_" or die "$self->{dir}/$_: $!" for qw(mails commands);
    $self->behave;
    $self->start;
    return $self;
}

sub port { return $_[0]{port} }
sub url  { return "smtp://127.0.0.1:$_[0]{port}" }

sub behave {
    my ($self, %how) = @_;
    write_file("$self->{dir}/behave", JSON::PP::encode_json(\%how));
    unlink "$self->{dir}/times";
    return;
}

sub start {
    my ($self) = @_;
    my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $self->{port} // 0, Listen => 20,
        ReuseAddr => 1) or die "listen: $!";
    $self->{port} = $listen->sockport;
    defined(my $pid = fork) or die "fork: $!";
    if (!$pid) {
        $SIG{$_} = 'DEFAULT' for qw(TERM INT);
        $SIG{PIPE} = 'IGNORE';
        $SIG{CHLD} = 'IGNORE';
        $self->serve($listen);
        POSIX::_exit(0);
    }
    $self->{pid} = $pid;
    return $self;
}

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill TERM => $pid;
    waitpid $pid, 0;
    return;
}

sub DESTROY { my ($self) = @_; local ($?, $!); $self->stop if $$ == $self->{owner}; return }

# The mails, as they came.
sub mails {
    my ($self) = @_;
    my @mails = map { JSON::PP::decode_json(read_file($_)) } glob "$self->{dir}/mails/*.json";
    return [sort { $a->{at} <=> $b->{at} } @mails];
}

# Every command line of every connection.
sub commands { my ($self) = @_; return join '', map { read_file($_) } glob "$self->{dir}/commands/*" }
sub forget { my ($self) = @_; unlink glob("$self->{dir}/mails/*"), glob("$self->{dir}/commands/*"); return }

# Waits until there are so many.
sub wait_for {
    my ($self, $count, $seconds) = @_;
    my $end = Time::HiRes::time() + ($seconds // 20);
    my $mails = $self->mails;
    while (@$mails < $count && Time::HiRes::time() < $end) {
        Time::HiRes::sleep(0.05);
        $mails = $self->mails;
    }
    return $mails;
}

sub read_file { my ($path) = @_; open my $file, '<:raw', $path or return ''; local $/; return scalar(<$file>) // '' }

# Whole or not at all: somebody else reads meanwhile.
sub write_file {
    my ($path, $text) = @_;
    open my $file, '>:raw', "$path.new.$$" or die "$path: $!";
    print {$file} $text;
    close $file;
    rename "$path.new.$$", $path or die "$path: $!";
    return;
}

# In the process of the sink.

my $number = 0;

sub serve {
    my ($self, $listen) = @_;
    my %talking;
    local $SIG{TERM} = sub { kill TERM => keys %talking; POSIX::_exit(0) };
    while (my $client = $listen->accept || $!{EINTR}) {
        next unless ref $client;
        $number++;
        defined(my $pid = fork) or next;
        if (!$pid) {
            $SIG{TERM} = 'DEFAULT';
            close $listen;
            eval { $self->talk($client); 1 } or write_file("$self->{dir}/died.$$", "$@");
            POSIX::_exit(0);
        }
        $talking{$pid} = 1;
        close $client;
    }
    return;
}

sub how {
    my ($self) = @_;
    my $how = JSON::PP::decode_json(read_file("$self->{dir}/behave") || '{}');
    return {} if $how->{times} && -s "$self->{dir}/times" && -s _ >= $how->{times};
    return $how;
}

# It has misbehaved once more.
sub count {
    my ($self) = @_;
    open my $file, '>>', "$self->{dir}/times" or return;
    print {$file} '.';
    close $file;
    return;
}

sub answer {
    my ($self, $client, $command, $well, $address) = @_;
    my $how = $self->how;
    Time::HiRes::sleep($how->{slow}) if $how->{slow};
    my $line = ($address && $how->{rcpt_of}{$address}) || $how->{$command};
    if (($how->{close} // '') eq $command) {
        $self->count;
        POSIX::_exit(0);
    }
    $self->count if $line;
    $line //= $well;
    $client->syswrite("$line\r\n");
    return $line =~ /^[23]/;
}

sub note {
    my ($self, $line) = @_;
    open my $file, '>>:raw', "$self->{dir}/commands/$number" or return;
    print {$file} $line;
    close $file;
    return;
}

sub talk {
    my ($self, $client) = @_;
    my (%mail, $buffer);
    $buffer = '';
    $self->answer($client, 'greeting', '220 sink.example ESMTP') or return;
    while (defined(my $line = line($client, \$buffer))) {
        $self->note($line);
        my ($verb, $rest) = uc($line) =~ /^(\w+)\s*(.*?)\s*$/;
        if ($verb eq 'EHLO' || $verb eq 'HELO') {
            my $plain = $self->{tls} && !$client->isa('IO::Socket::SSL');
            my @offers = ($self->{auth} ? 'AUTH PLAIN' : (), $plain ? 'STARTTLS' : (), 'SIZE 1000000');
            $self->answer($client, 'ehlo', join "\r\n", map({"250-$_"} 'sink.example', @offers[0 .. $#offers - 1]),
                "250 $offers[-1]");
        } elsif ($verb eq 'STARTTLS') {
            $self->answer($client, 'starttls', '220 go ahead') or next;
            require IO::Socket::SSL;
            IO::Socket::SSL->start_SSL($client, SSL_server => 1,
                SSL_cert_file => $self->{tls}, SSL_key_file => $self->{tls})
                or return;
            $self->note("(TLS)\r\n");
        } elsif ($verb eq 'AUTH') {
            if ($rest !~ / /) {
                $client->syswrite("334 \r\n");
                $self->note(line($client, \$buffer) // return);
            }
            $self->answer($client, 'auth', '235 in');
        } elsif ($verb eq 'MAIL') {
            %mail = (from => $line =~ /<(.*?)>/);
            $self->answer($client, 'mail', '250 sender ok');
        } elsif ($verb eq 'RCPT') {
            my ($to) = $line =~ /<(.*?)>/;
            $self->answer($client, 'rcpt', '250 recipient ok', $to) and push @{$mail{rcpt}}, $to;
        } elsif ($verb eq 'DATA') {
            $self->answer($client, 'data', '354 go on') or next;
            $self->letter($client, \$buffer, \%mail) or return;
        } elsif ($verb eq 'QUIT') {
            $client->syswrite("221 bye\r\n");
            return;
        } else {
            $client->syswrite("250 whatever\r\n");
        }
    }
    return;
}

sub letter {
    my ($self, $client, $buffer, $mail) = @_;
    my ($raw, $whole) = ('', 0);
    while (defined(my $line = line($client, $buffer))) {
        last if $whole = $line eq ".\r\n";
        $line =~ s/^\.//;
        $raw .= $line;
        if (($self->how->{close} // '') eq 'body') {
            $self->count;
            POSIX::_exit(0);
        }
    }
    # A sender that dies on the way has sent nothing.
    return unless $whole;
    my $how = $self->how;
    my $refused = $how->{end} && $how->{end} !~ /^2/;
    $self->keep({from => $mail->{from}, to => join(' ', @{$mail->{rcpt}}), raw => $raw}) unless $refused;
    return $self->answer($client, 'end', '250 kept') || $refused;
}

sub keep {
    my ($self, $mail) = @_;
    $mail->{at} = Time::HiRes::time();
    $mail->{$_} = head($mail->{raw}, $_) for qw(Message-Id Subject);
    $mail->{raw} = unpack 'H*', $mail->{raw};
    write_file(sprintf('%s/mails/%.6f-%d.json', $self->{dir}, $mail->{at}, $$), JSON::PP::encode_json($mail));
    return;
}

# A header of a letter, unfolded, as it stands.
sub head {
    my ($raw, $name) = @_;
    my ($head) = split /\r\n\r\n/, $raw, 2;
    $head =~ s/\r\n([ \t])/$1/g;
    my ($value) = $head =~ /^\Q$name\E:[ \t]*(.*?)\r?$/mi;
    return $value;
}

sub line {
    my ($client, $buffer) = @_;
    while ($$buffer !~ /\n/) {
        $client->sysread($$buffer, 65536, length $$buffer) or return;
    }
    $$buffer =~ s/^([^\n]*\n)//;
    return $1;
}

1;
