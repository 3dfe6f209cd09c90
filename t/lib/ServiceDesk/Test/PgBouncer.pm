package ServiceDesk::Test::PgBouncer;

# A private PgBouncer on 127.0.0.1 in front of the cluster of the tests, as conf/postgresql.conf has it: what stands
# there as pgbouncer.ini is what runs, with the place of this cluster in it.
#
#     my $pooler = ServiceDesk::Test::PgBouncer->new;
#     local $ENV{SD_POOLER} = $pooler->place;    # for the httpds that are started from now on
#     $pooler->stop; $pooler->start; ...; $pooler->remove;

use strict;
use warnings;
use File::Path ();
use File::Temp ();
use IO::Socket::INET ();
use POSIX ();
use ServiceDesk::Test;
use ServiceDesk::Test::Example;
use Time::HiRes ();

my @live;

sub new {
    my ($class, %set) = @_;
    my %where = map { split /=/, $_, 2 } split ' ', ServiceDesk::Test::Database::PgSQL::cluster();
    my $dir = File::Temp::tempdir('servicedesk-pooler-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $self = bless {dir => $dir, port => ServiceDesk::Test::free_port(), user => $where{user}}, $class;
    my $ini = ServiceDesk::Test::Example::block('[databases]');
    $ini =~ s/^servicedesk = .*$/* = host=$where{host} port=$where{port}/m or die 'no database in the example';
    %set = (listen_addr => '127.0.0.1', listen_port => $self->{port}, unix_socket_dir => '', auth_type => 'trust',
        auth_file => "$dir/users", logfile => "$dir/log", %set);
    $ini =~ s/^$_ = .*\n//m for keys %set;
    ServiceDesk::Test::put_file({dir => $dir}, 'pgbouncer.ini', $ini . join '', map {"$_ = $set{$_}\n"} sort keys %set);
    ServiceDesk::Test::put_file({dir => $dir}, 'users', qq("$where{user}" ""\n));
    return $self->start;
}

sub start {
    my ($self) = @_;
    my ($program) = grep {-x} '/usr/sbin/pgbouncer', map {"$_/pgbouncer"} split /:/, $ENV{PATH};
    my @command = ($program // die("no pgbouncer\n"), '-q', "$self->{dir}/pgbouncer.ini");
    my ($setpriv) = grep {-x} qw(/usr/bin/setpriv /bin/setpriv);
    unshift @command, $setpriv, '--pdeathsig', 'TERM', '--' if $setpriv;
    defined(my $pid = fork) or die "fork: $!";
    if (!$pid) {
        open STDIN,  '<',  '/dev/null';
        open STDERR, '>>', "$self->{dir}/stderr";
        exec {$command[0]} @command or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    push @live, $self unless grep { $_ == $self } @live;
    for (1 .. 200) {
        return $self if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}, Proto => 'tcp');
        die 'pgbouncer: ' . ServiceDesk::Test::slurp("$self->{dir}/log") if waitpid($pid, POSIX::WNOHANG()) == $pid;
        Time::HiRes::sleep(0.05);
    }
    die "pgbouncer does not answer\n";
}

# At once, whoever is in the middle of something.
sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill TERM => $pid;
    waitpid $pid, 0;
    return;
}

# libpq's words, but for the name of the database.
sub place { my ($self) = @_; return "host=127.0.0.1 port=$self->{port} user=$self->{user}" }

sub remove {
    my ($self) = @_;
    $self->stop;
    @live = grep { $_ != $self } @live;
    File::Path::remove_tree($self->{dir});
    return;
}

END {
    my $status = $?;
    $_->stop for @live;
    $? = $status;
}

1;
