#!/usr/bin/perl
# What is drawn by lot: ids of sessions by many children, and what a server does that gets no random bytes.
# SD_SESSIONS (400) says how many are drawn. Cases: security.md 9, 40.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::Promise ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

plan skip_all => 'a sanitizer wants to be the first library' if $ENV{SD_PRELOAD};

my $count = $ENV{SD_SESSIONS} // 400;
my $dir = File::Temp::tempdir('servicedesk-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my ($code, undef, $err) =
    ServiceDesk::Test::run_command({}, 'cc', qw(-shared -fPIC -o), "$dir/random.so", "$FindBin::Bin/random.c");
is $code, 0, 'the source that fails' or BAIL_OUT($err);

my $session = '/rest/auth/1/session';
my $desk = ServiceDesk::Test->new(fixture => 1, env => {LD_PRELOAD => "$dir/random.so", SD_NO_RANDOM => "$dir/none"},
    conf => "KeepAlive Off\nMaxConnectionsPerChild 40\n");

sub credentials { my ($name) = @_; return {username => $name, password => $desk->person($name)->{password}} }
sub header { my ($answer, $name) = @_; return $answer->headers->header($name) // '' }

# So many sign-ins on connections that come and go, and with them children.
sub draw {
    my ($many) = @_;
    my @values;
    my $agent = Mojo::UserAgent->new(max_connections => 0);
    $agent->cookie_jar->ignore(sub {1});
    my $post;
    $post = sub {
        my ($left) = @_;
        return $agent->post_p($desk->base . $session, json => credentials('c1'))->then(sub {
            my ($value) = header($_[0]->res, 'Set-Cookie') =~ /^servicedesk=([^;]*)/;
            return defined $value ? push @values, $value : Mojo::Promise->reject($_[0]->res->code);
        })->catch(sub { $left ? $post->($left - 1) : die @_ });
    };
    while (@values < $many) {
        my $wanted = $many - @values < 8 ? $many - @values : 8;
        Mojo::Promise->all(map { $post->(5) } 1 .. $wanted)->wait;
    }
    return @values;
}

subtest "$count sessions by many children" => sub {
    my @values;
    for my $quarter (1 .. 4) {
        push @values, draw($count / 4);
        ok $desk->graceful, 'a graceful restart' if $quarter < 4;
    }
    my %seen = map { $_ => 1 } @values;
    is scalar(keys %seen), scalar @values, 'none twice';
    is scalar(grep { !/\Asds_[A-Za-z0-9_-]{43}\z/ } @values), 0, 'each of 256 bits';
    my %start = map { substr($_, 4, 6) => 1 } @values;
    is scalar(keys %start), scalar @values, 'no two begin alike';
    my %alike;
    for my $value (@values) {
        $alike{$_ . substr $value, $_, 1}++ for 4 .. 45;
    }
    my ($most) = sort { $b <=> $a } values %alike;
    cmp_ok $most, '<', @values / 64 + 8 * sqrt(@values / 64), 'and no place prefers a character';
};

subtest 'no random bytes' => sub {
    my %count = map { $_ => "SELECT count(*) FROM $_" } qw(session token account outbox);
    my $bearer = $desk->as('c1', 'bearer');
    my $sa = $desk->as('sa', 'bearer');
    my %act = (
        'a session' => sub { $desk->as('')->post($session, credentials('c1')) },
        'a token' => sub { $bearer->post(OWN . '/token', {label => 'weak'}) },
        'an account' => sub { $sa->post(API . '/customer', {email => 'weak@example.org', displayName => 'x'}) },
        'a password link' => sub { $desk->as('')->post(OWN . '/account/reset', {address => 'c2@example.org'}) },
        'a form' => sub { $desk->as('')->get('/account/signin') },
    );
    $desk->as('')->post($session, credentials('c1'));    # its password is remembered
    my %before = map { $_ => $desk->value($count{$_}) } keys %count;
    open my $file, '>', "$dir/none" or die $!;
    close $file or die $!;
    for my $what (sort keys %act) {
        my $answer = $act{$what}->();
        is $answer->code, 503, "$what: 503";
        ok header($answer, 'Retry-After'), 'to be tried again';
        is header($answer, 'Set-Cookie'), '', 'and no cookie';
        unlike $answer->body, qr/sd[a-z]_\w/, 'nor any token';
    }
    is_deeply {map { $_ => $desk->value($count{$_}) } keys %count}, \%before, 'nothing was written';
    is $bearer->get(CORE . '/myself')->code, 200, 'what needs none goes on';
    unlink "$dir/none" or die $!;
    is $act{'a session'}->()->code, 200, 'and so does all, afterwards';
    is $act{'a token'}->()->code, 201, 'a token as well';
};

$desk->allow(qr/no random bytes|AH03490/);    # children that come and go fill the scoreboard
$desk->finish;
done_testing;
