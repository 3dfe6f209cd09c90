#!/usr/bin/perl
# Slow, broken and greedy clients. Cases: security.md 142 to 148, 217. (Limits, chunks, Expect and what follows on a
# connection are in t/rest-gate.t.)
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Zlib ();
use IO::Socket::INET ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Socket ();
use Test::More;
use Time::HiRes ();

my $slow = $ENV{SD_SLOW} ? 10 : 1;
# One database slot a process: whoever held it while a client dawdles would hold everybody.
my $desk = ServiceDesk::Test->new(
    fixture => 1, modules => [qw(reqtimeout http2)],
    conf =>
        "Protocols h2c http/1.1\nServiceDeskDatabaseSlots 1\nServiceDeskDatabaseWait "
            . "500ms\nRequestReadTimeout header=3 body=3\n"
        . "Alias /s \"/nothing\"\n<Location /s>\nSetHandler None\nAuthType ServiceDesk\nRequire servicedesk "
            . "account\n</Location>\nSendBufferSize 4096\n"
);
my $r1 = API . '/request/' . $desk->thing('R1')->{key};
my $auth = 'Authorization: Bearer ' . $desk->person('c1')->{token} . "\r\n";
my $agent = 'Authorization: Bearer ' . $desk->person('ag1')->{token} . "\r\n";
my $c1 = $desk->as('c1', 'bearer');

sub client {
    my (@option) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $desk->port, Proto => 'tcp', @option)
        or die "connect: $!";
    return $socket;
}

# All answers are good and none took long, while others do what they do.
sub all_is_well {
    my ($name) = @_;
    my ($bad, $longest) = (0, 0);
    for my $i (1 .. 12) {
        my $start = Time::HiRes::time();
        my $caller = $desk->as('c1', 'bearer');
        $bad++ if $caller->get($r1)->code != 200;
        $bad++ if $i % 4 == 0 && $caller->post("$r1/comment", {body => "while $name", public => \1})->code != 201;
        my $took = Time::HiRes::time() - $start;
        $longest = $took if $took > $longest;
    }
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is $bad, 0, "$name: everybody else is answered";
    cmp_ok $longest, '<', 3 * $slow, 'soon';
    return;
}

subtest 'slow clients hold nothing that others wait for' => sub {
    my $comment = "POST $r1/comment HTTP/1.1\r\nHost: x\r\n${auth}Content-Type: application/json\r\n";
    my @bodies =
        map { my $socket = client(); syswrite $socket, "${comment}Content-Length: 100\r\n\r\n{"; $socket } 1 .. 10;
    my @chunks = map {
        my $socket = client();
        syswrite $socket, "${comment}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n";
        $socket
    } 1 .. 4;
    my @heads =
        map { my $socket = client(); syswrite $socket, "GET $r1 HTTP/1.1\r\nHost: x\r\nX-A"; $socket } 1 .. 10;
    all_is_well('slow bodies and headers');
    my $ended = 0;
    for my $socket (@bodies, @chunks, @heads) {
        vec(my $ready = '', fileno $socket, 1) = 1;
        next unless select $ready, undef, undef, 10 * $slow;
        sysread $socket, my $text, 65536;
        $ended++ if !defined $text || $text eq '' || $text =~ m{^HTTP/1\.1 (?:408|400) };
    }
    is $ended, 24, 'and mod_reqtimeout ends them all';
    is $desk->value("SELECT count(*) FROM comment WHERE body = '' OR body LIKE '{%'"), 0,
        'nothing was written for them';
};

subtest 'readers who do not read' => sub {
    my $property = API . '/organization/' . $desk->thing('O1')->{id} . '/property/large';
    is $desk->as('ag1', 'bearer')->put($property, {text => 'x' x 30_000})->code, 201, 'something large to read';
    my @readers = map {
        my $socket = client();
        $socket->setsockopt(Socket::SOL_SOCKET(), Socket::SO_RCVBUF(), 2048);
        syswrite $socket, "GET $property HTTP/1.1\r\nHost: x\r\n$agent\r\n" x 20;
        $socket;
    } 1 .. 14;
    Time::HiRes::sleep(0.3);
    all_is_well('nobody reads');
    close $_ for @readers;
};

subtest 'clients who go away' => sub {
    for my $i (1 .. 60) {
        my $socket = client();
        my $text =
            "POST $r1/comment HTTP/1.1\r\nHost: x\r\n${auth}Content-Type: "
                . "application/json\r\nContent-Length: 40\r\n\r\n"
            . '{"body":"gone","public":true}'
            . ' ' x 11;
        syswrite $socket, substr $text, 0, int(rand length $text);
        $socket->setsockopt(Socket::SOL_SOCKET(), Socket::SO_LINGER(), pack 'II', 1, 0) if $i % 2;
        close $socket;
    }
    all_is_well('they leave');
};

sub bytes {
    my ($text, $seconds) = @_;
    my $answer = $desk->raw($text, $seconds // 8);
    return ([$answer =~ m{HTTP/1\.1 (\d+)}g], $answer);
}

subtest 'compressed bodies' => sub {
    my $before = memory();
    my $bomb = Compress::Zlib::memGzip('0' x 50_000_000);
    my $length = length $bomb;
    my $head =
        "POST $r1/comment HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${auth}Content-Type: application/json\r\n";
    for my $coding (qw(gzip deflate br compress x-gzip), 'gzip, gzip', 'GZIP') {
        my ($codes) = bytes("${head}Content-Encoding: $coding\r\nContent-Length: $length\r\n\r\n$bomb");
        is "@$codes", 415, "$coding: 415";
    }
    my ($codes) =
        bytes("${head}Content-Encoding: identity\r\nContent-Length: 30\r\n\r\n" . '{"body":"plain","public":true}');
    like "@$codes", qr/^(?:201|415)$/, 'identity is no coding';
    ($codes) = bytes("${head}Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    like "@$codes", qr/^(?:415|400|501)$/, 'nor on the way';
    cmp_ok memory() - $before, '<', 30_000 * $slow, 'and memory stays';
};

# Resident kilobytes of all children.
sub memory {
    my $sum = 0;
    $sum += ServiceDesk::Test::slurp("/proc/$_/status") =~ /^VmRSS:\s+(\d+)/m ? $1 : 0 for $desk->children;
    return $sum;
}

subtest 'empty and odd bodies' => sub {
    my @routes = (
        ["POST $r1/comment", $auth], ['POST ' . API . '/request', $auth], ["POST $r1/transition", $auth],
        ["POST $r1/participant", $auth], ['POST /rest/auth/1/session', ''],
        ['POST ' . OWN . '/token', $auth],
        ['POST ' . API . '/customer', 'Authorization: Bearer ' . $desk->person('sa')->{token} . "\r\n"],
        ['POST ' . API . '/organization', $agent]
    );
    for my $route (@routes) {
        my ($line, $who) = @$route;
        for my $more (
            '', "Content-Length: 0\r\n", "Content-Type: application/json\r\n",
            "Content-Type: application/json\r\nContent-Length: 0\r\n",
            "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n  ",
            "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n[]",
            "Content-Type: application/json\r\nContent-Length: 4\r\n\r\nnull",
            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\n&&&",
            "Content-Type: ;\r\nContent-Length: 2\r\n\r\n{}",
            "Content-Type: multipart/form-data; boundary=\r\nX-Atlassian-Token: no-check\r\nContent-Length: "
                . "4\r\n\r\n----"
        ) {
            my $text = "$line HTTP/1.1\r\nHost: x\r\nConnection: close\r\n$who$more"
                . ($more =~ /\r\n\r\n(?!0)/ ? '' : "\r\n");
            my ($codes) = bytes($text, 4);
            like "@$codes", qr/^(?:400|411|415)$/, "$line: " . (substr($more, 0, 60) =~ s/\r\n/ /gr);
        }
    }
    is $desk->as('c1', 'bearer')->call('GET', $r1, '{}', 'Content-Type' => 'application/json')->code, 200,
        'a GET with a body';
};

subtest 'chunks' => sub {
    my $head =
        "POST $r1/comment HTTP/1.1\r\nHost: x\r\n${auth}Content-Type: "
            . "application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    my $body = '{"body":"in chunks","public":true}';
    my $size = sprintf '%x', length $body;
    my $next = "GET $r1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    my ($codes) = bytes("$head$size;ext=1\r\n$body\r\n0\r\n\r\n$next");
    is "@$codes", '201 401', 'a short extension';
    ($codes) = bytes($head . join('', map {"1\r\n$_\r\n"} split //, $body) . "0\r\n\r\n$next");
    is "@$codes", '201 401', 'a byte at a time';
    ($codes) = bytes(
        "$head$size\r\n$body\r\n0\r\nContent-Length: 9\r\nAuthorization: Bearer x\r\nTransfer-Encoding: "
            . "x\r\nHost: y\r\n\r\n$next"
    );
    is "@$codes", '201 401', 'trailers change nothing';
    for my $bad ("$size;ext=" . 'x' x 1_000_000 . "\r\n$body\r\n0\r\n\r\n", "-1\r\n", "fffffffffffffffff\r\n",
        "g\r\n", "\r\n", "$size\r\n${body}x", "0x5\r\nhello\r\n0\r\n\r\n", "$size\n$body\n0\n\n") {
        ($codes) = bytes("$head$bad$next", 4);
        ok !(grep { $_ == 200 || $_ >= 500 && $_ != 501 } @$codes),
            'broken: ' . (substr($bad, 0, 20) =~ s/\s+/ /gr) . ": @$codes";
    }
    ok $desk->alive && $c1->get($r1)->code == 200, 'the server goes on';
};

subtest 'HTTP/2' => sub {
    my @h2load = ('h2load', '-n', 400, '-c', 2, '-m', 100, '-t', 1, '-H',
        'authorization: Bearer ' . $desk->person('c1')->{token});
    my ($code, $out) = ServiceDesk::Test::run_command({}, @h2load, $desk->base . $r1);
    plan skip_all => 'no h2load' if $code;
    my ($good) = $out =~ /status codes: (\d+) 2xx/;
    my ($busy) = $out =~ / (\d+) 5xx/;
    is $good + $busy, 400, 'a hundred streams at once: each has its answer';
    my $bad = $desk->dir . '/body.json';
    $desk->put_file('body.json', 'x' x 200_000);
    (undef, $out) = ServiceDesk::Test::run_command({}, @h2load, '-d', $bad, '-H', 'content-type: application/json',
        $desk->base . "$r1/comment");
    ($good) = $out =~ /status codes: (\d+) 2xx/;
    is $good, 0, 'and none for what is no JSON';
    all_is_well('after it');
};

$desk->allow(qr/SD000|database|AH0\d+: (?:Request|request)/);
$desk->finish;
done_testing;
