#!/usr/bin/perl
# Signing in by a mailed link, where a desk offers it: for whom, once, by POST, and never past a second factor. Over
# REST and by pages. Cases: design 9; security.md 36, 39, 41 to 46, 48, 52, 55 for this kind of link, and of 1.2 the
# ticket trick.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use List::Util ();
use Mojo::Promise ();
use Mojo::UserAgent ();
use ServiceDesk::Test;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Page;
use ServiceDesk::Test::Rest;
use ServiceDesk::Test::Totp;
use Test::More;
use Time::HiRes ();

my $link = OWN . '/session/link';
my $access = OWN . '/servicedesk/D1/access';
my $myself = CORE . '/myself';
my ($yes, $no) = (Mojo::JSON->true, Mojo::JSON->false);

sub server {
    return ServiceDesk::Test->new(fixture => 1, modules => ['remoteip'],
        conf => "RemoteIPHeader X-Test-From\nRemoteIPInternalProxy 127.0.0.1\n", @_);
}

sub offering {
    my $desk = server();
    $desk->tool_ok('desk', 'access', 'D1', '--sign-in-link');
    return $desk;
}

sub browser { my ($desk, @more) = @_; return ServiceDesk::Test::Page->new($desk, @more) }

# All that a client can see of an answer.
sub seen {
    my ($answer) = @_;
    my $headers = $answer->headers->to_hash;
    delete @$headers{qw(Date Keep-Alive)};
    return join "\n", $answer->code, (map {"$_: $headers->{$_}"} sort keys %$headers), $answer->body;
}

my $network = 0;

sub ask {
    my ($desk, $address) = @_;
    my $answer = $desk->as('')->post($link, {address => $address}, 'X-Test-From' => '10.7.0.' . ++$network % 250);
    die 'not heard: ' . $answer->body unless $answer->code == 204;
    return (last_mail($desk, $address) // {state => ''})->{state} eq 'queued' ? token_to($desk, $address) : undef;
}

sub use_link { my ($desk, $token, %more) = @_; return $desk->as('')->put($link, {token => $token, %more}) }

subtest 'a desk\'s choice' => sub {
    my $desk = server();
    my $da1 = $desk->as('da1');
    is good($da1->get($access), 'as it comes')->{signInLink}, $no, 'off';
    is_deeply good($desk->as('')->get($link), 'nobody offers it'), {available => $no}, 'which anybody may know';
    refused($desk->as('')->post($link, {address => 'c1@example.org'}), 404, 'and nobody can ask');
    my $page = browser($desk)->get('/account/signin');
    unlike $page->text, qr/without a password/, 'nor does the sign-in page speak of it';
    is $page->get('/account/signin-link')->code, 404, 'there is no form';
    is $page->form, undef, '... none at all';
    my $csrf = $page->get('/account/forgotten')->values->{csrf};
    is $page->post('/account/signin-link', {csrf => $csrf, address => 'c1@example.org'})->code, 404, 'no post';
    is $desk->value('SELECT count(*) FROM outbox'), 0, 'and no mail';
    news($desk);
    is good($da1->put($access, {signInLink => $yes}), 'its administrator')->{signInLink}, $yes, 'switches it on';
    is_deeply [news($desk)], ['internal/da1 desk.sign-in-link desk:D1'], 'audited';
    is good($da1->put($access, {signInLink => $yes}), 'again')->{access}, 'listed', 'nothing else changes';
    is_deeply [news($desk)], [], '... which is no change';
    refused($da1->put($access, {signInLink => 'perhaps'}), 400, 'neither true nor false', 'signInLink');
    is_deeply good($desk->as('')->get($link), 'offered'), {available => $yes}, 'now';
    is browser($desk)->get('/account/signin')->dom->at('a[href="/account/signin-link"]')->text,
        'Sign in without a password', 'the sign-in page leads there';
    my $token = ask($desk, 'c1@example.org');
    is $desk->tool_ok('desk', 'access', 'D1', '--no-sign-in-link', '--json')->{signInLink}, 0, 'off again';
    refused(use_link($desk, $token), 404, 'a link that was under way is dead');
    is $desk->tool_ok('desk', 'access', 'D1', '--sign-in-link', '--json')->{signInLink}, 1, 'on by the tool';
    $desk->tool_ok('setting', 'set', 'mail_sign_in', 'false');
    is_deeply good($desk->as('')->get($link), 'the site sends none'), {available => $no}, 'not offered';
    $desk->finish;
};

subtest 'by pages' => sub {
    my $desk = offering();
    my $page = browser($desk)->get('/account/signin-link');
    is $page->submit(address => '')->code, 400, 'nothing is no address';
    is $page->submit(address => 'no address')->values->{address}, 'no address', 'what was typed is kept';
    is $page->submit(address => 'c1@example.org')->location, '/account/signin-link-sent', 'asked for';
    my $said = $page->follow->text;
    is $page->get('/account/signin-link')->submit(address => $_)->follow->text, $said, "the same for $_"
        for 'nobody@example.org', 'da1@example.org';
    my $token = token_to($desk, 'c1@example.org');
    like $token, qr/\Asdl_[\w-]{43}\z/, 'a link';
    my $path = "/account/link?token=$token";
    for my $headers ({}, {Purpose => 'prefetch'}, {'Sec-Purpose' => 'prefetch'}) {
        browser($desk)->get($path, $headers)->follow;
        browser($desk)->request(HEAD => $path, $headers);
    }
    is $page->get($path)->location, '/account/link', 'the token leaves the address';
    is $page->follow->heading, 'Sign in', 'a question';
    like $page->text, qr/c1\@example\.org/, '... says who it is for';
    is $page->header('Referrer-Policy'), 'same-origin', '... and tells nobody else where it was';
    is $page->header('Cache-Control'), 'no-store', '... nor is it kept';
    is $desk->value('SELECT count(*) FROM session'), 0, 'looking signs nobody in';
    my $other = browser($desk)->get($path)->follow;
    is $page->submit->location, '/account', 'sending the form does';
    like $page->follow->text, qr/Customer One/, 'it is c1';
    is $other->submit->code, 404, 'the link works once';
    is $other->heading, 'This link does not work', '... and says so';
    is browser($desk)->get($path)->follow->code, 404, 'for everybody';
    unlike $desk->access_log . $desk->log, qr/sdl_/, 'the token is in no log';
    $page->get('/account/second-factor');
    is $page->dom->at('#currentPassword') && 1, 1, 'what is delicate asks for the password first';

    is $page->get('/account/link?token=' . ask($desk, 'c2@example.org'))->follow->code, 200,
        'a link of another while signed in';
    like $page->text, qr/c2\@example\.org.*signed in as Customer One/, 'is said to be one';
    $page->submit;
    like $page->get('/account')->text, qr/Customer Two/, 'and changes who it is';
    is $desk->value('SELECT count(*) FROM session'), 1, 'the other session has ended';
    my $forged = browser($desk)->get('/account/link?token=' . ask($desk, 'c3@example.org'))->follow;
    is $forged->post('/account/link', {})->code, 403, 'without the form\'s own token nothing';
    $desk->finish;
};

subtest 'over REST' => sub {
    my $desk = offering();
    my $token = ask($desk, 'c1@example.org');
    my $dump = join '', map { ServiceDesk::Test::slurp($_) } glob $desk->database . '*';
    is index($dump, substr $token, 4), -1, 'the token is nowhere in the database';
    my $dead = use_link($desk, 'sdl_' . 'A' x 43);
    refused($dead, 404, 'one that is none');
    for my $wrong ('', '%', '_', '*', 'null', '0', "$token ", " $token", "$token\n", substr($token, 0, -1), uc $token,
        "$token'", 'x' x 20000, $token =~ s/^sdl/sdr/r, $token =~ s/^sdl/sds/r, $token =~ s/^sdl/sdp/r) {
        is use_link($desk, $wrong)->body, $dead->body, 'the same for anything else: ' . substr $wrong, 0, 20;
    }
    is $desk->as('')->put($link, {token => $_})->code, 400, 'no text at all' for [], {}, \1, undef;
    is $desk->as('')->put(OWN . '/account/reset', {token => $token, newPassword => 'quite another sentence'})->code,
        404, 'no link to a new password';
    is $desk->as('')->put(OWN . '/account/address', {token => $token})->code, 404, 'nor to an address';
    is $desk->as('')->bearer($token)->get($myself)->code, 401, 'nor a token of the API';
    is $desk->as('')->get("$link?token=$token")->json->{available}, $yes, 'a GET does nothing';
    is $desk->as('')->call('PUT', $link, Mojo::JSON::encode_json({token => $token}),
        'Content-Type' => 'application/json', 'Sec-Fetch-Site' => 'cross-site')->code, 403, 'not from another site';
    news($desk);
    my $answer = use_link($desk, $token, username => 'c2', address => 'c2@example.org');
    my $session = good($answer, 'used')->{session};
    my $cookie = "$session->{name}=$session->{value}";
    is $desk->as('')->with(Cookie => $cookie)->get($myself)->json->{name}, 'c1', 'whoever else is named';
    is_deeply [news($desk)],
        ['internal/c1 session.open account:' . $desk->person('c1')->{accountId}], 'audited';
    is $desk->as('')->with(Cookie => $cookie)->post(OWN . '/token', {label => 'x'})->code, 403,
        'it makes no API token before the password was shown';
    my $list = good($desk->as('')->with(Cookie => $cookie)->get(OWN . '/account/session'), 'listed');
    is $list->{values}[0]{kind}, 'link', 'as what it is';

    $token = ask($desk, 'c2@example.org');
    my $agent = Mojo::UserAgent->new(max_connections => 0, inactivity_timeout => 60);
    my @codes;
    my @calls = map {
        $agent->put_p($desk->base . $link, json => {token => $token})->then(sub { push @codes, $_[0]->res->code })
    } 1 .. 20;
    Mojo::Promise->all_settled(@calls)->wait;
    is join(' ', sort @codes), join(' ', 200, (404) x 19), 'twenty at once: one';

    $token = ask($desk, 'c3@example.org');
    my $c3 = $desk->person('c3');
    is $desk->as('c3')->put(OWN . '/account/password',
        {currentPassword => $c3->{password}, newPassword => 'quite another sentence 7'})->code, 204, 'a new password';
    refused(use_link($desk, $token), 404, 'ends the link');
    $desk->finish;
};

# Who works here, or administers anything, shows a password: a mailbox is not enough.
subtest 'never for agents and administrators' => sub {
    my $desk = offering();
    $desk->tool_ok('role', 'add', 'customer', $_, '--desk', 'D1') for qw(da2 ag2 sa htpasswd/ag1);
    for my $name (qw(ag1 ag2 da1 da2 sa c4 nobody)) {
        is ask($desk, "$name\@example.org"), undef, "$name gets no link";
    }
    is $desk->value('SELECT count(*) FROM mailed_token WHERE account_id IS NOT NULL'), 0, 'there is none';
    is $desk->value("SELECT count(*) FROM outbox WHERE state = 'suppressed' AND reason = 'not-offered'"), 7,
        'only what costs the time that one would';
    my $token = ask($desk, 'c1@example.org');
    $desk->tool_ok('role', 'add', 'agent', 'c1', '--desk', 'D2');
    refused(use_link($desk, $token), 404, 'whoever becomes an agent meanwhile has a dead one');
    is browser($desk)->get("/account/link?token=$token")->follow->code, 404, '... by the page, too';
    $desk->finish;
};

# The ticket trick: an address that nobody has proven opens nothing, and what is mailed goes to the proven one alone.
subtest 'only to the proven address' => sub {
    my $desk = offering();
    $desk->tool_ok('setting', 'set', 'public_signup', 'true');
    $desk->tool_ok('setting', 'set', 'signup_proof', 'at-once');
    $desk->tool_ok('desk', 'access', 'D1', '--access', 'accounts', '--signup');
    is $desk->as('')->post(OWN . '/signup', {desk => 'D1', email => 'victim@example.net', displayName => 'V',
        password => 'nine lanterns on a bridge'})->code, 202, 'signed up with the address of somebody else';
    is $desk->as('')->basic('victim@example.net', 'nine lanterns on a bridge')->get($myself)->code, 200, 'and is in';
    is $desk->as('')->post($link, {address => 'victim@example.net'})->code, 204, 'asks for a link';
    is last_mail($desk, 'victim@example.net')->{state}, 'suppressed', 'there is none';
    ask($desk, 'C1@Example.ORG');
    is_deeply $desk->rows("SELECT address FROM outbox WHERE kind = 'sign-in' AND state = 'queued'"),
        [{address => 'c1@example.org'}],
        'the one mail goes to the address of the account, however it was typed';
    $desk->finish;
};

subtest 'never past a second factor' => sub {
    my $desk = offering();
    my $factor = OWN . '/account/second-factor';
    my $password = $desk->person('c1')->{password};
    my $c1 = $desk->as('c1', 'session');
    settle();
    my $secret = good($c1->post($factor, {currentPassword => $password}), 'set up', 201)->{secret};
    my $codes = good($c1->put($factor, {code => code($secret)}), 'active')->{recoveryCodes};
    my $token = ask($desk, 'c1@example.org');
    is use_link($desk, $token)->code, 401, 'the link alone opens nothing';
    news($desk);
    is use_link($desk, $token, code => '000000')->code, 401, 'nor with a wrong code';
    is_deeply [grep {/code/} news($desk)],
        ['internal/c1 sign-in.code account:' . $desk->person('c1')->{accountId} . ' BUT result refused'],
        'which is audited';
    my $page = browser($desk)->get("/account/link?token=$token")->follow;
    is $page->dom->at('#code')->{autocomplete}, 'one-time-code', 'the page asks for it';
    is $page->submit(code => '')->code, 400, 'none';
    is $page->submit(code => '123456')->code, 400, 'a wrong one';
    is_deeply $page->problems,
        ['Code from your app, or a recovery code: The code is wrong, or has been used before.'], '... is said';
    is $page->submit(code => $codes->[0])->location, '/account', 'a recovery code opens';
    is $page->get('/account')->code, 200, 'signed in';
    $token = ask($desk, 'c1@example.org');
    good(use_link($desk, $token, code => $codes->[1]), 'over REST, too');
    $token = ask($desk, 'c1@example.org');
    is join(' ', map { use_link($desk, $token, code => sprintf '%06d', $_)->code } 1 .. 8),
        '401 401 401 429 429 429 429 429', 'guesses, beside the two by the page';
    is use_link($desk, $token, code => $codes->[2])->code, 429, '... have a budget';

    $desk->tool_ok('setting', 'set', 'second_factor', 'everyone');
    my $c2 = browser($desk)->get('/account/link?token=' . ask($desk, 'c2@example.org'))->follow->submit;
    is $c2->get('/account')->location, '/account/second-factor', 'whoever must have one sets one up, and no more';
    $desk->finish;
};

subtest 'asked too often' => sub {
    my $desk = offering();
    my @codes = map {
        $desk->as('')->post($link, {address => 'c1@example.org'}, 'X-Test-From' => "192.0.2.$_")->code
    } 1 .. 10;
    is join(' ', @codes), join(' ', (204) x 10), 'the answer stays the same';
    is_deeply [mails_to($desk, 'c1@example.org')], [('sign-in queued') x 3], 'three mails an hour';
    is $desk->value("SELECT count(*) FROM audit WHERE act = 'sign-in-link.ask'"), 3, '... of three that are heard';
    my $count = $desk->value('SELECT count(*) FROM audit');
    @codes = map {
        $desk->as('')->post($link, {address => "u$_\@example.org"}, 'X-Test-From' => '198.51.100.1')->code
    } 1 .. 60;
    is join(' ', @codes), join(' ', (204) x 60), 'from one network';
    is $desk->value('SELECT count(*) FROM audit') - $count, 20, 'twenty are heard, the others write nothing';
    $desk->finish;
};

# Medians of interleaved calls, each about another account and from another network; the bound is for loaded machines.
subtest 'nobody learns who has an account' => sub {
    my $desk = offering();
    $desk->dbh->do(q{INSERT INTO account (public_id, directory_id, name, name_key, address, address_key,}
        . q{ address_proven, display_name, state, origin, created)}
        . q{ VALUES (?, 1, ?, ?, ?, ?, 1, ?, 'active', 'tool', 0)},
        undef, "timed-$_", ("timed$_") x 2, ("timed$_\@example.org") x 2, "timed$_") for 1 .. 40;
    $desk->dbh->do(q{INSERT INTO desk_role (desk_id, account_id, role, origin, created) SELECT k.id, a.id, 'customer',}
        . q{ 'tool', 0 FROM desk k, account a WHERE k.key = 'D1' AND a.name LIKE 'timed%'});
    my (%answer, %time);
    my $i = 0;
    for my $round (1 .. 40) {
        my %address = (known => "timed$round\@example.org", unknown => "nobody$round\@example.org");
        for my $kind (List::Util::shuffle(keys %address)) {
            my $start = Time::HiRes::time();
            my $answer = $desk->as('')->post($link, {address => $address{$kind}}, 'X-Test-From' => '10.9.0.' . ++$i);
            push @{$time{$kind}}, Time::HiRes::time() - $start;
            $answer{$kind}{seen($answer)}++;
        }
    }
    is_deeply $answer{known}, $answer{unknown}, 'the answers are one';
    is scalar(keys %{$answer{known}}), 1, 'each time';
    is $desk->value("SELECT count(*) FROM outbox WHERE kind = 'sign-in' AND state = 'queued'"), 40, 'the mails differ';
    my %median = map { my @sorted = sort { $a <=> $b } @{$time{$_}}; $_ => $sorted[@sorted / 2] } keys %time;
    diag join ', ', map { sprintf '%s %.1f ms', $_, 1000 * $median{$_} } sort keys %median;
    my $ratio = $median{unknown} / $median{known};
    ok $ratio > 0.5 && $ratio < 2, 'and it takes as long' or diag $ratio;
    $desk->finish;
};

done_testing;
