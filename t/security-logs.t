#!/usr/bin/perl
# What logs, status pages and the audit say: who did what, in single lines, and no secret. Cases: security.md 8, 234,
# 236, 237.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::DOM ();
use Mojo::Util ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $pages = join '', map {"<Location /server-$_>\nSetHandler server-$_\n</Location>\n"} qw(status info);
my $bridge =
    "<Location /signin>\nSetHandler servicedesk-signin\nAuthType Basic\nAuthName x\nAuthBasicProvider "
        . "htpasswd\nRequire valid-user\nServiceDeskDirectory htpasswd\n</Location>\n";
# At http:trace4 httpd itself writes down all headers of a request.
my $desk = ServiceDesk::Test->new(fixture => 1, modules => [qw(status info)],
    conf => "LogLevel trace8 http:trace3\nExtendedStatus On\n$pages$bridge");
my $myself = CORE . '/myself';
my $r1 = API . '/request/' . $desk->thing('R1')->{key};
my %secret;

sub remember { my ($what, $value) = @_; $secret{$what} = $value if length($value // ''); return $value }

# Everything that has a secret, once well and once badly.
subtest 'a day of secrets' => sub {
    for my $name (qw(c1 ag1 sa)) {
        my $person = $desk->person($name);
        remember("password of $name", $person->{password});
        remember("Basic of $name", Mojo::Util::b64_encode("$person->{name}:$person->{password}", ''));
        remember("token of $name", $person->{token});
        is $desk->as($name, $_)->get($myself)->code, 200, "$name by $_" for qw(basic bearer);
        my $session = $desk->as($name, 'session');
        remember("session of $name", $session->cookies->[0]->value);
        is $session->get($r1)->code =~ /^(?:200|404)$/, 1, 'and session';
        my $made = $session->post(OWN . '/token', {label => 'logged', scopes => ['read']})->json;
        remember("new token of $name", $made->{token});
    }
    is $desk->as('')->basic('c1', remember('wrong password', 'wrong-canary-password'))->get($myself)->code, 401,
        'a wrong password';
    is $desk->as('')
        ->post('/rest/auth/1/session',
        {username => 'c1', password => remember('wrong password in JSON', 'json-canary-password')})->code, 401,
        'in JSON';
    is $desk->as('')
        ->post('/rest/auth/1/session',
        '{"username":"c1","password":"' . remember('password in broken JSON', 'broken-canary-password') . '"',
        'Content-Type' => 'application/json')->code, 400, 'in broken JSON';
    is $desk->as('')->bearer(remember('bad token', 'sdp_' . 'canarytoken' x 4))->get($myself)->code, 401,
        'a bad token';
    is $desk->as('')->get($myself, Cookie => 'servicedesk=' . remember('bad session', 'sds_' . 'canarysessn' x 4))
        ->code, 401, 'a bad session';
    my $agent = $desk->as('')->basic('ag1', $desk->person('ag1')->{password});
    my $token = remember('form token',
        Mojo::DOM->new($agent->get('/signin')->body)->at('input[name=token]')->attr('value'));
    is $agent->post('/signin', "token=$token", 'Content-Type' => 'application/x-www-form-urlencoded')->code, 303,
        'the bridge';
    remember('bridge session', $agent->cookies->[0]->value);
    is $agent->post('/signin', "token=$token&token=" . remember('bad form token', '1' . '0' x 60),
        'Content-Type' => 'application/x-www-form-urlencoded')->code, 403, 'and a forged form';
    for my $target ("http://%zz/$token", '/%zz', '/rest/servicedeskapi/request/%00') {
        like $desk->raw(
            "GET $target HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                . "Cookie: servicedesk=$secret{'session of c1'}\r\nAuthorization: Bearer $secret{'token of c1'}\r\n\r\n"
        ), qr{^HTTP/1\.1 40[04]}, 'and a broken request';
        delete $secret{'form token'} if $target =~ /^http/;    # it was in the address
    }
    remember('pepper', ServiceDesk::Test::slurp($desk->pepper) =~ s/\s+\z//r);
};

subtest 'not in any log or page' => sub {
    my %text = (error_log => $desk->log, access_log => $desk->access_log,
        output => ServiceDesk::Test::slurp($desk->dir . '/stderr.log'));
    cmp_ok length $text{error_log}, '>', 20_000, 'trace8 tells much';
    for my $page ('/server-status', '/server-status?auto', '/server-info', '/server-info?config') {
        my $answer = $desk->as('c1', 'session')->get($page);
        is $answer->code, 200, $page;
        $text{$page} = $answer->body;
    }
    $text{audit} = join "\n", map {
        my $row = $_;
        join ' ', map { $row->{$_} // '' } sort keys %$row
    } @{$desk->rows('SELECT * FROM audit')};
    my (undef, $dump) =
        ServiceDesk::Test::run_command({}, ServiceDesk::Test::httpd(), '-t', '-D', 'DUMP_CONFIG', '-D',
        'DUMP_RUN_CFG', '-d', $desk->dir, '-f', $desk->dir . '/httpd.conf');
    $text{DUMP_CONFIG} = $dump;
    $text{database} = join '', map { ServiceDesk::Test::slurp($_) } glob $desk->database . '*';
    for my $where (sort keys %text) {
        my @found = grep { index($text{$where}, $secret{$_}) >= 0 } sort keys %secret;
        is "@found", '', $where;
    }
};

subtest 'one line each' => sub {
    my $before = length $desk->log;
    my @odd =
        ("x\r\nFAKE [error] forged", "x\nFAKE", "\e[2J\e[31mred", "a\tb", '%n%n%s', "x" x 50_000, "\x7f\x80\xff");
    for my $odd (@odd) {
        my $escaped = $odd =~ s/([^A-Za-z0-9])/sprintf '%%%02x', ord $1/ger;
        $desk->raw("GET /rest/servicedeskapi/request/"
                . substr($escaped, 0, 7000)
                . " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        $desk->raw(
            "GET /elsewhere/" . substr($escaped, 0, 7000) . " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        $desk->as('')->with(Authorization => 'Basic ' . Mojo::Util::b64_encode(substr($odd, 0, 3000) . ':x', ''))
            ->get($myself);
        $desk->as('')->post('/rest/auth/1/session', {username => $odd, password => 'x'});
        $desk->as('c1', 'bearer')->post("$r1/comment", {body => $odd, public => \1, "name$odd" => 1});
    }
    my $text = substr $desk->log, $before;
    my @lines = split /\n/, $text;
    is scalar(grep { !/^\[\w{3} \w{3} \d\d / } @lines), 0, 'each begins as a line of the log does';
    is scalar(grep {/^FAKE/} @lines, split /\n/, $desk->access_log), 0, 'none is forged';
    is $text =~ /[\x00-\x09\x0b-\x1f\x7f]/ ? 1 : 0, 0, 'no control character';
    is $desk->access_log =~ /[\x00-\x09\x0b-\x1f\x7f-\xff]/ ? 1 : 0, 0, 'nor in the other';
};

# What is told of security events: when, who, where from, what.
subtest 'the audit' => sub {
    news($desk);
    my $c1 = $desk->as('c1', 'session');
    my $id = $desk->person('c1')->{accountId};
    my $made = $c1->post(OWN . '/token', {label => 'audited', scopes => ['read']})->json;
    $c1->delete(OWN . "/token/$made->{id}");
    $c1->call('DELETE', '/rest/auth/1/session');
    is_deeply [news($desk)],
        ["internal/c1 session.open account:$id", "internal/c1 token.create token:$made->{id}",
        "internal/c1 token.revoke token:$made->{id}", "internal/c1 session.close account:$id"],
        'sign-in, token, revocation, sign-out: a row each';
    my $before = $desk->value('SELECT count(*) FROM audit');
    $desk->tool_ok('role', 'add', 'agent', 'c2', '--desk', 'D1');
    $desk->tool_ok('role', 'remove', 'agent', 'c2', '--desk', 'D1');
    $desk->tool_ok('account', 'disable', 'c2');
    $desk->tool_ok('account', 'enable', 'c2');
    $desk->tool_ok('password', 'c2', '--random-password');
    my @rows = @{$desk->rows('SELECT * FROM audit ORDER BY id')};
    is scalar(@rows) - $before, 5, 'what an operator does: a row each';
    is scalar(grep { !$_->{at} || !$_->{act} || !$_->{object_type} || !$_->{actor} } @rows), 0,
        'none without time, act, actor and object';
};

$desk->allow(qr/AH10244|AH00127/);
$desk->finish;
done_testing;
