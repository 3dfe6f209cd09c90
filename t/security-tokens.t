#!/usr/bin/perl
# API tokens: shown once, never more than their owner may do, over at once. Cases: security.md 9, 11, 18, 32, 98.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::JSON ();
use Mojo::Util ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my $tokens = OWN . '/token';
my $myself = CORE . '/myself';
my $r1 = API . '/request/' . $desk->thing('R1')->{key};

sub bearer { my ($token) = @_; return $desk->as('')->bearer($token) }
sub make {
    my ($caller, %input) = @_;
    return created($caller->post($tokens, {label => 'made', %input}), 'a token is made');
}

subtest 'the life of one' => sub {
    my $c1 = $desk->as('c1');
    my $made = make($c1, label => 'life of one', scopes => ['read', 'write'], days => 2);
    like $made->{token}, qr/\Asdp_[A-Za-z0-9_-]{43}\z/, '256 bits';
    is $made->{prefix}, substr($made->{token}, 0, 8), 'known by its beginning';
    my $list = $c1->get($tokens);
    like $list->body, qr/life of one/, 'it is listed';
    unlike $list->body, qr/sdp_[\w-]{5}/, 'and not shown again';
    unlike $list->body, qr/"hash"|[0-9a-f]{64}/, 'in no form';
    is $desk->value('SELECT count(*) FROM token WHERE hash = ? OR prefix = ? OR label = ?', ($made->{token}) x 3),
        0, 'and not stored';
    my $holder = bearer($made->{token});
    is $holder->get($myself)->json->{name}, 'c1', 'it is c1';
    is $holder->get($r1)->code, 200, 'who reads';
    is $holder->post("$r1/comment", {body => 'x', public => \1})->code, 201, 'and writes';
    is $holder->get($tokens)->code, 403, 'and does not manage';
    is $desk->as('c2')->delete("$tokens/$made->{id}")->code, 404, 'nobody else ends it';
    is $desk->as('c2')->delete("$tokens/999999")->body, $desk->as('c2')->delete("$tokens/$made->{id}")->body,
        'or learns that it is there';
    done($c1->delete("$tokens/$made->{id}"), 'its owner does');
    is $holder->get($myself)->code, 401, 'it is over';
    is $holder->get($r1, 'If-None-Match' => '*')->code, 401, 'with all that it had seen';
    done($c1->delete("$tokens/$made->{id}"), 'twice is once');
};

# Which call needs which scope.
my %call = (
    read => ['GET', $r1], write => ['POST', "$r1/comment", {body => 'scope', public => \1}],
    manage => ['GET', $tokens],
);

subtest 'scopes' => sub {
    my $c1 = $desk->as('c1');
    for my $scopes (['read'], ['write'], ['manage'], ['read', 'write'], ['read', 'manage'],
        ['read', 'write', 'manage']) {
        my $holder = bearer(make($c1, scopes => $scopes)->{token});
        my %has = map { $_ => 1 } @$scopes;
        for my $scope (sort keys %call) {
            my ($method, $path, $body) = @{$call{$scope}};
            my $code = $holder->call($method, $path, $body)->code;
            is $code, !$has{$scope} ? 403 : $scope eq 'write' ? 201 : 200, "@$scopes: $method";
        }
    }
    is bearer(make($c1)->{token})->get($tokens)->code, 403, 'without a word it does not manage';
    my $manager = bearer(make($c1, scopes => ['manage'])->{token});
    refused($manager->post($tokens, {label => 'more', scopes => $_}), 400,
        "one that manages makes none that can @$_", 'scopes')
        for ['read'], ['write'], ['manage', 'read'];
    is $manager->post($tokens, {label => 'same', scopes => ['manage']})->code, 201, 'but one of its own kind';
    is $manager->post($tokens, {label => 'silent'})->code, 400, 'nor by saying nothing';
};

subtest 'never more than its owner may' => sub {
    for my $path (
        API . '/request/' . $desk->thing('R2')->{key}, "$r1/comment/" . $desk->thing('R1')->{internal},
        API . '/servicedesk/' . $desk->thing('D1')->{id} . '/queue'
    ) {
        my $code = $desk->as('c1', 'bearer')->get($path)->code;
        is $code, $desk->as('c1')->get($path)->code, "$path: as by password";
        isnt $code, 200, 'refused';
    }
    my $da1 = $desk->as('da1', 'bearer');
    my $type = [API . '/servicedesk/' . $desk->thing('D1')->{id} . '/requesttype',
        {issueTypeId => '1', name => 'By token', description => '', helpText => ''}];
    is $da1->post(@$type)->code, 200, 'an administrator\'s token';
    $desk->tool_ok('role', 'remove', 'administrator', 'da1', '--desk', 'D1');
    is $da1->post(@$type)->code, 404, 'is worth what he is';
    $desk->tool_ok('role', 'add', 'administrator', 'da1', '--desk', 'D1');
};

subtest 'not made' => sub {
    my $c1 = $desk->as('c1');
    my %bad = (
        scopes => [['admin'], ['READ'], [''], ['read', 'x'], 'read', {}, [1], []],
        days => [0, -1, 366, 1e9, 'x', 1.5, []],
        label => ['', 'x' x 256, 5, "a\x07b", Mojo::JSON->true],
    );
    my $before = $desk->value('SELECT count(*) FROM token');
    for my $member (sort keys %bad) {
        for my $value (@{$bad{$member}}) {
            my $answer = $c1->post($tokens, {label => 'x', $member => $value});
            is $answer->code, 400, "$member: " . Mojo::JSON::encode_json([$value]) =~ s/(.{30}).*/$1/r;
        }
    }
    is $desk->value('SELECT count(*) FROM token'), $before, 'no row';
    my $extra =
        make($c1, scopes => ['read'], account => 'sa', accountId => $desk->person('sa')->{accountId}, id => 1,
        created_by => 1, hash => 'x', prefix => 'x', expires => 1, __proto__ => {});
    is bearer($extra->{token})->get($myself)->json->{name}, 'c1', 'other members say nothing';
};

subtest 'over' => sub {
    my $made = make($desk->as('c1'), scopes => ['read'], days => 1);
    my $holder = bearer($made->{token});
    my $day = 24 * 3600 * 1000;
    is $desk->value('SELECT expires - created FROM token WHERE id = ?', $made->{id}), $day, 'a day';
    $desk->dbh->do('UPDATE token SET expires = expires - ? WHERE id = ?', undef, $day - 60_000, $made->{id});
    is $holder->get($myself)->code, 200, 'a minute before the end';
    $desk->dbh->do('UPDATE token SET expires = expires - ? WHERE id = ?', undef, 61_000, $made->{id});
    is $holder->get($myself)->code, 401, 'the end';
    my $disabled = make($desk->as('c3'), scopes => ['read']);
    $desk->tool_ok('account', 'disable', 'c3');
    is bearer($disabled->{token})->get($myself)->code, 401, 'of one who is disabled';
    is $desk->as('c3', 'bearer')->get($myself)->code, 401, 'all of them';
    $desk->tool_ok('account', 'enable', 'c3');
    my $shell = $desk->tool_ok('token', 'create', 'c3', '--scopes', 'read', '--json');
    is bearer($shell->{token})->get($myself)->code, 200, 'one by the command line';
    $desk->tool_ok('token', 'revoke', $shell->{id});
    is bearer($shell->{token})->get($myself)->code, 401, 'and revoked by it';
};

# A change by a token that was good a moment ago looks at it in its own transaction, and nowhere before.
subtest 'over for who is in the middle of changes' => sub {
    my $comment = ["$r1/comment", {body => 'by a warm token', public => \1}];
    my $raise = [API . '/request', {serviceDeskId => $desk->thing('D1')->{id},
        requestTypeId => $desk->thing('T1')->{id}, requestFieldValues => {summary => 'By a warm token'}}];
    my $count = sub {
        return $desk->value("SELECT (SELECT count(*) FROM comment) || ' ' || (SELECT count(*) FROM request) || ' '"
            . ' || (SELECT count(*) FROM audit)');
    };
    # Each child of httpd has a memory of its own.
    my $warm = sub {
        my ($scopes, $person) = @_;
        my $made = make($desk->as($person // 'c1'), scopes => $scopes);
        my $holder = bearer($made->{token});
        is join(' ', map { $holder->post(@$comment)->code } 1 .. 12), join(' ', (201) x 12), 'a token writes';
        is $holder->post(@$raise)->code, 201, 'and raises';
        return ($holder, $made->{id});
    };
    my @bad = (
        [@$comment], [@$raise], ["$r1/comment", {body => '', public => \1}], ["$r1/comment", []],
        [API . '/request', {}], [API . '/request', {serviceDeskId => 'x'}], [API . '/request/X-1/comment', {}],
        [API . '/request?limit=%ff', {}],
    );
    my $refused = sub {
        my ($holder, $what) = @_;
        my $before = $count->();
        for my $call (@bad) {
            my $answer = $holder->post(@$call);
            is $answer->code, 401, "$what: $call->[0]";
            is $answer->body, bearer('sdp_' . 'A' x 43)->post(@$call)->body, 'as one that never was';
        }
        is $holder->call('POST', "$r1/comment", '{', 'Content-Type' => 'application/json')->code, 401, 'no JSON either';
        is $count->(), $before, 'and nothing is written';
    };
    my ($holder, $id) = $warm->(['write']);
    $desk->tool_ok('token', 'revoke', $id);
    $refused->($holder, 'revoked');

    ($holder, $id) = $warm->(['write']);
    $desk->dbh->do('UPDATE token SET expires = ? WHERE id = ?', undef, time * 1000 - 1, $id);
    $refused->($holder, 'expired');

    ($holder) = $warm->(['write']);
    $desk->tool_ok('account', 'disable', 'c1');
    $refused->($holder, 'of one who is disabled');
    $desk->tool_ok('account', 'enable', 'c1');

    ($holder, $id) = $warm->(['read', 'write']);
    $desk->dbh->do('UPDATE token SET scopes = 1 WHERE id = ?', undef, $id);
    my $before = $desk->value('SELECT count(*) FROM comment');
    my %codes = map { $holder->post(@$comment)->code => 1 } 1 .. 12;
    is_deeply [grep { $_ != 401 && $_ != 403 } keys %codes], [], 'what it could do a moment ago is worth nothing';
    is $holder->post(@$comment)->code, 403, 'but what it can do now';
    is $desk->value('SELECT count(*) FROM comment'), $before, 'and nothing is written';

    ($holder) = $warm->(['write'], 'ag1');
    my $internal = ["$r1/comment", {body => 'inside', public => \0}];
    is $holder->post(@$internal)->code, 201, 'an agent\'s token';
    $desk->tool_ok('role', 'remove', 'agent', 'htpasswd/ag1', '--desk', 'D1');
    is $holder->post(@$internal)->code, 404, 'is worth what he is';
    $desk->tool_ok('role', 'add', 'agent', 'htpasswd/ag1', '--desk', 'D1');
    is $holder->post(@$internal)->code, 201, 'at any time';
};

subtest 'only as a Bearer' => sub {
    my $token = $desk->person('c1')->{token};
    my $an = $desk->as('');
    for my $query ("access_token=$token", "token=$token", "Authorization=Bearer%20$token", "bearer=$token") {
        is $an->get("$myself?$query")->code, 401, 'not in the query: ' . $query =~ s/=.*//r;
    }
    is $an->get($myself, Cookie => "servicedesk=$token")->code, 401, 'not as a cookie';
    is $an->get($myself, $_ => $token)->code, 401, "not as $_"
        for qw(X-API-Key X-Auth-Token Token Proxy-Authorization);
    is $desk->as('')->basic('c1', $token)->get($myself)->code, 401, 'not as a password';
    is $desk->as('')->basic($token, '')->get($myself)->code, 401, 'not as a name';
    is $an->post('/rest/auth/1/session', {username => 'c1', password => $token})->code, 401, 'it opens no session';
    my $c1 = $desk->as('c1', 'session');
    my ($cookie) = map { $_->value } @{$c1->cookies};
    is bearer($cookie)->get($myself)->code, 401, 'a session is no token';
    is bearer("sdp_" . substr $cookie, 4)->get($myself)->code, 401, 'by another name either';
};

subtest 'guesses' => sub {
    my $token = $desk->person('c1')->{token};
    for my $guess (
        '%', '_%', '*', '', '0', 'null', 'true', '[]', 'sdp_', 'sdp_%', 'sdp_' . '_' x 43, 'sdp_' . '%' x 43,
        'x' x 7000, substr($token, 0, -1), "${token}A",
        "sdp_" . lc substr($token, 4), "SDP_" . substr($token, 4), "' OR '1'='1", "$token'--",
        "sds_" . substr($token, 4)
    ) {
        is bearer($guess)->get($myself)->code, 401, 'none: ' . substr($guess, 0, 12);
    }
    # base64url: the last character carries two spare bits, which must be as they were written
    my $last = substr $token, -1;
    my $same = 0;
    for my $c ('A' .. 'Z', 'a' .. 'z', 0 .. 9, '-', '_') {
        $same++ if $c ne $last && bearer(substr($token, 0, -1) . $c)->get($myself)->code != 401;
    }
    is $same, 0, 'one spelling only';
    my %seen = map { make($desk->as('ag2'), scopes => ['read'])->{token} => 1 } 1 .. 20;
    is scalar(keys %{{map { substr($_, 4, 8) => 1 } keys %seen}}), 20, 'tokens have nothing in common';
};

$desk->finish;
done_testing;
