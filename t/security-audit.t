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
my $remote = "RemoteIPHeader X-Test-From\nRemoteIPInternalProxy 127.0.0.1\n";
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

subtest 'a flood of wrong passwords' => sub {
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
