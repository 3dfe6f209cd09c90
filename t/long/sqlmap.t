#!/usr/bin/perl
# sqlmap, level 5 and risk 2, over what the desk reads: ids in paths, parameters, members of JSON, forms, the cookie and
# headers. First it is shown a program that does put its SQL together, so that "nothing found" says something. Case:
# security.md 127.
use strict;
use warnings;
use DBI ();
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::INET ();
use Mojo::JSON ();
use Mojo::Util ();
use POSIX ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

plan skip_all => 'sqlmap is not here' if !grep { -x "$_/sqlmap" } split /:/, $ENV{PATH};

my $pgsql = ($ENV{DB} || 'sqlite') eq 'pgsql';
my $desk = ServiceDesk::Test->new(fixture => 1);
my $dir = $desk->dir;
my %id = map { $_ => $desk->thing($_)->{id} } qw(D1 T1 O1);
my $key = $desk->thing('R1')->{key};
my $session = do {
    my ($cookie) = @{$desk->as('c1', 'session')->cookies};
    $cookie->name . '=' . $cookie->value;
};

# What sqlmap says of a target; `dbms` spares it the tricks of databases that are not there.
sub said_of {
    my ($dbms, @target) = @_;
    my ($code, $out, $err) = ServiceDesk::Test::run_command({}, 'env', "HOME=$dir", 'timeout', 300, 'sqlmap', '--batch',
        '--disable-coloring', '--flush-session', '--level', 5, '--risk', 2, "--dbms=$dbms", "--output-dir=$dir/sqlmap",
        '--ignore-code=400,401,404,429', @target);
    return "$out$err";
}

sub found { return $_[0] =~ /^Parameter: .*^\s+Type: /ms }
sub has_looked { return $_[0] =~ /all tested parameters do not appear to be injectable/ }

# A program that asks for it.
sub careless {
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 16, Proto => 'tcp', ReuseAddr => 1)
        or die "listen: $!";
    my $pid = fork // die "fork: $!";
    return ($listener->sockport, $pid) if $pid;
    $SIG{TERM} = 'DEFAULT';
    open STDOUT, '>', '/dev/null';
    open STDERR, '>', '/dev/null';
    my $dbh = DBI->connect('dbi:SQLite:dbname=:memory:', '', '', {PrintError => 0, RaiseError => 0});
    $dbh->do($_) for 'CREATE TABLE thing (id INTEGER, name TEXT)', "INSERT INTO thing VALUES (1, 'one'), (2, 'two')";
    while (my $socket = $listener->accept) {
        my $head = '';
        while ($head !~ /\r\n\r\n/ && sysread $socket, $head, 65536, length $head) { }
        my ($id) = $head =~ /[?&]id=([^& ]*)/;
        my $rows = $dbh->selectcol_arrayref('SELECT name FROM thing WHERE id = ' . Mojo::Util::url_unescape($id // 0));
        my $body = join ' ', 'things:', @{$rows // ['none']};
        syswrite $socket, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: "
            . length($body) . "\r\n\r\n$body";
        close $socket;
    }
    POSIX::_exit(0);
}

my ($port, $pid) = careless();
END { local $?; kill(TERM => $pid), waitpid $pid, 0 if $pid }
ok found(said_of('SQLite', '-u', "http://127.0.0.1:$port/?id=1", '-p', 'id',
    '--technique=BU')), 'it finds what is there to be found';
kill TERM => $pid;
waitpid $pid, 0;
$pid = 0;

my $base = $desk->base;
my $request = $base . API . '/request';
my $here = $base . API . "/servicedesk/$id{D1}";
my %token = map { $_ => $desk->person($_)->{token} } qw(c1 ag1 da1 sa);
my @json = ('-H', 'Content-Type: application/json');

# A star is the place that is tried.
sub as { my ($name) = @_; return ('-H', "Authorization: Bearer $token{$name}") }
sub query {
    my ($name, $path, @parameters) = @_;
    my $query = join '&', map {"$_->[0]=$_->[1]"} @parameters;
    return ["$path: " . join(' ', map { $_->[0] } @parameters), as($name), '-u', "$path?$query",
        '-p', join ',', map { $_->[0] } @parameters];
}
sub path { my ($name, $path) = @_; return [$path, as($name), '-u', $path] }
sub body {
    my ($name, $method, $path, $body) = @_;
    return ["$method $path", as($name), @json, '--method', $method, '--data', $body, '-u', $path];
}

my @page = (['start', 0], ['limit', 5]);
my @targets = (
    query('c1', $request, ['searchTerm', 'canary'], ['requestOwnership', 'ALL_REQUESTS'],
        ['requestStatus', 'ALL_REQUESTS'], @page),
    query('c1', $request, ['serviceDeskId', $id{D1}], ['requestTypeId', $id{T1}], ['expand', 'status'],
        ['organizationId', $id{O1}], ['approvalStatus', 'x'], ['sort', 'x'], ['order', 'x'], ['fields', 'x']),
    query('ag1', "$here/customer", ['query', 'c1'], @page),
    query('ag1', "$here/queue", ['includeCount', 'true'], @page),
    query('ag1', "$here/queue/1/issue", @page),
    query('c1', "$here/requesttype", ['searchQuery', 'x'], ['groupId', 1], @page),
    query('c1', $base . API . '/requesttype', ['searchQuery', 'x'], ['serviceDeskId', $id{D1}], @page),
    query('ag1', $base . API . '/organization', ['accountId', $desk->person('c1')->{accountId}], @page),
    query('c1', "$request/$key/comment", ['public', 'true'], ['internal', 'false'], ['expand', 'x'], @page),
    query('ag1', $base . CORE . '/user/search', ['query', 'c1'], ['username', 'c1'], ['maxResults', 5],
        ['startAt', 0]),
    query('ag1', $base . CORE . '/user', ['username', 'c1'], ['accountId', 'x'], ['key', 'x']),
    query('sa', $base . OWN . '/audit', ['act', 'request.create'], ['actor', 'c1'], ['since', '2026-01-31'], @page),
    (map { path('c1', "$request/$_") } '*', "$key*/status", "$key/comment/1*", "$key/participant*"),
    (map { path('ag1', $base . API . $_) } '/servicedesk/*', "/servicedesk/$id{D1}/requesttype/$id{T1}*",
        "/servicedesk/$id{D1}/queue/1*/issue", "/organization/$id{O1}*", "/organization/$id{O1}/property/x*"),
    (map { path('sa', $base . OWN . $_) } '/servicedesk/D1*', '/group/50*', '/directory/internal*'),
    body('c1', 'POST', "$request/validate",
        qq({"serviceDeskId":"$id{D1}*","requestTypeId":"$id{T1}*","requestFieldValues":{"summary":"x*"}})),
    body('c1', 'POST', "$request/$key/comment", '{"body":"x*","public":true}'),
    body('c1', 'POST', "$request/$key/participant", '{"usernames":["c2*"]}'),
    body('ag1', 'POST', "$request/$key/transition", '{"id":"1*","additionalComment":{"body":"x*"}}'),
    body('ag1', 'POST', "$here/customer", '{"usernames":["c9*"]}'),
    body('sa', 'PUT', $base . API . "/organization/$id{O1}/property/x", '{"x":"y*"}'),
    ['a sign-in', @json, '--data', '{"username":"c1*","password":"x*"}', '-u', "$base/rest/auth/1/session"],
    ['the form of it', '--data', 'name=c1*&password=x*&return=/account*', '-u', "$base/account/signin"],
    ['the token', '-H', 'Authorization: Bearer x*', '-u', $base . CORE . '/myself'],
    ['a name and a password', '-H', 'Authorization: Basic x*', '-u', $base . CORE . '/myself'],
    ['the cookie', '-H', "Cookie: $session*", '-u', $base . CORE . '/myself'],
    (map { [$_, as('c1'), '-H', "$_: x*", '-u', "$request/$key"] } 'Accept-Language', 'User-Agent', 'Referer',
        'X-Forwarded-For', 'X-Request-Id', 'If-None-Match'),
);

my %before = map { $_ => $desk->value("SELECT count(*) FROM $_") } qw(account desk organization request token);
for my $target (@targets) {
    my ($name, @options) = @$target;
    my $said = said_of($pgsql ? 'PostgreSQL' : 'SQLite', @options);
    my $good = !found($said) && has_looked($said);
    ok $good, $name =~ s/\Q$base\E//r or diag substr $said, -3000;
}
is $desk->value("SELECT count(*) FROM $_"), $before{$_}, "no $_ came or went" for sort keys %before;
is $desk->as('c1', 'bearer')->get(API . "/request/$key")->code, 200, 'the desk is well';
unlike $desk->log, qr/syntax error|unrecognized token|unterminated/i, 'and the database heard of none of it';

$desk->allow(qr/SD000\d\d|AH0\d+/);
$desk->finish;
done_testing;
