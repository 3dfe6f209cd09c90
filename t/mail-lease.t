#!/usr/bin/perl
# No mail is lost, whoever dies, and none is sent by two at a time: leases in the database.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes ();

use ServiceDesk::Test;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Smtp;

my $host = 'help.example.com';

sub conf {
    my ($sink, @more) = @_;
    return join '', map {"$_\n"} "ServiceDeskMailFrom help\@$host", 'ServiceDeskMailTransport ' . $sink->url
        . ' starttls=off', @more;
}

# Gives the Message-ID.
sub queue_mail { return '<' . queue(@_) . "\@$host>" }

sub ids { my ($mails) = @_; my %seen; $seen{$_->{'Message-Id'}}++ for @$mails; return \%seen }

my $sink = ServiceDesk::Test::Smtp->new;

subtest 'whoever dies, no mail is lost' => sub {
    $sink->behave(slow => 0.02);
    my $desk = ServiceDesk::Test->new(fixture => 1, conf => conf($sink, 'ServiceDeskMailTimeout 1s'));
    my @ids;
    my $some = sub { push @ids, map { queue_mail($desk) } 1 .. 25; $sink->wait_for(@ids - 20, 40) };
    $some->();
    kill KILL => $desk->children;
    $some->();
    $desk->graceful;
    $some->();
    $desk->kill_hard;
    $desk->start;
    $some->();
    $desk->restart;
    $desk->wait_for(sub { !$desk->value("SELECT count(*) FROM outbox WHERE state = 'queued'") }, 60);
    my $seen = ids($sink->mails);
    is_deeply [grep { !$seen->{$_} } @ids], [], 'each of ' . @ids . ' arrived';
    is_deeply [grep { my $id = $_; !grep { $_ eq $id } @ids } keys %$seen], [], 'under its own Message-ID';
    my $twice = grep { $_ > 1 } values %$seen;
    cmp_ok $twice, '<=', 4, "$twice of them twice, as often as somebody was killed at most";
    is $desk->value("SELECT count(*) FROM outbox WHERE state <> 'sent'"), 0, 'all are noted as sent';
    $desk->allow(qr/AH00052|exit signal Killed/);
    $desk->finish;
};

subtest 'two servers, one database' => sub {
    $sink->forget;
    $sink->behave(slow => 0.005);
    my $one = ServiceDesk::Test->new(fixture => 1, conf => conf($sink));
    my @ids = map { queue_mail($one, due => int(1000 * Time::HiRes::time()) + 4000) } 1 .. 120;
    my $two = ServiceDesk::Test->new(bare => 1, start => 0, conf => conf($sink));
    $two->{conf} .= sprintf "DBDParams \"%s\"\nServiceDeskPepperFile \"%s\"\n", $one->database, $one->pepper;
    $two->start;
    my $mails = $sink->wait_for(120, 60);
    $one->wait_for(sub { !$one->value("SELECT count(*) FROM outbox WHERE state = 'queued'") }, 20);
    is_deeply ids($sink->mails), {map { $_ => 1 } @ids}, 'every mail leaves once';
    $_->finish for $two, $one;    # whose database it is
};

done_testing;
