package Pgbench;

# What of PostgreSQL's CPU a create costs because of its statements, whoever brings them: pgbench runs the same ones,
# prepared, in as many trips and by the same plans. They are taken down once from the server's log, for each person of
# the crowd: the values are theirs, but for the number and the key of the new request, which are new each time.
#
#     my $pgbench = Pgbench->new($server);    # a Server on PostgreSQL; it is stopped now
#     $pgbench->cpu_of_create;                # CPU microseconds of the server, by pgbench; httpd is stopped
#     $pgbench->cpu;                          # CPU seconds that it has spent for httpd's connections until now

use strict;
use warnings;
use File::Temp ();

use Server;
use ServiceDesk::Test::Cluster;
use ServiceDesk::Test::Database;

sub new {
    my ($class, $server) = @_;
    my ($home) = ServiceDesk::Test::Database::PgSQL::cluster() =~ /host=(\S+)/;
    my ($postmaster) = ServiceDesk::Test::slurp("$home/data/postmaster.pid") =~ /^(\d+)/;
    my $self = bless {server => $server, log => "$home/log", postmaster => $postmaster,
        dir => File::Temp->newdir('servicedesk-bench-XXXXXX', TMPDIR => 1)}, $class;
    # Its workers come and go, as pgbench's connections do.
    $self->{server}{db}->run($_) for 'ALTER SYSTEM SET autovacuum = off', 'SELECT pg_reload_conf()';
    $self->{scripts} = [$self->scripts];
    part_cores($postmaster);
    return $self;
}

# From now on PostgreSQL has half of the cores, and who talks to it the others: what a client does beside talking, and
# leaves in a core's caches, is not the statements' cost.
sub part_cores {
    my ($postmaster) = @_;
    my $last = (ServiceDesk::Test::run_command({}, 'nproc'))[1] - 1;
    return if !$last;
    my $half    = int($last / 2);
    my @servers = ($postmaster, split ' ', ServiceDesk::Test::slurp("/proc/$postmaster/task/$postmaster/children"));
    for ((map { [$_, $half + 1 . "-$last"] } @servers), [$$, "0-$half"]) {
        my ($pid, $cores) = @$_;
        my ($code, $out, $err) = ServiceDesk::Test::run_command({}, 'taskset', '-acp', $cores, $pid);
        die "taskset: $err\n" if $code;
    }
    return;
}

# ---- the statements ----

# One script a person: [path, variables]. A process that sees a token for the first time asks for it by itself; from
# then on it is looked at within the transaction, and that is what a crowd at work does.
sub scripts {
    my ($self) = @_;
    my $server = $self->{server};
    my $past   = -s $self->{log};
    $server->stop;
    $server->{db}->run("ALTER DATABASE $server->{db}{name} SET log_statement = 'all'");
    $server->start;
    my @crowd  = $server->crowd;
    my @people = map { ($_) x 4 } 0 .. $#crowd;
    my @made   = map { $server->raise($crowd[$_]) } @people;
    $server->stop;
    $server->{db}->run("ALTER DATABASE $server->{db}{name} RESET log_statement");
    my $log  = substr ServiceDesk::Test::slurp($self->{log}), $past;
    my @acts = creates($log);
    die 'the log of PostgreSQL tells of ' . @acts . " creates\n" if @acts != @made;
    $self->{options} = join ' ', map {"-c $_"} plans($log);
    my %usual = map { $people[$_] => $_ } grep { $acts[$_][0][0] =~ /^BEGIN/ } 0 .. $#acts;
    die "a process sees each token for the first time\n" if keys %usual != @crowd;
    return map { $self->script($_, $made[$usual{$_}], $acts[$usual{$_}]) } sort { $a <=> $b } keys %usual;
}

# What our sessions tell the planner, name=value.
sub plans {
    my ($log) = @_;
    my ($settings) = $log =~ /LOG:  statement: (SET .*plan_cache_mode.*)/ or die "no session has set plan_cache_mode\n";
    return map {"$_->[0]=$_->[1]"} grep { $_->[0] !~ /timeout|encoding/ } map { [/^SET (\w+) = (.*)/] }
        split /; */, $settings;
}

# What a log has of each connection from one COMMIT to the next, if that made a request: lists of [text, value of $1,
# value of $2 ...].
sub creates {
    my ($log) = @_;
    my (%open, @found);
    while ($log =~ /^\S+ \S+ \S+ \[(\d+)\] (?:LOG:  execute \S+: |(DETAIL):  parameters: )(.*(?:\n\t.*)*)/mg) {
        my ($pid, $is_detail, $text) = ($1, $2, $3);
        if ($is_detail) {
            push @{$open{$pid}[-1]}, map { s/''/'/gr } $text =~ /\$\d+ = '((?:[^']|'')*)'/g;
            next;
        }
        push @{$open{$pid}}, [$text];
        next if $text ne 'COMMIT';
        my $act = delete $open{$pid};
        push @found, $act if grep { is_insert($_->[0]) } @$act;
    }
    return @found;
}

sub is_insert { return $_[0] =~ /^INSERT INTO request \(/ }

# pgbench takes a row's values only from a statement that is alone in its trip.
sub script {
    my ($self, $number, $made, $act) = @_;
    my @lines = ('\startpipeline');
    my @variables;
    for my $statement (@$act) {
        my ($text, @values) = @$statement;
        for my $value (@values) {
            # No variable of pgbench is empty.
            my $name = $value eq $made->{issueId} ? 'id' : $value eq $made->{issueKey} ? 'key' : 'v' . @variables;
            push @variables, "$name=$value" if $name =~ /^v/ && $value ne '';
            $value = $value eq '' ? "''" : ":$name";
        }
        $text =~ s/\$(\d+)/$values[$1 - 1]/g;
        push @lines, is_insert($text) ? ('\endpipeline', "$text \\gset", '\startpipeline') : "$text;";
    }
    my $path = "$self->{dir}/$number";
    $self->{server}->put_file($path, join "\n", @lines, '\endpipeline', '');
    return [$path, @variables];
}

# ---- the measurement ----

# The difference of many and of few: connecting and preparing is on both sides of it.
sub cpu_of_create {
    my ($self) = @_;
    my ($few, $many) = (100, 500);
    my ($less, $more) = map { $self->run($_) } $few, $many;
    return 1e6 * ($more - $less) / (($many - $few) * @{$self->{scripts}});
}

# CPU seconds of as many transactions of each script, all scripts at the same time.
sub run {
    my ($self, $times) = @_;
    local $ENV{PGOPTIONS} = $self->{options};
    my $before = Server::cpu_of_ended($self->{postmaster});
    my @started = map { my ($path, @variables) = @$_; ServiceDesk::Test::start_command({},
        ServiceDesk::Test::Cluster::bin() . '/pgbench', qw(-n -M prepared -c 1 -j 1 --max-tries=100 -t), $times,
        '-f', $path, (map { ('-D', $_) } @variables), $self->{server}->database) } @{$self->{scripts}};
    for (map { [ServiceDesk::Test::end_command($_)] } @started) {
        my ($code, $out, $err) = @$_;
        die "pgbench: $code $out $err\n" if $code || $out !~ m{actually processed: $times/$times};
    }
    $self->wait_for_the_end;
    return Server::cpu_of_ended($self->{postmaster}) - $before;
}

# A connection ends a moment after its client.
sub wait_for_the_end {
    my ($self) = @_;
    $self->{server}->wait_for(sub {
        !$self->{server}->value(q{SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgbench'});
    }, 5);
    return;
}

# In nanoseconds, where the other counts hundredths of a second of each connection.
sub cpu {
    my ($self) = @_;
    my $sum = 0;
    $sum += (split ' ', ServiceDesk::Test::slurp("/proc/$_->{pid}/schedstat"))[0] / 1e9 for @{$self->{server}->rows(q{
        SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend'})};
    return $sum;
}

1;
