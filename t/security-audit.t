#!/usr/bin/perl
# Security events in the audit: one row each, and no write for each of a flood. Cases: security.md 92, 234, 238.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $session = '/rest/auth/1/session';
my $myself = CORE . '/myself';
my $remote = "RemoteIPHeader X-Test-From\nRemoteIPInternalProxy 127.0.0.1\n"
    . "<Location /rest/api/latest>\nServiceDeskBasicProvider htpasswd\n</Location>\n"
    . "<Location /rest/api/3>\nAuthType Basic\nAuthName x\nAuthBasicProvider servicedesk\n"
    . "Require valid-user\n</Location>\n";
my $desk = ServiceDesk::Test->new(fixture => 1, modules => ['remoteip'], conf => $remote);
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

$desk->allow(qr/no room|SD000\d\d/);
$desk->finish;
done_testing;
