package Server;

# A private httpd on an instance that `generate` made, with the same children for all measurements and no access log.
#
#     my $server = Server->new_of(requests => 1000, customers => 200);
#     $server->person('reader')->{token};
#     $_->{token}, $_->{key} for $server->crowd;    # people who write at the same time, and a request of each

use strict;
use warnings;
use POSIX ();

use ServiceDesk::Test;
use ServiceDesk::Test::Caller;

our @ISA = ('ServiceDesk::Test');

my $ticks = POSIX::sysconf(POSIX::_SC_CLK_TCK());
my $crowd = 16;

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
    my @people = map { $self->add_person($_) } qw(reader worker);
    my ($code, $out, $err) = ServiceDesk::Test::run_command({}, $self->build . '/bench/generate',
        $self->{db}->driver, $self->database, @option{qw(requests customers)});
    die "generate: $code $err\n" if $code;
    $self->{world} = {people => {map { $_->{name} => $_ } @people}, things => JSON::PP::decode_json($out)};
    for my $name (qw(static checked)) {
        mkdir $self->dir . "/htdocs/$name" or die "htdocs/$name: $!";
        $self->put_file("htdocs/$name/1k.txt", 'x' x 1023 . "\n");
    }
    return $self->start->gather;
}

# In an instance of any size they have nothing but what they raise themselves.
sub gather {
    my ($self) = @_;
    for my $number (1 .. $crowd) {
        my $person = $self->add_person("crowd$number");
        $self->tool_ok('role', 'add', 'customer', $person->{name}, '--desk', 'HELP');
        $self->{world}{people}{$person->{name}} = $person;
        push @{$self->{crowd}}, $person;
        $person->{key} = $self->raise($person)->{issueKey};
    }
    return $self;
}

sub crowd { return @{$_[0]{crowd}} }

# What JSON of a new request is.
sub draft {
    my ($self, $summary) = @_;
    my $things = $self->{world}{things};
    return {serviceDeskId => $things->{desk}, requestTypeId => $things->{requestType}, requestFieldValues => {
        summary => $summary, description => 'The printer on the second floor prints every page twice since this'
            . ' morning. Switching it off and on again did not help. We need it for the invoices, which leave the house'
            . ' at noon.'}};
}

sub raise {
    my ($self, $person) = @_;
    my $answer = $self->as($person->{name}, 'bearer')->post('/rest/servicedeskapi/request',
        $self->draft("The printer prints every page twice, $person->{name}"));
    die "$person->{name}: " . $answer->code . ' ' . $answer->body . "\n" if $answer->code != 201;
    return $answer->json;
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
    my @pids = sort $self->children;
    return (cpu_of(@pids), "@pids");
}

# CPU seconds of processes; of those that have ended and that they waited for, too.
sub cpu_of { return seconds(11, @_) }
sub cpu_of_ended { return seconds(13, @_) }

# The sum of two fields of /proc/PID/stat, the first of them counted after the name.
sub seconds {
    my ($field, @pids) = @_;
    my $sum = 0;
    for my $pid (@pids) {
        my ($rest) = ServiceDesk::Test::slurp("/proc/$pid/stat") =~ /\) (.*)/s or die "process $pid is gone\n";
        my @fields = split ' ', $rest;
        $sum += ($fields[$field] + $fields[$field + 1]) / $ticks;
    }
    return $sum;
}

1;
