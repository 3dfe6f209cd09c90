#!/usr/bin/perl
# Behind PgBouncer in transaction mode, where each transaction may have another session of the server: the REST API
# says the same as without it, those who write at once lose nothing, and a PgBouncer that is ended and started again
# costs what was asked in between. Cases: security.md 198, 202, 203.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use DBI;
use POSIX ();
use Test::More;
use Time::HiRes ();

use ServiceDesk::Test;
use ServiceDesk::Test::Ledger;
use ServiceDesk::Test::PgBouncer;
use ServiceDesk::Test::Rest;

my $pooler = ServiceDesk::Test::PgBouncer->new;
$ENV{SD_POOLER} = $pooler->place;

subtest 'the API is the same' => sub {
    for my $test (qw(rest-core rest-requests rest-comments rest-lists security-sessions)) {
        my ($code, $out, $err) = ServiceDesk::Test::run_command({}, $^X, "$FindBin::RealBin/$test.t");
        is $code, 0, $test or diag $out, $err;
    }
};

my $desk = ServiceDesk::Test->new(fixture => 1, allow => [qr/servicedesk:error|dbd:error|AH0062|AH0063|AH0065/]);
my $c1 = $desk->as('c1');

subtest 'who loses against another is run again' => sub {
    my $key = raise($c1, $desk->thing('D1')->{id}, $desk->thing('T1')->{id})->{issueKey};
    my $path = API . "/request/$key/comment";
    my $answers = at_once($desk, 24, $path, {body => 'at once', public => \1},
        Authorization => 'Bearer ' . $desk->person('c1')->{token});
    is_deeply [grep { !/^201 / } keys %$answers], [], 'all comments on one request are taken';
    is $desk->value('SELECT count(*) FROM comment c JOIN request r ON r.id = c.request_id WHERE r.key = ?', $key), 24,
        'and are there';

    $desk->dbh->begin_work;
    $desk->dbh->do('UPDATE request SET version = version + 1 WHERE key = ?', undef, $key);
    defined(my $pid = fork) or die "fork: $!";
    POSIX::_exit($c1->post($path, {body => 'too late', public => \1})->code == 201 ? 0 : 1) if !$pid;
    ok $desk->wait_for(sub { $desk->value(q{SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND wait_event_type = 'Lock'}) }), 'one waits for a row that another has changed';
    $desk->dbh->commit;
    waitpid $pid, 0;
    is $?, 0, 'its first try has failed, and the second was acknowledged';
    is $desk->value('SELECT version FROM request WHERE key = ?', $key), 27, 'each change is counted';
};

# Every session behind it, by taking all of them at once.
sub sessions {
    my ($ask) = @_;
    my @hands = map { DBI->connect(sprintf('dbi:Pg:%s;dbname=%s', $pooler->place =~ s/ /;/gr, $desk->{db}{name}), '',
        '', {RaiseError => 1, PrintError => 0, pg_server_prepare => 0}) } 1 .. 4;
    $_->begin_work for @hands;
    my @answers = map { $_->selectrow_array($ask) } @hands;
    $_->rollback, $_->disconnect for @hands;
    return join ' ', @answers;
}

subtest 'no session keeps anything' => sub {
    is sessions('SELECT count(*) FROM pg_prepared_statements'), '0 0 0 0', 'no prepared statement';
    is sessions('SHOW statement_timeout'), '0 0 0 0', 'no setting';
    is sessions('SHOW idle_in_transaction_session_timeout'), '0 0 0 0', 'nor the other one';
};

subtest 'PgBouncer restarts under load' => sub {
    my $ledger = ServiceDesk::Test::Ledger->new($desk, people => ['c1', 'c2'], writers => 6)->start;
    my $acks = sub { scalar grep { $_->[1] eq 'ack' && $_->[0] > $_[0] } $ledger->read };
    my @gaps;
    for my $round (1 .. 3) {
        my $calm = Time::HiRes::time();
        $desk->wait_for(sub { $acks->($calm) >= 30 }, 30);
        my $gap = [Time::HiRes::time()];
        $pooler->stop;
        Time::HiRes::sleep(0.3 * $round);
        $pooler->start;
        push @$gap, Time::HiRes::time();
        push @gaps, $gap;
        ok $desk->wait_for(sub { $acks->($gap->[1]) >= 30 }, 10), "round $round: writes go on";
    }
    Time::HiRes::sleep(1);
    $ledger->stop;
    my @refused = grep { $_->[1] eq 'no' } $ledger->read;
    cmp_ok scalar(@refused), '>', 0, 'what was asked meanwhile is refused';
    is_deeply [map {"$_->[2] $_->[4]"} grep { $_->[4] != 503 } @refused], [], 'as unavailable';
    # An answer may take its time; and one connection that breaks is noticed by whoever has it next.
    my @stray = grep {
        my $at = $_->[0];
        !grep { $at >= $_->[0] && $at < $_->[1] + 1 } @gaps
    } @refused;
    is_deeply [map {"$_->[0] $_->[2]"} @stray], [], 'and at no other time';
    is_deeply [map { $_->[2] } grep { $_->[1] eq 'lost' || $_->[1] eq 'away' } $ledger->read], [],
        'each had an answer';
    is_deeply $ledger->judge, {I1 => [], I2 => [], I3 => []}, 'what was acknowledged is there, the rest whole or not';
    unlike $desk->log, qr/exit signal|AH0005[12]/, 'no child crashed';
    my %codes;
    $codes{$c1->get(CORE . '/myself')->code}++ for 1 .. 100;
    is_deeply \%codes, {200 => 100}, 'nothing lasting';
};

$desk->finish;
$pooler->remove;
done_testing;
