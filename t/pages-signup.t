#!/usr/bin/perl
# Signing up by pages, and the links of mails: rules 24, security.md 16, 36, 41 to 46, 95, 188.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Page;
use Test::More;

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output, Test::More->builder->failure_output;

my $desk = ServiceDesk::Test->new(fixture => 1);
my $password = 'nine lanterns on a bridge';
$desk->tool_ok('desk', 'add', 'OPEN', 'Open Desk', '--access', 'accounts');

sub browser { return ServiceDesk::Test::Page->new($desk, @_) }
sub rows { return join ' ', map { $desk->value("SELECT count(*) FROM $_") } qw(account signup mailed_token outbox) }
sub form { my ($address, %more) = @_; return (email => $address, displayName => 'Zoe', password => $password, %more) }

subtest 'closed: no form, and no other way' => sub {
    my $before = rows();
    my $page = browser();
    for my $path ('/account/signup', '/account/signup/OPEN', '/account/signup/NONE') {
        is $page->get($path)->code, 404, "$path: closed";
        is $page->form, undef, '... without a form';
        is $page->dom->at('main a')->{href}, '/account/signin', '... the way to sign in';
    }
    my $open = $page->get('/account/signup/OPEN')->body;
    is $page->get('/account/signup/NONE')->body, $open, 'a closed desk looks like none';
    is $page->get('/account/signin')->dom->at('a[href="/account/signup"]'), undef, 'nothing leads there';

    $desk->tool_ok('setting', 'set', 'public_signup', 'true');
    $desk->tool_ok('desk', 'access', 'OPEN', '--signup');
    my %values = %{$page->get('/account/signup/OPEN')->values};
    $desk->tool_ok('setting', 'set', 'public_signup', 'false');
    is $page->post('/account/signup/OPEN', {%values, form('late@example.org')})->code, 404, 'a form from before';
    is $page->form, undef, '... finds no other';
    is rows(), $before, 'no row, no mail';
    $desk->tool_ok('setting', 'set', 'public_signup', 'true');
    $desk->tool_ok('desk', 'access', 'OPEN', '--signup');
};

subtest 'the way in' => sub {
    my $page = browser(language => 'ko');
    $page->get('/account/signup/OPEN');
    like $page->text, qr/Open Desk/, 'the page names the desk';
    my $trap = $page->dom->at('[name=website]');
    ok $trap && $trap->{tabindex} eq '-1', 'a field that people do not reach';
    is $page->submit(form('Zoe@Example.org'))->location, '/account/signup-sent?desk=OPEN', 'asked for';
    is $page->follow->heading, '메일을 확인해 주세요', 'look into your mail';
    is last_mail($desk, 'zoe@example.org')->{language}, 'ko', 'the mail speaks the language of the page';

    my $token = token_to($desk, 'zoe@example.org');
    my $link = "/account/verify?token=$token";
    my $before = rows();
    for my $method (qw(GET HEAD GET HEAD GET)) {
        my $scanner = browser()->request($method => $link, {Purpose => 'prefetch'});
        is $scanner->code . ' ' . $scanner->location, '303 /account/verify', "$method by a program that reads mails";
        is $scanner->header('Referrer-Policy'), 'no-referrer', '... names it to nobody';
        is $scanner->follow->code, 200, '... which looks at the form';
    }
    is rows(), $before, 'changes nothing';

    $page->get($link);
    is $page->location, '/account/verify', 'the token leaves the address';
    like $page->header('Set-Cookie'), qr/^servicedesk-link=\Q$token\E; Path=\/; Max-Age=1800; HttpOnly; SameSite=Lax$/,
        '... for a cookie of half an hour';
    $page->follow;
    like $page->text, qr/Zoe\@example\.org/i, 'the page names the address';
    unlike $page->body, qr/\Q$token\E/, '... and not the token';
    is $page->submit(password => 'another password')->code, 400, 'another password';
    is_deeply $page->problems, ['비밀번호: 가입할 때 정한 비밀번호와 다릅니다.'], '... is none';
    is $desk->value('SELECT count(*) FROM session'), 0, '... and opens nothing';
    is $page->submit(password => $password)->location, '/account?notice=verified', 'the right one';
    is $page->cookie('servicedesk-link'), undef, 'the token is gone';
    is $page->follow->heading, '내 계정', 'signed in';
    is $page->notice, '이메일 주소가 확인되어 계정을 사용할 수 있습니다.', '... and told so';
    my $again = browser();
    is $again->get($link)->follow->code, 404, 'the link works once';
    is $again->heading, 'This link does not work', '... and says so';
    is browser()->get('/account/verify')->code, 404, 'no link, no page';
    is $desk->value(q{SELECT count(*) FROM account WHERE address = 'Zoe@example.org'}), 1, 'one account';
};

# Account, then browser, then desk; what the reader has not chosen is not kept as a choice.
subtest 'the language of the desk' => sub {
    my $lang = sub { return $_[0]->dom->at('html')->{lang} };
    $desk->tool_ok('desk', 'add', 'KO', 'Korean Desk', '--access', 'accounts');
    $desk->tool_ok('desk', 'access', 'KO', '--signup');
    is $lang->(browser()->get('/account/signup/KO')), 'en', 'as long as it has none';
    $desk->tool_ok('desk', 'language', 'KO', 'ko');
    my %page = map { $_ => browser($_ ? (language => $_) : ())->get('/account/signup/KO') } '', 'fr', 'ja;q=0.5', 'en';
    is_deeply {map { $_ => $lang->($page{$_}) } keys %page}, {'' => 'ko', fr => 'ko', 'ja;q=0.5' => 'ja', en => 'en'},
        'it is spoken to whoever asks for nothing that is known';
    my $page = $page{''};
    is $page->submit(form('su@example.org', password => 'short'))->code, 400, 'a form that is refused';
    is $lang->($page), 'ko', '... comes back in it';
    is $page->submit(form('su@example.org'))->location, '/account/signup-sent?desk=KO', 'asked for';
    is $lang->($page->follow), 'ko', '... and so is the next page';
    is last_mail($desk, 'su@example.org')->{language}, undef, 'the mail asks the desk, too';
    is $desk->value('SELECT k.key FROM outbox o JOIN desk k ON k.id = o.desk_id WHERE o.address = ?',
        'su@example.org'), 'KO', '... which it is from';
    my $link = '/account/verify?token=' . token_to($desk, 'su@example.org');
    is $lang->(browser()->get($link)->follow), 'ko', 'the page of the link';
    is $lang->(browser(language => 'ja')->get($link)->follow), 'ja', '... unless the browser has its own wish';
    is $lang->(browser()->get($link)->follow->submit(password => 'another')), 'ko', '... also with a wrong password';
    is $lang->(browser()->get('/account/signup-sent?desk=D1')), 'en', 'a desk where nobody signs up says nothing';
    is $lang->(browser()->get('/account/verify')), 'en', 'nor does a dead link';

    $desk->tool_ok('desk', 'language', 'D1', 'ja');
    $desk->as('ag1')->post('/rest/servicedesk/1/servicedesk/D1/invitation', {addresses => 'ja@example.org'});
    my $invitation = '/account/invitation?token=' . token_to($desk, 'ja@example.org');
    is $lang->(browser()->get($invitation)->follow), 'ja', 'an invitation, by the desk that it is to';
    is $lang->(browser(language => 'ko')->get($invitation)->follow), 'ko', '... or as the browser wishes';
};

subtest 'somebody who has an account' => sub {
    my $page = browser()->get('/account/signup/OPEN');
    is $page->submit(form('c2@example.org'))->location, '/account/signup-sent?desk=OPEN', 'is answered the same';
    is last_mail($desk, 'c2@example.org')->{kind}, 'known-address', '... and told by mail';
};

subtest 'what is wrong is said' => sub {
    my $page = browser()->get('/account/signup/OPEN');
    my $before = rows();
    is $page->submit(form('no address', displayName => '', password => 'short'))->code, 400, 'three mistakes';
    is_deeply [map {/^(.*?):/} @{$page->problems}], ['Email address', 'Your name', 'Password'], 'three words';
    is $page->values->{email}, 'no address', 'what was typed is kept';
    is $page->dom->at('#password')->{value}, undef, '... but for the password';
    is_deeply [map { $page->dom->at($_->{href}) ? () : $_->{href} } @{$page->dom->find('.problems a')}], [],
        'every word leads to a field';
    is $page->submit(form("x\@example.org", displayName => "<b>\x{202e}bold</b>"))->code, 303, 'a name is any text';
    is browser()->get('/account/signup/OPEN')->submit(form('trap@example.org', website => 'https://spam.example'))
        ->location, '/account/signup-sent?desk=OPEN', 'a program that fills everything in';
    is $desk->value(q{SELECT count(*) FROM outbox WHERE address = 'trap@example.org'}), 0, '... has no mail sent';
};

subtest 'odd tokens' => sub {
    my $good = 'sdv_' . 'A' x 43;
    my @odd = ('', '%25', '_', '*', 'null', '0', 'true', '[]', 'x' x 2000, $good, lc $good, "$good%20", "$good%0a",
        "$good'", substr($good, 1), "$good%00", '%ff', "sds_" . 'A' x 43);
    my %seen;
    for my $token (@odd) {
        my $page = browser()->get("/account/verify?token=$token");
        is $page->code . ' ' . ($page->location // ''), '303 /account/verify', 'moved: ' . substr $token, 0, 20;
        is $page->header('Set-Cookie') =~ /[\r\n]/ ? 1 : 0, 0, '... in one header' if $page->header('Set-Cookie');
        is $page->follow->code, 404, '... and dead';
        $seen{$page->body =~ s/name="csrf" value="[^"]*"//r}++;
    }
    is scalar(keys %seen), 1, 'all the same page';
    is browser()->get('/account/verify?token[]=a')->code, 404, 'another parameter';
};

subtest 'a token stays in no log' => sub {
    my $token = 'sdv_' . 'Q' x 43;
    my $page = browser();
    $page->get("/account/verify?token=$token")->follow;
    $page->get("/account/reset?a=b&token=$token&c=d&token=$token");
    $page->get("/account/nothing?token=$token");
    $page->request(POST => "/account/verify?token=$token", {Origin => $desk->base}, form => {});
    $page->request(DELETE => "/account/verify?token=$token");
    $page->get("/account?token=$token");
    unlike $page->location, qr/Q{20}/, 'nor where one goes on after signing in';
    unlike $desk->access_log, qr/Q{20}/, 'not in the access log';
    unlike $desk->log, qr/Q{20}/, 'not in the error log';
    like $desk->access_log, qr{GET /account/verify\?token=hidden HTTP}, 'what is logged says that it was there';
    like $desk->access_log, qr{GET /account/reset\?a=b&token=hidden&c=d&token=hidden HTTP}, 'twice, too';
    $page->get("/rest/servicedeskapi/info?token=other");
    like $desk->access_log, qr{info\?token=other HTTP}, 'other parts of the server keep theirs';
};

subtest 'an invitation' => sub {
    my $agent = $desk->as('ag1');
    $desk->tool_ok('role', 'add', 'agent', 'ag1', '--desk', 'OPEN');
    is $agent->post('/rest/servicedesk/1/servicedesk/OPEN/invitation', {addresses => 'ivy@example.org'})->code, 200,
        'sent';
    my $link = '/account/invitation?token=' . token_to($desk, 'ivy@example.org');
    browser()->get($link)->follow for 1 .. 3;
    my $guest = ServiceDesk::Test::Page->signed_in($desk, 'c1')->get($link)->follow;
    is $guest->form, undef, 'not for somebody who is signed in';
    like $guest->text, qr/You are signed in as Customer One.*ivy\@example\.org/, '... who is told so';
    is $guest->get($guest->dom->at('main a')->{href})->submit->location, '/account/invitation',
        '... and comes back after signing out';
    my $page = $guest->follow;
    like $page->text, qr/Open Desk.*ivy\@example\.org/, 'which desk, which address';
    is $page->submit(displayName => 'Ivy', password => 'short')->code, 400, 'a password has its rules';
    is $page->values->{displayName}, 'Ivy', '... and the name is kept';
    is $page->submit(displayName => 'Ivy', password => $password)->location, '/account?notice=accepted', 'accepted';
    is $page->follow->notice, 'Welcome. Your account is ready.', 'welcome';
    like $page->text, qr/Ivy.*ivy\@example\.org/, 'it is the account';
    is browser()->get($link)->follow->code, 404, 'the link works once';
};

subtest 'at once' => sub {
    $desk->tool_ok('setting', 'set', 'signup_proof', 'at-once');
    my $page = browser()->get('/account/signup/OPEN');
    is $page->submit(form('now@example.org'))->location, '/account/signin?notice=signedup', 'there at once';
    is $page->follow->notice, 'Your account is there. Sign in with your address and your password.', 'it says so';
    is $page->submit(name => 'now@example.org', password => $password)->code, 303, 'signed in';
};

$desk->finish;
done_testing;
