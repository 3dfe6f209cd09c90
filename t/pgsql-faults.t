#!/usr/bin/perl
# A network between httpd and PostgreSQL that swallows what is sent, resets connections, or breaks between a COMMIT and
# its answer: requests end in bounded time, no child crashes, and what was acknowledged is there. Cases: security.md
# 202, 203, 204, 205.
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
            my $connection = ServiceDesk::Test::Connection->new($desk->port, Authorization => "Bearer $person->{token}");
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
    cmp_ok $longest, '<', 10, sprintf 'the longest took %.1f s', $longest;
    is_deeply $ledger->judge, {I1 => [], I2 => [], I3 => []}, 'what was acknowledged is there, the rest whole or not';
};

subtest 'the line breaks between a COMMIT and its answer' => sub {
    my $c1 = $desk->as('c1', 'bearer');
    for my $n (1 .. 5) {
        $wire->set('deaf', 1);
        my $answer = $c1->post(API . '/request', {serviceDeskId => $desk->thing('D1')->{id},
            requestTypeId => $desk->thing('T1')->{id}, requestFieldValues => {summary => "deaf $n"}});
        is $answer->code, 503, 'nobody says that it is there';
        is $desk->value('SELECT count(*) FROM request WHERE summary = ?', "deaf $n"), 1, 'it is, once';
    }
    is scalar($desk->tool_ok('check')), '', 'and whole';
};

unlike $desk->log, qr/exit signal|AH0005[12]/, 'no child crashed';
$desk->finish;
$wire->remove;
done_testing;
