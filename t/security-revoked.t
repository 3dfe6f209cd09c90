#!/usr/bin/perl
# What was taken from somebody ends with the answer that says so: four readers look as fast as they can while the right
# comes and goes, and no look that began after the revocation was answered sees anything, be it with an entity tag from
# before. Case: security.md 88.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use POSIX ();
use ServiceDesk::Test;
use ServiceDesk::Test::Connection;
use ServiceDesk::Test::Rest;
use Test::More;
use Time::HiRes ();

my $readers = 4;
my $desk = ServiceDesk::Test->new(fixture => 1);
my %who = map { $_ => $desk->as($_, 'bearer') } qw(c1 sa);
my %path = map { $_ => API . '/request/' . $desk->thing($_)->{key} } qw(RP RS);

sub now { return Time::HiRes::clock_gettime(Time::HiRes::CLOCK_MONOTONIC()) }

# Looks until `$stop` is there, and writes a line a look: when it began, when it was answered, with what.
sub read_on {
    my ($name, $path, $file, $stop) = @_;
    open my $book, '>', $file or die "$file: $!";
    my @token = (Authorization => 'Bearer ' . $desk->person($name)->{token});
    my $tag = '""';
    while (!-e $stop) {
        my $connection = ServiceDesk::Test::Connection->new($desk->port, @token, 'If-None-Match' => $tag);
        for (1 .. 50) {
            my $began = now();
            my ($status) = $connection->get($path);
            printf {$book} "%.6f %.6f %s\n", $began, now(), $status // 'none';
            $tag = $1 if $connection->head =~ /^ETag: (\S+)/mi;
        }
    }
    close $book or die "$file: $!";
    return;
}

sub start_readers {
    my ($name, $path, $stop) = @_;
    my %file;
    for my $number (1 .. $readers) {
        my $file = $desk->dir . "/reader-$number";
        my $pid = fork // die "fork: $!";
        if (!$pid) {
            my $good = eval { read_on($name, $path, $file, $stop); 1 };
            POSIX::_exit($good ? 0 : 1);
        }
        $file{$pid} = $file;
    }
    return \%file;
}

sub looks_of {
    my ($file) = @_;
    my @looks;
    for my $pid (sort keys %$file) {
        waitpid $pid, 0;
        is $?, 0, 'a reader came to its end';
        push @looks, map { [split] } split /\n/, ServiceDesk::Test::slurp($file->{$pid});
        unlink $file->{$pid};
    }
    return @looks;
}

# Between `answered` and `asked again` the right was certainly gone.
sub judge {
    my ($gone, @looks) = @_;
    my ($late, $within) = (0, 0);
    my $place = 0;
    for my $look (sort { $a->[0] <=> $b->[0] } @looks) {
        $place++ while $place < @$gone && $gone->[$place][1] <= $look->[0];
        my $span = $gone->[$place] // last;
        next if $look->[0] <= $span->[0] || $look->[1] >= $span->[1];
        $within++;
        $late++ if $look->[2] != 404;
    }
    return ($late, $within);
}

for my $case (
    ['a participant', 500, 'c2', $path{RP},
        sub { $who{c1}->post("$path{RP}/participant", {usernames => ['c2']}) },
        sub { $who{c1}->delete("$path{RP}/participant", {usernames => ['c2']}) }],
    ['a member of an organization', 100, 'c3', $path{RS},
        sub { $who{sa}->post(API . '/organization/' . $desk->thing('O1')->{id} . '/user', {usernames => ['c3']}) },
        sub { $who{sa}->delete(API . '/organization/' . $desk->thing('O1')->{id} . '/user', {usernames => ['c3']}) }],
) {
    my ($what, $rounds, $name, $path, $give, $take) = @$case;
    subtest "$what, $rounds rounds" => sub {
        my $stop = $desk->dir . '/stop';
        my $file = start_readers($name, $path, $stop);
        my (@gone, %codes);
        for my $round (1 .. $rounds) {
            $codes{$give->()->code}++;
            Time::HiRes::sleep(0.003);
            $codes{$take->()->code}++;
            my $answered = now();
            Time::HiRes::sleep(0.006);
            push @gone, [$answered, now()];
        }
        $desk->put_file('stop', '');
        my @looks = looks_of($file);
        unlink $stop;
        is join(' ', grep { !/^20[04]$/ } keys %codes), '', 'given and taken';
        my %seen;
        $seen{$_->[2]}++ for @looks;
        is join(' ', grep { !/^(?:200|304|404)$/ } keys %seen), '', 'nothing else was answered';
        cmp_ok $seen{200} // 0, '>', 0, 'it was seen while it was there';
        cmp_ok $seen{304} // 0, '>', 0, 'and known by its tag';
        my ($late, $within) = judge(\@gone, @looks);
        cmp_ok $within, '>=', $rounds, "$within looks while it was certainly gone";
        is $late, 0, 'none of them saw it';
    };
}
$desk->finish;
done_testing;
