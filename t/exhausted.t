#!/usr/bin/perl
# All connections to the database are taken by somebody who waits: whoever comes then waits for as long as
# ServiceDeskDatabaseWait says, is told 503, and is served when one is free again. Both databases. Case: security.md
# 217.
use strict;
use warnings;
use Fcntl ();
use FindBin;
use lib "$FindBin::Bin/lib";
use POSIX ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;
use Time::HiRes ();

my $desk = ServiceDesk::Test->new(fixture => 1, allow => [qr/ServiceDeskDatabaseSlots are taken|queue for over/],
    conf => "StartServers 1\nServerLimit 1\nMaxRequestWorkers 8\nMaxSpareThreads 8\n"
        . "ServiceDeskDatabaseSlots 1\nServiceDeskDatabaseWait 1s\nServiceDeskWriteWait 20s\n");
my $r1 = API . '/request/' . $desk->thing('R1')->{key};
my %who = map { $_ => $desk->as($_, 'bearer') } qw(c1 c2 ag1);
is $_->get(CORE . '/myself')->code, 200, 'in order' for values %who;

# Nobody can write until the function that this gives is called.
sub hold {
    if ($desk->{db}->driver eq 'sqlite3') {
        open my $lock, '>>', $desk->database . '-writer' or die "writer lock: $!";
        flock $lock, Fcntl::LOCK_EX() or die "flock: $!";
        return sub { close $lock };
    }
    my $hand = $desk->{db}->connect;
    $hand->begin_work;
    $hand->do('LOCK TABLE comment IN EXCLUSIVE MODE');
    return sub { $hand->rollback; $hand->disconnect };
}

# Made before the lock, which a process would keep by being born of its holder.
defined(my $writer = fork) or die "fork: $!";
if (!$writer) {
    Time::HiRes::sleep(0.5);
    my $code = $desk->as('c1', 'bearer')->post("$r1/comment", {body => 'waits', public => \1})->code;
    POSIX::_exit($code == 201 ? 0 : 1);
}
my $free = hold();
Time::HiRes::sleep(1.2);
for my $name (qw(ag1 c2)) {
    my $begin = Time::HiRes::time();
    my $answer = $who{$name}->get(CORE . '/myself');
    my $seconds = Time::HiRes::time() - $begin;
    core_refused($answer, 503, "$name: no connection is free");
    like $answer->headers->header('Retry-After') // '', qr/^[1-9]\d*\z/, 'for now';
    cmp_ok $seconds, '>', 0.9, 'after a wait';
    cmp_ok $seconds, '<', 1.8, 'that has an end';
}
$free->();
waitpid $writer, 0;
is $?, 0, 'who waited longer is served';
is $who{ag1}->get(CORE . '/myself')->code, 200, 'as is everybody then';
$desk->finish;
done_testing;
