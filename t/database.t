#!/usr/bin/perl
# The database is away, locked, full, read-only, replaced: what clients are told, that nothing is half-written, and that
# things mend. And the order of a commit: it is on the disk before the answer says so.
use strict;
use warnings;
use DBI ();
use Fcntl ();
use FindBin;
use List::Util ();
use POSIX ();
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes ();

use ServiceDesk::Test;
use ServiceDesk::Test::Ledger;

my $api  = '/rest/servicedeskapi';
my $wait = "ServiceDeskDatabaseWait 1s\nServiceDeskWriteWait 1s\n";

sub server { return ServiceDesk::Test->new(fixture => 1, conf => $wait, @_) }

# A connection as another program has it, with no patience.
sub stranger {
    my ($desk) = @_;
    return DBI->connect('dbi:SQLite:dbname=' . $desk->database, '', '', {
        RaiseError => 1, PrintError => 0, AutoCommit => 1, sqlite_busy_timeout => 2000,
    });
}

my $number = 0;

sub raise {
    my ($desk) = @_;
    return $desk->as('c1', 'bearer')->post("$api/request", {
        serviceDeskId => $desk->thing('D1')->{id}, requestTypeId => $desk->thing('T1')->{id},
        requestFieldValues => {summary => 'fault ' . ++$number, description => "about fault $number"},
    });
}

# Sign-ins by so many connections at the same time, each with a right or a wrong password; gives a function that waits
# for their answers.
sub sign_ins {
    my ($desk, $count) = @_;
    my %right = (username => $desk->person('c1')->{name}, password => $desk->person('c1')->{password});
    my @pids = map {
        my $number = $_;
        defined(my $pid = fork) or die "fork: $!";
        if (!$pid) {
            my $how = $number % 2 ? \%right : {username => "nobody$number", password => 'wrong'};
            $desk->as('')->post('/rest/auth/1/session', $how);
            POSIX::_exit(0);
        }
        $pid;
    } 1 .. $count;
    return sub { waitpid $_, 0 for @pids };
}

sub look { my ($desk) = @_; return $desk->as('c1', 'bearer')->get("$api/request/" . $desk->thing('R1')->{key}) }

# The one answer to all of it.
sub is_unavailable {
    my ($answer, $what) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    subtest "$what: 503" => sub {
        is $answer->code, 503, 'status';
        like $answer->headers->header('Retry-After') // '', qr/^[1-9]\d*\z/, 'Retry-After';
        like $answer->headers->content_type // '', qr{^application/json\b}, 'JSON';
        cmp_ok length($answer->json('/errorMessage') // ''), '>', 0, 'errorMessage';
        unlike $answer->body, qr/sqlite|locked|full|readonly|\.db|\//i, 'nothing about the inside';
    };
    return;
}

sub timed {
    my ($function) = @_;
    my $start = Time::HiRes::time();
    my $answer = $function->();
    return ($answer, Time::HiRes::time() - $start);
}

# The first read with a token, which has its use noted down, waits for no writer either.
sub goes_on {
    my ($desk) = @_;
    my ($answer, $seconds) = timed(sub { look($desk) });
    is $answer->code, 200, 'a read goes on';
    cmp_ok $seconds, '<', 0.9, 'and does not wait';
    return;
}

# Lines of the book that tell of something else than an acknowledgement or a 503.
sub odd { my ($ledger) = @_; return grep { $_->[1] eq 'no' && $_->[4] != 503 || $_->[1] eq 'lost' } $ledger->read }

# Requests with the summary of the last attempt.
sub found { my ($desk) = @_; return $desk->value('SELECT COUNT(*) FROM request WHERE summary = ?', "fault $number") }

subtest 'locked by another program' => sub {
    my $desk = server();
    my $stranger = stranger($desk);
    $stranger->do('BEGIN EXCLUSIVE');
    goes_on($desk);
    my ($answer, $seconds) = timed(sub { raise($desk) });
    is_unavailable($answer, 'a write');
    cmp_ok $seconds, '<', 2.5, 'within the time that is configured';
    $stranger->do('ROLLBACK');
    is found($desk), 0, 'nothing was written';
    is raise($desk)->code, 201, 'a write, when the lock is gone';
    is found($desk), 1, 'is there';
    $desk->allow(qr/locked/);
    $desk->finish;
};

subtest 'a writer that does not come to an end' => sub {
    my $desk = server();
    open my $lock, '>>', $desk->database . '-writer' or die "writer lock: $!";
    flock $lock, Fcntl::LOCK_EX() or die "flock: $!";
    goes_on($desk);
    my ($answer, $seconds) = timed(sub { raise($desk) });
    is_unavailable($answer, 'a write');
    cmp_ok $seconds, '>', 0.9, 'not before the time that is configured';
    cmp_ok $seconds, '<', 2.5, 'and not long after it';
    my $wait_for_them = sign_ins($desk, 16);
    goes_on($desk), Time::HiRes::sleep(0.2) for 1 .. 5;
    $wait_for_them->();
    close $lock;
    is raise($desk)->code, 201, 'a write, when the lock is gone';
    $desk->allow(qr/writ/);
    $desk->finish;
};

# The limit is on the size of files, as a quota is; the server's log is far below it.
subtest 'no room for the file to grow' => sub {
    my $desk = server(wrap => ['prlimit', '--fsize=' . 2 * 1024 * 1024 . ':unlimited', '--']);
    my $ledger = ServiceDesk::Test::Ledger->new($desk, people => ['c1', 'c2'], writers => 2)->start;
    my $refused = sub { scalar grep { $_->[1] eq 'no' } $ledger->read };
    $desk->wait_for(sub { $refused->() >= 5 }, 60);
    is_unavailable(raise($desk), 'a write');
    is look($desk)->code, 200, 'a read goes on';
    for my $pid ($desk->pid, $desk->children) {
        system 'prlimit', '--pid', $pid, '--fsize=unlimited';
    }
    my $since = Time::HiRes::time();
    ok $desk->wait_for(sub { 20 <= grep { $_->[1] eq 'ack' && $_->[0] > $since } $ledger->read }, 20),
        'it mends by itself';
    $ledger->stop;
    is_deeply [odd($ledger)], [], 'whatever was not acknowledged was answered with 503';
    is_deeply $ledger->judge, {I1 => [], I2 => [], I3 => []}, 'what was acknowledged is there, the rest not in part';
    $desk->allow(qr/sqlite (?:\d+)/);
    $desk->finish;
};

subtest 'full' => sub {
    my $desk = server(start => 0);
    my $pages = $desk->value('PRAGMA page_count') + 4;
    $desk->{conf} .= "DBDInitSQL \"PRAGMA max_page_count = $pages\"\n";
    $desk->start;
    my $answer;
    for (1 .. 200) { last if ($answer = raise($desk))->code != 201 }
    is_unavailable($answer, 'a write');
    is found($desk), 0, 'nothing of it is there';
    is look($desk)->code, 200, 'a read goes on';
    $desk->{conf} = $wait;
    ok $desk->graceful, 'a graceful restart without the limit';
    is raise($desk)->code, 201, 'a write';
    $desk->allow(qr/full/);
    $desk->finish;
};

subtest 'read-only' => sub {
    my $desk = server(start => 0);
    chmod 0444, $desk->database or die "chmod: $!";
    $desk->start;
    is_unavailable(raise($desk), 'a write');
    is look($desk)->code, 200, 'a read goes on';
    chmod 0600, glob $desk->database . '*';    # its neighbours took over the rights that it had
    ok $desk->graceful, 'a graceful restart with the rights put right';
    is raise($desk)->code, 201, 'a write';
    $desk->allow(qr/readonly/);
    $desk->finish;
};

# Another host of the same httpd, which has nothing to do with the desk.
sub other_host {
    my ($desk, $port) = @_;
    mkdir "$desk->{dir}/other";
    $desk->put_file('other/index.html', "other\n");
    return <<"END";
Listen 127.0.0.1:$port
<VirtualHost 127.0.0.1:$port>
    ServiceDesk Off
    DocumentRoot "$desk->{dir}/other"
    <Location />
        SetHandler none
    </Location>
    <Directory "$desk->{dir}/other">
        Require all granted
    </Directory>
</VirtualHost>
END
}

subtest 'missing at the start' => sub {
    my $desk = server(start => 0, pepper_name => '../pepper');
    my $port = ServiceDesk::Test::free_port();
    my $other = sub { $desk->as('')->get("http://127.0.0.1:$port/index.html")->code };
    $desk->{conf} .= other_host($desk, $port);
    rename "$desk->{dir}/state/pepper", "$desk->{dir}/pepper" or die "pepper: $!";
    rename "$desk->{dir}/state", "$desk->{dir}/away" or die "state: $!";
    ok $desk->start, 'httpd starts';
    is_unavailable(raise($desk), 'a write');
    is_unavailable(look($desk), 'a read');
    is $other->(), 200, 'the other host serves';
    ok $desk->graceful, 'a graceful restart';
    is_unavailable(look($desk), 'a read');
    is $other->(), 200, 'the other host serves';
    rename "$desk->{dir}/away", "$desk->{dir}/state" or die "state: $!";
    ok $desk->wait_for(sub { look($desk)->code == 200 }, 5), 'a read, when the database is back';
    is raise($desk)->code, 201, 'and a write';
    $desk->allow(qr/./);
    $desk->finish;
};

package NoPlace {
    our @ISA = ('ServiceDesk::Test');

    sub configuration { my ($self) = @_; return $self->SUPER::configuration =~ s/^DBDParams .*//mr }
}

subtest 'in memory' => sub {
    for my $desk (server(conf => "${wait}DBDParams :memory:\n"), NoPlace->new(fixture => 1, conf => $wait)) {
        is_unavailable(raise($desk), 'a write');
        is_unavailable(look($desk), 'a read');
        like $desk->log, qr/DBDParams names no file/, 'the log says why';
        $desk->allow(qr/DBDParams names no file/);
        $desk->finish;
    }
};

subtest 'replaced while it is open' => sub {
    my $desk = server();
    my ($path, $was) = ($desk->database, "$desk->{dir}/state/was.db");
    is raise($desk)->code, 201, 'a write before';
    $desk->dbh->do('PRAGMA wal_checkpoint(TRUNCATE)');
    $desk->dbh->sqlite_backup_to_file("$path.new");
    my $before = $desk->value('SELECT COUNT(*) FROM request');
    $desk->dbh->disconnect;
    delete $desk->{dbh};
    link $path, $was or die "link: $!";
    rename "$path.new", $path or die "rename: $!";
    is_unavailable(raise($desk), "a write ($_)") for 1 .. 3;
    for my $file ($was, $path) {
        my $dbh = DBI->connect("dbi:SQLite:dbname=$file", '', '', {RaiseError => 1});
        my ($count) = $dbh->selectrow_array('SELECT COUNT(*) FROM request');
        is $count, $before, 'nothing was written to ' . ($file eq $was ? 'the old file' : 'the new one');
    }
    ok $desk->graceful, 'a graceful restart';
    is raise($desk)->code, 201, 'a write';
    is found($desk), 1, 'is in the new file';
    $desk->allow(qr/moved, replaced or deleted/);
    $desk->finish;
};

# True if strace may look at processes here.
sub may_trace {
    my ($code, $out) = ServiceDesk::Test::run_command({}, 'strace', '-qq', '-e', 'trace=none', 'true');
    return $code eq '0';
}

# Errors of the disk as the kernel tells them, for a while, to each thread. Several writers: their changes share
# transactions, and the database drops those with all that is in them.
for my $fault (['is full', 'pwrite64', 'ENOSPC', '20..60'], ['cannot sync', 'fdatasync', 'EIO', '5..15']) {
    my ($name, $call, $error, $when) = @$fault;
    subtest "the disk $name, then is well" => sub {
        plan skip_all => 'strace may not trace here' unless may_trace();
        my $desk = server(start => 0);
        $desk->{wrap} = ['strace', '-D', '-f', '-qq', '-o', "$desk->{dir}/trace", '-P', $desk->database . '-wal',
            '-e', "trace=$call", '-e', "inject=$call:error=$error:when=$when"];
        $desk->start;
        my $ledger = ServiceDesk::Test::Ledger->new($desk, people => ['c1', 'c2'], writers => 6)->start;
        my $refused = sub { scalar grep { $_->[1] eq 'no' } $ledger->read };
        ok $desk->wait_for(sub { $refused->() >= 5 }, 30), 'writes are refused';
        ok $desk->wait_for(sub { 50 == grep { $_->[1] =~ /ack|try/ } List::Util::tail(50, $ledger->read) }, 60),
            'it mends by itself';
        $ledger->stop;
        is_deeply [odd($ledger)], [], 'whatever was not acknowledged was answered with 503';
        is_deeply $ledger->judge, {I1 => [], I2 => [], I3 => []},
            'what was acknowledged is there, the rest not in part';
        $desk->allow(qr/sqlite \d+|queue for over/);
        $desk->finish;
    };
}

subtest 'the answer comes after the disk' => sub {
    plan skip_all => 'strace may not trace here' unless may_trace();
    my $desk = server(start => 0);
    my $trace = "$desk->{dir}/trace";
    $desk->{wrap} = ['strace', '-D', '-f', '-y', '-qq', '-o', $trace, '-s', 20,
        '-e', 'trace=pwrite64,fdatasync,fsync,write,writev,sendto,sendmsg'];
    $desk->start;
    is raise($desk)->code, 201, 'a request is raised';
    $desk->wait_for(sub { ServiceDesk::Test::slurp($trace) =~ m{HTTP/1\.1 201} }, 5);
    my @lines = split /\n/, ServiceDesk::Test::slurp($trace);
    my ($answer) = grep { $lines[$_] =~ m{"HTTP/1\.1 201} } 0 .. $#lines;
    my ($thread) = $lines[$answer // 0] =~ /^(\d+)/;
    my @before = grep {/^$thread /} @lines[0 .. ($answer // 0)];
    my @writes = grep { $before[$_] =~ /pwrite64\(\d+<[^>]*-wal>/ } 0 .. $#before;
    my @syncs  = grep { $before[$_] =~ /f(?:data)?sync\(\d+<[^>]*-wal>\) *= 0/ } 0 .. $#before;
    cmp_ok scalar(@writes), '>', 0, 'the log of the database was written';
    cmp_ok scalar(@syncs), '>', 0, 'and synced, before the first byte of the answer';
    cmp_ok $syncs[-1] // -1, '>', $writes[-1] // 0, 'after the last write to it';
    $desk->finish;
};

done_testing;
