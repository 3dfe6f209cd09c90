#!/usr/bin/perl
# Signing in and out by pages, their frame, and the protection of their forms.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Page;
use Mojo::Util ();
use Test::More;

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output, Test::More->builder->failure_output;

my $desk = ServiceDesk::Test->new(fixture => 1);
my $c1 = $desk->person('c1');

sub browser { return ServiceDesk::Test::Page->new($desk, @_) }
sub sessions { return $desk->value('SELECT count(*) FROM session') }

subtest 'in and out' => sub {
    my $page = browser();
    is $page->get('/account')->location, '/account/signin?return=%2Faccount', 'who is nobody is sent to sign in';
    is $page->code, 303, '... by 303';
    is $page->follow->heading, 'Sign in', 'the page says what it is';
    is $page->values->{return}, '/account', '... and knows where to go on';
    my $before = $page->cookie('servicedesk-form');
    ok $before, 'a cookie for the form';
    $page->submit(name => 'c1', password => $c1->{password});
    is $page->code . ' ' . $page->location, '303 /account', 'signed in';
    is $page->cookie('servicedesk-form'), undef, 'the cookie of the form is gone';
    my $session = $page->cookie('servicedesk');
    like $session, qr/^sds_/, 'a session';
    is $page->follow->heading, 'Your account', 'the account';
    like $page->text, qr/Customer One.*c1\@example\.org/, 'whose it is';
    is $page->get('/account/signin')->location, '/account', 'who is signed in need not sign in';

    is $page->get('/account/signout')->heading, 'Sign out', 'a question first';
    is sessions(), 1, 'asking ends nothing';
    is $page->submit->location, '/account/signin?notice=signedout', 'signed out';
    is sessions(), 0, 'the session is gone';
    is $page->cookie('servicedesk'), undef, 'the cookie is gone';
    like $page->header('Clear-Site-Data') // '', qr/cache/, 'and what the browser keeps';
    is $page->follow->notice, 'You have signed out.', 'it says so';
    is $page->get('/account/signout')->location, '/account/signin', 'nobody can sign out twice';
    is $page->get('/account')->location, '/account/signin?return=%2Faccount', 'nobody again';
};

# Links and the places that one is sent to are the configured address's, whatever the caller says.
subtest 'a host that the caller names' => sub {
    my $page = browser(headers => {Host => 'evil.example:1234', 'X-Forwarded-Host' => 'evil.example',
        'X-Forwarded-Proto' => 'gopher', Forwarded => 'host=evil.example;proto=gopher'});
    is $page->get('/account')->location, '/account/signin?return=%2Faccount', 'sent to sign in here';
    unlike $page->follow->body, qr/evil|gopher/, 'the page does not have it';
    is $page->submit(name => 'c1', password => $c1->{password})->location, '/account', 'nor is it where one goes on';
    is_deeply [map { $_->domain } @{$page->tx->res->cookies}], [(undef) x 2], '... or for whom the session is';
    unlike $page->follow->body, qr/evil|gopher/, 'nor on the page behind it';
    is $page->get('/account/signin')->location, '/account', 'nor where who is signed in is sent';
    is $page->get('/account/signout')->submit->location, '/account/signin?notice=signedout', 'nor in the end';
};

subtest 'by address too, and another session ends the one before' => sub {
    my $page = browser();
    $page->get('/account/signin')->submit(name => 'C1@Example.org', password => $c1->{password});
    is $page->code, 303, 'signed in';
    my $old = $page->cookie('servicedesk');
    $page->get('/account/signout')->submit;
    $page->get('/account/signin')->submit(name => 'c1', password => $c1->{password});
    isnt $page->cookie('servicedesk'), $old, 'another value each time';
    $page->get('/account/signout')->submit;
};

subtest 'what is wrong is said, and nothing is lost' => sub {
    my $page = browser();
    $page->get('/account/signin?return=%2Faccount')->submit(name => '', password => '');
    is $page->code, 400, 'empty fields';
    is_deeply $page->problems, ['User name or email address: Please fill this in.', 'Password: Please fill this in.'],
        'both are named';
    is $page->title, 'Problem: Sign in – Service Desk', 'the title says it first';
    my $summary = $page->dom->at('.problems');
    ok $summary && exists $summary->{autofocus} && $summary->{tabindex} eq '-1', 'the summary takes the focus';
    is_deeply [map { $_->{href} } @{$summary->find('a')}], ['#name', '#password'], 'and leads to the fields';
    for my $name (qw(name password)) {
        my $field = $page->dom->at("#$name");
        is $field->{'aria-invalid'}, 'true', "$name is marked";
        is $page->dom->at('#' . $field->{'aria-describedby'})->text, 'Please fill this in.', '... with its text';
    }
    is $page->values->{return}, '/account', 'where to go is kept';

    $page->submit(name => 'c1 "><b>', password => 'wrong password');
    is $page->code, 403, 'a wrong password';
    is_deeply $page->problems, ['The user name or the password is not right.'], 'one text for every kind of wrong';
    is $page->dom->at('#name')->{value}, 'c1 "><b>', 'the name is kept, as text';
    is $page->dom->at('#password')->{value}, undef, 'the password is not';
    unlike $page->body, qr/wrong password|<b>/, 'nowhere';
    is $page->dom->at('main b'), undef, 'and is no markup';
    is sessions(), 0, 'no session';
};

subtest 'forms come from us' => sub {
    my $page = browser();
    my %good = (name => 'c1', password => $c1->{password});
    my $token = $page->get('/account/signin')->values->{csrf};
    is $page->post('/account/signin', {%good})->code, 403, 'no token';
    is_deeply $page->problems,
        ['This form was open for too long, or your browser refuses cookies. Please send it again.'], 'it says why';
    is $page->dom->at('#name')->{value}, 'c1', 'the name is kept';
    is $page->post('/account/signin', {%good, csrf => $_})->code, 403, "a wrong token: $_"
        for '', 'x', '1.' . 'a' x 64, $token =~ s/.$/x/r, "$token ", $token x 100, 'é';
    is $page->post('/account/signin', {%good, csrf => [$token, $token]})->code, 403, 'two tokens';
    is browser()->get('/account/signin')->post('/account/signin', {%good, csrf => $token})->code, 403,
        "another browser's token";
    my $other = $page->get('/account/signin')->values->{csrf};
    my $lost = browser();
    is $lost->post('/account/signin', {%good, csrf => $other})->code, 403, 'no cookie';
    is $page->post('/account/signin?csrf=' . $other, {%good})->code, 403, 'a token in the address';
    is $page->post('/account/signin', {%good, csrf => $other}, {Origin => 'https://evil.example'})->code, 403,
        'another origin';
    is $page->post('/account/signin', {%good, csrf => $other}, {'Sec-Fetch-Site' => 'cross-site'})->code, 403,
        'another site';
    is $page->post('/account/signin', {%good, csrf => $other}, {'Sec-Fetch-Site' => 'same-site'})->code, 403,
        'a neighbour';
    is sessions(), 0, 'nobody has signed in';
    is $page->post('/account/signin', {%good, csrf => $other}, {'Sec-Fetch-Site' => 'same-origin'})->code, 303,
        'the right one';

    my $mine = $page->get('/account')->values->{csrf};
    isnt $page->get('/account')->values->{csrf}, $mine, 'in a session it looks different each time';
    my $friend = ServiceDesk::Test::Page->signed_in($desk, 'c2');
    my $theirs = $friend->get('/account')->values->{csrf};
    is $page->post('/account', {language => 'ko', csrf => $_})->code, 403, 'not: ' . ($_ // 'none')
        for $theirs, $token, ($mine =~ /^A/ ? 'B' : 'A') . substr($mine, 1), substr($mine, 1), '';
    is $page->get('/account/signout')->post('/account', {language => 'ko', csrf => $page->values->{csrf}})->code, 403,
        "another form's token";
    is $desk->value(q{SELECT count(*) FROM account WHERE language IS NOT NULL}), 0, 'nothing has changed';
    is $page->post('/account', {language => 'ko', csrf => $mine})->code, 303, 'an older page of the session works';
    is $desk->value(q{SELECT language FROM account WHERE name = 'c1'}), 'ko', 'now it has';
    $page->get('/account')->submit(language => '');
    $_->get('/account/signout')->submit for $page, $friend;
};

subtest 'where to go on' => sub {
    my $base = $desk->base;
    my @bad = ('//evil.example', '/\\evil.example', '\\\\evil', 'https:evil', 'http:/evil', 'https://evil.example/',
        "https://desk\@evil/", 'javascript:alert(1)', 'data:text/html,x', '/%2f/evil', '/%09/evil', '/%5cevil',
        '/..//evil',        '/a/../b', '/%2e%2e/evil', "/a\r\nX-Evil: 1", "/a\nb", ';@evil', 'evil', '',
        '/' . 'a' x 5000, '/a b',
        '/é', '/%',        '/%zz', '/%252f/evil');
    for my $wish (@bad) {
        my $page = browser();
        $page->request(GET => '/account/signin?return=' . Mojo::Util::url_escape(Mojo::Util::encode('UTF-8', $wish)));
        is $page->submit(name => 'c1', password => $c1->{password})->location, '/account',
            'not to ' . substr $wish, 0, 40;
        is $page->header('X-Evil'), undef, '... and no header' if $wish =~ /X-Evil/;
        $page->get('/account/signout')->submit;
    }
    for my $wish ('/account', '/account?a=b&c=d', '/portal/HELP', '/a;b=1') {
        my $page = browser();
        $page->get('/account/signin?return=' . Mojo::Util::url_escape($wish));
        is $page->submit(name => 'c1', password => $c1->{password})->location, $wish, "to $wish";
        $page->get('/account/signout')->submit;
    }
};

subtest 'languages' => sub {
    my %said = (ko => '로그인', ja => 'サインイン', en => 'Sign in', 'de, ja;q=0.5' => 'サインイン', de => 'Sign in');
    for my $language (sort keys %said) {
        my $page = browser(language => $language)->get('/account/signin');
        is $page->heading, $said{$language}, "asked for $language";
        is $page->dom->at('html')->{lang}, $page->header('Content-Language'), '... and the page says which it is';
        like $page->header('Vary'), qr/Accept-Language/, '... and why';
    }
    my $page = ServiceDesk::Test::Page->signed_in($desk, 'c1', language => 'ko');
    is $page->get('/account')->heading, '내 계정', 'the browser decides';
    is $page->submit(language => 'ja')->location, '/account?notice=language', 'the person decides';
    is $page->follow->heading, 'アカウント', '... and wins';
    is $page->notice, '言語の設定を保存しました。', '... and is told so';
    is $page->dom->at('option[selected]')->{value}, 'ja', '... and sees it';
    is $page->submit(language => 'xx')->code, 400, 'no such language';
    is_deeply $page->problems, ['画面とメールの言語: 一覧から言語を選択してください。'], 'said in Japanese';
    is $page->get('/account')->submit(language => '')->follow->heading, '내 계정', 'the browser decides again';
    my $broken = browser(language => 'ko')->get('/account/signin');
    is $broken->submit(name => '', password => '')->problems->[1], '비밀번호: 필수 입력 항목입니다.',
        'problems in Korean';
    $page->get('/account/signout')->submit;
};

subtest 'headers, methods, bodies' => sub {
    my $page = browser();
    for my $path ('/account/signin', '/account', '/nothing', '/account/nothing') {
        $page->get($path);
        is $page->header('Cache-Control'), 'no-store', "$path: not stored";
        is $page->header('Referrer-Policy'), $page->code == 303 ? 'no-referrer' : 'same-origin',
            "$path: no referrer for others";
        is $page->header('X-Content-Type-Options'), 'nosniff', "$path: no guessing";
        my $policy = $page->header('Content-Security-Policy');
        like $policy, qr/default-src 'none'/, "$path: a strict policy";
        like $policy, qr/\Q$_\E/, "$path: $_"
            for "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "style-src 'self'";
        unlike $policy, qr/unsafe|https?:|\*/, "$path: and nothing else";
    }
    is $page->get('/nothing')->code, 404, 'what is not there';
    is $page->heading, 'That did not work', 'a page says so';
    is $page->request(HEAD => '/account/signin')->code, 200, 'HEAD';
    is $page->body, '', '... without a body';
    is $page->request(PUT => '/account/signin')->code, 405, 'PUT';
    like $page->header('Allow'), qr/GET.*POST/, '... and what there is';
    is $page->request(OPTIONS => '/account/signin')->code, 204, 'OPTIONS';
    like $page->header('Allow'), qr/GET.*POST/, '... says the same';
    my $token = $page->get('/account/signin')->values->{csrf};
    my $send = sub { my ($type, $body) = @_; return $page->request(POST => '/account/signin',
            {Origin => $desk->base, 'Content-Type' => $type}, $body) };
    is $send->('application/json', '{}')->code, 415, 'JSON is no form';
    is $send->('multipart/form-data; boundary=x', "--x--\r\n")->code, 415, 'nor is multipart here';
    is $send->(undef, 'name=c1')->code, 415, 'nor something without a type';
    is $send->('application/x-www-form-urlencoded; charset=latin1', 'name=c1')->code, 415, 'nor another charset';
    my $form = 'application/x-www-form-urlencoded';
    is $send->($form, "csrf=$token&name=%00")->code, 400, 'NUL';
    is $send->($form, "csrf=$token&name=%ff")->code, 400, 'not UTF-8';
    is $send->($form, "csrf=$token&name=%4")->code, 400, 'half an escape';
    is $send->($form, 'a=b&' x 300)->code, 400, 'too many fields';
    is $send->($form, "csrf=$token&name=a&name=b&password=x")->code, 400, 'a name twice';
    is $send->($form, 'name=' . 'a' x 1_100_000)->code, 413, 'too large';
    is sessions(), 0, 'nobody has signed in';
};

subtest 'the address of the host alone' => sub {
    my $page = browser()->get('/');
    is $page->code, 200, 'is a page';
    is $page->dom->at('main a')->{href}, $desk->base . '/account', 'that leads people to their account';
    is $page->get('/account')->location, '/account/signin?return=%2Faccount', 'or to signing in';
};

subtest 'styles' => sub {
    my $page = browser()->get('/account/signin');
    my $href = $page->dom->at('link[rel=stylesheet]')->{href};
    like $href, qr{^/static/desk\.css\?v=[0-9a-f]{16}$}, 'the address of the style changes with it';
    is $page->get($href)->header('Content-Type'), 'text/css;charset=UTF-8', 'a style';
    like $page->header('Cache-Control'), qr/immutable/, '... to be kept';
    is $page->header('Set-Cookie'), undef, '... without a cookie';
    my $bytes = $page->body;
    for my $other ('/static/desk.css', '/static/desk.css?v=0123456789abcdef') {
        is $page->get($other)->body, $bytes, "$other: the same bytes";
        is $page->header('Cache-Control'), 'public, no-cache', '... to be asked for again';
        is $page->get($other, {'If-None-Match' => $page->header('ETag')})->code, 304, '... and then known';
        is length $page->body, 0, '... without a body';
        is $page->get($other, {'If-None-Match' => '"0123456789abcdef"'})->code, 200, '... or not';
    }
    is $page->get("/static/$_")->code, 404, "not $_" for 'none.css', 'languages', 'en.json';
    unlike browser()->get('/account/signin')->body, qr{(?:src|href)="(?:https?:)?//}, 'nothing from elsewhere';
};

subtest 'whom httpd let in' => sub {
    my $page = browser(headers => {Authorization => 'Basic ' . Mojo::Util::b64_encode("c1:$c1->{password}", '')});
    is $page->get('/account')->heading, 'Your account', 'Basic opens a page';
    my $token = $page->values->{csrf};
    is $page->post('/account', {language => 'ko'})->code, 403, '... but sends no form without a token';
    is $page->post('/account', {language => 'ko', csrf => $token})->code, 303, '... with one it does';
    $page->get('/account')->submit(language => '');
    is $page->get('/account/signout')->location, '/account', 'there is no session to end';
    my $wrong = browser(headers => {Authorization => 'Basic ' . Mojo::Util::b64_encode('c1:wrong', '')});
    is $wrong->get('/account')->code, 403, 'wrong credentials';
    is $wrong->header('WWW-Authenticate'), undef, '... without a window of the browser';
};

subtest 'too many attempts' => sub {
    my $page = browser();
    my $code = 0;
    for (1 .. 12) {
        $code = $page->get('/account/signin')->submit(name => 'c4', password => "wrong $_")->code;
    }
    is $code, 429, 'are refused';
    ok $page->header('Retry-After'), '... and it says for how long';
    is_deeply $page->problems, ['Too many attempts. Please wait a few minutes and try again.'], '... on the page';
    is $page->dom->at('#name')->{value}, 'c4', '... with what was typed';
};

unlike $desk->log . $desk->access_log, qr/\Q$c1->{password}\E|sds_/, 'no password and no session in a log';
$desk->finish;
done_testing;
