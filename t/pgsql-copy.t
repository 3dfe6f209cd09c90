#!/usr/bin/perl
# servicedeskctl copy: a whole instance from PostgreSQL to SQLite and back again, compared, gone on with, refused where
# there is something already. What came of it works.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use DBI;
use POSIX ();
use Test::More;
use Time::HiRes ();

use ServiceDesk::Test;
use ServiceDesk::Test::Rest;

my $desk = ServiceDesk::Test->new(fixture => 1);
my $from = $desk->database;
my $file = $desk->dir . '/copy.db';
my $second = ServiceDesk::Test->new(bare => 1, start => 0);
my $to = $second->database;

sub copy {
    my ($from, $to, @options) = @_;
    return $desk->tool({plain => 1}, 'copy', '--from', $from, '--to', $to, @options);
}

sub tables_of {
    my ($dbh, $db) = @_;
    return join "\n", map {
        my $table = $_;
        my @columns = grep { "$table.$_" ne 'desk_number.last' && $table ne 'schema_step' } $db->columns($dbh, $table);
        my $order = join ', ', 1 .. (@columns > 1 ? 2 : 1);
        @columns ? ("$table:", map { join '|', map { $_ // 'NULL' } @$_ }
            @{$dbh->selectall_arrayref('SELECT ' . join(', ', @columns) . " FROM $table ORDER BY $order")}) : ()
    } $db->tables($dbh);
}

$desk->stop;    # or its worker would put words in their place in between
my $before = tables_of($desk->dbh, $desk->{db});
my $sqlite = bless {dir => $desk->dir}, 'ServiceDesk::Test::Database::SQLite';
my $open = sub { DBI->connect("dbi:SQLite:dbname=$file", '', '', {RaiseError => 1, sqlite_unicode => 1}) };

subtest 'out' => sub {
    my ($code, $out, $err) = copy($from, $file);
    is $code, 0, 'PostgreSQL to SQLite' or diag $err;
    is $out, '', 'says nothing to programs';
    like $err, qr/^copied request: \d+ of \d+$/m, 'tells how far it is';
    like $err, qr/^compared audit: (\d+) of \1$/m, 'and that both sides are the same';
    is tables_of($open->(), $sqlite), $before, 'every row of every table';
    is_deeply [$sqlite->damage($open->())], [], 'a sound file';
    is $open->()->selectrow_array('SELECT last FROM desk_number WHERE desk_id = ?', undef, $desk->thing('D1')->{id}),
        $desk->{db}->last_number($desk->dbh, $desk->thing('D1')->{id}), 'numbers go on';
    ($code, $out, $err) = $desk->tool({plain => 1}, '--database', $file, 'check');
    is "$code$out$err", '0', 'the check finds nothing';
    ($code, $out, $err) = copy($from, $file);
    is $code, 1, 'a second time';
    like $err, qr/not empty/, 'is refused';
};

subtest 'back' => sub {
    my ($code, $out, $err) = copy($file, $to, '--quiet');
    is "$code$out$err", '0', 'SQLite to PostgreSQL, quietly';
    is tables_of($second->dbh, $second->{db}), $before, 'every row of every table';
    ($code, $out, $err) = $second->tool('check');
    is "$code$out$err", '0', 'the check finds nothing';
};

subtest 'what was interrupted goes on' => sub {
    my $dbh = $second->dbh;
    for my $table (qw(audit request_value comment participant status_change account_word)) {
        my ($key) = $second->{db}->columns($dbh, $table);
        my ($middle) = $dbh->selectrow_array("SELECT $key FROM $table ORDER BY $key OFFSET"
            . " (SELECT count(*) / 2 FROM $table) LIMIT 1");
        $dbh->do("DELETE FROM $table WHERE $key >= ?", undef, $middle);
    }
    my ($code, $out, $err) = copy($file, $to, '--resume');
    is $code, 0, 'the second half' or diag $err;
    is tables_of($dbh, $second->{db}), $before, 'and all is there';
    $dbh->do("UPDATE comment SET body = 'another' WHERE id = (SELECT min(id) FROM comment)");
    ($code, $out, $err) = copy($file, $to, '--resume');
    is $code, 1, 'a row that is another';
    like $err, qr/rows of comment are not the same/, 'is found out';
    $dbh->do('DELETE FROM comment WHERE id = (SELECT min(id) FROM comment)');
    ($code, $out, $err) = copy($file, $to, '--resume');
    is $code, 1, 'so is one that is missing';
};

# The tool is killed where it stands, until one comes to its end.
subtest 'what is killed goes on' => sub {
    my $third = ServiceDesk::Test->new(bare => 1, start => 0);
    my $place = $third->database;
    my $many = DBI->connect("dbi:SQLite:dbname=$file", '', '', {RaiseError => 1, sqlite_unicode => 1});
    my ($id) = $many->selectrow_array('SELECT max(id) FROM comment');
    my $columns = join ', ', grep { $_ ne 'id' } $sqlite->columns($many, 'comment');
    $many->do("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO comment"
        . " ($columns) SELECT $columns FROM comment, n WHERE id = ?", undef, $id);
    my ($killed, $code) = (0, -1);
    for my $round (1 .. 40) {
        defined(my $pid = fork) or die "fork: $!";
        if (!$pid) {
            open STDERR, '>', '/dev/null';
            exec {$desk->build . '/servicedeskctl'} 'servicedeskctl', 'copy', '--from', $file, '--to',
                $place, $round == 1 ? () : '--resume' or POSIX::_exit(127);
        }
        Time::HiRes::sleep(0.05 * $round);
        kill KILL => $pid;
        waitpid $pid, 0;
        last if ($code = $?) == 0;
        $killed++;
    }
    is $code, 0, 'it comes to an end, where all rows are compared';
    cmp_ok $killed, '>', 0, "after it was killed $killed times";
    is tables_of($third->dbh, $third->{db}), tables_of($many, $sqlite), 'every row of every table';
    $many->do('DELETE FROM comment WHERE id > ?', undef, $id);
    $many->disconnect;
    $third->finish;
};

subtest 'the copy works' => sub {
    my ($code, $out, $err) = $second->tool('restore', $file);
    is $code, 0, 'a copy is a backup' or diag $err;
    is tables_of($second->dbh, $second->{db}), $before =~ s/^session:\n.*?(?=^\w+:$)/session:\n/smr =~ s/\n\z//r,
        'and takes the place of what was there' if $before !~ /^mailed_token:\n\w/m;
    @$second{qw(world)} = @$desk{qw(world)};
    require File::Copy;
    File::Copy::copy($desk->pepper, $second->pepper);
    chmod 0600, $second->pepper;
    File::Copy::copy($desk->dir . '/htpasswd', $second->dir . '/htpasswd');
    $_->start for $desk, $second;
    my $made = raise($second->as('c1'), $desk->thing('D1')->{id}, $desk->thing('T1')->{id});
    my $next = raise($desk->as('c1'), $desk->thing('D1')->{id}, $desk->thing('T1')->{id});
    is $made->{issueKey}, $next->{issueKey}, 'the next request has the next number';
    is $made->{issueId}, $next->{issueId}, 'and the next id';
};

subtest 'words that are wrong' => sub {
    is +(copy($from, $from))[0], 1, 'one database is no two';
    is +($desk->tool({plain => 1}, 'copy', '--from', $from))[0], 1, 'to where?';
    is +(copy($desk->dir . '/nothing/there.db', $to))[0], 3, 'from nowhere';
};

$second->finish;
$desk->finish;
done_testing;
