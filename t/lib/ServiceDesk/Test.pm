package ServiceDesk::Test;

# A private httpd with the module for one test file, and hands to talk to it.
#
#     use lib "$FindBin::Bin/lib";
#     use ServiceDesk::Test;
#
#     my $desk = ServiceDesk::Test->new(fixture => 1, location => 'SetEnv A b', conf => 'ServiceDeskX On');
#     is $desk->as('c1')->get('/rest/api/2/myself')->code, 200, 'c1 gets in';
#     $desk->allow(qr/AH01618/);    # an error line of httpd that this test brings about
#     $desk->finish;                # stops it and judges the log; a test that forgets it fails
#     done_testing;
#
# The people and things of the fixture are told in ServiceDesk/Test/Fixture.pm, what a caller can do in
# ServiceDesk/Test/Caller.pm. Everything lives in one temporary directory and listens on one free port of 127.0.0.1.

use strict;
use warnings;
use Cwd ();
use Errno ();
use Fcntl ();
use File::Path ();
use File::Spec ();
use File::Temp ();
use IO::Socket::INET ();
use JSON::PP ();
use POSIX ();
use Test::More ();
use Time::HiRes ();

use ServiceDesk::Test::Caller;
use ServiceDesk::Test::Database;
use ServiceDesk::Test::Fixture;

my $top   = $ENV{SD_TOP}   // Cwd::abs_path(__FILE__) =~ s{/t/lib/ServiceDesk/Test\.pm$}{}r;
my $build = $ENV{SD_BUILD} // "$top/.build";
$build = "$top/$build" unless File::Spec->file_name_is_absolute($build);

my @modules = qw(
    mpm_event unixd log_config authn_core authz_core authz_host authz_user auth_basic authn_file dbd mime dir env
    setenvif headers alias
);

my @live;    # every server that was started, for END

sub new {
    my ($class, %option) = @_;
    die "run HTTP tests as an ordinary user: t/as-nobody prove t/x.t\n" if $> == 0;
    my $self = bless {
        conf => '', location => '', modules => [], allow => [], pepper_name => 'pepper', %option,
        dir => File::Temp::tempdir('servicedesk-XXXXXX', TMPDIR => 1, CLEANUP => 1),
    }, $class;
    $self->{db} = ServiceDesk::Test::Database->new($self->{dir});
    mkdir "$self->{dir}/$_" or die "$self->{dir}/$_: $!" for qw(state htdocs logs);
    $self->put_file('htdocs/index.html', "static\n");
    $self->put_file('htpasswd', '');
    $self->put_file('mime.types', "text/html html\ntext/plain txt\napplication/json json\n");
    if ($self->{fixture}) {
        $self->{world} = ServiceDesk::Test::Fixture::copy_into($self);
    } elsif (!$self->{bare}) {
        $self->tool_ok('migrate');
    }
    $self->start unless exists $option{start} && !$option{start};
    return $self;
}

# Where things are.

sub top      { return $top }
sub build    { return $build }
sub dir      { return $_[0]{dir} }
sub port     { return $_[0]{port} }
sub pid      { return $_[0]{pid} }
sub base     { return "http://127.0.0.1:$_[0]{port}" }
sub database { return $_[0]{db}->place }
sub pepper   { return "$_[0]{dir}/state/$_[0]{pepper_name}" }

sub put_file {
    my ($self, $name, $text) = @_;
    my $path = File::Spec->file_name_is_absolute($name) ? $name : "$self->{dir}/$name";
    open my $file, '>:raw', $path or die "$path: $!";
    print {$file} $text;
    close $file or die "$path: $!";
    return $path;
}

sub apxs {
    my ($what) = @_;
    my $apxs = $ENV{APXS} // 'apxs';
    my $answer = `$apxs -q $what`;
    die "$apxs -q $what failed\n" if $?;
    chomp $answer;
    return $answer;
}

my %asked;
sub httpd { return $asked{httpd} //= apxs('sbindir') . '/' . apxs('progname') }

# LoadModule lines for those that are not compiled in.
sub load_modules {
    my (@names) = @_;
    my $directory = $asked{libexecdir} //= apxs('LIBEXECDIR');
    return join '', map {"LoadModule ${_}_module \"$directory/mod_$_.so\"\n"} grep {-e "$directory/mod_$_.so"} @names;
}

# The configuration. `conf` is put into the server, `location` into the mount; both after what the harness says.
sub configuration {
    my ($self) = @_;
    my ($dir, $port) = @$self{qw(dir port)};
    my $modules = load_modules(@modules, @{$self->{modules}});
    return <<"END";
ServerRoot "$dir"
ServerName 127.0.0.1
Listen 127.0.0.1:$port
PidFile "$dir/httpd.pid"
DefaultRuntimeDir "$dir"
$modules
LoadModule servicedesk_module "$build/mod_servicedesk.so"
<IfModule mpm_event_module>
    StartServers 2
    ServerLimit 4
    ThreadsPerChild 8
    MaxRequestWorkers 32
    MinSpareThreads 1
    MaxSpareThreads 32
</IfModule>
KeepAliveTimeout 60
MaxKeepAliveRequests 0
ErrorLog "$dir/logs/error.log"
LogLevel info
LogFormat "%h %u %t \\"%r\\" %>s %b %D" common
CustomLog "$dir/logs/access.log" common
TypesConfig "$dir/mime.types"
DocumentRoot "$dir/htdocs"
<Directory />
    AllowOverride None
    Require all denied
</Directory>
<Directory "$dir/htdocs">
    Require all granted
</Directory>

DBDriver @{[$self->{db}->driver]}
DBDParams "@{[$self->database]}"
@{[$self->{db}->lines]}
DBDKeep 8
DBDMax 16

<AuthnProviderAlias file htpasswd>
    AuthUserFile "$dir/htpasswd"
</AuthnProviderAlias>

ServiceDesk On
ServiceDeskBaseURL http://127.0.0.1:$port
ServiceDeskPepperFile "@{[$self->pepper]}"
ServiceDeskPasswordCost 4
<Location />
    SetHandler servicedesk
    ServiceDeskBasicProvider servicedesk htpasswd
    Require all granted
$self->{location}
</Location>
$self->{conf}
END
}

sub free_port {
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1, Proto => 'tcp') or die "no free port: $!";
    return $socket->sockport;
}

sub start {
    my ($self) = @_;
    for my $try (1 .. 5) {
        $self->{port} //= free_port();
        $self->put_file('httpd.conf', $self->configuration);
        return $self if $self->launch;
        last unless $self->errors =~ /could not bind|Address already in use/;
        delete $self->{port};
        unlink "$self->{dir}/stderr.log";
    }
    Test::More::diag($self->errors);
    die "httpd did not start\n";
}

# The child leads a process group of its own, and ends when this process does.
sub launch {
    my ($self) = @_;
    my @command = (httpd(), '-DFOREGROUND', '-d', $self->{dir}, '-f', "$self->{dir}/httpd.conf");
    my ($setpriv) = grep {-x} qw(/usr/bin/setpriv /bin/setpriv);
    unshift @command, $setpriv, '--pdeathsig', 'TERM', '--' if $setpriv;
    unshift @command, @{$self->{wrap}} if $self->{wrap};
    defined(my $pid = fork) or die "fork: $!";
    if (!$pid) {
        POSIX::setpgid(0, 0);
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>>', "$self->{dir}/stderr.log";
        open STDERR, '>>', "$self->{dir}/stderr.log";
        $ENV{LD_PRELOAD} = $ENV{SD_PRELOAD} if $ENV{SD_PRELOAD};
        $ENV{$_} = $self->{env}{$_} for keys %{$self->{env} // {}};
        exec {$command[0]} @command or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    push @live, $self unless grep { $_ == $self } @live;
    return $self->wait_for(sub { $self->answers || !$self->alive }, 30) && $self->alive;
}

sub answers {
    my ($self) = @_;
    return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}, Proto => 'tcp', Timeout => 5) && 1;
}

# Is the parent there? Reaps it if it is not.
sub alive {
    my ($self) = @_;
    return 0 unless $self->{pid};
    return 1 if waitpid($self->{pid}, POSIX::WNOHANG()) == 0;
    $self->{wait_status} = $?;
    delete $self->{pid};
    return 0;
}

# Calls a function until it is true or the time is over; gives its last answer.
sub wait_for {
    my ($self, $function, $seconds) = @_;
    my $end = Time::HiRes::time() + ($seconds // 10);
    my $answer;
    until ($answer = $function->()) {
        return $answer if Time::HiRes::time() > $end;
        Time::HiRes::sleep(0.02);
    }
    return $answer;
}

# The worker has put the words of all requests in their place, which it does by itself and after a while.
sub wait_for_words {
    my ($self) = @_;
    return $self->wait_for(sub { !$self->value('SELECT count(*) FROM request_text WHERE pending > 0') }, 30);
}

# Stops it as an operator does; what is left after ten seconds is killed and counts as a failure.
sub stop {
    my ($self) = @_;
    my $pid = $self->{pid} or return;
    # At TERM the event MPM closes the sockets of its workers, and crashes over one that just ends its answer.
    Time::HiRes::sleep(0.1);
    kill TERM => $pid;
    if (!$self->wait_for(sub { !$self->alive }, 10)) {
        Test::More::fail('httpd stops within ten seconds');
        kill KILL => -$pid;
        waitpid $pid, 0;
        delete $self->{pid};
    }
    $self->wait_for(sub { !kill(0 => -$pid) && $!{ESRCH} }, 5) or kill KILL => -$pid;
    return;
}

# Ends parent and children where they stand.
sub kill_hard {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill KILL => -$pid;
    waitpid $pid, 0;
    return;
}

sub restart {
    my ($self) = @_;
    $self->stop;
    return $self->start;
}

# A graceful restart with the configuration as it is now; back when the new generation serves.
sub graceful {
    my ($self) = @_;
    $self->put_file('httpd.conf', $self->configuration);
    my $before = () = $self->log =~ /resuming normal operations/g;
    kill USR1 => $self->{pid} or die "no server to restart\n";
    return $self->wait_for(sub { my $now = () = $self->log =~ /resuming normal operations/g; $now > $before }, 15);
}

# Pids of the children.
sub children {
    my ($self) = @_;
    open my $file, '<', "/proc/$self->{pid}/task/$self->{pid}/children" or return;
    return split ' ', <$file> // '';
}

sub slurp {
    my ($path) = @_;
    open my $file, '<:raw', $path or return '';
    local $/;
    return <$file> // '';
}

sub log        { return slurp("$_[0]{dir}/logs/error.log") }
sub access_log { return slurp("$_[0]{dir}/logs/access.log") }
sub errors     { return slurp("$_[0]{dir}/stderr.log") . $_[0]->log }

# Hands.

# A caller: as('c1'), as('c1', 'session'), as('c1', 'bearer'), as('c1', 'reader') (a token that may only read), as('').
sub as {
    my ($self, $name, $how) = @_;
    return ServiceDesk::Test::Caller->new($self, $name, $how // ($name ? 'basic' : 'none'));
}

# {name, password, email, directory, token, reader, id, accountId}
sub person { my ($self, $name) = @_; return $self->{world}{people}{$name} // die "no person $name in the fixture\n" }
sub thing  { my ($self, $name) = @_; return $self->{world}{things}{$name} // die "no thing $name in the fixture\n" }

# servicedeskctl: exit code, output, error output. `stdin` of an options hash in front is its standard input.
sub tool {
    my ($self, @words) = @_;
    my $option = ref $words[0] ? shift @words : {};
    my @where = $option->{plain} ? () : ('--database', $self->database, '--pepper', $self->pepper);
    return run_command($option, "$build/servicedeskctl", @where, @words);
}

# Its output, decoded if --json was said; dies if it failed.
sub tool_ok {
    my ($self, @words) = @_;
    my ($code, $out, $err) = $self->tool(@words);
    die "servicedeskctl @words: exit $code: $err\n" if $code;
    return (grep { $_ eq '--json' } @words) && $out =~ /\S/ ? JSON::PP->new->utf8->decode($out) : $out;
}

sub run_command { return end_command(start_command(@_)) }

# The same in two halves, for several at once.
sub start_command {
    my ($option, @command) = @_;
    my %path;
    for my $stream (qw(in out err)) {
        (my $handle, $path{$stream}) = File::Temp::tempfile('servicedesk-XXXXXX', TMPDIR => 1);
        print {$handle} $option->{stdin} // '' if $stream eq 'in';
        close $handle;
    }
    defined(my $pid = fork) or die "fork: $!";
    if (!$pid) {
        open STDIN,  '<', $path{in};
        open STDOUT, '>', $path{out};
        open STDERR, '>', $path{err};
        my $env = $option->{env} // {};
        defined $env->{$_} ? ($ENV{$_} = $env->{$_}) : delete $ENV{$_} for keys %$env;
        exec {$command[0]} @command or POSIX::_exit(127);
    }
    return {pid => $pid, path => \%path};
}

sub end_command {
    my ($started) = @_;
    waitpid $started->{pid}, 0;
    my $code = $? & 127 ? 'signal ' . ($? & 127) : $? >> 8;
    my @texts = map { slurp($started->{path}{$_}) } qw(out err);
    unlink values %{$started->{path}};
    return ($code, @texts);
}

# Runs a program that prints TAP: every line of it becomes one of ours. `name` for messages, `least` checks at least.
sub relay_tap {
    my ($option, @command) = @_;
    my ($code, $out, $err) = run_command($option, @command);
    my ($count, $plan) = (0);
    for my $line (split /\n/, $out) {
        if ($line =~ /^(not )?ok \d+ - (.*)$/) {
            Test::More::ok(!$1, $2);
            $count++;
        } elsif ($line =~ /^1\.\.(\d+)$/) {
            $plan = $1;
        } else {
            Test::More::diag($line);
        }
    }
    Test::More::is($code, 0, "$option->{name} came to its end") or Test::More::diag($err);
    Test::More::is($count, $plan // 'unknown', 'and made every check');
    return Test::More::cmp_ok($count, '>', $option->{least}, 'of which there are many');
}

# A connection to the database of its own, beside the server's.
sub dbh {
    my ($self) = @_;
    return $self->{dbh} //= $self->{db}->connect;
}

# The single value of a query.
sub value { my ($self, $sql, @values) = @_; return scalar $self->dbh->selectrow_array($sql, undef, @values) }
# Rows as an array of hashes.
sub rows { my ($self, $sql, @values) = @_; return $self->dbh->selectall_arrayref($sql, {Slice => {}}, @values) }

# Sends bytes as they are on a connection of their own; gives the bytes that came back until the server closed it.
sub raw {
    my ($self, $bytes, $seconds) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}, Proto => 'tcp', Timeout => 5)
        or die "connect: $!";
    local $SIG{PIPE} = 'IGNORE';
    $socket->syswrite($bytes);
    my ($answer, $end) = ('', Time::HiRes::time() + ($seconds // 5));
    while ((my $left = $end - Time::HiRes::time()) > 0) {
        vec(my $ready = '', fileno $socket, 1) = 1;
        next unless select $ready, undef, undef, $left;
        last unless sysread $socket, $answer, 65536, length $answer;
    }
    return $answer;
}

# The log gate: lines of level error and worse, dying children, sanitizer reports. allow() names what a test brings
# about.

sub allow { my ($self, @patterns) = @_; push @{$self->{allow}}, @patterns; return }

sub complaints {
    my ($self) = @_;
    my @lines = grep {
        /\[\w*:(?:emerg|alert|crit|error)\]/ || /exit signal|AH0005[12]|seg(?:mentation )?fault/i
            || /ERROR: (?:Address|Leak|Thread)Sanitizer|runtime error:|Assertion .* failed|double free|corrupted/
    } split /\n/, $self->errors;
    for my $pattern (@{$self->{allow}}) {
        @lines = grep { $_ !~ $pattern } @lines;
    }
    return @lines;
}

# Not a server that a test must finish.
sub forget { my ($self) = @_; @live = grep { $_ != $self } @live; return }

sub finish {
    my ($self) = @_;
    $self->stop;
    $self->{dbh}->disconnect if $self->{dbh};
    delete $self->{dbh};
    $self->{db}->remove;
    $self->forget;
    my @complaints = $self->complaints;
    my $more = @complaints > 20 ? "\n... and " . (@complaints - 20) . ' more' : '';
    splice @complaints, 20;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return Test::More::is(join("\n", @complaints) . $more, '', 'nothing bad in the log');
}

END {
    my $status = $?;
    for my $server (@live) {
        Test::More::diag('a server was not finished: its last words');
        my @lines = split /\n/, $server->errors;
        Test::More::diag(join "\n", @lines > 20 ? @lines[-20 .. -1] : @lines);
        $server->stop;
        $status ||= 1;
    }
    $? = $status;
}

1;
