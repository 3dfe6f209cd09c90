package ServiceDesk::Test::Cluster;

# A PostgreSQL server of a test's own, with a standby: for tests that end, freeze and promote servers.
#
#     my $primary = ServiceDesk::Test::Cluster->make(fsync => 'on');
#     my $standby = $primary->standby;    # commits of the primary wait for it from now on
#     $primary->stop('immediate'); $standby->promote; ...; $_->remove for $primary, $standby;

use strict;
use warnings;
use Cwd ();
use DBI;
use File::Path ();
use File::Temp ();
use POSIX ();
use ServiceDesk::Test;
use Time::HiRes ();

my @live;

sub bin {
    my ($newest) = sort { ($b =~ m{/(\d+)/bin})[0] <=> ($a =~ m{/(\d+)/bin})[0] } glob '/usr/lib/postgresql/*/bin';
    return $newest // die "no PostgreSQL server\n";
}

sub blank {
    my ($class, %set) = @_;
    my $dir = File::Temp::tempdir('servicedesk-pg-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    return bless {dir => $dir, data => "$dir/data", port => ServiceDesk::Test::free_port(), set => \%set}, $class;
}

sub make {
    my ($class, %set) = @_;
    my $self = $class->blank(%set);
    run(bin() . '/initdb', '-D', $self->{data}, qw(-U servicedesk -A trust -E UTF8 --locale=C.UTF-8 --no-sync));
    return $self->start;
}

sub run {
    my (@command) = @_;
    my ($code, $out, $err) = ServiceDesk::Test::run_command({}, @command);
    die "@command: $code: $err\n" if $code;
    return $out;
}

sub start {
    my ($self) = @_;
    my %set = (listen_addresses => '127.0.0.1', port => $self->{port}, unix_socket_directories => '',
        max_connections => 100, wal_level => 'replica', hot_standby => 'on', %{$self->{set}});
    my @options = map { ('-c', "$_=$set{$_}") } sort keys %set;
    defined(my $pid = fork) or die "fork: $!";
    if (!$pid) {
        POSIX::setpgid(0, 0);
        open STDIN,  '<',  '/dev/null';
        open STDOUT, '>>', "$self->{dir}/log";
        open STDERR, '>>', "$self->{dir}/log";
        my ($setpriv) = grep {-x} qw(/usr/bin/setpriv /bin/setpriv);
        my @command = (bin() . '/postgres', '-D', $self->{data}, @options);
        unshift @command, $setpriv, '--pdeathsig', 'QUIT', '--' if $setpriv;
        exec {$command[0]} @command or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    push @live, $self unless grep { $_ == $self } @live;
    for (1 .. 600) {
        last if system(bin() . '/pg_isready', '-q', '-h', '127.0.0.1', '-p', $self->{port}) == 0;
        die 'PostgreSQL: ' . ServiceDesk::Test::slurp("$self->{dir}/log") if waitpid($pid, POSIX::WNOHANG()) == $pid;
        Time::HiRes::sleep(0.05);
    }
    $self->{ready} = Time::HiRes::time();
    return $self;
}

# A copy that follows; every commit here waits until it is written there.
sub standby {
    my ($self) = @_;
    my $other = (ref $self)->blank(%{$self->{set}});
    run(bin() . '/pg_basebackup', '-D', $other->{data}, '-R', '-X', 'stream', '-c', 'fast', '-h', '127.0.0.1', '-p',
        $self->{port}, '-U', 'servicedesk');
    $other->start;
    $self->query(q{ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'});
    $self->query('SELECT pg_reload_conf()');
    for (1 .. 200) {
        last if ($self->query(q{SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')}))[0];
        Time::HiRes::sleep(0.05);
    }
    # Once it leads, it waits for nobody.
    $other->{set}{synchronous_standby_names} = '';
    return $other;
}

# libpq's words for both, in the order of their names.
sub both {
    my (@servers) = @_;
    my $hosts = join ',', map {'127.0.0.1'} @servers;
    my $ports = join ',', map { $_->{port} } @servers;
    return "host=$hosts port=$ports user=servicedesk target_session_attrs=read-write connect_timeout=2"
        . ' tcp_user_timeout=3000';
}

sub query {
    my ($self, $sql) = @_;
    my $dbh = DBI->connect("dbi:Pg:host=127.0.0.1;port=$self->{port};user=servicedesk;dbname=postgres", '', '',
        {RaiseError => 1, PrintError => 0});
    my $statement = $dbh->prepare($sql);
    $statement->execute;
    my @row = $statement->{NUM_OF_FIELDS} ? $statement->fetchrow_array : ();
    $statement->finish;
    $dbh->disconnect;
    return @row;
}

my %signal = (fast => 'INT', immediate => 'QUIT');

sub stop {
    my ($self, $how) = @_;
    my $pid = delete $self->{pid} or return;
    kill $signal{$how // 'fast'} => $pid;
    waitpid $pid, 0;
    return;
}

sub promote { my ($self) = @_; run(bin() . '/pg_ctl', 'promote', '-D', $self->{data}, '-w'); return }

# All its processes stand still: connections stay open and say nothing. Each backend has a group of its own.
sub processes {
    my ($self) = @_;
    open my $file, '<', "/proc/$self->{pid}/task/$self->{pid}/children" or return $self->{pid};
    return ($self->{pid}, split ' ', <$file> // '');
}

sub freeze { my ($self) = @_; kill STOP => $self->processes for 1 .. 2; return }
sub thaw   { my ($self) = @_; kill CONT => $self->processes; return }

# One that stands still listens to nothing else.
sub kill_frozen {
    my ($self) = @_;
    kill KILL => reverse $self->processes;
    waitpid delete $self->{pid}, 0;
    return;
}

sub remove {
    my ($self) = @_;
    $self->stop('immediate');
    @live = grep { $_ != $self } @live;
    File::Path::remove_tree($self->{dir});
    return;
}

END {
    my $status = $?;
    for my $server (@live) { $server->thaw if $server->{pid}; $server->stop('immediate') }
    $? = $status;
}

1;
