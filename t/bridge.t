#!/usr/bin/perl
# The sign-in bridge: whom httpd let in gets a session, by POST after a page that names the account, for fifteen
# minutes.
# Everybody else gets nothing. Cases: design "Who you are", security.md 16, 17, 92, 95, 96, 240.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::DOM ();
use Mojo::Util ();
use ServiceDesk::Test;
use Test::More;

my $basic = "AuthType Basic\nAuthName x\nAuthBasicProvider";
my $open = "SetHandler servicedesk-signin\n";
my %section = (
    '/signin' =>
        "$basic htpasswd\nRequire valid-user\nServiceDeskDirectory htpasswd display=Display-%{REMOTE_USER}",
    '/signin-target' =>
        "$basic htpasswd\nRequire valid-user\nServiceDeskDirectory htpasswd\nServiceDeskSignInTarget /portal/start",
    '/open' => 'Require all granted',
    '/open-named' => "Require all granted\nServiceDeskDirectory htpasswd",
    '/ours' => "AuthType ServiceDesk\nRequire servicedesk account",
    '/ours-named' => "AuthType ServiceDesk\nRequire servicedesk account\nServiceDeskDirectory htpasswd",
    '/provider' => "$basic servicedesk htpasswd\nRequire valid-user\nServiceDeskDirectory htpasswd",
    '/unnamed' => "$basic htpasswd\nRequire valid-user",
    '/anonymous' =>
        "$basic anon\nAnonymous *\nAnonymous_MustGiveEmail Off\nAnonymous_NoUserID On\nAnonymous_VerifyEmail Off\n"
        . "Require valid-user\nServiceDeskDirectory guests",
);
my $conf = join '', map {"<Location $_>\n$open$section{$_}\n</Location>\n"} sort keys %section;
my $desk = ServiceDesk::Test->new(fixture => 1, modules => ['authn_anon'], conf => $conf);

sub agent { return $desk->as('')->basic('ag1', $desk->person('ag1')->{password}) }

sub token_of {
    my ($answer) = @_;
    my $input = Mojo::DOM->new($answer->body)->at('input[name=token]');
    return $input ? $input->attr('value') : undef;
}

sub form {
    return join '&', map { Mojo::Util::url_escape($_->[0]) . '=' . Mojo::Util::url_escape($_->[1]) } @_;
}

my @type = ('Content-Type' => 'application/x-www-form-urlencoded');
sub submit {
    my ($caller, $path, $token, @more) = @_;
    my $return = @more % 2 ? shift @more : '';
    return $caller->post($path, form(['token', $token], ['return', $return]), @type, @more);
}

sub sessions { return $desk->value('SELECT count(*) FROM session') }
sub header { my ($answer, $name) = @_; return $answer->headers->header($name) // '' }

subtest 'the page names the account and opens nothing' => sub {
    my $answer = agent()->get('/signin?return=/rest/servicedeskapi/info');
    is $answer->code, 200, 'a page';
    like $answer->body, qr/Display-ag1.*ag1.*htpasswd/s, 'name and directory';
    is header($answer, 'Set-Cookie'), '', 'no cookie';
    is sessions(), 0, 'no session';
    is header($answer, 'Cache-Control'), 'no-store', 'not to be kept';
    like header($answer, 'Content-Security-Policy'),
        qr/default-src 'none'.*form-action 'self'.*frame-ancestors 'none'/s, 'not to be framed';
    is header($answer, 'X-Content-Type-Options'), 'nosniff', 'not to be guessed at';
    is agent()->head('/signin')->code, 200, 'HEAD too';
    is agent()->call($_, '/signin')->code, 405, "$_ is not there" for qw(PUT DELETE PATCH FOO);
    is $desk->as('')->get('/signin')->code, 401, 'httpd asks who it is';
    is sessions(), 0, 'still no session';
};

my $cookie;

subtest 'POST opens a session of fifteen minutes' => sub {
    my $caller = agent();
    my $answer = submit($caller, '/signin', token_of($caller->get('/signin')));
    is $answer->code, 303, 'and sends on';
    is header($answer, 'Location'), $desk->base . '/account', 'to the desk';
    like header($answer, 'Set-Cookie'),
        qr/^servicedesk=sds_[\w-]{43}; Path=\/; Max-Age=900; HttpOnly; SameSite=Lax\z/, 'with a cookie';
    ($cookie) = header($answer, 'Set-Cookie') =~ /^([^;]+)/;
    my $row = $desk->rows('SELECT * FROM session')->[0];
    is "$row->{kind} $row->{directory}", 'bridge htpasswd', 'of that directory';
    is $row->{expires} - $row->{created}, 15 * 60 * 1000, 'fifteen minutes';
    my $me = $desk->as('')->get('/rest/api/2/myself', Cookie => $cookie);
    is $me->code . ' ' . $me->json->{name}, '200 ag1', 'it is ag1';
    is $desk->as('')->get('/rest/servicedeskapi/request/' . $desk->thing('R1')->{key}, Cookie => $cookie)->code,
        200, 'with an agent\'s rights';
    is $desk->value(
        "SELECT count(*) FROM audit WHERE act = 'session.open' AND face = 'bridge' AND directory = 'htpasswd'"), 1,
        'the audit knows';
};

# Time goes on in the table: the session was opened so long ago.
sub age {
    my ($ms) = @_;
    return $desk->dbh->do(
        'UPDATE session SET created = created - ?, last_seen = last_seen - ?, expires = expires - ?', undef,
        ($ms) x 3);
}

subtest 'and is not renewed otherwise' => sub {
    my $me = sub { $desk->as('')->get('/rest/api/2/myself', Cookie => $cookie)->code };
    age(14 * 60 * 1000);
    is $me->(), 200, 'after fourteen minutes';
    is $desk->as('')->get('/ours', Cookie => $cookie)->code, 403, 'used elsewhere';
    is $desk->value('SELECT expires - created FROM session'), 15 * 60 * 1000, 'it ends when it would have ended';
    age(60 * 1000 + 500);
    is $me->(), 401, 'after fifteen minutes';
    my $caller = agent();
    is submit($caller, '/signin', token_of($caller->get('/signin')))->code, 303, 'the bridge opens a new one';
};

subtest 'where it leads' => sub {
    my $caller = agent();
    my $leads = sub {
        my ($path, $return) = @_;
        return header(submit($caller, $path, token_of($caller->get($path)), $return), 'Location');
    };
    my $base = $desk->base;
    is $leads->('/signin', '/rest/servicedeskapi/info'), "$base/rest/servicedeskapi/info", 'a path of the desk';
    is $leads->('/signin-target', ''), "$base/portal/start", 'as configured';
    for my $evil (
        'https://evil.example/', '//evil.example/', '/\\evil.example', '/%5cevil', 'javascript:alert(1)',
        "/\r\nX: y", "/a\tb", '/../x',
        '/a//b', 'evil', '@evil.example', "/\x{e9}"
    ) {
        my $to = $leads->('/signin', $evil);
        like $to, qr{^\Q$base\E/account\z}, 'nowhere else: ' . $evil =~ s/[\r\n\t]/?/gr;
    }
    my $page = $caller->get('/signin?return=%22%3E%3Cscript%3Ealert(1)%3C/script%3E');
    unlike $page->body, qr/<script/, 'no script by way of the return';
};

subtest 'forged forms' => sub {
    my $before = sessions();
    my $caller = agent();
    my $token = token_of($caller->get('/signin'));
    my $c1 = $desk->as('c1');
    my ($time, $mac) = split /\./, $token;
    my %bad = (
        none => '', time => $time, other => '0' x length $token, cut => substr($token, 0, -1),
        longer => "${token}0",
        later => ($time + 1) . ".$mac", minus => "-$time.$mac", dots => '.' x 80
    );
    for my $what (sort keys %bad) {
        my $answer = submit($caller, '/signin', $bad{$what});
        is $answer->code . header($answer, 'Set-Cookie'), '403', "token: $what";
    }
    is $caller->post('/signin', '', @type)->code, 403, 'no token at all';
    my %from = ('https://evil.example' => 'Origin', 'null' => 'Origin', 'http://127.0.0.1' => 'Origin',
        'cross-site' => 'Sec-Fetch-Site', 'same-site' => 'Sec-Fetch-Site');
    for my $from (sort keys %from) {
        is submit($caller, '/signin', $token, $from{$from} => $from)->code, 403, "$from{$from}: $from";
    }
    for my $type ('text/plain', 'application/json', 'multipart/form-data; boundary=x',
        'application/x-www-form-urlencodedx', undef) {
        is $caller->post('/signin', form(['token', $token]), 'Content-Type' => $type)->code, 415,
            'type ' . ($type // 'none');
    }
    is $caller->get('/signin?token=' . $token)->code, 200, 'a token in the URL';
    is sessions(), $before, 'opens nothing';
    my $ghost = 'ghost of htpasswd';
    ServiceDesk::Test::run_command({stdin => "$ghost\n"}, 'htpasswd', '-iBC', 5, $desk->dir . '/htpasswd', 'ghost');
    my $other = $desk->as('')->basic('ghost', $ghost);
    is submit($other, '/signin', $token)->code, 403, 'somebody else\'s token';
    is submit($other, '/signin', token_of($other->get('/signin')))->code, 303, 'one\'s own';
    is submit($caller, '/signin', $token, 'Origin' => $desk->base, 'Sec-Fetch-Site' => 'same-origin')->code, 303,
        'and from here';
};

subtest 'odd forms' => sub {
    my $before = sessions();
    my $caller = agent();
    my $token = token_of($caller->get('/signin'));
    for my $body ('&' x 100, '=', '%', '%zz', 'token', "token=%00$token", 'a=1&b=2&c=3&d=4&e=5',
        'token=' . 'x' x 5000, 'x' x 100_000) {
        my $answer = $caller->post('/signin', $body, @type);
        ok $answer->code >= 400 && $answer->code < 500, 'refused: ' . substr($body, 0, 20) or diag $answer->code;
        is header($answer, 'Set-Cookie'), '', 'no cookie';
    }
    is sessions(), $before, 'nothing was opened';
};

subtest 'for whom it does not open' => sub {
    my $before = sessions();
    my %who = (
        '/open' => $desk->as(''), '/open-named' => $desk->as(''), '/ours' => $desk->as('c1'),
        '/ours-named' => $desk->as('c1', 'session'),
        '/provider' => $desk->as('c1'), '/unnamed' => agent(),
        '/anonymous' => $desk->as('')->with(Authorization => 'Basic Og=='),
    );
    my $opened = sessions() - $before;
    my $token = do { my $caller = agent(); token_of($caller->get('/signin')) };
    for my $path (sort keys %who) {
        for my $answer ($who{$path}->get($path), submit($who{$path}, $path, $token)) {
            ok $answer->code == 403 || $answer->code == 401, "$path: " . $answer->code;
            is header($answer, 'Set-Cookie'), '', 'no cookie';
            unlike $answer->body, qr/name="token"/, 'no form';
        }
    }
    my $spoof = $desk->as('')->with('Remote-User' => 'ag1', 'X-Remote-User' => 'ag1', 'Session' => 'user=ag1');
    is $spoof->get('/open-named')->code, 403, 'a name in a header is no name';
    is sessions(), $before + $opened, 'nothing was opened';
};

subtest 'one who may not come in any more' => sub {
    my $caller = agent();
    my $token = token_of($caller->get('/signin'));
    $desk->tool_ok('account', 'disable', 'htpasswd/ag1');
    my $before = sessions();
    for my $answer ($caller->get('/signin'), submit($caller, '/signin', $token)) {
        is $answer->code, 401, 'is not let in' or diag $answer->body;
        is header($answer, 'Set-Cookie'), '', 'no cookie';
    }
    is sessions(), $before, 'no session';
    $desk->tool_ok('account', 'enable', 'htpasswd/ag1');
};

# SQL and markup as the name of a user whom httpd let in: stored as it is, and nobody else for it.
subtest 'odd names' => sub {
    for my $name ("ag1' OR '1'='1", 'ag1"; --', '<b>ag1</b>', 'AG1 ', "a\x{430}g1", 'sa', 'internal/sa',
        'c1@example.org', '%s%n', '${7*7}') {
        my $bytes = Mojo::Util::encode('UTF-8', $name);
        my $password = "password of somebody odd";
        my ($code) = ServiceDesk::Test::run_command({stdin => "$password\n"}, 'htpasswd', '-iBC', 4,
            $desk->dir . '/htpasswd', $bytes);
        my $caller = $desk->as('')->basic($name, $password);
        my $page = $caller->get('/signin');
        is $page->code, 200, Mojo::Util::encode('UTF-8', "$name: let in") or next;
        unlike $page->body, qr/<b>/, 'no markup';
        is submit($caller, '/signin', token_of($page))->code, 303, 'a session';
        my $me = $caller->get('/rest/api/2/myself', Authorization => undef);
        is $me->json->{name}, $name, 'of that very name';
        is $caller->get('/rest/servicedeskapi/request/' . $desk->thing('R1')->{key}, Authorization => undef)->code,
            404, 'with nobody else\'s rights';
    }
    is $desk->value(
        "SELECT count(*) FROM account a JOIN directory d ON d.id = a.directory_id WHERE d.name = 'internal' "
            . "AND a.name = 'sa'"
        ), 1,
        'the account of that name in another directory is another';
};

$desk->allow(qr/SD00030|SD00031|AH01618|AH01617|AH01807/);
$desk->finish;
done_testing;
