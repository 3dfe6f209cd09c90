#!/usr/bin/perl
# Security events in the audit: one row each, from where they came, and no write for each of a flood. Cases: security.md
# 92, 234, 238, 239, 244.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Rest;
use Test::More;

my $session = '/rest/auth/1/session';
my $myself = CORE . '/myself';
my $remote = "RemoteIPHeader X-Test-From\nRemoteIPInternalProxy 127.0.0.1\n"
    . "<Location /rest/api/latest>\nServiceDeskBasicProvider htpasswd\n</Location>\n"
    . "<Location /rest/api/3>\nAuthType Basic\nAuthName x\nAuthBasicProvider servicedesk\n"
    . "Require valid-user\n</Location>\n";
my $desk = ServiceDesk::Test->new(fixture => 1, start => 0, modules => [qw(remoteip proxy proxy_http)]);
mkdir $desk->dir . "/htdocs/$_" or die "htdocs: $!" for qw(files pages);
$desk->put_file('htdocs/files/a b.txt', "inside\n");
my $section = sub {
    my ($path, @lines) = @_;
    return join "\n", "<Location $path>", 'SetHandler None', @lines, "</Location>\n";
};
# Other content of the site behind Require servicedesk: files, an application that nobody gets through to, and a section
# whose page for errors lies in it.
$desk->{conf} = $remote . join '', (map {"Alias /$_ \"$desk->{dir}/htdocs/$_\"\n"} qw(files pages)),
    $section->('/files', 'AuthType ServiceDesk', 'Require servicedesk agent desk=D1'),
    $section->('/pages', 'AuthType ServiceDesk', 'Require servicedesk admin', 'ErrorDocument 403 /pages/sorry.html'),
    "ProxyPass /app http://127.0.0.1:1/\n",
    $section->('/app', 'AuthType ServiceDesk', '<RequireAny>', 'Require servicedesk customer desk=D2',
        'Require method POST', '</RequireAny>'),
    $section->('/foreign', 'AuthType Basic', 'AuthName x', 'AuthBasicProvider htpasswd',
        'ServiceDeskDirectory htpasswd', 'Require servicedesk admin');
$desk->start;
my $c1 = $desk->person('c1');

# What the audit says since it was last asked: "actor act object result source".
my $read = 0;

sub told {
    my $rows = $desk->rows('SELECT * FROM audit WHERE id > ? ORDER BY id', $read);
    $read = $rows->[-1]{id} if @$rows;
    return map { join ' ', $_->{actor}, $_->{act}, $_->{object_type}, $_->{result}, $_->{source} // '-' } @$rows;
}

sub header { my ($answer, $name) = @_; return $answer->headers->header($name) // '' }
sub cookie { my ($answer) = @_; return (header($answer, 'Set-Cookie') =~ /^([^;]+)/)[0] }

subtest 'signing in and out' => sub {
    told();
    my @from = ('X-Test-From' => '192.0.2.1');
    my $answer = $desk->as('')->post($session, {username => 'c1', password => $c1->{password}}, @from);
    is_deeply [told()], ['c1 session.open account done 192.0.2.1'], 'in: one row';
    $desk->as('')->post($session, {username => 'c1', password => 'wrong'}, @from);
    is_deeply [told()], ['anonymous sign-in account failed 192.0.2.1'], 'a wrong password: one row';
    is $desk->value('SELECT object_id FROM audit ORDER BY id DESC'), $c1->{accountId}, 'that names the account';
    $desk->as('')->basic('c1', 'wrong')->get($myself, @from);
    is_deeply [told()], ['anonymous sign-in account failed 192.0.2.1'], 'by Basic the same';
    $desk->as('')->basic('nobody-there', 'wrong')->get($myself, @from);
    is_deeply [told()], ['anonymous sign-in account failed 192.0.2.1'], 'a name that nobody has';
    is $desk->value('SELECT object_id FROM audit ORDER BY id DESC'), undef, 'is not written down';
    $desk->as('')->call('DELETE', $session, undef, Cookie => cookie($answer), @from);
    is_deeply [map { s/^\S+ //r } told()], ['session.close account done 192.0.2.1'], 'out: one row';
    my $text = join "\n", map { join ' ', map { $_ // '' } values %$_ } @{$desk->rows('SELECT * FROM audit')};
    unlike $text, qr/\Q$c1->{password}\E|sds_|sdp_/, 'nothing secret in any of them';
};

# What comes with every request is a sign-in once an hour, for each network.
subtest 'a password with every request' => sub {
    my $get = sub {
        my ($name, $network, $path) = @_;
        return $desk->as('')->basic($name, $desk->person($name)->{password})->get($path // $myself,
            'X-Test-From' => $network)->code;
    };
    told();
    is $get->('c2', '192.0.2.11'), 200, 'a right password' for 1 .. 3;
    is_deeply [told()], ['c2 sign-in account done 192.0.2.11'], 'one row';
    is $desk->value('SELECT object_id FROM audit ORDER BY id DESC'), $desk->person('c2')->{accountId},
        'that names the account';
    $get->('c2', '192.0.2.12') for 1 .. 2;
    is_deeply [told()], ['c2 sign-in account done 192.0.2.12'], 'from elsewhere: another';
    $get->('ag1', '192.0.2.11') for 1 .. 2;
    is_deeply [told()], ['ag1 sign-in account done 192.0.2.11'], 'by another directory: one';
    is $desk->value('SELECT directory FROM audit ORDER BY id DESC'), 'htpasswd', 'that names it';
    is $get->('c2', '192.0.2.13', '/rest/api/3/myself'), 200, 'where httpd asks the module';
    is_deeply [told()], ['c2 sign-in account done 192.0.2.13'], 'the same';
    my $latest = '/rest/api/latest/myself';
    is $desk->as('')->basic('ag1', 'wrong')->get($latest, 'X-Test-From' => '192.0.2.11')->code, 401,
        'wrong, where only another directory is asked';
    is_deeply [told()], ['anonymous sign-in account failed 192.0.2.11'], 'is told as well';
    $desk->tool_ok('setting', 'set', 'second_factor', 'everyone');
    told();
    is $get->('c2', '192.0.2.14'), 401, 'right, and not enough' for 1 .. 2;
    is_deeply [told()], ['c2 sign-in account refused 192.0.2.14'], 'somebody has the password: one row';
    $desk->tool_ok('setting', 'set', 'second_factor', 'nobody');
};

subtest 'a flood of wrong passwords' => sub {
    told();
    $desk->as('')->basic('c2', "wrong $_")->get($myself, 'X-Test-From' => '192.0.2.2') for 1 .. 40;
    my @rows = told();
    is scalar(grep {/sign-in account failed/} @rows), 10, 'ten were tried';
    is scalar(grep {/password\.throttle account refused/} @rows), 1, 'and one row says that there were more';
    is scalar(@rows), 11, 'nothing else is written';
};

subtest 'forged requests' => sub {
    my $cookie = cookie($desk->as('')->post($session, {username => 'c3', password => $desk->person('c3')->{password}}));
    my $path = API . '/request/' . $desk->thing('RS')->{key} . '/comment';
    told();
    my @calls = (
        [Cookie => $cookie, Origin => 'https://evil.example'], [Cookie => $cookie, 'Sec-Fetch-Site' => 'cross-site'],
        [Cookie => $cookie, Origin => 'null'],
    );
    my $count = $desk->value('SELECT count(*) FROM comment');
    for my $headers (@calls) {
        is $desk->as('')->post($path, {body => 'forged', public => \1}, @$headers,
            'X-Test-From' => '192.0.2.3')->code, 403,
            "@$headers[2, 3]: refused";
        is_deeply [told()], ['c3 forgery address refused 192.0.2.3'], 'one row';
    }
    is $desk->value('SELECT object_id FROM audit ORDER BY id DESC'), '/rest/servicedeskapi/request/{issue}/comment',
        'that names the address';
    is $desk->value('SELECT count(*) FROM comment'), $count, 'nothing was done';
    $desk->as('')->post($path, {body => 'x'}, Origin => 'https://evil.example',
        'X-Test-From' => '192.0.2.3') for 1 .. 3;
    is_deeply [told()], [], 'of nobody there is nothing to say';
    $desk->as('')->post($path, {body => 'x'}, @{$calls[0]}, 'X-Test-From' => '192.0.2.4') for 1 .. 80;
    is scalar(told()), 60, 'a flood writes sixty an hour';
};

subtest 'what somebody has no right to' => sub {
    my ($c1, $reader) = ($desk->as('c1', 'bearer'), $desk->as('c1', 'reader'));
    my @from = ('X-Test-From' => '192.0.2.5');
    my $desk_path = API . '/servicedesk/' . $desk->thing('D1')->{id};
    my $comment = API . '/request/' . $desk->thing('R1')->{key} . '/comment';
    my @calls = (
        ['an act' => sub { $c1->post($comment, {body => 'x', public => \0}, @from) }, '/request/{issue}/comment'],
        ['a look' => sub { $c1->get("$desk_path/queue", @from) }, '/servicedesk/{desk}/queue'],
        ['more than the token may' => sub { $reader->post($comment, {body => 'x', public => \1}, @from) },
            '/request/{issue}/comment'],
    );
    told();
    for my $call (@calls) {
        my ($what, $do, $address) = @$call;
        is $do->()->code, 403, "$what: refused";
        is_deeply [told()], ['c1 permission.denied address refused 192.0.2.5'], 'one row';
        is $desk->value('SELECT object_id FROM audit ORDER BY id DESC'), API . $address, 'that names the address';
    }
    is $c1->post(API . '/request/' . $desk->thing('R2')->{key} . '/comment', {body => 'x', public => \1}, @from)->code,
        404, 'what is not there for him';
    is $c1->post($comment, {body => 'x'}, @from)->code, 400, 'what he did not say right';
    is $desk->as('')->post($comment, {body => 'x', public => \1}, @from)->code, 401, 'nobody';
    is_deeply [told()], [], 'is no refusal';
    $c1->post($comment, {body => 'x', public => \0}, 'X-Test-From' => '192.0.2.6') for 1 .. 80;
    is scalar(told()), 60, 'a flood writes sixty an hour';
};

subtest 'other content' => sub {
    my @from = ('X-Test-From' => '192.0.2.21');
    my $told = sub {
        my ($who, $path, $status) = @_;
        is_deeply [told()], ["$who permission.denied address refused 192.0.2.21"], "$path: one row for $who";
        is $desk->value('SELECT object_id FROM audit ORDER BY id DESC'), $path, 'that names the path';
        is $desk->value('SELECT face FROM audit ORDER BY id DESC'), 'server', 'and who decided';
    };
    my ($c1, $reader, $ag1) = ($desk->as('c1', 'bearer'), $desk->as('c1', 'reader'), $desk->as('ag1'));
    $_->get($myself, @from) for $c1, $reader, $ag1;
    told();
    is $c1->get('/files/a%20b.txt?secret=1', @from)->code, 403, 'a file';
    $told->('c1', '/files/a%20b.txt');
    is $c1->call('HEAD', '/files/none%0a%e9', undef, @from)->code, 403, 'one that is not there';
    $told->('c1', '/files/none%0a%e9');
    is $c1->get('/files/' . 'x/' x 150, @from)->code, 403, 'a long one';
    $told->('c1', '/files/' . 'x/' x 96 . 'x');
    is $c1->get('/app/there', @from)->code, 403, 'an application';
    $told->('c1', '/app/there');
    is $reader->post('/files/a%20b.txt', 'x', @from)->code, 403, 'more than the token may';
    $told->('c1', '/files/a%20b.txt');
    is $c1->get('/pages/', @from)->code, 403, 'where the page for errors is denied as well';
    $told->('c1', '/pages/');
    is $ag1->get('/foreign/x', @from)->code, 401, 'whom httpd let in';
    $told->('ag1', '/foreign/x');
    is $c1->post('/app/there', 'x', @from)->code, 503, 'another Require lets in';
    is $ag1->get('/files/a%20b.txt', @from)->code, 200, 'who has the right';
    is $desk->as('')->get('/files/a%20b.txt', @from)->code, 401, 'nobody';
    is_deeply [told()], [], 'is no refusal';
    $c1->get('/files/', 'X-Test-From' => '192.0.2.22') for 1 .. 80;
    is scalar(told()), 60, 'a flood writes sixty an hour';
};

subtest 'forms of pages' => sub {
    my $cookie = cookie($desk->as('')->post($session, {username => 'c3', password => $desk->person('c3')->{password}}));
    my @from = ('Content-Type' => 'application/x-www-form-urlencoded', 'X-Test-From' => '192.0.2.7');
    my $send = sub {
        my ($body, @more) = @_;
        return $desk->as('')->post('/account/sessions', $body, @from, @more);
    };
    told();
    is $send->('all=1', Cookie => $cookie)->code, 403, 'without its token';
    is_deeply [told()], ['c3 forgery address refused 192.0.2.7'], 'one row';
    is $desk->value('SELECT object_id FROM audit ORDER BY id DESC'), '/account/sessions', 'that names the page';
    is $send->('all=1&form=' . 'x' x 43, Cookie => $cookie)->code, 403, 'with a wrong one';
    is_deeply [told()], ['c3 forgery address refused 192.0.2.7'], 'one row';
    is $send->('all=1', Cookie => $cookie, Origin => 'https://evil.example')->code, 403, 'from another site';
    is_deeply [told()], ['c3 forgery address refused 192.0.2.7'], 'one row';
    is $desk->as('')->get('/account/sessions', Cookie => $cookie)->code, 200, 'the session is there still';
};

# Where the audit cannot be written, nothing is changed; what only reads goes on.
subtest 'no room for the audit' => sub {
    my $bearer = $desk->as('c1', 'bearer');
    is $bearer->get($myself)->code, 200, 'before';
    $desk->dbh->do('CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, \'no room\'); END');
    my $key = $desk->thing('R1')->{key};
    my %act = (
        'a comment' => sub { $bearer->post(API . "/request/$key/comment", {body => 'lost', public => \1}) },
        'a request' => sub {
            $bearer->post(API . '/request', {serviceDeskId => $desk->thing('D1')->{id},
                requestTypeId => $desk->thing('T1')->{id}, requestFieldValues => {summary => 'lost'}});
        },
        'a token' => sub { $bearer->post(OWN . '/token', {label => 'lost'}) },
        'a session' => sub { $desk->as('')->post($session, {username => 'c1', password => $c1->{password}}) },
        'a member' => sub {
            $desk->as('sa', 'bearer')->post(API . '/organization/' . $desk->thing('O1')->{id} . '/user',
                {usernames => ['c2']});
        },
    );
    my @tables = qw(comment request token session organization_member);
    my $count = sub { join ' ', map { $desk->value("SELECT count(*) FROM $_") } @tables };
    my $before = $count->();
    for my $what (sort keys %act) {
        cmp_ok $act{$what}->()->code, '>=', 500, "$what is refused";
    }
    is $count->(), $before, 'and none is there';
    is $bearer->get(API . "/request/$key")->code, 200, 'a read goes on';
    is $desk->as('')->basic('c1', 'wrong')->get($myself, 'X-Test-From' => '192.0.2.9')->code, 401,
        'a wrong password is wrong all the same';
    $desk->dbh->do('DROP TRIGGER full');
    is $act{'a comment'}->()->code, 201, 'afterwards all is well';
};

# Only the proxy that httpd trusts says where somebody is.
subtest 'from where' => sub {
    my @claims = map { ($_ => '203.0.113.9') } qw(X-Forwarded-For X-Real-IP Client-IP True-Client-IP X-Client-IP);
    my $wrong = sub { my ($of, @headers) = @_; $of->as('')->basic('nobody-there', 'wrong')->get($myself, @headers) };
    told();
    $wrong->($desk, @claims, Forwarded => 'for=203.0.113.9');
    is_deeply [told()], ['anonymous sign-in account failed 127.0.0.1'], 'a claim is none';
    $wrong->($desk, 'X-Test-From' => '203.0.113.9, 192.0.2.8');
    is_deeply [told()], ['anonymous sign-in account failed 192.0.2.8'], 'nor what stands before the proxy\'s word';
    my $elsewhere = ServiceDesk::Test->new(fixture => 1, modules => ['remoteip'],
        conf => "RemoteIPHeader X-Test-From\nRemoteIPInternalProxy 192.0.2.1\n");
    my @codes = map { $wrong->($elsewhere, 'X-Test-From' => "203.0.113.$_")->code } 1 .. 12;
    is_deeply [@codes[9 .. 11]], [401, 429, 429], 'not from the proxy: one source, whatever it claims';
    is_deeply $elsewhere->rows("SELECT DISTINCT source FROM audit WHERE act = 'sign-in'"), [{source => '127.0.0.1'}],
        'which is told';
    $elsewhere->finish;
};

# One act after another, each with all that it leaves.
subtest 'every event, once' => sub {
    my ($d1, $t1) = map { $desk->thing($_)->{id} } qw(D1 T1);
    my ($sa, $ag1) = map { $desk->as($_, 'bearer') } qw(sa ag1);
    my $an = $desk->as('');
    my @words = ('nine green lanterns here', 'ten green lanterns here');
    my $basic = sub { my ($n, $name) = @_; return $desk->as('')->basic($name // 'c3', $words[$n]) };
    my $address = $desk->person('c3')->{email};
    my @acts = (
        ['a link for a new password' => sub { $an->post(OWN . '/account/reset', {address => $address}) },
            'anonymous password.forgotten account'],
        ['a new password by it' => sub { $an->put(OWN . '/account/reset', {token => token_to($desk, $address),
            newPassword => $words[0]}) }, 'anonymous password.reset account'],
        ['another' => sub { $basic->(0)->put(OWN . '/account/password', {currentPassword => $words[0],
            newPassword => $words[1]}) }, 'c3 sign-in account', 'c3 password.change account'],
        ['another address' => sub { $basic->(1)->post(OWN . '/account/address', {address => 'moved@example.net',
            currentPassword => $words[1]}) }, 'c3 sign-in account', 'c3 address.ask account'],
        ['confirmed' => sub { $an->put(OWN . '/account/address', {token => token_to($desk, 'moved@example.net')}) },
            'anonymous address.change account'],
        ['the end of all sessions' => sub { $basic->(1, 'moved@example.net')->delete(OWN . '/session') },
            'c3 session.close-all account'],
        ['one\'s own data' => sub { $basic->(1, 'moved@example.net')->get(OWN . '/myself/export') },
            'c3 account.export account'],
        ['somebody else\'s' => sub { $sa->get(OWN . '/account/c2/export') }, 'sa account.export account'],
        ['a role' => sub { $sa->post(OWN . "/servicedesk/$d1/role/agent", {usernames => ['c2']}) },
            'sa role.add account'],
        ['and taken away' => sub { $sa->delete(OWN . "/servicedesk/$d1/role/agent", {usernames => ['c2']}) },
            'sa role.remove account'],
        ['an invitation' => sub { $ag1->post(OWN . "/servicedesk/$d1/invitation", {addresses => 'ivy@example.org'}) },
            'ag1 account.create account', 'ag1 desk.customer.add account', 'ag1 invitation.send account'],
        ['accepted' => sub { $an->post(OWN . '/invitation/accept', {token => token_to($desk, 'ivy@example.org'),
            displayName => 'Ivy', password => $words[0]}) },
            'anonymous account.complete account', 'anonymous invitation.accept account'],
        ['a setting' => sub { $sa->put(OWN . '/signup/settings', {publicSignup => \1}) }, 'sa setting.set setting'],
        ['a desk that is opened' => sub { $sa->put(OWN . "/servicedesk/$d1/access", {signup => \1}) },
            'sa desk.access desk'],
        ['a list of domains' => sub { $sa->put(OWN . '/domain', {blocked => ['evil.example']}) }, 'sa domain.set site'],
        ['a group' => sub { $sa->post(OWN . '/group', {name => 'told'}) }, 'sa group.create group'],
        ['and somebody in it' => sub { $sa->post(OWN . '/group/told/member', {usernames => ['c2']}) },
            'sa group.add group'],
        ['on behalf of somebody' => sub { $ag1->post(API . '/request', {serviceDeskId => $d1, requestTypeId => $t1,
            raiseOnBehalfOf => 'c2', requestFieldValues => {summary => 'x'}}) }, 'ag1 request.create request'],
        ['somebody who is forgotten' => sub { $sa->post(OWN . '/account/c4/anonymise', {}) },
            'sa account.anonymise account'],
    );
    $desk->tool_ok('setting', 'set', 'mail_mailbox_hour', '100');    # a mail over it would be told of as well
    told();
    for my $act (@acts) {
        my ($what, $do, @expected) = @$act;
        like $do->()->code, qr/^20\d\z/, $what;
        is_deeply [map {s/ done \S+\z//r} told()], \@expected, 'is told, once';
    }
    like $desk->value("SELECT detail FROM audit WHERE act = 'request.create' ORDER BY id DESC"),
        qr/"reporter":"\Q@{[$desk->person('c2')->{accountId}]}\E"/, 'of whom, beside who did it';
};

$desk->allow(qr/no room|SD000\d\d/);
$desk->allow(qr/AH01631|AH00957|AH01114/);
$desk->finish;
done_testing;
