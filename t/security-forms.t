#!/usr/bin/perl
# Forms of pages that a foreign page makes a browser send: every page that changes something, signed in by a session
# and by what Apache asks of the browser. Cases: security.md 92 to 97. (t/security-forgery.t does the same under /rest;
# what one form says is in t/pages-signin.t.)
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::Util ();
use ServiceDesk::Test;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Page;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
$desk->tool_ok('desk', 'add', 'OPEN', 'Open Desk', '--access', 'accounts');
$desk->tool_ok('setting', 'set', 'public_signup', 'true');
$desk->tool_ok('setting', 'set', 'site_signup', 'public');
$desk->tool_ok('desk', 'access', 'OPEN', '--signup');
$desk->tool_ok('desk', 'access', 'D1', '--sign-in-link');
$desk->tool_ok('setting', 'set', 'audit_seal_seconds', '999999999');

my %c1 = %{$desk->person('c1')};
my $new = 'a forged password of many words';
# What would change something, for every page that a form is sent to.
my %fields = (
    '/account' => {language => 'ko'},
    '/account/signin' => {name => 'c2', password => $desk->person('c2')->{password}},
    '/account/signin-link' => {address => $c1{email}},
    '/account/link' => {},
    '/account/signout' => {},
    '/account/nomail' => {},
    '/account/forgotten' => {address => $desk->person('c2')->{email}},    # c1 has such a mail already
    '/account/reset' => {newPassword => $new},
    '/account/password' => {currentPassword => $c1{password}, newPassword => $new},
    '/account/new-address' => {currentPassword => $c1{password}, address => 'forged@example.org'},
    '/account/address' => {},
    '/account/address-back' => {},
    '/account/sessions' => {all => 'yes'},
    '/account/second-factor' => {do => 'set-up', currentPassword => $c1{password}},
    '/account/signup' => {email => 'forged@example.org', displayName => 'x', password => $new},
    '/account/signup/OPEN' => {email => 'forged@example.org', displayName => 'x', password => $new},
    '/account/invitation' => {displayName => 'x', password => $new},
    '/account/verify' => {password => $new},
);
my %evil = (
    'a foreign origin' => {Origin => 'https://evil.example'}, 'no origin' => {Origin => 'null'},
    'cross-site' => {'Sec-Fetch-Site' => 'cross-site'}, 'same-site' => {'Sec-Fetch-Site' => 'same-site'},
);

sub state_now { return contents_of($desk, 'audit') }
sub signed_in { return ServiceDesk::Test::Page->signed_in($desk, @_) }
sub stranger { return ServiceDesk::Test::Page->new($desk) }

# A browser that was asked for a password by Apache, and sends it by itself.
sub ambient {
    my ($name) = @_;
    my $pair = Mojo::Util::b64_encode("$name:" . $desk->person($name)->{password}, '');
    return ServiceDesk::Test::Page->new($desk, headers => {Authorization => "Basic $pair"});
}

# One that has followed the link of the last mail to an address.
sub led_to { my ($path, $address) = @_; return stranger()->get("$path?token=" . token_to($desk, $address))->follow }

subtest 'every page is here' => sub {
    my $text = ServiceDesk::Test::slurp($desk->top . '/mod_servicedesk/portal/routes.c');
    my @routes = map {s/\{desk\}/OPEN/r} $text =~ /\bSD_ROUTE_WITH\("POST",\s*"([^"]+)"/g;
    is_deeply [sort @routes], [sort keys %fields], 'what a form is sent to';
};

# Who looks at which of them: the one whose form it is, the same person elsewhere, somebody else.
my %own = map { $_ => 1 } qw(/account /account/password /account/new-address /account/sessions /account/second-factor);
my ($me, $again, $other, $basic) = (signed_in('c1'), signed_in('c1'), signed_in('c2'), ambient('c1'));
my %browser = map { $_ => {session => $me, basic => $basic} } keys %own;
$browser{'/account/signout'} = {session => $me};
$browser{$_} = {stranger => stranger()}
    for qw(/account/signin /account/signin-link /account/forgotten /account/signup /account/signup/OPEN);
stranger()->get('/account/forgotten')->submit(address => $c1{email});
$browser{'/account/reset'} = {link => led_to('/account/reset', $c1{email})};
signed_in('c3')->get('/account/new-address')
    ->submit(address => 'three@example.net', currentPassword => $desk->person('c3')->{password});
$browser{'/account/address'} = {link => led_to('/account/address', 'three@example.net')};
$browser{'/account/address-back'} = {link => led_to('/account/address-back', $desk->person('c3')->{email})};
stranger()->get('/account/signup/OPEN')->submit(email => 'zoe@example.org', displayName => 'Zoe', password => $new);
$browser{'/account/verify'} = {link => led_to('/account/verify', 'zoe@example.org')};
$desk->tool_ok('invitation', 'send', 'ivy@example.org', '--desk', 'D1');
$browser{'/account/invitation'} = {link => led_to('/account/invitation', 'ivy@example.org')};
stranger()->get('/account/signin-link')->submit(address => $desk->person('c2')->{email});
$browser{'/account/link'} = {link => led_to('/account/link', $desk->person('c2')->{email})};
# Its link is in no mail of this test (t/mail-stop.t follows one): without it there is nothing to send.
my $nothing = '/account/nomail';
$browser{$nothing} = {link => stranger()};

sub each_form {
    my ($do) = @_;
    for my $path (sort keys %fields) {
        for my $how (sort keys %{$browser{$path}}) {
            my $page = $browser{$path}{$how};
            my $token = $page->get($path)->values->{csrf};
            is defined $token, $path ne $nothing, "$path by $how: a form" if $path eq $nothing || !$token;
            $do->($path, $how, $page, $token // 'A' x 86);
        }
    }
    return;
}

sub refused_each_time {
    my ($path, $how, @codes) = @_;
    my $wanted = $path eq $nothing ? qr/^40[34] / : qr/^403 /;
    return is join(', ', grep { $_ !~ $wanted } @codes), '', "$path by $how: refused each time";
}

subtest 'without a token, or with another' => sub {
    my $before = state_now();
    each_form(sub {
        my ($path, $how, $page, $token) = @_;
        my ($fields, $elsewhere) = ($fields{$path}, stranger());
        my %wrong = (
            'none' => {}, 'an empty one' => {csrf => ''}, 'one of nobody' => {csrf => 'A' x 86},
            'another form\'s' => {csrf => $page->get($path eq '/account' ? '/account/password' : '/account')
                    ->values->{csrf} // $elsewhere->get('/account/forgotten')->values->{csrf}},
            'another session\'s' => {csrf => $again->get($path)->values->{csrf} // ''},
            'somebody else\'s' => {csrf => $other->get($path)->values->{csrf} // ''},
            'a stranger\'s' => {csrf => $elsewhere->get($path)->values->{csrf} // ''},
        );
        my @codes = map { $page->post($path, {%$fields, %{$wrong{$_}}})->code . " $_" } sort keys %wrong;
        push @codes, $page->post("$path?csrf=$token", $fields)->code . ' in the address';
        refused_each_time($path, $how, @codes);
    });
    is_deeply state_now(), $before, 'nothing changed';
};

subtest 'from a foreign page, with the right one' => sub {
    my $before = state_now();
    each_form(sub {
        my ($path, $how, $page, $token) = @_;
        my @codes = map { $page->post($path, {%{$fields{$path}}, csrf => $token}, $evil{$_})->code . " $_" }
            sort keys %evil;
        refused_each_time($path, $how, @codes);
    });
    is_deeply state_now(), $before, 'nothing changed';
};

subtest 'by GET and HEAD' => sub {
    my $before = state_now();
    each_form(sub {
        my ($path, $how, $page, $token) = @_;
        my %all = (%{$fields{$path}}, csrf => $token, _method => 'POST');
        my $query = join '&', map { "$_=" . Mojo::Util::url_escape($all{$_}) } sort keys %all;
        my @codes = map { $page->request($_, "$path?$query")->code } qw(GET HEAD OPTIONS);
        is scalar(grep { $_ >= 500 } @codes), 0, "$path by $how";
    });
    is_deeply state_now(), $before, 'nothing changed';
};

# The right form of the right person does what it says: or all this would prove nothing.
subtest 'and then the forms themselves' => sub {
    for my $path (sort { ($a =~ /signout|sessions/) <=> ($b =~ /signout|sessions/) || $a cmp $b } keys %fields) {
        next if $path eq $nothing || $path =~ m{/(?:password|reset)\z};    # after them c1 has another
        my ($how) = sort { $b cmp $a } keys %{$browser{$path}};
        my $before = state_now();
        my $code = $browser{$path}{$how}->get($path)->submit(%{$fields{$path}})->code;
        like $code, qr/^(?:200|303)\z/, "$path by $how is taken";
        isnt join("\n", @{state_now()}), join("\n", @$before), 'and changes something';
    }
};

$desk->finish;
done_testing;
