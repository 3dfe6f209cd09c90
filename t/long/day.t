#!/usr/bin/perl
# A site's day in ten minutes, on each database: people of every kind do what they do, and at random times something
# breaks or is looked after. On SQLite one node: graceful restarts, children and the whole of httpd killed, backups,
# another program's checkpoints and long reads. On PostgreSQL two nodes behind a balancer: nodes killed, stopped,
# restarted, the database restarted and crashed, its backends ended, backups. On both the mail server is away at times.
#
# A book outside of the server decides after each of it and at the end (I1 to I6, security.md): nothing acknowledged is
# lost, errors are only where the fault was, mails arrive, memory is flat, `servicedeskctl check` finds nothing, and the
# backups restore. SD_DAY_SECONDS (600) says how long, SD_DAY_SEED repeats a day (as far as the machine does), and
# SD_DAY_DB=sqlite or pgsql takes one of them. Cases: security.md 190, 191, 199, 201, 202, 204, 208, 212, 213, 214.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use DBI ();
use File::Copy ();
use List::Util ();
use POSIX ();
use Test::More;
use Time::HiRes ();

use ServiceDesk::Test;
use ServiceDesk::Test::Cluster;
use ServiceDesk::Test::Day;
use ServiceDesk::Test::Nodes;
use ServiceDesk::Test::Smtp;

my $seconds = $ENV{SD_DAY_SECONDS} // 600;
my $seed    = $ENV{SD_DAY_SEED}    // time % 1_000_000;
note "SD_DAY_SEED=$seed";

# How long after a fault errors of requests that it met are still told: no longer than a client waits for them.
my $grace = 1;

sub now { return Time::HiRes::time() }
sub pause { my ($least, $most) = @_; return Time::HiRes::sleep($least + rand($most - $least)) }
sub pick { return $_[rand @_] }

package Day;

sub new {
    my ($class, %option) = @_;
    return bless {windows => [], faults => {}, samples => [], backups => [], %option}, $class;
}

sub nodes { return @{$_[0]{nodes}} }

# From here to there errors may be: one fault with its time.
sub window {
    my ($self, $from, $to) = @_;
    push @{$self->{windows}}, [$from, $to];
    return;
}

# ---- what may happen ----

sub kill_child {
    my ($self) = @_;
    my @children = (main::pick($self->nodes))->children or return;
    my $from = main::now();
    kill KILL => main::pick(@children);
    return $self->window($from, main::now() + $grace);
}

# Parent and children, where they stand. With a balancer, only who was on this node is met.
sub kill_node {
    my ($self) = @_;
    my $node = main::pick($self->nodes);
    my ($group, $from) = ($node->pid, main::now());
    $node->kill_hard;
    $node->wait_for(sub { !kill(0 => -$group) && $!{ESRCH} });
    $self->window($from, main::now() + $grace) if $self->nodes > 1;
    main::pause(0.2, 2);
    $node->launch or die 'no new start: ' . $node->errors;
    return $self->nodes > 1 ? undef : $self->window($from, main::now() + $grace);
}

sub stop_node {
    my ($self) = @_;
    my ($node, $from) = (main::pick($self->nodes), main::now());
    $node->stop;
    $self->window($from, main::now() + $grace);
    main::pause(0.2, 2);
    return $node->launch || die 'no new start: ' . $node->errors;
}

# Nobody may notice.
sub graceful {
    my ($self) = @_;
    return (main::pick($self->nodes))->graceful || die "no graceful restart\n";
}

sub backup {
    my ($self) = @_;
    my $file = $self->{nodes}[0]->dir . '/backup-' . @{$self->{backups}};
    my $begin = main::now();
    my ($code, $out, $err) = $self->{nodes}[0]->tool('backup', $file, '--quiet');
    push @{$self->{backups}}, {file => $file, begin => $begin, end => main::now()};
    main::is("$code $err", '0 ', 'a backup') if "$code$err";
    return;
}

sub mail_server_away {
    my ($self) = @_;
    $self->{sink}->stop;
    main::pause(1, 4);
    return $self->{sink}->start;
}

# ---- SQLite: other programs at the file ----

sub stranger {
    my ($self) = @_;
    return DBI->connect('dbi:SQLite:dbname=' . $self->{nodes}[0]->database, '', '', {
        RaiseError => 1, PrintError => 0, AutoCommit => 1, sqlite_use_immediate_transaction => 0,
    });
}

sub checkpoint { my ($self) = @_; return $self->stranger->do('PRAGMA wal_checkpoint(PASSIVE)') }

# The log of the database grows as long as somebody looks at an old state of it.
sub long_read {
    my ($self) = @_;
    my $stranger = $self->stranger;
    $stranger->begin_work;
    $stranger->selectrow_array('SELECT COUNT(*) FROM request');
    main::pause(1, 4);
    return $stranger->rollback;
}

# ---- PostgreSQL ----

# Our own connection ends, too.
sub hang_up {
    my ($self) = @_;
    my $dbh = delete $self->{front}{dbh} or return;
    return $dbh->disconnect;
}

# Each pooled connection is dead; one request finds out for each.
sub end_backends {
    my ($self) = @_;
    my $from = main::now();
    $self->hang_up;
    $self->{cluster}->query(q{SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE usename = current_user AND pid <> pg_backend_pid() AND backend_type = 'client backend'});
    return $self->window($from, main::now() + 3);
}

sub restart_database {
    my ($self, $how) = @_;
    my $from = main::now();
    $self->hang_up;
    $self->{cluster}->stop($how);
    main::pause(0, 2);
    $self->{cluster}->start;
    return $self->window($from, $self->{cluster}{ready} + 5);
}

sub restart_database_fast  { return $_[0]->restart_database('fast') }
sub crash_database         { return $_[0]->restart_database('immediate') }

# ---- the day ----

# Something at random; its name.
sub happen {
    my ($self) = @_;
    my ($fault) = main::pick(@{$self->{may}});
    $self->{faults}{$fault}++;
    main::note(sprintf '%s %s', POSIX::strftime('%H:%M:%S', gmtime), $fault);
    $self->$fault;
    return $fault;
}

# kB: what the children have, what the parents have, and how many files those hold open.
sub sample {
    my ($self) = @_;
    my (@children, $parents, $files);
    for my $node ($self->nodes) {
        next unless $node->{pid};
        push @children, grep { $_ } map { memory($_) } $node->children;
        $parents += memory($node->{pid}) // 0;
        $files += () = glob "/proc/$node->{pid}/fd/*";
    }
    push @{$self->{samples}}, {children => \@children, parents => $parents, files => $files};
    return;
}

sub memory { return ServiceDesk::Test::slurp("/proc/$_[0]/smaps_rollup") =~ /^Pss:\s*(\d+) kB/m ? $1 : undef }

# After each fault: the invariants as they are at this moment, and the product's own check.
sub look {
    my ($self, $fault) = @_;
    my $verdict = $self->{book}->judge;
    my @wrong = map { my $rule = $_; map {"$rule: $_"} List::Util::head(5, @{$verdict->{$rule}}) } sort keys %$verdict;
    my ($code, $out, $err) = $self->{nodes}[0]->tool('check');
    push @wrong, "check: $code $out$err" if "$code$out$err" ne '0';
    main::is(join("\n", @wrong), '', "after $fault: nothing is lost, doubled or in part") if @wrong;
    return;
}

sub live {
    my ($self) = @_;
    my $end = main::now() + $seconds;
    main::pause(2, 3);
    while (main::now() < $end) {
        my $fault = $self->happen;
        $self->look($fault);
        for (1 .. 1 + rand 4) { main::pause(0.5, 1.5); $self->sample }
    }
    # As long as nothing is broken, everybody is served.
    main::pause(4, 4);
    return;
}

package main;

# ---- what must be true of it ----

sub served {
    my ($day) = @_;
    my %count;
    $count{"$_->{act} $_->{word}"}++ for values %{$day->{book}->attempts};
    note join ', ', map {"$_ $day->{faults}{$_}"} sort keys %{$day->{faults}};
    note join ', ', map {"$_: $count{$_}"} sort keys %count;
    for my $act (qw(create comment transition signup verify invite accept sign-in setting description member)) {
        cmp_ok $count{"$act ack"} // 0, '>', 0, "$act: " . ($count{"$act ack"} // 0) . ' acknowledged';
    }
    my @misses = $day->{book}->misses(@{$day->{windows}});
    note scalar(@misses) . ' misses' if @misses;
    is join("\n", List::Util::head(20, @misses)), '', 'errors only where the fault was, and none that misleads';
    return;
}

# httpd says nothing of a child that was killed, only of one that crashed. The log's own clock is UTC.
sub logs_are_clean {
    my ($day) = @_;
    for my $node ($day->nodes) {
        my @lines = grep { !excused($day, $_) } split /\n/, $node->log;
        is join("\n", List::Util::head(10, grep {/:(?:error|crit|alert|emerg)\]/} @lines)), '',
            'no error in the log outside of the faults';
        unlike $node->errors, qr/exit signal|AH0005[12]|fault|Assertion/i, 'no child crashed';
    }
    return;
}

my %month = map { (qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec))[$_] => $_ } 0 .. 11;

sub excused {
    my ($day, $line) = @_;
    my ($name, $date, $hour, $minute, $second, $year) =
        $line =~ /^\[\w{3} (\w{3}) (\d+) (\d+):(\d+):([\d.]+) (\d{4})\]/ or return 0;
    my $at = POSIX::mktime(int $second, $minute, $hour, $date, $month{$name}, $year - 1900) + $second - int $second;
    return grep { $at >= $_->[0] && $at <= $_->[1] + 1 } @{$day->{windows}};
}

sub quantile { my ($part, @values) = @_; return (sort { $a <=> $b } @values)[$part * $#values] }

# The second third of the day beside the last one; in a short day most children are still growing up. t/long/memory.t
# is about one child that lives long.
sub memory_is_flat {
    my ($day) = @_;
    plan skip_all => "a day of $seconds seconds" if $seconds < 300;
    my @samples = @{$day->{samples}};
    my @thirds = map { [@samples[@samples / 3 * $_ .. @samples / 3 * ($_ + 1) - 1]] } 1, 2;
    my %value = (
        'the children' => sub { quantile(0.9, map { @{$_->{children}} } @_) },
        'the parents' => sub { quantile(0.5, map { $_->{parents} } @_) },
        'open files' => sub { quantile(0.5, map { $_->{files} } @_) },
    );
    for my $what (sort keys %value) {
        my ($before, $after) = map { $value{$what}->(@$_) } @thirds;
        cmp_ok $after, '<', 1.15 * $before + 1, "memory is flat, $what: $before, later $after";
    }
    return;
}

# A backup in an instance of its own: all that was acknowledged before it began, nothing that came after it ended.
sub restores {
    my ($day, $backup) = @_;
    my $first = $day->{nodes}[0];
    my $other = ServiceDesk::Test->new(bare => 1, start => 0);
    File::Copy::copy($first->pepper, $other->pepper) or die "pepper: $!";
    chmod 0600, $other->pepper;
    $other->tool_ok('migrate');
    my ($code, $out, $err) = $other->tool('restore', $backup->{file}, '--quiet');
    is "$code $out$err", '0 ', 'it is restored';
    is +($other->tool('check'))[1], '', 'the check finds nothing';
    my %there = map { $_ => 1 } @{$other->dbh->selectcol_arrayref('SELECT summary FROM request')},
        @{$other->dbh->selectcol_arrayref('SELECT body FROM comment')};
    my @written = grep { $_->{act} =~ /^(?:create|comment|transition)$/ } values %{$day->{book}->attempts};
    my @before = grep { $_->{word} eq 'ack' && $_->{ended} < $backup->{begin} } @written;
    my @lost = grep { !$there{$_->{text}} } @before;
    my @later = grep { $_->{begun} > $backup->{end} && $there{$_->{text}} } @written;
    is scalar(@lost) . ' ' . @later, '0 0', scalar(@before) . ' were acknowledged before it and are there, none after';
    $other->{world} = $first->{world};
    File::Copy::copy($first->dir . '/htpasswd', $other->dir . '/htpasswd') or die "htpasswd: $!";
    $other->start;
    is $other->as($_)->get('/rest/api/2/myself')->code, 200, "$_ signs in" for qw(c1 ag1);
    $other->finish;
    return;
}

sub whole_day {
    my ($day) = @_;
    my $front = $day->{front};
    srand $seed;
    $front->tool_ok('setting', 'set', 'public_signup', 'true');
    $front->tool_ok('desk', 'add', 'OPEN', 'Open Desk', '--access', 'accounts', '--signup');
    $front->tool_ok('setting', 'set', $_, '900000000') for qw(signup_source_hour mail_source_hour mail_total_hour);
    my $book = $day->{book} = ServiceDesk::Test::Day->new($front, sink => $day->{sink}, open => 'OPEN', seed => $seed);
    # The database is a copy of a template, and its sequences say of numbers to come that the log knows of them. It is
    # the log of the template: a crash before the first checkpoint would give those numbers out again.
    $front->dbh->do('CHECKPOINT') if $ENV{DB} eq 'pgsql';
    $book->start;
    $day->live;
    $book->stop;
    $front->wait_for(sub { !$front->value(q{SELECT COUNT(*) FROM outbox WHERE state = 'queued'}) }, 120);

    subtest 'served' => sub { served($day) };
    is_deeply $book->judge, {I1 => [], I2 => [], I3 => []}, 'I1 to I3: all is there, once, and whole';
    is join("\n", List::Util::head(10, $book->mail_faults)), '', 'I4: every mail arrived under its Message-ID';
    note +($book->{twice} // 0) . ' mails came twice';
    subtest 'logs' => sub { logs_are_clean($day) };
    subtest 'memory' => sub { memory_is_flat($day) };
    is +($day->{nodes}[0]->tool('check'))[1], '', 'servicedeskctl check';
    my @backups = @{$day->{backups}};
    for my $backup (@backups > 3 ? @backups[0, @backups / 2, -1] : @backups) {
        subtest 'a backup' => sub { restores($day, $backup) };
    }
    return;
}

my $conf = "RemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 127.0.0.1\nServiceDeskMailFrom help\@day.example\n";
my @everywhere = qw(kill_child kill_node graceful graceful backup mail_server_away);

sub on_sqlite {
    my $sink = ServiceDesk::Test::Smtp->new;
    my $desk = ServiceDesk::Test->new(fixture => 1, modules => ['remoteip'], allow => [qr/./],
        conf => $conf . 'ServiceDeskMailTransport ' . $sink->url . " starttls=off\n");
    whole_day(Day->new(nodes => [$desk], front => $desk, sink => $sink,
        may => [@everywhere, qw(checkpoint long_read)]));
    return $desk->finish;
}

sub on_pgsql {
    my $sink = ServiceDesk::Test::Smtp->new;
    my $cluster = ServiceDesk::Test::Cluster->make;
    local $ENV{SD_CLUSTER} = ServiceDesk::Test::Cluster::both($cluster);
    my $nodes = ServiceDesk::Test::Nodes->new(2, modules => ['remoteip'], allow => [qr/./],
        conf => $conf . 'ServiceDeskMailTransport ' . $sink->url . " starttls=off\n");
    $nodes->balancer->allow(qr/proxy/);
    whole_day(Day->new(nodes => [$nodes->nodes], front => $nodes->balancer, sink => $sink, cluster => $cluster,
        may => [@everywhere, qw(stop_node end_backends restart_database_fast crash_database)]));
    $nodes->finish;
    return $cluster->remove;
}

my %on = (sqlite => \&on_sqlite, pgsql => \&on_pgsql);
for my $db (grep { ($ENV{SD_DAY_DB} // $_) eq $_ } qw(sqlite pgsql)) {
    local $ENV{DB} = $db;
    subtest $db => $on{$db};
}
done_testing;
