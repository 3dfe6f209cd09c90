#!/usr/bin/perl
# Links that are mailed, of every kind, at every place that takes one: each works at its own place, once, by POST, and
# is like any other text elsewhere. Cases: security.md 36, 39, 41, 43, 44, 45, and what 4.3 says of mailed tokens.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Copy ();
use MIME::QuotedPrint ();
use List::Util ();
use Mojo::JSON ();
use Mojo::Promise ();
use Mojo::UserAgent ();
use Mojo::Util ();
use ServiceDesk::Test;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Page;
use ServiceDesk::Test::Rest;
use Test::More;

my $password = 'nine lanterns on a bridge';

# What httpd has of an address besides the line that access_log writes.
my $folder = File::Temp::tempdir('servicedesk-XXXXXX', TMPDIR => 1, CLEANUP => 1);
File::Copy::copy("$FindBin::Bin/links/mod_links_seen.c", $folder) or die $!;
my $built = qx(cd '$folder' && '@{[$ENV{APXS} // 'apxs']}' -c mod_links_seen.c 2>&1);
-e "$folder/.libs/mod_links_seen.so" or die $built;

my $desk = ServiceDesk::Test->new(fixture => 1, modules => ['remoteip'],
    conf => "RemoteIPHeader X-Test-From\nRemoteIPInternalProxy 127.0.0.1\n"
        . "ServiceDeskMailFrom help\@help.example.com\nServiceDeskMailTransport dir:post\n"
        . "LoadModule links_seen_module $folder/.libs/mod_links_seen.so\nCustomLog logs/seen.log %{seen}n\n");
my $an = $desk->as('');
my $network = 0;
sub source { $network++; return ('X-Test-From' => '10.6.' . int($network / 250) . '.' . $network % 250) }

$desk->tool_ok('desk', 'add', 'OPEN', 'Open Desk', '--access', 'accounts');
$desk->tool_ok('setting', 'set', 'public_signup', 'true');
$desk->tool_ok('desk', 'access', 'OPEN', '--signup');
$desk->tool_ok('desk', 'access', 'D1', '--sign-in-link');

# ---- one of each ----

sub left { return $desk->wait_for(sub { !$desk->value(q{SELECT count(*) FROM outbox WHERE state = 'queued'}) }, 40) }

sub stop_of {
    my ($address) = @_;
    left();
    my $mail = last_mail($desk, $address);
    my $raw = ServiceDesk::Test::slurp($desk->dir . "/post/new/$mail->{message_id}");
    my ($token) = MIME::QuotedPrint::decode_qp($raw =~ s/\r\n/\n/gr) =~ m{/account/nomail\?token=(\S+)};
    return $token;
}

my %make = (
    verify => sub {
        $an->post(OWN . '/signup', {desk => 'OPEN', email => 'zoe@new.example', displayName => 'Zoe',
            password => $password}, source());
        return token_to($desk, 'zoe@new.example');
    },
    invitation => sub {
        $desk->as('ag1')->post(OWN . '/servicedesk/D1/invitation', {addresses => 'yan@new.example'});
        return token_to($desk, 'yan@new.example');
    },
    reset => sub {
        $an->post(OWN . '/account/reset', {address => 'c1@example.org'}, source());
        return token_to($desk, 'c1@example.org');
    },
    address => sub {
        $desk->as('c3')->post(OWN . '/account/address',
            {address => 'moved@new.example', currentPassword => $desk->person('c3')->{password}}, source());
        return token_to($desk, 'moved@new.example');
    },
    link => sub {
        $an->post(OWN . '/session/link', {address => 'c2@example.org'}, source());
        return token_to($desk, 'c2@example.org');
    },
);
my %token = map { $_ => $make{$_}->() // die "no token: $_" } sort keys %make;
my %tag = (verify => 'sdv_', invitation => 'sdi_', reset => 'sdr_', address => 'sda_', 'address-back' => 'sdb_',
    link => 'sdl_', nomail => 'sdu_');
# The same mail that asks for it tells the present address.
$token{'address-back'} = token_to($desk, 'c3@example.org') // die 'no link that takes it back';
$token{nomail} = stop_of('zoe@new.example') // die 'no link that ends mails';
# What opens other doors.
my ($cookie) = map { $_->value } @{$desk->as('c4', 'session')->cookies};
my %other = ('a token of the API' => $desk->person('c4')->{token}, 'a session' => $cookie);

# Where a token is used over REST: method, path, what goes with it.
my %rest = (
    verify     => ['POST', '/signup/verify', {password => $password}],
    invitation => ['POST', '/invitation/accept', {displayName => 'Yan', password => $password}],
    reset      => ['PUT', '/account/reset', {newPassword => "$password 2"}],
    address    => ['PUT', '/account/address', {}],
    'address-back' => ['POST', '/account/address/back', {}],
    link       => ['PUT', '/session/link', {}],
);

sub use_at {
    my ($place, $token) = @_;
    my ($method, $path, $form) = @{$rest{$place}};
    return $an->call($method, OWN . $path, {%$form, token => $token}, source());
}

sub said {
    my ($answer) = @_;
    my $headers = $answer->headers->to_hash;
    delete @$headers{qw(Date Keep-Alive)};
    return join "\n", $answer->code, $answer->body, map {"$_: $headers->{$_}"} sort keys %$headers;
}

# The page that a token leads to, without what differs from page to page.
sub page_of {
    my ($place, $token) = @_;
    my $page = ServiceDesk::Test::Page->new($desk, headers => {source()});
    $page->get("/account/$place?token=" . Mojo::Util::url_escape($token));
    $page->follow if ($page->location // '') =~ m{^/account/$place$};
    return $page->code . ' ' . $page->body =~ s/name="csrf" value="[^"]*"//gr;
}

sub tokens_now { return Mojo::JSON::encode_json($desk->rows('SELECT * FROM mailed_token ORDER BY id')) }

my $before = tokens_now();
my %dead = map { $_ => said(use_at($_, $tag{$_} . 'A' x 43)) } sort keys %rest;
my %gone = map { $_ => page_of($_, $tag{$_} . 'A' x 43) } sort keys %token;

subtest 'a token that nobody made' => sub {
    like $dead{$_}, qr/^404/, "$_ over REST: 404" for sort keys %dead;
    like $gone{$_}, qr/^404/, "$_ as a page: 404" for sort keys %gone;
};

subtest 'a token of one kind at the place of another' => sub {
    for my $place (sort keys %rest) {
        for my $kind (grep { $_ ne $place } sort keys %token) {
            is said(use_at($place, $token{$kind})), $dead{$place}, "$kind at $place";
            is said(use_at($place, $token{$kind} =~ s/^..._/$tag{$place}/r)), $dead{$place}, '... under its name, too';
        }
        is said(use_at($place, $other{$_})), $dead{$place}, "$_ at $place" for sort keys %other;
    }
    for my $place (sort keys %token) {
        is page_of($place, $token{$_}), $gone{$place}, "$_ at the page of $place"
            for grep { $_ ne $place } sort keys %token;
        is page_of($place, $other{$_}), $gone{$place}, "$_ at the page of $place" for sort keys %other;
    }
    for my $kind (sort keys %token) {
        my $myself = CORE . '/myself';
        is $desk->as('')->bearer($token{$kind})->get($myself)->code, 401, "$kind is no token of the API";
        is $desk->as('')->get($myself, Cookie => "servicedesk=$token{$kind}")->code, 401, '... and no session';
        is $desk->as('')->basic('c1', $token{$kind})->get($myself, source())->code, 401, '... and no password';
    }
    is tokens_now(), $before, 'none of them is used up by that';
};

subtest 'texts that are none' => sub {
    for my $place (sort keys %rest) {
        my $token = $token{$place};
        for my $odd ('', '%', '_', '*', 'null', '0', 'true', $tag{$place}, "$token ", " $token", "$token\n", "$token\t",
            substr($token, 0, -1), "${token}A", lc $token, uc $token, "$token'", "$token%0a", "$token\x{2028}",
            'x' x 20_000, $tag{$place} . '%' x 43, $tag{$place} . '_' x 43) {
            is said(use_at($place, $odd)), $dead{$place}, "$place: " . substr($odd, 0, 12) =~ s/[^ -~]/./gr;
        }
        is use_at($place, $_)->code, 400, "$place: no text at all" for [], {}, Mojo::JSON->true, 5;
    }
    is tokens_now(), $before, 'nothing was used up';
};

# What is in an address becomes a cookie only if it can be a token.
subtest 'no text of a stranger in a cookie' => sub {
    for my $text ('x;Domain=evil.example', 'x,y', 'x=y', '"x"', '%0d%0aX-Evil:1', '') {
        my $page = ServiceDesk::Test::Page->new($desk)->get("/account/verify?token=$text");
        is $page->code, 303, "'$text': sent on";
        is_deeply [map { [$_->value, $_->domain] } @{$page->tx->res->cookies}], [['', undef]],
            '... and what an earlier link left is gone';
    }
};

subtest 'programs that follow links' => sub {
    for my $kind (sort keys %token) {
        for my $method (qw(GET HEAD) x 3) {
            my $page = ServiceDesk::Test::Page->new($desk);
            $page->request($method => "/account/$kind?token=$token{$kind}", {Purpose => 'prefetch', source()});
            is $page->code . ' ' . ($page->location // ''), "303 /account/$kind", "$kind, $method: sent on";
            is $page->header('Referrer-Policy'), 'no-referrer', '... and named to nobody';
            is $page->follow->code, 200, '... to a form';
            unlike $page->body, qr/\Q$token{$kind}\E/, '... that does not have it';
        }
    }
    is tokens_now(), $before, 'none is used up';
    is $desk->value('SELECT count(*) FROM mail_stop'), 0, 'nor has anything ended';
};

# Twenty at once, each kind by itself.
subtest 'once' => sub {
    for my $place (sort keys %rest) {
        my ($method, $path, $form) = @{$rest{$place}};
        my $agent = Mojo::UserAgent->new(max_connections => 0, inactivity_timeout => 60);
        my %codes;
        Mojo::Promise->all_settled(map {
            my $tx = $agent->build_tx($method => $desk->base . OWN . $path, {source()},
                json => {%$form, token => $token{$place}});
            $agent->start_p($tx)->then(sub { $codes{$_[0]->res->code}++ });
        } 1 .. 20)->wait;
        my $good = List::Util::sum0(map { $codes{$_} } grep {/^2/} keys %codes);
        is $good, 1, "$place: one of twenty (" . join(', ', map {"$_: $codes{$_}"} sort keys %codes) . ')';
        is List::Util::sum0(map { $codes{$_} } grep {/^4(?:04|29)/} keys %codes), 19, '... the others are refused';
        is said(use_at($place, $token{$place})), $dead{$place}, '... and afterwards it is like any other';
        is page_of($place, $token{$place}), $gone{$place}, '... at its page, too';
    }
};

subtest 'nowhere to be found' => sub {
    my %text = (access_log => $desk->access_log, error_log => $desk->log,
        'the rest of httpd' => ServiceDesk::Test::slurp($desk->dir . '/logs/seen.log'),
        audit => Mojo::JSON::encode_json($desk->rows('SELECT * FROM audit')));
    for my $table ($desk->{db}->tables($desk->dbh)) {
        $text{database} .= Mojo::JSON::encode_json($desk->rows("SELECT * FROM $table"));
    }
    like $text{'the rest of httpd'},
        qr{^line GET (/account/reset[?]token=hidden) HTTP/1[.]1 uri \1 args token=hidden query token=hidden$}m,
        'which is told that there was one';
    for my $where (sort keys %text) {
        is join(' ', grep { index($text{$where}, substr $token{$_}, 4) >= 0 } sort keys %token), '', $where;
    }
};

$desk->finish;
done_testing;
