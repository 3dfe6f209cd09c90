#!/usr/bin/perl
# Sessions by the clock, which libfaketime moves for the server alone: idle and absolute limits, the bridge's, and a
# clock that is put back. Cases: security.md 5, 6.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my ($library) = grep {-e} glob '/usr/lib/*/faketime/libfaketimeMT.so.1';
plan skip_all => 'libfaketime is not there' unless $library;
plan skip_all => 'a sanitizer wants to be the first library' if $ENV{SD_PRELOAD};

my $session = '/rest/auth/1/session';
my $myself = CORE . '/myself';
my $dir = File::Temp::tempdir('servicedesk-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $rc = "$dir/clock";

# By so many seconds the server's clock is ahead of ours.
sub at {
    my ($seconds) = @_;
    open my $file, '>', "$rc.new" or die $!;
    print {$file} sprintf "%+d\n", $seconds;
    close $file or die $!;
    rename "$rc.new", $rc or die $!;
    return;
}

at(0);
my $desk = ServiceDesk::Test->new(fixture => 1, env => {LD_PRELOAD => $library, FAKETIME_TIMESTAMP_FILE => $rc,
    FAKETIME_NO_CACHE => 1, DONT_FAKE_MONOTONIC => 1}, conf => <<'END');
ServiceDeskSessionIdle 600s
ServiceDeskSessionLifetime 3600s
ServiceDeskStaffSessionIdle 300s
ServiceDeskStaffSessionLifetime 900s
ServiceDeskSignInLifetime 200s
<Location /signin>
    SetHandler servicedesk-signin
    AuthType Basic
    AuthName x
    AuthBasicProvider htpasswd
    Require valid-user
    ServiceDeskDirectory htpasswd
</Location>
END

sub header { my ($answer, $name) = @_; return $answer->headers->header($name) // '' }

sub sign_in {
    my ($name) = @_;
    my $answer = $desk->as('')->post($session, {username => $name, password => $desk->person($name)->{password}});
    return (header($answer, 'Set-Cookie') =~ /^([^;]+)/)[0] // die 'not signed in: ' . $answer->body;
}

sub code { my ($cookie) = @_; return $desk->as('')->get($myself, Cookie => $cookie)->code }

subtest 'the clock is moved' => sub {
    at(86400);
    my ($there) = $desk->as('')->get(CORE . '/serverInfo')->json->{serverTime} =~ /^\d{4}-\d\d-(\d\d)/;
    my @tomorrow = gmtime time + 86400;
    is $there, sprintf('%02d', $tomorrow[3]), 'the server is a day ahead';
    at(0);
};

subtest 'idle' => sub {
    my %limit = (c1 => 600, ag2 => 300);
    for my $name (sort keys %limit) {
        at(0);
        my ($one, $other) = (sign_in($name), sign_in($name));
        at($limit{$name} - 2);
        is code($one), 200, "$name: two seconds before the limit";
        at($limit{$name} + 2);
        is code($other), 401, 'two after it';
        is code($one), 200, 'the one that was used lives';
        at(2 * $limit{$name} + 4);
        is code($one), 401, 'until it rests as long';
    }
};

subtest 'at most' => sub {
    at(0);
    my $cookie = sign_in('ag2');
    my @codes;
    for my $step (1 .. 8) {
        at($step * 120);
        push @codes, code($cookie);
    }
    is join(' ', @codes), join(' ', (200) x 7, 401), 'fifteen minutes, however often it is used';
    at(3700);
    is code($cookie), 401, 'it stays over';
    ok $desk->graceful, 'a graceful restart';
    is code($cookie), 401, 'wakes nothing';
};

subtest 'a session of the bridge' => sub {
    at(0);
    my $agent = $desk->as('ag1');
    my $page = $agent->get('/signin')->body;
    my ($token) = $page =~ /name="token" value="([^"]+)"/ or diag $page;
    my $answer = $agent->post('/signin', 'return=&token=' . Mojo::Util::url_escape($token // ''),
        'Content-Type' => 'application/x-www-form-urlencoded');
    is $answer->code, 303, 'opened';
    my ($cookie) = header($answer, 'Set-Cookie') =~ /^([^;]+)/;
    my @codes;
    for my $step (60, 120, 198, 203) {
        at($step);
        push @codes, code($cookie);
    }
    is join(' ', @codes), '200 200 200 401', 'two hundred seconds, used or not';
};

subtest 'a clock that is put back' => sub {
    at(0);
    my $old = sign_in('c1');
    at(4000);
    is code($old), 401, 'over';
    at(0);
    my $now = sign_in('c1');
    is code($now), 200, 'people come in';
    at(3000);
    my $ahead = sign_in('c2');
    at(0);
    is code($ahead), 200, 'one from ahead lives';
    is $desk->as('')->post(OWN . '/token', {label => 'x'}, Cookie => $ahead)->code, 403,
        'and is not fresh: its time proves nothing';
    is $desk->as('c1', 'bearer')->get($myself)->code, 200, 'tokens too';
    at(3000 + 3600 + 10);
    is code($ahead), 401, 'to its own end at the latest';
};

$desk->finish;
done_testing;
