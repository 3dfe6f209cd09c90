#!/usr/bin/perl
# The core of the REST API where each process serves one request at a time: the prefork MPM.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::Promise ();
use Mojo::UserAgent ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

package Prefork;
our @ISA = ('ServiceDesk::Test');

# The event MPM of the harness's configuration is exchanged for the other.
sub configuration {
    my ($self) = @_;
    my $text = $self->SUPER::configuration;
    $text =~ s{mpm_event_module "([^"]+)/mod_mpm_event\.so"}{mpm_prefork_module "$1/mod_mpm_prefork.so"} or die 'no
        MPM';
    return $text . "StartServers 3\nMinSpareServers 2\nMaxRequestWorkers 8\nMaxConnectionsPerChild 40\n";
}

package main;

my $libexec = ServiceDesk::Test::apxs('LIBEXECDIR');
plan skip_all => 'there is no prefork MPM' unless -e "$libexec/mod_mpm_prefork.so";
my $desk = Prefork->new(fixture => 1);
my %who = map { $_ => $desk->as($_, 'bearer') } qw(c1 c2 ag1);
my ($d1, $t1) = map { $desk->thing($_)->{id} } qw(D1 T1);

subtest 'the way of a request' => sub {
    my $key = raise($who{c1}, $d1, $t1)->{issueKey};
    my $path = API . "/request/$key";
    is $who{c1}->get($path)->code, 200, 'read by whom it is of';
    is $who{c2}->get($path)->code, 404, 'and by no other customer';
    is $who{ag1}->post("$path/comment", {body => 'an answer', public => \1})->code, 201, 'answered';
    is $who{ag1}->post("$path/comment", {body => 'a word', public => \0})->code, 201, 'and spoken of';
    is_deeply [column('body', $who{c1}->get("$path/comment"))], ['an answer'], 'the customer sees what is public';
    is $who{ag1}->get(API . "/servicedesk/$d1/queue")->code, 200, 'queues';
};

subtest 'every way to say who one is' => sub {
    is $desk->as($_)->get(CORE . '/myself')->json->{name}, $_, "$_ by Basic" for qw(c1 ag1 ag2);
    my $session = $desk->as('c1', 'session');
    is $session->get(CORE . '/myself')->code, 200, 'by session';
    is $session->delete('/rest/auth/1/session')->code, 204, 'which ends';
    is $session->get(CORE . '/myself')->code, 401, 'in all processes';
    is $desk->as('')->get(CORE . '/myself')->code, 401, 'nobody';
};

subtest 'the budget is one for all processes' => sub {
    my @codes = map { $desk->as('')->basic('c2', "wrong $_")->get(CORE . '/myself',
        Connection => 'close')->code } 1 .. 13;
    is join(' ', @codes), join(' ', (401) x 10, (429) x 3), 'ten tries';
};

subtest 'many at once, and children that come and go' => sub {
    my $agent = Mojo::UserAgent->new(max_connections => 0, inactivity_timeout => 60);
    my $before = $desk->value('SELECT count(*) FROM request');
    my %codes;
    for my $round (1 .. 5) {
        my @calls = map {
            $agent->post_p($desk->base . API . '/request', {Authorization => 'Bearer ' . $desk->person('c1')->{token},
                Connection => 'close'},
                json => {serviceDeskId => $d1, requestTypeId => $t1, requestFieldValues => {summary => "number $_"}})
                ->then(sub { $codes{$_[0]->res->code}++ })
        } 1 .. 30;
        Mojo::Promise->all_settled(@calls)->wait;
    }
    is_deeply \%codes, {201 => 150}, 'each is answered';
    is $desk->value('SELECT count(*) FROM request') - $before, 150, 'each is there';
    is $desk->value('SELECT count(DISTINCT key) FROM request'), $desk->value('SELECT count(*) FROM request'),
        'under its own key';
};

subtest 'session ids of many processes' => sub {
    my (%seen, %start);
    for my $round (1 .. 60) {
        my $answer = $desk->as('')->post('/rest/auth/1/session',
            {username => 'c3', password => $desk->person('c3')->{password}}, Connection => 'close');
        my ($id) = ($answer->headers->header('Set-Cookie') // '') =~ /=sds_([^;]+)/ or next;
        $seen{$id}++;
        $start{substr $id, 0, 5}++;
        $desk->graceful if $round % 25 == 0;
    }
    is scalar(keys %seen), 60, 'none twice, over children and restarts';
    is scalar(keys %start), 60, 'and none like another';
};

$desk->finish;
done_testing;
