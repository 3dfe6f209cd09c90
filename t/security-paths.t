#!/usr/bin/perl
# One request is one decision, whatever its spelling, protocol and way to the module. Cases: security.md 80 to 86, the
# table D-paths with its framing, 146, 149, 150. (The plain form of the table is in t/rest-gate.t.)
use strict;
use warnings;
use File::Path ();
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::Util ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $static = "Alias /s \"%s/htdocs\"\n<Location \"/s\">\nSetHandler None\n</Location>\n"
    . "<Location \"/s/agent\">\nAuthType ServiceDesk\nRequire servicedesk agent desk=D1\n</Location>\n";
my $desk = ServiceDesk::Test->new(fixture => 1, start => 0, modules => [qw(http2 rewrite include dir)]);
mkdir $desk->dir . "/htdocs/$_" or die $! for qw(agent open);
$desk->put_file('htdocs/agent/x.html', "canary_static\n");
$desk->put_file('htdocs/open/x.html', "open\n");
my $common = "Protocols h2c http/1.1\nLogLevel crit\n" . sprintf $static, $desk->dir;
$desk->{conf} = $common;
$desk->start;

my $r1 = API . '/request/' . $desk->thing('R1')->{key};
my $key = $desk->thing('R1')->{key};
my %token = map { $_ => $desk->person($_)->{token} } qw(c1 c2 ag1);
my @curl = ('curl', '-s', '-S', '--path-as-is', '--max-time', 20);
my $secret = qr/canary_/;

sub printable { my ($text) = @_; return $text =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ger }

# Status and text of the answer, over each protocol.
my %ask = (
    'HTTP/1.1' => sub {
        my ($target, $token) = @_;
        return answer(
            $desk->raw(
                "GET $target HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer $token\r\n\r\n")
        );
    },
    'HTTP/1.0' => sub {
        my ($target, $token) = @_;
        return answer($desk->raw("GET $target HTTP/1.0\r\nAuthorization: Bearer $token\r\n\r\n"));
    },
    'h2c' => sub {
        my ($target, $token) = @_;
        my (undef, $out) = ServiceDesk::Test::run_command({}, @curl, '--http2-prior-knowledge', '-i', '-H',
            "Authorization: Bearer $token", '--request-target', $target, $desk->base . '/');
        return answer($out);
    },
);

sub answer { my ($text) = @_; return ($text =~ m{\AHTTP/[\d.]+ (\d+)} ? $1 : 0, $text) }

# Spellings of a path by where httpd takes them: "same" is normalised before anybody matches, all others are no way in.
my %same =
    map { $_ => 1 }
    ('//%s//%s', '/%s/./%s', '/%s/x/../%s', '/%s/%%2e/%s', '/%s/x/%%2e%%2e/%s', '/%s/x/.%%2e/%s', '/%s/%s?',
    '/%s/%s?x=/../y', 'http://evil.example/%s/%s');
my @other = (
    '/%s%%2f%s', '/%s%%2F%s', '/%s/open/..%%2f%s', '/%s/%s%%00', '/../%s/%s', '/%%2e%%2e/%s/%s', '/%s/%s#frag',
    '/%s/%%2561%s', '/%s/open/..%%252f%s', '/%s;x/%s', '/%s/;a=b/%s', '/%s%%3bx/%s',
    '/%s/..;/%s', '/%s/%s;x', '/%s./%s', '/%s%%20/%s', '/%s/%s%%20', '/%s%%0a/%s', '/%s/%s%%0a', '/%s\\%s',
    '/%s%%5c%s', '/%s/%s%%3fx', '/%s/%%c0%%ae%%c0%%ae/%s', "/%s/\xe4/%s", '/%s/%s/', '/%s/%s.', '/%s/%s/..%%2f..'
);

sub check_targets {
    my ($how, $protocol) = @_;
    my $ask = $ask{$protocol};
    my ($head, $tail) = ('rest', "servicedeskapi/request/$key");
    for my $form (sort keys %same) {
        next if $protocol eq 'h2c' && $form =~ /^http/;
        my $target = sprintf $form, $head, $tail;
        my $merged = $target !~ m{^//} || $how !~ /MergeSlashes Off/;
        my ($mine, $text) = $ask->($target, $token{c1});
        my ($theirs, $body) = $ask->($target, $token{c2});
        is "$mine $theirs", $merged ? '200 404' : '404 404', "$protocol: $target";
        unlike $body, $secret, 'no word' if $theirs != 404 || $body =~ $secret;
        my $file = sprintf $form, 's', 'agent/x.html';
        ($mine, $text) = $ask->($file, $token{ag1});
        ($theirs, $body) = $ask->($file, $token{c1});
        is "$mine $theirs", '200 403', "$protocol: $file" if $merged;
        unlike $body, $secret, 'no word of the file';
    }
    for my $form (@other, '/%S/%s') {
        my ($target, $file) =
            $form eq '/%S/%s'
            ? ('/REST/servicedeskapi/request/' . $key, '/S/agent/x.html')
            : (sprintf($form, $head, $tail), sprintf($form, 's', 'agent/x.html'));
        my ($code, $text) = $ask->($target, $token{c2});
        ok $code == 400 || $code == 404 || $code == 0 && $protocol eq 'h2c', printable("$protocol: $target: $code");
        unlike $text, $secret, 'no word' if $text =~ $secret;
        ($code, $text) = $ask->($target, $token{c1});
        unlike $text, qr/canary_R2/, 'nor of another' if $text =~ $secret;
        my ($denied, $leak) = $ask->($file, $token{c1});
        unlike $leak, $secret, printable("$protocol: $file: $denied");
    }
    return;
}

for my $how ('', 'AllowEncodedSlashes On', 'AllowEncodedSlashes NoDecode',
    "AllowEncodedSlashes On\nMergeSlashes Off") {
    subtest 'paths: ' . ($how ? $how =~ s/\n/, /r : 'as it comes') => sub {
        if ($how) {
            $desk->{conf} = "$common$how\n";
            $desk->graceful;
        }
        check_targets($how, $_) for 'HTTP/1.1', $how ? () : ('HTTP/1.0', 'h2c');
        check_targets($how, 'h2c') if $how =~ /Merge/;
    };
}

subtest 'methods' => sub {
    my $ask = sub {
        my ($line, $more) = @_;
        return answer(
            $desk->raw(
                "$line\r\nHost: x\r\nConnection: close\r\nCookie: servicedesk=canary_cookie\r\n"
                    . ($more // '') . "\r\n"
            )
        );
    };
    my $bearer = "Authorization: Bearer $token{c1}\r\n";
    for my $method (qw(FOO get TRACK PROPFIND PATCH MOVE LOCK GETX)) {
        my ($code, $text) = $ask->("$method $r1 HTTP/1.1", $bearer);
        is $code, 405, $method;
        unlike $text, $secret, 'nothing is told';
        ($code, $text) = $ask->("$method /s/agent/x.html HTTP/1.1", $bearer);
        unlike $text, $secret, 'nor of a file';
        cmp_ok $code, '>=', 400, 'but refused';
    }
    for my $line ("TRACE $r1 HTTP/1.1", 'TRACE / HTTP/1.1', "TRACE /s/agent/x.html HTTP/1.1",
        'CONNECT example.org:80 HTTP/1.1', "CONNECT $r1 HTTP/1.1", 'OPTIONS * HTTP/1.1') {
        my ($code, $text) = $ask->($line, $bearer);
        unlike $text, qr/canary_|$token{c1}/, "$line echoes nothing";
        ok $line =~ /^OPTIONS/ ? $code == 200 : $code >= 400, "and is answered with $code";
    }
    my ($got, $head) = map {
        my ($code, $text) = $ask->("$_ $r1 HTTP/1.1", $bearer);
        [$code, $text =~ s/\r\n\r\n.*//sr =~ s/^Date:.*\n//mr]
    } qw(GET HEAD);
    is_deeply $head, $got, 'HEAD is GET without a body';
    my ($code, $text) = $ask->("HEAD $r1 HTTP/1.1", "Authorization: Bearer $token{c2}\r\n");
    is $code, 404, 'for others too';
    for my $header ('X-HTTP-Method-Override', 'X-Method-Override', 'X-HTTP-Method', '_method') {
        my $before = $desk->value('SELECT count(*) FROM token WHERE revoked IS NOT NULL');
        my $id = $desk->person('c1')->{tokenId};
        $desk->as('c1', 'bearer')
            ->post(OWN . "/token/$id?_method=DELETE", {_method => 'DELETE'}, $header => 'DELETE');
        is $desk->as('c1', 'bearer')->get(OWN . "/token?_method=DELETE", $header => 'DELETE')->code, 200,
            "$header is nothing";
        is $desk->value('SELECT count(*) FROM token WHERE revoked IS NOT NULL'), $before, 'and does nothing';
    }
};

subtest 'framing' => sub {
    my $auth = "Authorization: Bearer $token{c1}\r\n";
    my %bad = (
        'two Host headers' => "GET $r1 HTTP/1.1\r\nHost: x\r\nHost: y\r\n$auth\r\n",
        'an odd host' => "GET $r1 HTTP/1.1\r\nHost: a b\r\n$auth\r\n", 'no host' => "GET $r1 HTTP/1.1\r\n$auth\r\n",
        'a space before the colon' => "GET $r1 HTTP/1.1\r\nHost: x\r\nAuthorization : Bearer $token{c1}\r\n\r\n",
        'a NUL' => "GET $r1 HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n$auth\r\n",
        'a lone CR' => "GET $r1 HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n$auth\r\n",
        'bare LF' => "GET $r1 HTTP/1.1\nHost: x\nAuthorization: Bearer $token{c1}\n\n",
        'a space in the target' => "GET $r1 x HTTP/1.1\r\nHost: x\r\n$auth\r\n",
        'many headers' => "GET $r1 HTTP/1.1\r\nHost: x\r\n$auth" . join('', map {"X$_: y\r\n"} 1 .. 150) . "\r\n",
        'a long header' => "GET $r1 HTTP/1.1\r\nHost: x\r\n${auth}X: " . 'x' x 9000 . "\r\n\r\n",
        'a long target' => "GET $r1?" . 'x' x 9000 . " HTTP/1.1\r\nHost: x\r\n$auth\r\n",
        'no version' => "GET $r1\r\n",
        'a length below nothing' => "POST $r1/comment HTTP/1.1\r\nHost: x\r\n${auth}Content-Length: -1\r\n\r\n",
        'a length with a sign' => "POST $r1/comment HTTP/1.1\r\nHost: x\r\n${auth}Content-Length: +5\r\n\r\nhello",
        'two lengths' =>
            "POST $r1/comment HTTP/1.1\r\nHost: x\r\n${auth}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        'a coding of no name' =>
            "POST $r1/comment HTTP/1.1\r\nHost: x\r\n${auth}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    );
    for my $what (sort keys %bad) {
        my ($code, $text) = answer($desk->raw($bad{$what}, 3));
        ok $code == 0 && $what eq 'no version' || $code >= 400 && $code != 401 && $code != 404, "$what: $code";
        unlike $text, qr/canary_|\Q$token{c1}\E/, 'no word, and no echo';
    }
    my $body = '{"body":"canary_twice","public":true}';
    my $both =
        "POST $r1/comment HTTP/1.1\r\nHost: x\r\n${auth}Content-Type: application/json\r\nContent-Length: "
            . "4\r\nTransfer-Encoding: chunked\r\n\r\n"
        . sprintf("%x\r\n%s\r\n0\r\n\r\n", length $body, $body);
    my $text = $desk->raw("${both}GET $r1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 3);
    my @codes = $text =~ m{HTTP/1\.1 (\d+)}g;
    ok @codes <= 2 && ($codes[0] == 400 || $codes[0] == 201), "a length and chunks: @codes";
    is $codes[1] // 401, 401, 'the next request stands for itself';
    my ($zero, $answer) = answer($desk->raw("GET $r1 HTTP/1.0\r\n$auth\r\n"));
    is $zero, 200, 'HTTP/1.0 without a host';
    my $base = $desk->base;
    like $answer, qr/"_links":\{[^}]*\Q$base\E/, 'has the links of the base URL';
    for my $upgrade ("Connection: Upgrade\r\nUpgrade: websocket\r\n",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n") {
        ($zero, $answer) = answer($desk->raw("GET $r1 HTTP/1.1\r\nHost: x\r\n$upgrade\r\n", 2));
        ok $zero == 401 || $zero == 101, "an upgrade: $zero";
        unlike $answer, $secret, 'lets nobody in';
    }
};

subtest 'no CORS, no JSONP' => sub {
    for my $origin ('https://evil.example', 'null', $desk->base . '.evil.example', 'http://evil127.0.0.1',
        $desk->base) {
        for my $answer ($desk->as('c1', 'bearer')->get($r1, Origin => $origin),
            $desk->as('')
            ->call('OPTIONS', $r1, undef, Origin => $origin, 'Access-Control-Request-Method' => 'DELETE')) {
            is scalar(grep {/^Access-Control/i} @{$answer->headers->names}), 0, "$origin: nothing is allowed";
        }
    }
    for my $query ('callback=x', 'jsonp=x', 'format=js') {
        my $answer = $desk->as('c1', 'bearer')->get("$r1?$query");
        like $answer->body, qr/\A\{/, "$query: an object";
        is $answer->headers->content_type, JSON_TYPE, 'of JSON';
    }
    is $desk->as('c1', 'bearer')->get("$r1.$_")->code, 404, "no .$_" for qw(js json html);
};

# The same module by other ways: the module decides, not the section.
subtest 'other ways to it' => sub {
    my $other = <<'END';
<Location /second>
    SetHandler servicedesk
    Require all granted
</Location>
<Location /none>
    SetHandler servicedesk
    AuthType None
    Require all granted
</Location>
Alias /alias "/nothing"
RewriteEngine On
RewriteRule ^/short/(.*)$ /rest/servicedeskapi/request/$1 [PT]
RewriteRule ^/last/(.*)$ /rest/servicedeskapi/request/$1 [L]
ErrorDocument 404 /s/open/x.html
ErrorDocument 403 /rest/servicedeskapi/request/KEY
<Location /s/ssi>
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Location>
<Location /s/denied>
    Require all denied
</Location>
END
    $desk->{conf} = $common . ($other =~ s/KEY/$key/r);
    mkdir $desk->dir . '/htdocs/ssi';
    $desk->put_file('htdocs/ssi/x.shtml',
        "<!--#include virtual=\"$r1\" -->\n<!--#include virtual=\"/s/agent/x.html\" -->\n");
    $desk->graceful;
    my %caller = (an => $desk->as(''), c1 => $desk->as('c1', 'bearer'), c2 => $desk->as('c2', 'bearer'),
        session => $desk->as('c1', 'session'), basic => $desk->as('c2'), ag1 => $desk->as('ag1'));
    my %expected = (an => 401, c1 => 200, c2 => 404, session => 200, basic => 404, ag1 => 200);
    for my $who (sort keys %expected) {
        my $caller = $caller{$who};
        my $answer = $caller->get("/short/$key");
        is $answer->code, $expected{$who}, "$who by way of a rewritten address";
        unlike $answer->body, $secret, 'no word' if $expected{$who} != 200;
        for my $path ("/second$r1", "/none$r1", "/alias$r1", "/last/$key") {
            unlike $caller->get($path)->body, $secret, "$who at $path: nothing, the mount is elsewhere";
        }
        my $page = $caller->get('/s/ssi/x.shtml');
        unlike $page->body, qr/canary_R/, 'the API is no part of other pages';
        is $page->body =~ /canary_static/ ? 1 : 0, $who eq 'ag1' ? 1 : 0, 'a guarded file is, for whom it is';
        my $denied = $caller->get('/s/denied/x');
        is $denied->body =~ /canary_R1/ ? 1 : 0, $expected{$who} == 200 ? 1 : 0, 'or an error page of it';
        is $caller->get(API . '/request/D1-99999')->body =~ /^\{/ ? 1 : 0, 1,
            'an error of the API stays JSON, whatever ErrorDocument says';
    }
    my $conf = $desk->dir . '/htdocs/open/.htaccess';
    $desk->put_file('htdocs/open/.htaccess', "SetHandler servicedesk\n");
    $desk->{conf} .= '<Directory "' . $desk->dir . "/htdocs/open\">\nAllowOverride All\n</Directory>\n";
    $desk->graceful;
    unlike $desk->as('')->get('/s/open/x.html')->body, $secret, 'a .htaccess opens nothing';
};

# A directory of that name below the DocumentRoot has no say: neither its index page nor its missing slash.
subtest 'a directory of the same name' => sub {
    my $dir = $desk->dir . '/htdocs';
    for my $path ('rest', 'rest/servicedeskapi', 'rest/servicedeskapi/info', "rest/servicedeskapi/request",
        "rest/servicedeskapi/request/$key") {
        mkdir "$dir/$path";
        $desk->put_file("htdocs/$path/index.html", "canary_index\n");
    }
    $desk->{conf} = "DirectoryIndex index.html\nFallbackResource /s/open/x.html\n";
    $desk->restart;
    my $c1 = $desk->as('c1', 'bearer');
    is $desk->as('')->get(API . '/info')->code, 200, 'what is public';
    is $c1->get($r1)->json->{issueKey}, $key, 'and what is not';
    is $c1->post(API . '/request', {})->code, 400, 'a POST';
    for my $path ('/rest', '/rest/', '/rest/servicedeskapi', '/rest/servicedeskapi/') {
        my $answer = $c1->get($path);
        is $answer->code, 404, "$path is still nothing";
        is $answer->headers->location, undef, 'that would send one elsewhere';
        unlike $answer->body, qr/canary_index/, 'or show a file';
    }
    File::Path::remove_tree("$dir/rest");
};

$desk->finish;

subtest 'a desk below a path' => sub {
    my $port = ServiceDesk::Test::free_port();
    my $below = ServiceDesk::Test->new(fixture => 1, port => $port,
        conf => "LogLevel crit\nServiceDeskBaseURL http://127.0.0.1:$port/help/desk/\n");
    my ($c1, $c2) = map { $below->as($_, 'bearer') } qw(c1 c2);
    my $answer = $c1->get("/help/desk$r1");
    is $answer->code, 200, 'it is there';
    like $answer->body, qr{"self":"http://127\.0\.0\.1:$port/help/desk/rest/}, 'with links below it';
    is $c2->get("/help/desk$r1")->code, 404, 'and says no to others';
    for my $path ($r1, "/help$r1", "/helpx$r1", "/help/deskx$r1", "/help/desk;x$r1", "/HELP/desk$r1",
        "/help/desk%2f" . substr($r1, 1), "/help%2fdesk$r1", "/help/desk/x/..%2f" . substr($r1, 1),
        "/help/desk/help/desk$r1") {
        my $code = $c1->get($path)->code;
        is $code, 404, "not at $path";
    }
    is $c1->get("/help/$_$r1")->code, 200, "by way of $_" for './desk', 'x/../desk', '/desk', '%64esk';
    my $session = $below->as('');
    $session->post('/help/desk/rest/auth/1/session',
        {username => 'c1', password => $below->person('c1')->{password}});
    is $session->get("/help/desk$r1")->code, 200, 'a session';
    is $session->post("/help/desk$r1/comment", {body => 'x', public => \1}, Origin => "http://127.0.0.1:$port")
        ->code, 201, 'from its own origin';
    is $session->post("/help/desk$r1/comment", {body => 'x', public => \1},
        Origin => "http://127.0.0.1:$port/help/desk")->code, 403, 'which has no path';
    $below->finish;
};

done_testing;
