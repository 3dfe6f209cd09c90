#!/usr/bin/perl
# The captcha on the signup page: rules row 32, security.md 179.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Page;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my %form = (displayName => 'Zoe', password => 'nine lanterns on a bridge');
my $path = '/account/signup/OPEN';
$desk->tool_ok('desk', 'add', 'OPEN', 'Open Desk', '--access', 'accounts');
$desk->tool_ok('setting', 'set', 'public_signup', 'true');
$desk->tool_ok('desk', 'access', 'OPEN', '--signup');
$desk->tool_ok('desk', 'add', 'TWO', 'Two', '--access', 'accounts');
$desk->tool_ok('desk', 'access', 'TWO', '--signup');
is browser()->get($path)->dom->at('#captcha'), undef, 'switched off: no question';
$desk->tool_ok('setting', 'set', 'captcha', 'true');

sub browser { return ServiceDesk::Test::Page->new($desk, @_) }

subtest 'the word' => sub {
    my $page = browser()->get($path);
    my $picture = $page->dom->at('img.picture');
    ok $picture && length $picture->{alt}, 'a picture that says what it is';
    my $base = $desk->base;
    is browser()->get($picture->{src} =~ s/^\Q$base\E//r)->header('Content-Type'), 'image/png', '... is there';
    my $challenge = $page->values->{captchaChallenge};
    is $page->submit(%form, email => 'a@example.org', captcha => 'WRONG')->code, 400, 'a wrong word';
    like $page->problems->[0], qr/^The word in the picture: This is not the word/, '... is said';
    is $page->values->{email} . $page->values->{displayName}, 'a@example.orgZoe', '... keeps the rest';
    isnt $page->values->{captchaChallenge}, $challenge, '... and brings a new picture';
    $challenge = $page->values->{captchaChallenge};
    my $stranger = browser()->get($path);
    is $stranger->submit(%form, email => 'b@example.org', captchaChallenge => $challenge,
        captcha => word_of($desk, $challenge))->code, 400, "another browser's challenge";
    $challenge = $page->get($path)->values->{captchaChallenge};
    is $page->get('/account/signup/TWO')->submit(%form, email => 'a@example.org', captchaChallenge => $challenge,
        captcha => word_of($desk, $challenge))->code, 400, "another desk's";
    like $page->problems->[0], qr/^The word in the picture/, '... is the reason';
    $challenge = $page->get($path)->values->{captchaChallenge};
    is $page->submit(%form, email => 'a@example.org', captcha => word_of($desk, $challenge))->location,
        '/account/signup-sent?desk=OPEN', 'the right word' or diag $page->text;
    ok token_to($desk, 'a@example.org'), '... and a mail';
    is $desk->value('SELECT count(*) FROM signup'), 1, 'one signup';
};

subtest 'who cannot see it' => sub {
    my $page = browser()->get($path);
    is $page->submit(%form, email => 'c@example.org', askPeople => 'yes')->location, '/account/signup-sent?desk=OPEN',
        'asks people';
    my $link = '/account/verify?token=' . token_to($desk, 'c@example.org');
    $page->get($link)->follow;
    is $page->submit(password => $form{password})->location, '/account/signin?notice=waiting', 'who decide later';
    like $page->follow->notice, qr/^Thank you\. Somebody looks at your request/, '... which it says';
};

$desk->finish;
done_testing;
