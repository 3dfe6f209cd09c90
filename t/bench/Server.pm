package Server;

# A private httpd on an instance that `generate` made, with the same children for all measurements and no access log.
#
#     my $server = Server->new_of(requests => 1000, customers => 200);
#     $server->person('reader')->{token};

use strict;
use warnings;
use POSIX ();

use ServiceDesk::Test;
use ServiceDesk::Test::Caller;

our @ISA = ('ServiceDesk::Test');

my $ticks = POSIX::sysconf(POSIX::_SC_CLK_TCK());

sub configuration {
    my ($self) = @_;
    my $text = $self->SUPER::configuration;
    $text =~ s/^CustomLog.*//m;
    $text =~ s/^LogLevel.*/LogLevel warn/m;
    $text =~ s/^( *(?:ServerLimit|StartServers)) .*/$1 2/mg;
    # Threads to spare: a child with none closes connections that wait for their next request.
    $text =~ s/^( *(?:ThreadsPerChild)) .*/$1 32/mg;
    $text =~ s/^( *(?:MaxRequestWorkers|MaxSpareThreads)) .*/$1 64/mg;
    return $text . <<'END';
KeepAlive On
MaxKeepAliveRequests 0
<Location /static>
    SetHandler none
</Location>
<Location /checked>
    SetHandler none
    AuthType ServiceDesk
    Require servicedesk account
</Location>
END
}

# %option: requests, customers; wrap as the harness has it.
sub new_of {
    my ($class, %option) = @_;
    my $self = $class->new(%option, start => 0);
    my @people = map { $self->add_person($_) } qw(reader raiser worker);
    my ($code, $out, $err) = ServiceDesk::Test::run_command({}, $self->build . '/bench/generate',
        $self->{db}->driver, $self->database, @option{qw(requests customers)});
    die "generate: $code $err\n" if $code;
    $self->{world} = {people => {map { $_->{name} => $_ } @people}, things => JSON::PP::decode_json($out)};
    for my $name (qw(static checked)) {
        mkdir $self->dir . "/htdocs/$name" or die "htdocs/$name: $!";
        $self->put_file("htdocs/$name/1k.txt", 'x' x 1023 . "\n");
    }
    return $self->start;
}

sub add_person {
    my ($self, $name) = @_;
    my $made = $self->tool_ok('account', 'add', $name, '--address', "$name\@example.com", '--proven',
        '--random-password', '--json');
    my $token = $self->tool_ok('token', 'create', $name, '--scopes', 'read,write,manage', '--json');
    return {name => $name, password => $made->{password}, token => $token->{token}};
}

# CPU seconds of all children, and who they are.
sub cpu {
    my ($self) = @_;
    my ($sum, @pids) = (0);
    for my $pid (sort $self->children) {
        my ($rest) = ServiceDesk::Test::slurp("/proc/$pid/stat") =~ /\) (.*)/s or die "child $pid is gone\n";
        my @fields = split ' ', $rest;
        $sum += ($fields[11] + $fields[12]) / $ticks;
        push @pids, $pid;
    }
    return ($sum, "@pids");
}

1;
