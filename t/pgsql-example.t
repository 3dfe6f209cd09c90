#!/usr/bin/perl
# conf/postgresql.conf, as it stands but for the places in it: a desk moves to a database that speaks TLS only, is told
# apart from another by its certificate, and asks for a password; the first of its two servers is down. One whose
# certificate comes from elsewhere is refused, and the log says why.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use File::Copy ();
use File::Temp ();
use IO::Socket::INET ();
use Test::More;
use Time::HiRes ();

use ServiceDesk::Test;
use ServiceDesk::Test::Cluster;
use ServiceDesk::Test::Example;
use ServiceDesk::Test::Rest;

my $dir = File::Temp::tempdir('servicedesk-tls-XXXXXX', TMPDIR => 1, CLEANUP => 1);

sub openssl {
    my ($code, $out, $err) = ServiceDesk::Test::run_command({}, 'openssl', @_);
    die "openssl @_: $err\n" if $code;
    return;
}

sub put { ServiceDesk::Test::put_file({dir => $dir}, @_); chmod 0600, "$dir/$_[0]"; return "$dir/$_[0]" }

# An authority, and the certificate of a server by it.
sub authority {
    my ($name) = @_;
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', 2, '-subj', "/CN=$name", '-keyout',
        "$dir/$name.key", '-out', "$dir/$name.pem");
    return;
}

sub certificate {
    my ($name, $authority, $host) = @_;
    put("$name.ext", "subjectAltName=DNS:$host\n");
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', "/CN=$name", '-keyout', "$dir/$name.key", '-out',
        "$dir/$name.csr");
    openssl('x509', '-req', '-in', "$dir/$name.csr", '-CA', "$dir/$authority.pem", '-CAkey', "$dir/$authority.key",
        '-CAcreateserial', '-days', 2, '-extfile', "$dir/$name.ext", '-out', "$dir/$name.pem");
    chmod 0600, "$dir/$name.key";
    return;
}

authority($_) for 'ours', 'theirs';
certificate('db2', 'ours', 'db2.example.com');
certificate('other', 'ours', 'other.example.com');
my $hba = put('hba', "hostssl servicedesk servicedesk 127.0.0.1/32 scram-sha-256\n"
    . "host postgres servicedesk 127.0.0.1/32 trust\n");
my $cluster = ServiceDesk::Test::Cluster->make(ssl => 'on', ssl_cert_file => "$dir/db2.pem",
    ssl_key_file => "$dir/db2.key", hba_file => $hba, fsync => 'off');
$cluster->query($_) for q{ALTER ROLE servicedesk PASSWORD 'canary_secret'},
    'CREATE DATABASE servicedesk ENCODING UTF8 TEMPLATE template0';
# Bound, and nobody listens: no other server gets it meanwhile.
my $nobody = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'tcp') or die "no free port: $!";
my $down = $nobody->sockport;

my $desk = ServiceDesk::Test->new(fixture => 1, start => 0, modules => ['remoteip']);
File::Copy::copy($desk->pepper, $desk->dir . '/servicedesk.pepper') or die "pepper: $!";
chmod 0600, $desk->dir . '/servicedesk.pepper';

sub example {
    my ($authority, $password) = @_;
    return ServiceDesk::Test::Example::conf(
        'host=db1.example.com,db2.example.com port=5432,5432' => 'host=db1.example.com,db2.example.com'
            . " hostaddr=127.0.0.1,127.0.0.1 port=$down,$cluster->{port}",
        '/etc/apache2/servicedesk.pgpass' => put('pgpass', "db2.example.com:*:servicedesk:servicedesk:$password\n"),
        '/etc/ssl/certs/db-ca.pem'        => "$dir/$authority.pem",
        'RemoteIPInternalProxy 10.0.0.10' => 'RemoteIPInternalProxy 127.0.0.1',
    );
}

$desk->{conf} = example('ours', 'canary_secret');
my ($conninfo) = $desk->{conf} =~ /^DBDParams "([^"]+)"/m;
$conninfo =~ s/\\\n//g;
my $myself = CORE . '/myself';

subtest 'a desk moves there' => sub {
    my ($code, $out, $err) = $desk->tool({plain => 1}, 'copy', '--from', $desk->database, '--to', $conninfo);
    is $code, 0, 'servicedeskctl takes the same words' or diag $err;
    $desk->start;
    is $desk->as('c1')->get($myself)->code, 200, 'and is served from there';
    created($desk->as('c1')->post(OWN . '/token', {label => 'example'}), 'a change');
    is join('|', $cluster->query(q{SELECT count(*) > 0, bool_and(s.ssl), min(s.version) FROM pg_stat_ssl s
        JOIN pg_stat_activity a USING (pid) WHERE a.application_name = 'servicedesk'})), '1|1|TLSv1.3',
        'every connection speaks TLS';
    my %c1 = (username => 'c1', password => $desk->person('c1')->{password});
    like $desk->as('')->post('/rest/auth/1/session', \%c1)->headers->header('Set-Cookie'),
        qr/^__Host-servicedesk=.*; Secure/, 'people who come by the balancer have https';
};

# Two seconds for both servers are the most that anybody waits.
sub is_refused {
    my ($name, $why) = @_;
    my $begin = length $desk->log;
    my $time = Time::HiRes::time();
    my $answer = $desk->as('c1')->get($myself);
    is $answer->code, 503, "$name: 503";
    ok $answer->headers->header('Retry-After'), 'come again later';
    cmp_ok Time::HiRes::time() - $time, '<', 2, 'at once';
    my $log = substr $desk->log, $begin;
    like $log, $why, 'and the log says why';
    unlike $log, qr/canary_secret/, 'and not the password';
    unlike $answer->body, qr/example\.com|certificate|postgres/i, 'which is nobody else\'s business';
    return;
}

subtest 'whoever is not the database' => sub {
    $desk->allow(qr/servicedesk:error|dbd:(?:error|crit)/);
    $desk->{conf} = example('theirs', 'canary_secret');
    $desk->restart;
    is_refused('a certificate of another authority', qr/certificate verify failed/);
    is $desk->as('')->get('/rest/servicedeskapi/info')->code, 200, 'httpd is up';

    $desk->{conf} = example('ours', 'wrong');
    $desk->restart;
    is_refused('a wrong password', qr/password authentication failed/);

    $desk->{conf} = example('ours', 'canary_secret');
    $desk->restart;
    is $desk->as('c1')->get($myself)->code, 200, 'as it was';

    @{$cluster->{set}}{'ssl_cert_file', 'ssl_key_file'} = ("$dir/other.pem", "$dir/other.key");
    $cluster->stop;
    $cluster->start;
    is_refused('a certificate of another server',
        qr/Connection refused.*server certificate for "other\.example\.com" does not match/);
    @{$cluster->{set}}{'ssl_cert_file', 'ssl_key_file'} = ("$dir/db2.pem", "$dir/db2.key");
    $cluster->stop;
    $cluster->start;
    is $desk->as('c1')->get($myself)->code, 200, 'the right one again: no restart of httpd is needed';
};

$desk->finish;
$cluster->remove;
done_testing;
