#!/usr/bin/perl
# A network between httpd and PostgreSQL that swallows what is sent, resets connections, or breaks at any moment, above
# all between a COMMIT and its answer; a table that somebody holds; no database at all. Requests end in bounded time,
# no child crashes, and what was acknowledged is there. Cases: security.md 192, 194, 197, 202, 203, 204, 205, 218.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Time::HiRes ();

use ServiceDesk::Test;
use ServiceDesk::Test::Connection;
use ServiceDesk::Test::Ledger;
use ServiceDesk::Test::Rest;
use ServiceDesk::Test::Wire;

my $wire = ServiceDesk::Test::Wire->new;
my $desk = ServiceDesk::Test->new(fixture => 1, start => 0, allow => [qr/servicedesk:error|dbd:error|AH0062|AH0063/]);
$desk->{conf} = sprintf "DBDParams \"%s dbname=%s connect_timeout=2 application_name=servicedesk\"\n", $wire->place,
    $desk->{db}{name};
$desk->start;

sub book { return ServiceDesk::Test::Ledger->new($desk, people => ['c1', 'c2'], writers => 6)->start }

sub goes_on {
    my ($ledger, $seconds) = @_;
    my $time = Time::HiRes::time();
    return $desk->wait_for(sub { (grep { $_->[1] eq 'ack' && $_->[0] > $time } $ledger->read) >= 30 }, $seconds);
}

# Reads by several at once until it is over: [status, seconds] of each.
sub readers {
    my ($count, $seconds) = @_;
    my $end = Time::HiRes::time() + $seconds;
    my @pipes = map {
        open(my $pipe, '-|') // die "fork: $!" or do {
            my $person = $desk->person('c1');
            my @who = (Authorization => "Bearer $person->{token}");
            my $connection = ServiceDesk::Test::Connection->new($desk->port, @who);
            my $text = '';
            while ((my $begin = Time::HiRes::time()) < $end) {
                my $status;
                # A busy httpd closes connections that it has not begun to read.
                for (1 .. 5) { last if ($status) = $connection->get(CORE . '/myself') }
                $text .= sprintf "%s %.3f %.3f\n", $status // 0, Time::HiRes::time() - $begin, $begin;
            }
            syswrite STDOUT, $text;
            POSIX::_exit(0);
        };
        $pipe
    } 1 .. $count;
    return sub { map { map { [split] } readline $_ } @pipes };
}

subtest 'connections are reset' => sub {
    my $ledger = book();
    for my $round (1 .. 5) {
        ok goes_on($ledger, 20), "round $round";
        $wire->set('reset');
    }
    ok goes_on($ledger, 20), 'writes go on';
    $ledger->stop;
    is_deeply $ledger->judge, {I1 => [], I2 => [], I3 => []}, 'what was acknowledged is there, the rest whole or not';
    my %codes;
    $codes{$desk->as('c1')->get(CORE . '/myself')->code}++ for 1 .. 50;
    is_deeply \%codes, {200 => 50}, 'nothing lasting';
};

subtest 'a network that swallows everything' => sub {
    my $ledger = book();
    ok goes_on($ledger, 20), 'before';
    my $all = readers(12, 16);
    Time::HiRes::sleep(1);
    $wire->set('silent');
    Time::HiRes::sleep(10);
    $wire->set('well');
    ok goes_on($ledger, 10), 'writes are back within ten seconds';
    my @reads = $all->();
    $ledger->stop;
    my %codes;
    $codes{$_->[0]}++ for @reads;
    is_deeply [grep { $_ != 200 && $_ != 503 } keys %codes], [], 'reads are answered, or refused as unavailable';
    cmp_ok $codes{503} // 0, '>', 0, 'some are';
    my ($longest) = sort { $b <=> $a } map { $_->[1] } @reads;
    # The silence, and the two seconds of a connection that was tried at its end.
    cmp_ok $longest, '<', 13, sprintf 'the longest took %.1f s', $longest;
    is_deeply $ledger->judge, {I1 => [], I2 => [], I3 => []}, 'what was acknowledged is there, the rest whole or not';
};

sub raise_one {
    my ($summary, @headers) = @_;
    return $desk->as('c1', 'bearer')->post(API . '/request', {serviceDeskId => $desk->thing('D1')->{id},
        requestTypeId => $desk->thing('T1')->{id}, requestFieldValues => {summary => $summary}}, @headers);
}

sub count_of { my ($summary) = @_; return $desk->value('SELECT count(*) FROM request WHERE summary = ?', $summary) }

subtest 'the line breaks between a COMMIT and its answer' => sub {
    for my $n (1 .. 5) {
        $wire->set('deaf', 100); # the server's own worker commits too
        my @named = ('Idempotency-Key' => "deaf $n");
        is raise_one("deaf $n", @named)->code, 503, 'nobody says that it is there';
        $wire->set('well');
        is count_of("deaf $n"), 1, 'it is, once';
        is raise_one("deaf $n", @named)->code, 201, 'who asks again under its name is told';
        is count_of("deaf $n"), 1, 'it is there once still';
    }
    is scalar($desk->tool_ok('check')), '', 'and whole';
};

subtest 'the line breaks after each thing that is said' => sub {
    my (%codes, @wrong);
    for my $n (1 .. 12) {
        $wire->set('cut', $n);
        my $code = raise_one("cut $n")->code;
        $wire->set('well');
        $codes{$code}++;
        my $count = count_of("cut $n");
        push @wrong, "$n: $code, there $count times" if $code == 201 ? $count != 1 : $count > 1;
    }
    is_deeply [sort keys %codes], [201, 503], 'it is there or nobody says so';
    is_deeply \@wrong, [], 'and never twice';
    is scalar($desk->tool_ok('check')), '', 'nor in part';
};

subtest 'nobody hears of what the database has not confirmed' => sub {
    raise_one('quick');
    $wire->set('slow', 1);
    my $time = Time::HiRes::time();
    is raise_one('slow')->code, 201, 'acknowledged';
    cmp_ok Time::HiRes::time() - $time, '>', 0.9, 'when its COMMIT was';
    $wire->set('well');
};

subtest 'somebody holds a table' => sub {
    my $hand = $desk->{db}->connect;
    $hand->begin_work;
    $hand->do('LOCK TABLE request IN EXCLUSIVE MODE');
    my $time = Time::HiRes::time();
    my $answer = raise_one('locked');
    is $answer->code, 503, 'a change is refused';
    ok $answer->headers->header('Retry-After'), 'for now';
    cmp_ok Time::HiRes::time() - $time, '<', 8, 'when a statement has had its time';
    is $desk->as('c1', 'bearer')->get(API . '/request/' . $desk->thing('R1')->{key})->code, 200, 'reads go on';
    $hand->rollback;
    is count_of('locked'), 0, 'nothing was written';
    is raise_one('free')->code, 201, 'then changes as well';
};

subtest 'no database when httpd starts, and when it restarts' => sub {
    $wire->set('gone');
    $desk->restart;
    my $time = Time::HiRes::time();
    is $desk->as('c1', 'bearer')->get(CORE . '/myself')->code, 503, 'unavailable';
    cmp_ok Time::HiRes::time() - $time, '<', 2, 'at once';
    is $desk->as('')->get(API . '/info')->code, 200, 'what needs no database is there';
    ok $desk->graceful, 'a graceful restart without one';
    is $desk->as('c1', 'bearer')->get(CORE . '/myself')->code, 503, 'does not end httpd';
    $wire->set('well');
    is $desk->as('c1', 'bearer')->get(CORE . '/myself')->code, 200, 'and it needs none when the database comes';
    $wire->set('gone');
    is $desk->as('c1', 'bearer')->get(CORE . '/myself')->code, 503, 'it goes';
    $wire->set('well');
    is $desk->as('c1', 'bearer')->get(CORE . '/myself')->code, 200, 'and comes';
};

unlike $desk->log, qr/exit signal|AH0005[12]/, 'no child crashed';
$desk->finish;
$wire->remove;
done_testing;
