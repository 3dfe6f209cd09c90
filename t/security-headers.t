#!/usr/bin/perl
# Headers of every answer, and two instances in one httpd that know nothing of each other. Cases: security.md 34, 240,
# 245, 246.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Copy ();
use Mojo::Util ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1, start => 0);
my ($dir, $myself, $session) = ($desk->dir, CORE . '/myself', '/rest/auth/1/session');
my $other_port = ServiceDesk::Test::free_port();

# One more instance, with a database, a pepper and a name of its own. The same people are in both.
for my $file (glob "$dir/state/*") {
    my $copy = $file =~ s{/([^/]+)\z}{/other-$1}r;
    File::Copy::copy($file, $copy) or die "$file: $!";
    chmod 0600, $copy;
}
my $other = <<"END";
<VirtualHost 127.0.0.1:$other_port>
    ServerName other.example
    DBDriver sqlite3
    DBDParams "$dir/state/other-servicedesk.db"
    ServiceDeskBaseURL http://127.0.0.1:$other_port
    ServiceDeskPepperFile "$dir/state/other-pepper"
</VirtualHost>
<VirtualHost 127.0.0.1:$other_port>
    ServerName off.example
    ServiceDesk Off
</VirtualHost>
END
$desk->{conf} =
    "Listen 127.0.0.1:$other_port\nServerTokens Prod\n$other<Location /rest/denied>\nRequire all denied\n</Location>\n";
$desk->start;
my $there = "http://127.0.0.1:$other_port";
my $r1 = API . '/request/' . $desk->thing('R1')->{key};

sub header { my ($answer, $name) = @_; return $answer->headers->header($name) // '' }

subtest 'headers' => sub {
    my $c1 = $desk->as('c1', 'bearer');
    my $an = $desk->as('');
    my %answer = (
        200 => $c1->get($r1), 201 => $c1->post("$r1/comment", {body => 'x', public => \1}),
        204 => $c1->put("$r1/notification"), 400 => $c1->post("$r1/comment", {}), 401 => $an->get($r1),
        403 => $c1->get('/rest/denied'), 404 => $c1->get(API . '/request/D1-99999'), 405 => $c1->delete($r1),
        413 => $c1->post("$r1/comment", 'x' x 1_100_000, 'Content-Type' => 'application/json'),
        415 => $c1->post("$r1/comment", 'x'), HEAD => $c1->head($r1), page => $an->get('/'),
        'no page' => $an->get('/portal'), core => $an->get($myself),
        'sign-in' => $an->post($session, {username => 'c1', password => 'x'}),
        own => $c1->get(OWN . '/avatar'),
    );
    for my $what (sort keys %answer) {
        my $answer = $answer{$what};
        is $answer->code, $what, 'is what it should be' if $what =~ /^\d+$/;
        like header($answer, 'Content-Security-Policy'), qr/^default-src 'none';.*frame-ancestors 'none'/,
            "$what: no content of others, no frame";
        is header($answer, 'X-Content-Type-Options'), 'nosniff', 'no guesses';
        like header($answer, 'Referrer-Policy'), qr/^(?:no-referrer|same-origin)\z/, 'no referrer elsewhere';
        is header($answer, "Cross-Origin-$_-Policy"), 'same-origin', "$_: for this origin only"
            for qw(Resource Opener);
        like header($answer, 'Permissions-Policy'), qr/camera=\(\)/, 'no camera';
        like header($answer, 'Cache-Control'), qr/^(?:no-store|private, no-cache)\z/, 'in no shared cache';
        like header($answer, 'Content-Type'), qr/charset=UTF-8\z/i, 'a charset'
            if length $answer->body && $what ne 'own';
        is scalar(grep {/^Access-Control|^X-Powered-By/i} @{$answer->headers->names}), 0, 'nothing else';
        is header($answer, 'Server'), 'Apache', 'no version of anything';
        unlike $answer->body, qr/mod_servicedesk\/|sqlite|jansson/i, 'in the body neither' if $answer->code >= 400;
    }
    my $tag = header($c1->get($r1), 'ETag');
    my $unchanged = $c1->get($r1, 'If-None-Match' => $tag);
    is $unchanged->code, 304, 'an answer that did not change';
    is header($unchanged, 'X-Content-Type-Options') . header($unchanged, 'Cache-Control'),
        'nosniffprivate, no-cache', 'has them too';
    like header($unchanged, 'Vary'), qr/Authorization/, 'and says what it depends on';
    unlike $tag, qr/sdp_|canary/, 'a tag holds no secret';
};

# A caller of the other instance.
sub at_other { my ($path, @headers) = @_; return $desk->as('')->get("$there$path", @headers) }
sub sign_in {
    my ($base, $name) = @_;
    my $caller = $desk->as('');
    my $answer = $caller->post("$base$session", {username => $name, password => $desk->person($name)->{password}});
    return (header($answer, 'Set-Cookie') =~ /^([^;]+)/)[0];
}

subtest 'two instances: sessions, tokens, passwords' => sub {
    my ($here, $elsewhere) = (sign_in($desk->base, 'c1'), sign_in($there, 'c1'));
    is $desk->as('')->get($myself, Cookie => $here)->code, 200, 'a session opens its own';
    is at_other($myself, Cookie => $elsewhere)->code, 200, 'each its own';
    is at_other($myself, Cookie => $here)->code, 401, 'and not the other';
    is $desk->as('')->get($myself, Cookie => $elsewhere)->code, 401, 'neither way';
    my $made = $desk->as('c1')->post(OWN . '/token', {label => 'here', scopes => ['read']})->json;
    is $desk->as('')->bearer($made->{token})->get($myself)->code, 200, 'a token, too';
    is at_other($myself, Authorization => "Bearer $made->{token}")->code, 401, 'is one instance\'s';
    my $new = $desk->tool_ok('password', 'c2', '--random-password', '--json')->{password};
    my $basic = 'Basic ' . Mojo::Util::b64_encode("c2:$new", '');
    is $desk->as('')->get($myself, Authorization => $basic)->code, 200, 'a password that was verified here';
    is at_other($myself, Authorization => $basic)->code, 401, 'is not remembered there';
    $desk->tool_ok('account', 'disable', 'c3');
    is at_other($myself, Authorization => 'Bearer ' . $desk->person('c3')->{token})->code, 200,
        'disabled here is not disabled there';
};

subtest 'two instances: data, budgets, links' => sub {
    my $c1 = 'Bearer ' . $desk->person('c1')->{token};
    is $desk->as('c1', 'bearer')->post("$r1/comment", {body => 'canary_here', public => \1})->code, 201,
        'a comment here';
    my $answer = at_other("$r1/comment", Authorization => $c1);
    is $answer->code, 200, 'the same request there';
    unlike $answer->body, qr/canary_here/, 'without it';
    my $own = $desk->base;
    like $answer->body, qr/\Q$there\E/, 'links to itself';
    unlike $answer->body, qr/\Q$own\E/, 'and not to the other';
    my @codes = map { $desk->as('')->basic('c4', "wrong password $_")->get($myself)->code } 1 .. 11;
    is $codes[-1], 429, 'the budget of a name here';
    is at_other($myself,
        Authorization => 'Basic ' . Mojo::Util::b64_encode('c4:' . $desk->person('c4')->{password}, ''))->code,
        200, 'is not the one there';
};

subtest 'taken out' => sub {
    my @host = (Host => 'off.example');
    is at_other('/rest/servicedeskapi/info', @host)->code, 404, 'a host with ServiceDesk Off has none';
    is at_other($myself, @host, Authorization => 'Bearer ' . $desk->person('c1')->{token})->code, 404,
        'for anybody';
    is at_other('/index.html', @host)->code =~ /^(?:404|200)$/, 1, 'and its own content is its own';
};

subtest 'two new installations have nothing in common' => sub {
    my @fresh = map { ServiceDesk::Test->new } 1, 2;
    my @pepper = map { ServiceDesk::Test::slurp($_->pepper) } @fresh;
    isnt $pepper[0], $pepper[1], 'the pepper';
    cmp_ok length $_, '>=', 32, 'long enough' for @pepper;
    my @token = map { $_->tool_ok('account', 'add', 'first', '--random-password', '--json')->{password} } @fresh;
    isnt $token[0], $token[1], 'nor a password that is made';
    my @id = map { $_->value('SELECT public_id FROM account') } @fresh;
    isnt $id[0], $id[1], 'nor an id';
    $_->finish for @fresh;
};

$desk->allow(qr/AH01630|AH01797|SD00040/);
$desk->finish;
done_testing;
