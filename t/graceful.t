#!/usr/bin/perl
# Graceful restarts every two seconds while people write, upload slowly, and mails leave: whoever is being served is
# served to the end, nothing acknowledged is lost, each mail leaves once, and nothing of the generations before is left.
# SD_GRACEFUL (2) says how often. Cases: security.md 208.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use IO::Socket::INET ();
use Mojo::JSON ();
use POSIX ();
use Test::More;
use Time::HiRes ();

use ServiceDesk::Test;
use ServiceDesk::Test::Ledger;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Rest;
use ServiceDesk::Test::Smtp;

my $times = $ENV{SD_GRACEFUL} // 2;
my $sink = ServiceDesk::Test::Smtp->new;
$sink->behave(slow => 0.02);
my $desk = ServiceDesk::Test->new(fixture => 1, conf => "ServiceDeskMailFrom help\@help.example.com\n"
        . 'ServiceDeskMailTransport ' . $sink->url . " starttls=off\n");
my $r1 = API . '/request/' . $desk->thing('R1')->{key};

# Somebody whose comment takes three seconds to arrive, again and again; the status of each answer.
sub uploader {
    my ($number) = @_;
    my $token = $desk->person('c1')->{token};
    open(my $pipe, '-|') // die "fork: $!" or do {
        my $text = '';
        for my $n (1 .. 1 + $times / 2) {
            my $body = Mojo::JSON::encode_json({body => "upload $number-$n " . 'x' x 3000, public => \1});
            my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $desk->port) or next;
            my $head = "POST $r1/comment HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nConnection: close\r\n"
                . 'Content-Type: application/json' . "\r\nContent-Length: " . length($body) . "\r\n\r\n";
            syswrite $socket, $_ and Time::HiRes::sleep(1) for $head, unpack '(a1100)*', $body;
            $text .= ((readline($socket) // 'none') =~ m{^HTTP/1\.1 (\d+)} ? $1 : 'none') . " $number-$n\n";
        }
        syswrite STDOUT, $text;
        POSIX::_exit(0);
    };
    return $pipe;
}

# What a server that runs holds: files, and memory that it shares with its children.
sub holds {
    my $pid = $desk->pid;
    my $mappings = () = ServiceDesk::Test::slurp("/proc/$pid/maps") =~ /^\S+ ..[-x]s /mg;
    my @segments = grep { (split)[4] eq $pid } split /\n/, ServiceDesk::Test::slurp('/proc/sysvipc/shm');
    return {files => scalar(() = glob "/proc/$pid/fd/*"), mappings => $mappings, segments => scalar @segments};
}

is $desk->as('c1')->get($r1)->code, 200, 'it serves';
ok $desk->graceful, 'a restart at rest';
my $before = holds();
my $ledger = ServiceDesk::Test::Ledger->new($desk, people => ['c1', 'c2'], writers => 4)->start;
my @uploads = map { uploader($_) } 1 .. 3;
my @ids;
for my $round (1 .. $times) {
    push @ids, map { queue($desk) } 1 .. 20;
    Time::HiRes::sleep(2);
    ok $desk->graceful, "restart $round";
    my $time = Time::HiRes::time();
    ok $desk->wait_for(sub { 10 <= grep { $_->[1] eq 'ack' && $_->[0] > $time } $ledger->read }, 10), 'writes go on';
}
my %answer = map { chomp; reverse split ' ', $_, 2 } map { readline $_ } @uploads;
$ledger->stop;

is_deeply [grep { $_->[1] eq 'no' } $ledger->read], [], 'nobody is refused';
is_deeply $ledger->judge, {I1 => [], I2 => [], I3 => []}, 'what was acknowledged is there, once';
cmp_ok scalar(keys %answer), '>=', 3, scalar(keys %answer) . ' slow uploads';
is_deeply [grep { $answer{$_} ne '201' } sort keys %answer], [], 'each is received to its end';
is scalar(grep { $desk->value('SELECT count(*) FROM comment WHERE body LIKE ?', "upload $_ %") != 1 } keys %answer), 0,
    'and there, once';

$desk->wait_for(sub { !$desk->value(q{SELECT count(*) FROM outbox WHERE state = 'queued'}) }, 60);
my %seen;
$seen{$_->{'Message-Id'} =~ /^<(\w+)/ ? $1 : ''}++ for @{$sink->mails};
is_deeply \%seen, {map { $_ => 1 } @ids}, 'each of ' . @ids . ' mails left once';

ok $desk->wait_for(sub { $desk->children <= 4 }, 20), 'the generations before have ended';
is_deeply holds(), $before, 'and nothing of them is left: ' . join ', ', map {"$before->{$_} $_"} sort keys %$before;
$desk->finish;
done_testing;
