#!/usr/bin/perl
# A PostgreSQL that is there and refuses: a wrong password, no connection left, a standby that takes no writes. Whoever
# asks is told so at once and without a word of the inside, what needs no database is served, and when the database
# takes httpd again nothing has to be restarted. Cases: security.md 204, 237 (what DBDParams says).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Time::HiRes ();

use ServiceDesk::Test;
use ServiceDesk::Test::Cluster;
use ServiceDesk::Test::Rest;

my $primary = ServiceDesk::Test::Cluster->make;
local $ENV{SD_CLUSTER} = ServiceDesk::Test::Cluster::both($primary);
my $desk = ServiceDesk::Test->new(fixture => 1, start => 0,
    allow => [qr/servicedesk:error|dbd:error|dbd:crit|AH0062|AH0063|AH0065/]);
my $name = $desk->{db}{name};
my $r1 = API . '/request/' . $desk->thing('R1')->{key};
my $static = "<Location /index.html>\nSetHandler none\n</Location>\n";

sub params {
    my ($server, $who) = @_;
    return "DBDParams \"host=127.0.0.1 port=$server->{port} dbname=$name connect_timeout=2 $who\"\n$static";
}

sub look { return $desk->as('c1', 'bearer')->get($r1) }

my $number = 0;

sub write_one {
    return $desk->as('c1', 'bearer')->post("$r1/comment", {body => 'remark ' . ++$number, public => \1});
}

sub written { return $desk->value('SELECT count(*) FROM comment WHERE body = ?', "remark $number") }

sub is_unavailable {
    my ($call, $what) = @_;
    my $begin = Time::HiRes::time();
    my $answer = $call->();
    my $seconds = Time::HiRes::time() - $begin;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    subtest "$what: unavailable" => sub {
        refused($answer, 503, 'refused');
        like $answer->headers->header('Retry-After') // '', qr/^[1-9]\d*\z/, 'for now';
        cmp_ok $seconds, '<', 2, 'at once';
        unlike $answer->body, qr/postgres|guest|password|connection|role|standby|recovery|127\.0/i,
            'nothing about the inside';
    };
    return;
}

sub end_backends {
    $primary->query(q{SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE usename = 'guest'});
    return;
}

# An ordinary role that has what it needs, and must say its password.
sub make_guest {
    $primary->query($_) for q{CREATE ROLE guest LOGIN PASSWORD 'the-right-canary'}, 'GRANT servicedesk TO guest';
    my $rules = "$primary->{data}/pg_hba.conf";
    $desk->put_file($rules, "host all guest 127.0.0.1/32 scram-sha-256\n" . ServiceDesk::Test::slurp($rules));
    $primary->query('SELECT pg_reload_conf()');
    return;
}

# Refused, then taken again: what brings about either, what the log says.
sub refuses {
    my ($what, $refuse, $take, $says) = @_;
    return subtest $what => sub {
        $primary->query($refuse);
        end_backends();
        is_unavailable(\&look, 'a read');
        is_unavailable(\&write_one, 'a write');
        is $desk->as('')->get('/index.html')->body, "static\n", 'what needs no database is served';
        like $desk->log, $says, 'the log says why';
        ok $desk->graceful, 'a graceful restart goes well';
        is_unavailable(\&look, 'a read then');
        $primary->query($take);
        ok $desk->wait_for(sub { look()->code == 200 }, 5), 'taken again, it reads';
        is write_one()->code, 201, 'and writes';
    };
}

make_guest();
$desk->{conf} = params($primary, 'user=guest password=the-right-canary');
$desk->start;
is look()->code, 200, 'in order';
is write_one()->code, 201, 'it writes';

refuses('no connection is left', 'ALTER ROLE guest CONNECTION LIMIT 0', 'ALTER ROLE guest CONNECTION LIMIT -1',
    qr/too many connections for role/);
refuses('a wrong password', q{ALTER ROLE guest PASSWORD 'another'}, q{ALTER ROLE guest PASSWORD 'the-right-canary'},
    qr/password authentication failed/);
unlike $desk->log . ServiceDesk::Test::slurp($desk->dir . '/stderr.log'), qr/canary/, 'no password is in a log';

subtest 'a standby takes no writes, until it leads' => sub {
    my $standby = $primary->standby;
    my $done = $desk->value('SELECT pg_current_wal_lsn()');
    $desk->wait_for(sub { ($standby->query("SELECT pg_last_wal_replay_lsn() >= '$done'"))[0] }, 10);
    $desk->{conf} = params($standby, 'user=servicedesk');
    $desk->restart;
    is look()->code, 200, 'a read';
    for (1 .. 3) {
        is_unavailable(\&write_one, 'a write');
        is written(), 0, 'nothing of it is there';
    }
    is look()->code, 200, 'reads go on';
    $standby->promote;
    ok $desk->wait_for(sub { write_one()->code == 201 }, 10), 'it leads, and writes go on without a restart';
    is look()->code, 200, 'as do reads';
    $desk->stop;
    $standby->remove;
    $primary->query(q{ALTER SYSTEM SET synchronous_standby_names = ''});
    $primary->query('SELECT pg_reload_conf()');
};

unlike $desk->log, qr/exit signal|AH0005[12]/, 'no child crashed';
$desk->finish;
$primary->remove;
done_testing;
