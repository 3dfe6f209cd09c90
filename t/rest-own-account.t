#!/usr/bin/perl
# One's own account over REST: a new password, a forgotten one, another address, sessions seen and ended, and what was
# said about sign-ins. Cases: security.md 2, 13, 30, 31, 36, 37, 38, 39, 41, 42, 43, 44, 46, 50, 51, 52, 55.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use List::Util ();
use Mojo::Promise ();
use Mojo::UserAgent ();
use Mojo::Util ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;
use Time::HiRes ();

my $own = OWN . '/account';
my $session = '/rest/auth/1/session';
my $myself = CORE . '/myself';
my $new = 'quite another sentence 7';

sub server {
    return ServiceDesk::Test->new(fixture => 1, modules => ['remoteip'],
        conf => "RemoteIPHeader X-Test-From\nRemoteIPInternalProxy 127.0.0.1\n", @_);
}

sub header { my ($answer, $name) = @_; return $answer->headers->header($name) // '' }

# A signed-in caller without a cookie jar of its own: the cookie is given and changed by hand.
sub cookie_of {
    my ($desk, $name, $password) = @_;
    my $answer = $desk->as('')->post($session, {username => $name,
        password => $password // $desk->person($name)->{password}});
    my ($cookie) = header($answer, 'Set-Cookie') =~ /^([^;]+)/;
    return $cookie // die 'no session: ' . $answer->body;
}

sub as_cookie { my ($desk, $cookie) = @_; return $desk->as('')->with(Cookie => $cookie) }

# The text of a mailed token, as its mail has it: made again from the row and the pepper, like the worker does.
sub mailed {
    my ($desk, $kind, $name) = @_;
    my $row = $desk->rows('SELECT t.* FROM mailed_token t JOIN account a ON a.id = t.account_id WHERE t.kind = ?'
        . ' AND a.public_id = ? ORDER BY t.id DESC LIMIT 1', $kind, $desk->person($name)->{accountId})->[0];
    return unless $row;
    my ($hex) = ServiceDesk::Test::slurp($desk->pepper) =~ /^$row->{pepper} ([0-9a-f]{64})/m;
    my $key = Digest::SHA::hmac_sha256('mod_servicedesk mailed token', pack 'H*', $hex);
    my $bytes = Digest::SHA::hmac_sha256("$kind|$row->{nonce}", $key);
    my $tag = {reset => 'sdr_', address => 'sda_'}->{$kind};
    return $tag . Mojo::Util::b64_encode($bytes, '') =~ tr{+/=}{-_}dr;
}

sub mails {
    my ($desk, $name) = @_;
    return join ' ',
        @{$desk->dbh->selectcol_arrayref('SELECT o.kind FROM outbox o JOIN account a ON a.id = o.account_id'
        . ' WHERE a.public_id = ? AND o.state <> ? ORDER BY o.id', undef, $desk->person($name)->{accountId},
        'suppressed')};
}

use Digest::SHA ();

subtest 'a new password' => sub {
    my $desk = server();
    my $old = $desk->person('c1')->{password};
    my ($mine, $copy, $other) = (cookie_of($desk, 'c1')) x 2;
    $other = cookie_of($desk, 'c1');
    is $desk->as('c1')->get($myself)->code, 200, 'Basic, and remembered';
    news($desk);
    my $c1 = as_cookie($desk, $mine);
    refused($c1->put("$own/password", {}), 400, 'nothing', 'newPassword');
    refused($c1->put("$own/password", {newPassword => $new}), 400, 'without the present one', 'currentPassword');
    refused($c1->put("$own/password", {newPassword => $new, currentPassword => 'wrong'}), 400, 'with a wrong one',
        'currentPassword');
    refused($c1->put("$own/password", {newPassword => 'too short', currentPassword => $old}), 400,
        'one that is none', 'newPassword');
    refused($c1->put("$own/password", {newPassword => 'c1@example.org c1', currentPassword => $old}), 400,
        'one out of the own name', 'newPassword');
    is $c1->call('PUT', "$own/password", Mojo::JSON::encode_json({newPassword => $new, currentPassword => $old}),
        'Content-Type' => 'application/json', 'Sec-Fetch-Site' => 'cross-site')->code, 403, 'from another site';
    is as_cookie($desk, $_)->get($myself)->code, 200, 'nothing has changed' for $mine, $other;

    my $answer = $c1->put("$own/password", {newPassword => $new, currentPassword => $old});
    done($answer, 'it is changed');
    my ($next) = header($answer, 'Set-Cookie') =~ /^([^;]+)/;
    isnt $next, $copy, 'a new session';
    is as_cookie($desk, $next)->get($myself)->json->{name}, 'c1', 'which goes on';
    is as_cookie($desk, $_)->get($myself)->code, 401, 'the others are over, a copy of the own one too'
        for $copy, $other;
    is $desk->as('c1')->get($myself)->code, 401, 'the old password is none';
    is $desk->as('')->basic('c1', $new)->get($myself)->code, 200, 'the new one is';
    is $desk->as('c1', 'bearer')->get($myself)->code, 200, 'a token goes on';
    is mails($desk, 'c1'), 'password-changed', 'a mail tells';
    like join(' ', grep { !/sign-in/ } news($desk)),
        qr{internal/c1 password\.change account:\S+ internal/c1 session\.open}, 'audited';

    $answer = $desk->as('')->basic('c1', $new)
        ->put("$own/password", {newPassword => $old, currentPassword => $new, endTokens => \1});
    is $answer->code . header($answer, 'Set-Cookie'), '204', 'by Basic there is no session to go on';
    is as_cookie($desk, $next)->get($myself)->code, 401, 'and the other one ends';
    is $desk->as('c1', 'bearer')->get($myself)->code, 401, 'tokens end if one says so';
    refused($desk->as('ag1')->put("$own/password",
        {newPassword => $new, currentPassword => $desk->person('ag1')->{password}}), 409,
        'a password of htpasswd is changed elsewhere');
    $desk->finish;
};

subtest 'guesses at the present one count like any' => sub {
    my $desk = server();
    my $c1 = as_cookie($desk, cookie_of($desk, 'c1'));
    my @codes = map { $c1->put("$own/password", {newPassword => $new, currentPassword => "wrong $_"})->code } 1 .. 12;
    is join(' ', @codes), join(' ', (400) x 10, (429) x 2), 'ten';
    is $desk->as('')->basic('c1', 'wrong')->get($myself)->code, 429, 'and none by Basic then';
    is $desk->as('c2', 'bearer')->put("$own/password", {newPassword => $new})->code, 400, 'a token needs it too';
    $desk->finish;
};

subtest 'sessions' => sub {
    my $desk = server();
    my ($mine, $phone, $others) = map { cookie_of($desk, $_) } qw(c1 c1 c2);
    my $c1 = as_cookie($desk, $mine);
    my $list = good($c1->get("$own/session"), 'listed');
    is scalar(@{$list->{values}}), 2, 'one\'s own';
    is_deeply [sort keys %{$list->{values}[0]}],
        [qw(created current directory expires id kind lastSeen source)], 'with what is known of them';
    is_deeply [sort map { $_->{current} ? 'this' : 'other' } @{$list->{values}}], [qw(other this)],
        'this one is marked';
    unlike $c1->get("$own/session")->body, qr/sds_|\Q@{[substr $mine, 16, 20]}\E/, 'nothing of a cookie';
    my ($other) = grep { !$_->{current} } @{$list->{values}};
    my $foreign = as_cookie($desk, $others)->get("$own/session")->json->{values}[0];
    refused($c1->delete("$own/session/$_"), 404, 'not one of somebody else') for $foreign->{id}, 'x', 'f' x 24, '%25';
    news($desk);
    done($c1->delete("$own/session/$other->{id}"), 'ended');
    is_deeply [news($desk)], ['internal/c1 session.close account:' . $desk->person('c1')->{accountId}], 'audited';
    is as_cookie($desk, $phone)->get($myself)->code, 401, 'at once';
    is as_cookie($desk, $mine)->get($myself)->code, 200, 'this one goes on';
    refused($c1->delete("$own/session/$other->{id}"), 404, 'it is gone');
    is scalar(@{$desk->as('c1', 'bearer')->get("$own/session")->json->{values}}), 1, 'a token sees the list';
    $desk->finish;
};

subtest 'a session left open' => sub {
    my $desk = server();
    my $cookie = cookie_of($desk, 'c1');
    my $c1 = as_cookie($desk, $cookie);
    is $c1->get($own)->json->{confirmed}, 1, 'fresh';
    $desk->dbh->do('UPDATE session SET auth_time = auth_time - 15 * 60000 - 1000');
    is $c1->get($own)->json->{confirmed}, 0, 'a quarter of an hour later it is not';
    refused($c1->post(OWN . '/token', {label => 'x'}), 403, 'makes no token');
    refused($c1->post("$own/second-factor", {}), 403, 'and no second factor');
    is $c1->get($myself)->code, 200, 'everything else goes on';
    refused($c1->post("$own/confirm", {password => 'wrong'}), 400, 'a wrong password', 'password');
    done($c1->post("$own/confirm", {password => $desk->person('c1')->{password}}), 'the right one');
    is $c1->post(OWN . '/token', {label => 'x'})->code, 201, 'then it does';
    $desk->dbh->do('UPDATE session SET auth_time = auth_time + 3600000');
    refused($c1->post(OWN . '/token', {label => 'x'}), 403, 'a clock that was put back makes nobody fresh');
    refused($desk->as('c1')->post("$own/confirm", {password => $desk->person('c1')->{password}}), 409,
        'by Basic there is nothing to confirm');
    $desk->finish;
};

subtest 'a forgotten password' => sub {
    my $desk = server();
    my $address = $desk->person('c1')->{email};
    my $cookie = cookie_of($desk, 'c1');
    my %from = (known => $address, unknown => 'nobody-there@example.org', agent => 'ag1@example.org',
        disabled => $desk->person('nobody')->{email});
    $desk->tool_ok('account', 'disable', 'nobody');
    my %answer;
    for my $kind (sort keys %from) {
        my $answer = $desk->as('')->post("$own/reset", {address => $from{$kind}});
        my $headers = $answer->headers->to_hash;
        delete @$headers{qw(Date Keep-Alive)};
        $answer{$kind} = join "\n", $answer->code, $answer->body, map {"$_: $headers->{$_}"} sort keys %$headers;
    }
    like $answer{known}, qr/^204/, 'asked for';
    is $answer{$_}, $answer{known}, "$_ reads the same" for sort keys %from;
    is $desk->value("SELECT count(*) FROM mailed_token WHERE kind = 'reset' AND account_id IS NOT NULL"), 1,
        'one link';
    is_deeply $desk->rows("SELECT state, count(*) AS number FROM outbox WHERE kind = 'reset' GROUP BY state"
        . ' ORDER BY state'), [{state => 'queued', number => 1}, {state => 'suppressed', number => 3}],
        '... in the one mail that leaves';
    is mails($desk, 'c1'), 'reset', 'one mail';
    is $desk->value('SELECT address FROM mailed_token WHERE account_id IS NOT NULL'), $address,
        'to the address of the account';
    my $first = mailed($desk, 'reset', 'c1');
    like $first, qr/\Asdr_[\w-]{43}\z/, 'a link';
    my $dump = join '', map { ServiceDesk::Test::slurp($_) } glob $desk->database . '*';
    is index($dump, substr $first, 4), -1, 'that is nowhere in the database';

    is $desk->as('')->post("$own/reset", {address => $address}, Host => 'evil.example',
        'X-Forwarded-Host' => 'evil.example')->code, 204, 'asked again';
    is mails($desk, 'c1'), 'reset', 'within the hour there is no other mail';
    is mailed($desk, 'reset', 'c1'), $first, 'and its link is the one that there is';
    $desk->dbh->do('UPDATE outbox SET created = created - 3600000');
    is $desk->as('')->post("$own/reset", {address => $address})->code, 204, 'after it';
    my $token = mailed($desk, 'reset', 'c1');
    isnt $token, $first, 'there is a new one';
    my $reset = sub {
        my ($text, %more) = @_;
        return $desk->as('')->put("$own/reset", {token => $text, newPassword => $new, %more});
    };
    my $dead = $reset->($first);
    refused($dead, 404, 'the first link is dead');
    for my $wrong ('%', '_', '*', 'null', '0', 'true', "$token ", " $token", "$token\n", substr($token, 0, -1),
        uc $token,
        "$token'", 'x' x 20000, $token =~ s/^sdr/sda/r, $token =~ s/^sdr/sdp/r, $token =~ s/^sdr/sdi/r) {
        is $reset->($wrong)->body, $dead->body, 'the same for anything else: ' . substr $wrong, 0, 20;
    }
    is $desk->as('')->put("$own/reset", {token => $_, newPassword => $new})->code, 400, 'no text at all'
        for [], {}, \1, undef;
    is $desk->as('')->put("$own/address", {token => $token})->code, 404, 'no link for an address';
    is $desk->as('')->bearer($token)->get($myself)->code, 401, 'nor a token of the API';
    refused($reset->($token, newPassword => 'short'), 400, 'a password that is none', 'newPassword');
    is $desk->as('')->get("$own/reset?token=$token")->code, 405, 'a GET does nothing';

    my $agent = Mojo::UserAgent->new(max_connections => 0, inactivity_timeout => 60);
    my @codes;
    my @calls = map {
        $agent->put_p($desk->base . "$own/reset",
            json => {token => $token, newPassword => "$new $_", email => $desk->person('c2')->{email}, id => 'c2'})
            ->then(sub { push @codes, $_[0]->res->code });
    } 1 .. 20;
    Mojo::Promise->all_settled(@calls)->wait;
    is join(' ', sort @codes), join(' ', 204, (404) x 19), 'twenty at once: one';
    is $desk->as('c2')->get($myself)->code, 200, 'of the account that it was sent to, whatever else is said';
    is as_cookie($desk, $cookie)->get($myself)->code, 401, 'sessions are over';
    is $desk->as('c1', 'bearer')->get($myself)->code, 401, 'tokens too';
    is $desk->as('c1')->get($myself)->code, 401, 'the old password is none';
    is $desk->value("SELECT count(*) FROM audit WHERE act = 'password.reset'"), 1, 'audited once';
    is mails($desk, 'c1'), 'reset reset password-changed', 'and a mail tells';
    $desk->finish;
};

# Medians of interleaved calls, each about another account and from another network; the bound is for loaded machines.
subtest 'nor does the time tell who has one' => sub {
    my $desk = server();
    $desk->dbh->do(q{INSERT INTO account (public_id, directory_id, name, name_key, address, address_key,}
        . q{ address_proven, display_name, state, origin, created)}
        . q{ VALUES (?, 1, ?, ?, ?, ?, 1, ?, 'active', 'tool', 0)},
        undef, "timed-$_", ("timed$_") x 2, ("timed$_\@example.org") x 2, "timed$_") for 1 .. 40;
    my (%time, %codes, $i);
    for my $round (1 .. 40) {
        my %address = (known => "timed$round\@example.org", unknown => "nobody$round\@example.org");
        for my $kind (List::Util::shuffle(keys %address)) {
            my $start = Time::HiRes::time();
            $codes{$desk->as('')->post("$own/reset", {address => $address{$kind}},
                'X-Test-From' => '10.9.0.' . ++$i)->code}++;
            push @{$time{$kind}}, Time::HiRes::time() - $start;
        }
    }
    is_deeply \%codes, {204 => 80}, 'each is answered';
    is $desk->value("SELECT count(*) FROM outbox WHERE kind = 'reset' AND state = 'queued'"), 40, 'the mails differ';
    my %median = map { my @sorted = sort { $a <=> $b } @{$time{$_}}; $_ => $sorted[@sorted / 2] } keys %time;
    diag join ', ', map { sprintf '%s %.1f ms', $_, 1000 * $median{$_} } sort keys %median;
    my $ratio = $median{unknown} / $median{known};
    ok $ratio > 0.5 && $ratio < 2, 'and it takes as long' or diag $ratio;
    $desk->finish;
};

subtest 'how long a link lives, and what ends it' => sub {
    my $desk = server();
    my $ask = sub {
        my ($name) = @_;
        $desk->as('')->post("$own/reset", {address => $desk->person($name)->{email}})->code == 204 or die;
        return mailed($desk, 'reset', $name);
    };
    my $use = sub { return $desk->as('')->put("$own/reset", {token => $_[0], newPassword => $new})->code };
    my $token = $ask->('c1');
    $desk->dbh->do('UPDATE mailed_token SET created = created - 3599000, expires = expires - 3599000');
    is $use->($token), 204, 'a second before the hour';
    $token = $ask->('c2');
    $desk->dbh->do('UPDATE mailed_token SET created = created - 3601000,
        expires = expires - 3601000 WHERE used IS NULL');
    is $use->($token), 404, 'a second after it';
    $desk->dbh->do('UPDATE mailed_token SET created = created + 3601000,
        expires = expires + 3601000 WHERE used IS NULL');
    is $use->($token), 404, 'a clock put back wakes nothing';
    $token = $ask->('c2');
    $desk->tool_ok('account', 'disable', 'c2');
    is $use->($token), 404, 'disabled';
    $desk->tool_ok('account', 'enable', 'c2');
    is $use->($token), 404, 'and enabled again';
    $token = $ask->('c3');
    my $c3 = $desk->person('c3');
    is $desk->as('c3')->put("$own/password", {currentPassword => $c3->{password}, newPassword => $new})->code, 204,
        'a password changed';
    is $use->($token), 404, 'ends it too';
    my $c4 = $desk->person('c4');
    done($desk->as('c4')->post("$own/address", {address => 'moved@example.org', currentPassword => $c4->{password}}),
        'another address is asked for');
    my $address = mailed($desk, 'address', 'c4');
    is $use->($ask->('c4')), 204, 'then the password is reset';
    refused($desk->as('')->put("$own/address", {token => $address}), 404, 'which ends links of every other kind');
    is $desk->value('SELECT address FROM account WHERE public_id = ?', $c4->{accountId}), $c4->{email},
        'the address stays';
    $desk->finish;
};

subtest 'asked too often' => sub {
    my $desk = server();
    my @codes = map {
        $desk->as('')->post("$own/reset", {address => 'c1@example.org'}, 'X-Test-From' => "192.0.2.$_")->code
    } 1 .. 10;
    is join(' ', @codes), join(' ', (204) x 10), 'the answer stays the same';
    is mails($desk, 'c1'), 'reset', 'one mail an hour';
    is $desk->value("SELECT count(*) FROM audit WHERE act = 'password.forgotten'"), 3,
        'three are heard, the others write nothing';
    $desk->tool_ok('setting', 'set', 'mail_again_minutes', '0');
    @codes = map {
        $desk->as('')->post("$own/reset", {address => 'c2@example.org'}, 'X-Test-From' => "192.0.3.$_")->code
    } 1 .. 10;
    is join(' ', @codes), join(' ', (204) x 10), 'where each is answered';
    is mails($desk, 'c2'), 'reset reset reset', 'three an hour';
    my $last = mailed($desk, 'reset', 'c2');
    done($desk->as('')->put("$own/reset", {token => $last, newPassword => $new}), 'the link of the last one works');
    my $count = $desk->value('SELECT count(*) FROM audit');
    @codes = map {
        $desk->as('')->post("$own/reset", {address => "u$_\@example.org"}, 'X-Test-From' => '198.51.100.1')->code
    } 1 .. 60;
    is join(' ', @codes), join(' ', (204) x 60), 'from one network';
    is $desk->value('SELECT count(*) FROM audit') - $count, 20, 'twenty are heard, the others write nothing';
    $desk->finish;
};

subtest 'somebody whom an account was made for' => sub {
    my $desk = server();
    my $made = created($desk->as('sa')->post(API . '/customer', {email => 'new@example.org', displayName => 'New'}),
        'made');
    is $desk->as('')->post("$own/reset", {address => 'new@example.org'})->code, 204, 'asks for a password';
    $desk->{world}{people}{new} = {accountId => $made->{accountId}};
    my $token = mailed($desk, 'reset', 'new');
    done($desk->as('')->put("$own/reset", {token => $token, newPassword => $new}), 'sets one');
    is $desk->as('')->basic('new@example.org', $new)->get($myself)->code, 200, 'and is in';
    is $desk->value('SELECT address_proven FROM account WHERE public_id = ?', $made->{accountId}), 1,
        'the address is proven by that';
    $desk->finish;
};

subtest 'another address' => sub {
    my $desk = server();
    my $c1 = $desk->person('c1');
    my $cookie = cookie_of($desk, 'c1');
    my $me = as_cookie($desk, $cookie);
    refused($me->post("$own/address", {address => 'moved@example.org'}), 400, 'not without the password',
        'currentPassword');
    refused($me->post("$own/address", {address => 'no address', currentPassword => $c1->{password}}), 400, 'none',
        'address');
    $desk->tool_ok('domain', 'block', 'blocked.example');
    refused($me->post("$own/address", {address => 'a@blocked.example', currentPassword => $c1->{password}}), 400,
        'one of a domain that may not', 'address');
    done($me->post("$own/address", {address => 'moved@example.org', currentPassword => $c1->{password}}), 'asked for');
    is $desk->value('SELECT address FROM account WHERE name = ?', 'c1'), $c1->{email}, 'it stays as it is';
    is_deeply $desk->rows('SELECT kind, address FROM outbox ORDER BY id'),
        [{kind => 'address-new', address => 'moved@example.org'}, {kind => 'address-old', address => $c1->{email}}],
        'a link to the new one, a word to the old one';
    is $desk->as('')->post("$own/reset", {address => $c1->{email}})->code, 204, 'the old one still gets a link';
    my ($reset, $token) = map { mailed($desk, $_, 'c1') } 'reset', 'address';
    refused($desk->as('')->put("$own/address", {token => $_}), 404, 'no such link') for $reset, 'x';
    my $elsewhere = cookie_of($desk, 'c1');
    my $confirmed = as_cookie($desk, $cookie)->put("$own/address", {token => $token});
    done($confirmed, 'confirmed by the link');
    my ($renewed) = $confirmed->headers->header('Set-Cookie') =~ /^([^;]+)/;
    is $desk->value('SELECT address FROM account WHERE name = ?', 'c1'), 'moved@example.org', 'moved';
    is_deeply $desk->rows("SELECT address, proven, content FROM outbox WHERE kind = 'address-changed'"),
        [{address => $c1->{email}, proven => 1, content => '{"newAddress":"moved@example.org"}'}],
        'the old one is told, and where to';
    refused($desk->as('')->put("$own/address", {token => $token}), 404, 'once');
    is $desk->as('')->put("$own/reset", {token => $reset, newPassword => $new})->code, 404,
        'what was mailed to the old one is dead';
    is $desk->as('')->basic('moved@example.org', $c1->{password})->get($myself)->code, 200, 'one signs in by it';
    is $desk->as('')->basic($c1->{email}, $c1->{password})->get($myself)->code, 401, 'and by the old one no more';
    is as_cookie($desk, $renewed)->get($myself)->code, 200, 'the session goes on, under another id';
    is as_cookie($desk, $_)->get($myself)->code, 401, 'a copy of its old one does not, nor does any other'
        for $cookie, $elsewhere;
    my $before = $desk->value('SELECT count(*) FROM session');
    $me = as_cookie($desk, $renewed);

    done($me->post("$own/address", {address => $desk->person('c2')->{email}, currentPassword => $c1->{password}}),
        'that of somebody else: not told');
    refused($desk->as('')->put("$own/address", {token => mailed($desk, 'address', 'c1')}), 409, 'until it is proven');
    is $desk->value('SELECT count(*) FROM session'), $before, 'which ends no session';
    done($me->post("$own/address", {address => 'again@example.org', currentPassword => $c1->{password}}), 'once more');
    done($desk->as('c2')->put("$own/address", {token => mailed($desk, 'address', 'c1')}),
        'confirmed where somebody else is signed in');
    is as_cookie($desk, $renewed)->get($myself)->code, 401, 'ends all of them';
    refused($desk->as('ag1')->post("$own/address",
        {address => 'x@example.org', currentPassword => $desk->person('ag1')->{password}}), 409,
        'an agent of htpasswd has his elsewhere');
    my ($code, $out) = $desk->tool('check');
    is $code, 0, 'the database is whole' or diag $out;
    $desk->finish;
};

subtest 'what one is told about sign-ins' => sub {
    my $desk = server();
    my $info = sub { return as_cookie($desk, cookie_of($desk, 'c1'))->get($session)->json->{loginInfo} };
    is_deeply $info->(), {failedLoginCount => 0, loginCount => 1}, 'the first';
    $desk->as('')->basic('c1', 'wrong')->get($myself) for 1, 2;
    my $second = $info->();
    is "$second->{failedLoginCount} $second->{loginCount}", '2 2', 'counted';
    like $second->{$_}, qr/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.]\d{3}[+]0000\z/, "$_: a date"
        for qw(lastFailedLoginTime previousLoginTime);
    is $desk->as('c2', 'bearer')->get($session)->json->{loginInfo}{failedLoginCount}, 0, 'each their own';
    $desk->finish;
};

done_testing;
