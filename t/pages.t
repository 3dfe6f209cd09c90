#!/usr/bin/perl
# The pages in a browser: t/browser/check.mjs looks at each with axe-core, in three languages, at two widths, without
# JavaScript. SD_SHOTS=DIR keeps a picture of each.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP ();
use ServiceDesk::Test;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Page;
use Test::More;

my $top = ServiceDesk::Test::top();
my $driver = "$top/t/browser";
my ($node, $chromium) = map { my $name = $_; (grep {-x} map {"$_/$name"} split /:/, $ENV{PATH})[0] } qw(node chromium);

# `make -f apxs.mk test` adds all three: a suite without them has not seen a page.
for my $lack ($node ? () : 'there is no node', $chromium ? () : 'there is no chromium',
    -e "$driver/node_modules/axe-core/package.json" ? () : "$driver/node_modules has no axe-core") {
    diag "NO PAGE WAS LOOKED AT: $lack; t/deps test adds it";
    plan skip_all => "no page was looked at: $lack";
}

my $desk = ServiceDesk::Test->new(fixture => 1);
my $c1 = $desk->person('c1');
my @in = (['open', '/account/signin'], ['fill', '#name', 'c1'], ['fill', '#password', $c1->{password}],
    ['press', 'main button']);

$desk->tool_ok('setting', 'set', 'public_signup', 'true');
$desk->tool_ok('desk', 'add', 'OPEN', 'Open Desk', '--access', 'accounts');
$desk->tool_ok('desk', 'access', 'OPEN', '--signup');
my $newcomer = ServiceDesk::Test::Page->new($desk)->get('/account/signup/OPEN')
    ->submit(email => 'zoe@example.org', displayName => 'Zoe', password => 'nine lanterns on a bridge');
my $verify = '/account/verify?token=' . token_to($desk, 'zoe@example.org');
$desk->tool_ok('setting', 'set', 'captcha', 'true');
$desk->tool_ok('role', 'add', 'agent', 'ag1', '--desk', 'OPEN');
$desk->as('ag1')->post('/rest/servicedesk/1/servicedesk/OPEN/invitation', {addresses => 'ivy@example.org'});
my $invitation = '/account/invitation?token=' . token_to($desk, 'ivy@example.org');

ServiceDesk::Test::Page->new($desk)->get('/account/forgotten')->submit(address => 'c2@example.org');
my $reset = '/account/reset?token=' . token_to($desk, 'c2@example.org');
my $mover = ServiceDesk::Test::Page->signed_in($desk, 'c3')->get('/account/new-address')
    ->submit(address => 'three@example.net', currentPassword => $desk->person('c3')->{password});
my $address = '/account/address?token=' . token_to($desk, 'three@example.net');
my $back = '/account/address-back?token=' . token_to($desk, 'c3@example.org');
$desk->tool_ok('desk', 'access', 'D1', '--sign-in-link');
ServiceDesk::Test::Page->new($desk)->get('/account/signin-link')->submit(address => 'c1@example.org');
my $link = '/account/link?token=' . token_to($desk, 'c1@example.org');
my @factor = (@in, ['open', '/account/second-factor']);

my @pages = (
    {name => 'signin', sees => '#password', steps => [['open', '/account/signin']]},
    {name => 'signin-problems', sees => '.problems #problems-title',
        steps => [['open', '/account/signin'], ['press', 'main button']]},
    {name => 'signedout', sees => '.notice', steps => [@in, ['open', '/account/signout'], ['press', 'main button']]},
    {name => 'account', sees => '.facts', steps => [@in, ['open', '/account']]},
    {name => 'account-notice', sees => '.notice', steps => [@in, ['open', '/account'], ['press', 'main button']]},
    {name => 'signout', sees => 'main button', steps => [@in, ['open', '/account/signout']]},
    {name => 'signup', sees => '#displayName', steps => [['open', '/account/signup/OPEN']]},
    {name => 'signup-problems', sees => '#captcha-error',
        steps => [['open', '/account/signup/OPEN'], ['fill', '#email', 'zoe'], ['press', 'main button']]},
    {name => 'signup-sent', sees => 'main .hint', steps => [['open', '/account/signup-sent']]},
    {name => 'signup-closed', sees => 'main .aside', steps => [['open', '/account/signup/NONE']]},
    {name => 'verify', sees => '#password', steps => [['open', $verify]]},
    {name => 'invitation', sees => '#displayName', steps => [['open', $invitation]]},
    {name => 'invitation-signed-in', sees => 'main .aside', steps => [@in, ['open', $invitation]]},
    {name => 'link-dead', sees => 'main .aside', steps => [['open', '/account/verify']]},
    {name => 'signin-link', sees => '#address', steps => [['open', '/account/signin-link']]},
    {name => 'signin-link-problems', sees => '#address-error',
        steps => [['open', '/account/signin-link'], ['press', 'main button']]},
    {name => 'signin-link-sent', sees => 'main .hint', steps => [['open', '/account/signin-link-sent']]},
    {name => 'link', sees => 'main button', steps => [['open', $link]]},
    {name => 'link-signed-in', sees => 'main button', steps => [@in, ['open', $link]]},
    {name => 'forgotten', sees => '#address', steps => [['open', '/account/forgotten']]},
    {name => 'forgotten-sent', sees => 'main .hint', steps => [['open', '/account/forgotten-sent']]},
    {name => 'reset', sees => '#newPassword', steps => [['open', $reset]]},
    {name => 'password', sees => '#endTokens', steps => [@in, ['open', '/account/password']]},
    {name => 'password-problems', sees => '#newPassword-error',
        steps => [@in, ['open', '/account/password'], ['press', 'main button']]},
    {name => 'new-address', sees => '#currentPassword', steps => [@in, ['open', '/account/new-address']]},
    {name => 'address', sees => 'main button', steps => [['open', $address]]},
    {name => 'address-back', sees => 'main button', steps => [['open', $back]]},
    {name => 'address-back-done', sees => '.notice',
        steps => [['open', '/account/forgotten?notice=addressback']]},
    {name => 'sessions', sees => '.rows .badge', steps => [@in, ['open', '/account/sessions']]},
    {name => 'second-factor', sees => 'main button', steps => \@factor},
    {name => 'second-factor-key', sees => '.qr', steps => [@factor, ['press', 'main button']]},
    {name => 'error', sees => 'main .aside', steps => [['open', '/account/nothing']]},
);

my $input = JSON::PP->new->utf8->encode({base => $desk->base, chromium => $chromium, shots => $ENV{SD_SHOTS},
    people => {c1 => {name => 'c1', password => $c1->{password}}}, pages => \@pages});
ServiceDesk::Test::relay_tap({name => 'the browser', least => 20 * @pages, stdin => $input}, $node,
    "$driver/check.mjs");
$desk->finish;
done_testing;
