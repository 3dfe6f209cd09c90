#!/usr/bin/perl
# The gate of /rest: which path is which, methods, framing, bodies, forged requests, headers, entity tags.
# Cases: security.md table D-paths and groups D (80 to 86), E, J, K, R.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::JSON ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

use constant {LIMIT => 100_000, SLOW => 2};

my $desk = ServiceDesk::Test->new(
    fixture  => 1,
    modules  => [qw(reqtimeout deflate filter)],
    location => 'ServiceDeskBodyLimit ' . LIMIT . "\nLimitRequestBody 300000\n"
        . 'AddOutputFilterByType DEFLATE application/json',
    conf     => 'RequestReadTimeout body=' . SLOW . "\nAddType text/html .html\nAddEncoding x-gzip .gz\n"
        . "AddDefaultCharset iso-8859-1\n<Location /rest/denied>\nRequire all denied\n</Location>\n",
);
my $c1      = $desk->as('c1');
my $an      = $desk->as('');
my $ag1     = $desk->as('ag1', 'bearer');
my $r1      = $desk->thing('R1')->{key};
$_->with('Accept-Encoding' => 'identity') for $c1, $an, $ag1;
my $own     = API . "/request/$r1";
my $echo    = API . '/organization/' . $desk->thing('O1')->{id} . '/property';
my $token   = $desk->person('c1')->{token};
my @json    = ('Content-Type' => 'application/json');
my $nothing = $c1->get(API . '/nothing')->body;

sub header { my ($answer, $name) = @_; return $answer->headers->header($name) // '' }

# One request as bytes; the answer's status, headers and body.
sub bytes {
    my ($head, $body, $seconds) = @_;
    my $text = $desk->raw($head =~ s/\n/\r\n/gr . "\r\n" . ($body // ''), $seconds);
    my ($top, $rest) = split /\r\n\r\n/, $text, 2;
    my ($status) = ($top // '') =~ m{^HTTP/1\.1 (\d+)};
    return ($status // 0, $top // '', $rest // '', $text);
}

sub printable { my ($text) = @_; return $text =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ger }

sub get_raw {
    my ($target) = @_;
    return bytes("GET $target HTTP/1.1\nHost: x\nConnection: close\nAuthorization: Bearer $token\n");
}

subtest 'a path is its segments, byte for byte' => sub {
    my ($id) = $own =~ m{([^/]+)$};
    my %same = map { $_ => 1 } (
        "/rest/./servicedeskapi/request/$id", "/rest/servicedeskapi/x/../request/$id",
        "/rest/%73ervicedeskapi/request/$id", "/rest/%2e/servicedeskapi/request/$id",
        "/rest/x/.%2e/servicedeskapi/request/$id", "$own?", "$own?x=1",
        "http://evil.example$own", "//rest//servicedeskapi/request/$id",
    );
    for my $target (sort keys %same) {
        my ($status, undef, $body) = get_raw($target);
        is "$status " . (Mojo::JSON::decode_json($body)->{issueKey} // ''), "200 $r1", $target;
    }
    for my $target (
        '/rest', '/rest/', "$own/", "$own;x", "/rest;a=b/servicedeskapi/request/$id",
        "/rest/servicedeskapi/..;/request/$id", "/rest/servicedeskapi/request%2f$id",
        "/rest%2fservicedeskapi/request/$id", "/rest/api/..%2fservicedeskapi/request/$id",
        "/rest/servicedeskapi/%2572equest/$id", "/rest/api/..%252fservicedeskapi/request/$id", "$own%3bx", "$own%00",
        "$own%0a", "$own%09", "$own%7f", "$own%5c", "$own\\", "$own%20", "$own.", "$own%3fx",
        "/REST/servicedeskapi/request/$id",
        "/rest/servicedeskapi/Request/$id", "/rest/servicedeskapi./request/$id", "/rest/servicedeskapi%20/request/$id",
        "/rest/servicedeskapi/%c0%ae%c0%ae/request/$id", "/rest/servicedeskapi/r\xe9quest/$id", "$own\xff",
        lc $own,
    ) {
        my ($status, undef, $body) = get_raw($target);
        is $status, 404, printable("nothing: $target");
        is $body, $nothing, 'in the same words' if $target =~ m{^/rest/servicedeskapi};
    }
    for my $target ("/../rest/servicedeskapi/request/$id", "/%2e%2e/rest/servicedeskapi/request/$id", "$own#x") {
        my ($status, undef, $body) = get_raw($target);
        is $status, 400, "400 by httpd: $target";
    }
};

subtest 'encoded slashes stay encoded, whatever the server allows' => sub {
    for my $how ('On', 'NoDecode') {
        local $desk->{conf} = "$desk->{conf}AllowEncodedSlashes $how\nMergeSlashes Off\n";
        $desk->restart;
        my ($id) = $own =~ m{([^/]+)$};
        for my $target ("/rest/servicedeskapi/request%2f$id", "/rest%2Fservicedeskapi/request/$id",
            "/rest/api/..%2fservicedeskapi/request/$id", "/rest/servicedeskapi//request/$id",
            "/rest//servicedeskapi/request/$id") {
            is((get_raw($target))[0], 404, "AllowEncodedSlashes $how: $target");
        }
        is((get_raw($own))[0], 200, 'and the plain path is what it was');
    }
    $desk->restart;
};

subtest 'methods' => sub {
    for my $method (qw(FOO get Get TRACK PROPFIND PATCH LOCK)) {
        my ($status, $top) = bytes("$method $own HTTP/1.1\nHost: x\nConnection: close\nAuthorization: Bearer $token\n");
        is $status, 405, "$method is not there";
        like $top, qr/^Allow: GET, HEAD, OPTIONS\r?$/m, 'and what is';
    }
    refused($c1->delete($own), 405, 'DELETE of a request');
    my $options = $an->call('OPTIONS', $own);
    is $options->code . $options->body . header($options, 'Allow'), '204GET, HEAD, OPTIONS', 'OPTIONS says it too';
    my $unknown = $an->call('OPTIONS', API . '/request/ZZZ-99999');
    is $unknown->headers->to_string =~ s/^Date.*\r\n//mr, $options->headers->to_string =~ s/^Date.*\r\n//mr,
        'and says the same about a request that is not there';
    is $an->call('OPTIONS', API . '/nothing')->code, 404, 'OPTIONS of no path';
    my ($got, $head) = ($c1->get($own), $c1->head($own));
    is $head->body, '', 'HEAD has no body';
    is_deeply [map { header($head, $_) } qw(Content-Length Content-Type ETag Cache-Control)],
        [map { header($got, $_) } qw(Content-Length Content-Type ETag Cache-Control)], 'and the headers of GET';
    is $c1->head(API . '/nothing')->code, 404, 'HEAD of nothing';
    for my $name ('X-HTTP-Method-Override', 'X-Method-Override', 'X-HTTP-Method') {
        is $c1->get("$own?_method=DELETE", $name => 'DELETE')->code, 200, "$name says nothing";
    }
    like $desk->raw("GET " . API . "/info\r\n"), qr/Bad Request/, 'HTTP/0.9 learns nothing';
};

subtest 'headers of every answer' => sub {
    my %answer = (
        200 => $c1->get($own), 204 => $an->call('OPTIONS', $own), 401 => $an->get($own),
        404 => $c1->get(API . '/nothing'), 405 => $c1->delete($own), 400 => $c1->get("$own?a=%zz"),
        415 => $c1->post(OWN . '/token', 'x'), 403 => $c1->get('/rest/denied'),
        HEAD => $c1->head($own), svg => $an->get(OWN . '/avatar'),
    );
    my %all = (
        'X-Content-Type-Options' => 'nosniff',
        'Content-Security-Policy' => q{default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'},
        'Referrer-Policy' => 'no-referrer', 'Cross-Origin-Resource-Policy' => 'same-origin',
    );
    for my $what (sort keys %answer) {
        my $answer = $answer{$what};
        is_deeply {map { $_ => header($answer, $_) } keys %all}, \%all, "$what: the same headers";
        like header($answer, 'Vary'), qr/Authorization, ?Cookie/, 'which differ by who asks';
        my $keeping = $what =~ /^(?:200|HEAD|svg)$/ ? 'private, no-cache' : 'no-store';
        is header($answer, 'Cache-Control'), $keeping, 'what may be kept';
        is_deeply [grep {/^Access-Control/i} @{$answer->headers->names}], [], 'no CORS';
    }
    is header($answer{204}, 'Content-Type'), '', 'no type without a body';
    is header($answer{svg}, 'Content-Type'), 'image/svg+xml', 'a picture is a picture';
    is header($answer{401}, 'WWW-Authenticate'), 'Basic realm="Service Desk", charset="UTF-8"', '401 says how';
    refused($answer{$_}, $_, "$_ is JSON") for 400, 401, 403, 404, 405, 415;
    core_refused($c1->get(CORE . '/nothing'), 404, 'the core API has its own shape');
    core_refused($an->get(CORE . '/myself'), 401, 'for 401 too');
    core_refused($an->get('/rest/auth/1/session'), 401, 'and for the session');
};

subtest 'who asks' => sub {
    refused($an->get($own), 401, 'nobody');
    refused($an->get(API . '/request/ZZZ-99999'), 401, 'nobody, for what is not there');
    refused($an->get($own, Authorization => "Bearer sdp_" . 'A' x 43), 401, 'a token that nobody has');
    refused($an->get(API . '/info', Authorization => 'Basic YTpi'), 401, 'wrong ones, even where none are needed');
    good($an->get(API . '/info'), 'none at all, where none are needed');
    my $reader = $desk->as('c1', 'reader');
    good($reader->get($own), 'a token that may only read reads');
    refused($reader->post("$own/comment", {body => 'x', public => \1}), 403, 'and does not write');
    refused($reader->get(OWN . '/token'), 403, 'nor manage');
};

subtest 'forged requests' => sub {
    my $counts = sub { return join ' ', map { $desk->value("SELECT count(*) FROM $_") } qw(comment subscription) };
    my $before = $counts->();
    my $comment = Mojo::JSON::encode_json({body => 'forged', public => \1});
    my $session = $desk->as('c1', 'session');
    for my $caller ($c1, $session) {
        for my $type ('text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x',
            'application/json;charset=x', 'application/json, text/plain', 'text/json', undef) {
            my $answer = $caller->post("$own/comment", $comment, 'Content-Type' => $type);
            refused($answer, 415, 'POST of ' . ($type // 'no type'));
        }
        for my $origin ('https://evil.example', 'null', 'http://127.0.0.1', 'http://127.0.0.1.evil.example',
            $desk->base . '1') {
            refused($caller->post("$own/comment", $comment, @json, Origin => $origin), 403, "POST from $origin");
        }
        for my $site ('cross-site', 'same-site', 'x') {
            refused($caller->post("$own/comment", $comment, @json, 'Sec-Fetch-Site' => $site), 403, "POST, $site");
            refused($caller->put("$own/notification", undef, 'Sec-Fetch-Site' => $site), 403, "PUT, $site");
            refused($caller->get($own, 'Sec-Fetch-Site' => $site), 403, "GET, $site");
        }
    }
    my @elsewhere = (Origin => 'https://evil.example', 'Sec-Fetch-Site' => 'cross-site');
    core_refused($an->post('/rest/auth/1/session', {username => 'c2', password => 'x'}, @elsewhere), 403,
        'signing in from elsewhere');
    is $counts->(), $before, 'nothing changed';
    done($session->put("$own/notification", undef, 'Content-Type' => 'application/x-www-form-urlencoded',
            Origin => $desk->base, 'Sec-Fetch-Site' => 'same-origin'), 'a PUT of nothing, from here');
    good($session->get($own, 'Sec-Fetch-Site' => 'none'), 'an address that somebody typed');
    created($ag1->post("$own/comment", $comment, @json, @elsewhere), 'a Bearer token from anywhere');
    refused($ag1->post("$own/comment", $comment, 'Content-Type' => 'text/plain'), 415, 'but JSON it must be');
};

sub put_value { my ($body, @more) = @_; return $ag1->put("$echo/x", $body, @json, @more) }

subtest 'JSON' => sub {
    my $deep = sub { '[' x $_[0] . ']' x $_[0] };
    my %bad = (
        syntax => ['{', '[1,]', '{"a":1,}', '{"a":1}{}', '{} x', "{'a':1}", '[01]', '[+1]', '[NaN]', "[\"\t\"]",
            '["\ud800"]', ' ', '// c', "\xef\xbb\xbf{}"],
        duplicate => ['{"a":true,"a":false}', '{"a":1,"\u0061":2}'],
        nul => ['["\u0000"]', '{"\u0000":1}'],
        utf8 => ["\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\xff\xfe1\0", "\"a\0\""],
        number => ['[9223372036854775808]', '[1e400]', '9' x 20000],
        depth => [$deep->(33), '{"a":' x 33, '[' x 90000],
    );
    for my $key (sort keys %bad) {
        for my $body (@{$bad{$key}}) {
            my $answer = refused(put_value($body), 400, printable("$key: " . substr $body, 0, 24));
            is $answer->{i18nErrorMessage}{i18nKey}, "sd.json.$key", 'and why';
        }
    }
    for my $body ('{"a":1,"A":2}', $deep->(32), '"x"', 'null', '9007199254740993', '"\u00e9\ud83d\ude00"',
        ' [1, -0, 2.5e3] ') {
        like put_value($body)->code, qr/^20[01]$/, "fine: " . substr $body, 0, 24;
    }
    put_value('9007199254740993');
    like $ag1->get("$echo/x")->body, qr/"value":9007199254740993\}/, 'a number comes back as it was';
    for my $body ('[]', '1', '"x"', 'null', 'true') {
        refused($c1->post(OWN . '/token', $body, @json), 400, "no object: $body");
    }
    refused($c1->post(OWN . '/token', '{"label":5}', @json), 400, 'a number for a text', 'label');
    refused($c1->post(OWN . '/token', '{"label":"a","scopes":"read"}', @json), 400, 'a text for an array', 'scopes');
    refused($c1->post(OWN . '/token', '', @json), 400, 'nothing at all');
};

sub chunked {
    my ($body, $size) = @_;
    my $text = '';
    while (length(my $part = substr $body, 0, $size // 7000, '')) {
        $text .= sprintf "%x\r\n%s\r\n", length $part, $part;
    }
    return "${text}0\r\n\r\n";
}

sub send_body {
    my ($headers, $body, $seconds) = @_;
    return bytes("PUT $echo/x HTTP/1.1\nHost: x\nConnection: close\nAuthorization: Bearer "
            . $desk->person('ag1')->{token} . "\nContent-Type: application/json\n$headers\n", $body, $seconds);
}

subtest 'length of a body' => sub {
    my $body = sub { '"' . 'x' x ($_[0] - 2) . '"' };
    for my $case ([30_000, 200], [LIMIT, 400], [LIMIT + 1, 413], [290_000, 413]) {
        my ($length, $expected) = @$case;
        is((send_body("Content-Length: $length", $body->($length)))[0], $expected, "$length bytes: $expected");
        is((send_body('Transfer-Encoding: chunked', chunked($body->($length))))[0], $expected, "$length in chunks");
    }
    my ($status, $top, $text) = send_body('Content-Length: 10000000000', '"');
    is $status, 413, 'ten gigabytes announced';
    like $top, qr/^Connection: close\r?$/m, 'nobody waits for them';
    ($status, $top, $text) = send_body('Transfer-Encoding: chunked', chunked($body->(400_000)));
    is $status, 413, 'more than httpd lets through';
    like $text, qr/^\{"errorMessage":/, 'is refused in JSON';
    is((send_body("Content-Encoding: gzip\nContent-Length: 2", '{}'))[0], 415, 'a compressed body');
    is((send_body('Transfer-Encoding: gzip, chunked', chunked('{}')))[0], 415, 'compressed on the way');
    my $trailer = "2\r\n{}\r\n0\r\nAuthorization: Basic YTpi\r\n\r\n";
    is((send_body('Transfer-Encoding: chunked', $trailer))[0], 200, 'trailers say nothing');
    is((send_body('Transfer-Encoding: chunked', "zz\r\n"))[0], 400, 'no chunk');
    ($status, $top, $text) = send_body('Content-Length: 100', '"', SLOW + 4);
    is $status, 408, 'a body that does not come';
    like $text, qr/^\{"errorMessage":/, 'is answered in JSON';
    good($c1->call('GET', $own, '{}', @json), 'the body of a GET says nothing');
};

subtest 'Expect: 100-continue' => sub {
    my $head = "POST $own/comment HTTP/1.1\nHost: x\nContent-Type: application/json\nExpect: 100-continue\n";
    my $yes  = "Authorization: Bearer $token\n";
    my ($status, undef, undef, $text) = bytes("${head}Content-Length: 30\n", '', 2);
    is $status, 401, 'nobody: no 100';
    ($status) = bytes("$head${yes}Content-Length: 10000000\n", '', 2);
    is $status, 413, 'too much: no 100';
    my $body = '{"body":"expected","public":true}';
    my $length = length $body;
    (undef, undef, undef, $text) = bytes("$head${yes}Connection: close\nContent-Length: $length\n", $body, 3);
    like $text, qr{HTTP/1\.1 201}, 'else it goes on';
};

subtest 'what follows on the connection' => sub {
    my $yes = "Authorization: Bearer $token\r\n";
    my $next = "GET " . API . "/info HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    my %first = (
        'no such path'   => "POST " . API . "/nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
        'nobody'         => "POST $own/comment HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
        'another type'   => "POST $own/comment HTTP/1.1\r\nHost: x\r\n${yes}Content-Length: 5\r\n\r\nhello",
        'a GET'          => "GET $own HTTP/1.1\r\nHost: x\r\n${yes}Content-Length: 5\r\n\r\nhello",
        'another method' => "PATCH $own HTTP/1.1\r\nHost: x\r\n${yes}Content-Length: 5\r\n\r\nhello",
    );
    for my $what (sort keys %first) {
        my $text = $desk->raw($first{$what} . $next, 3);
        is scalar(() = $text =~ m{HTTP/1\.1 }g), 2, "$what: two answers";
        like $text, qr/"platformVersion"/, 'the second is the second\'s';
    }
    my $text = $desk->raw("POST $own/comment HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            . chunked('hello') . $next, 3);
    like $text, qr/^Connection: close\r?$/m, 'chunks that nobody reads end it';
    is scalar(() = $text =~ m{HTTP/1\.1 }g), 1, 'with one answer';
    for my $head ("Content-Length: 5\nContent-Length: 6\n", "Content-Length: -1\n", "Content-Length: +5\n",
        "Transfer-Encoding: xchunked\n") {
        my ($status) = bytes("POST $own/comment HTTP/1.1\nHost: x\nAuthorization: Bearer $token\n$head", 'hello', 2);
        like $status, qr/^(?:400|501)$/, 'httpd refuses ' . $head =~ s/\n/ /gr;
    }
};

subtest 'the query' => sub {
    for my $query ('a=%', 'a=%zz', 'a=%u0041', 'a=%00', 'a=%ff', 'a=%c0%af', join '&', ('a=1') x 101) {
        refused($c1->get("$own?$query"), 400, 'broken: ' . substr $query, 0, 20);
    }
    for my $query ('&' x 3000, '=', 'a', 'a[]=', 'x=1&x=2', 'a=%2B+%20', 'callback=x', 'expand=*,nothing') {
        good($c1->get("$own?$query"), 'harmless: ' . substr $query, 0, 20);
    }
    my $list = API . '/request';
    for my $bad (qw(-1 x 1.5 +1 01 99999999999999999999), '') {
        refused($c1->get("$list?start=$bad"), 400, "start=$bad", 'start');
        refused($c1->get("$list?limit=$bad"), 400, "limit=$bad", 'limit');
    }
    refused($c1->get("$list?limit=0&start=-1"), 400, 'both at once', 'start', 'limit');
    is good($c1->get("$list?limit=1000000000"), 'a large limit')->{limit}, 100, 'is cut';
    my $page = good($c1->get("$list?start=1&limit=1&requestStatus=ALL_REQUESTS&x=%26%20a&limit=1"), 'a page');
    my $base = $desk->base . "$list?requestStatus=ALL_REQUESTS&x=%26%20a";
    is_deeply $page->{_links}, {
        self => "$base&start=1&limit=1", next => "$base&start=2&limit=1", prev => "$base&start=0&limit=1",
        base => $desk->base, context => '',
    }, 'knows its neighbours';
    is_deeply [@$page{qw(_expands size start limit)}, $page->{isLastPage} ? 1 : 0], [[], 1, 1, 1, 0], 'and itself';
    $page = good($c1->get("$list?start=100000"), 'past the end');
    ok !@{$page->{values}} && $page->{isLastPage} && !$page->{_links}{next}, 'there is nothing, and no more';
    my ($status, undef, $body) = bytes("GET $list?limit=1 HTTP/1.1\nHost: evil.example\nConnection: close\n"
        . "X-Forwarded-Host: evil.example\nAuthorization: Bearer $token\n");
    unlike $body, qr/evil/, 'the Host header makes no link';
};

subtest 'entity tags' => sub {
    my $first = $c1->get($own);
    my $tag   = header($first, 'ETag');
    like $tag, qr/^"(?:[0-9a-zA-Z]+-)?[0-9a-f]{16}"$/, 'a strong one';
    for my $known ($tag, "W/$tag", "\"x\", $tag", '*') {
        my $answer = $c1->get($own, 'If-None-Match' => $known);
        is $answer->code . $answer->body . header($answer, 'ETag'), "304$tag", "304 for $known";
    }
    is $c1->head($own, 'If-None-Match' => $tag)->code, 304, 'HEAD too';
    is $c1->get($own, 'If-None-Match' => '"x"')->code, 200, '200 for another';
    my $packed = $c1->get($own, 'Accept-Encoding' => 'gzip');
    like header($packed, 'ETag'), qr/-gzip"$/, 'mod_deflate changes it';
    is $c1->get($own, 'If-None-Match' => header($packed, 'ETag'))->code, 304, 'and it still counts';
    is $an->get($own, 'If-None-Match' => $_)->code, 401, 'nobody gets no 304' for $tag, '*';
    is $desk->as('c4')->get($own, 'If-None-Match' => $_)->code, 404, 'nor does one who may not see it' for $tag, '*';
    like $c1->get($own, Range => 'bytes=0-0')->code, qr/^20[06]$/, 'a range of what is yours';
    is $desk->as('c4')->get($own, Range => 'bytes=0-0')->code, 404, 'none of what is not';
    is header($c1->put("$own/notification"), 'ETag'), '', 'none without GET';
};

subtest 'names that look like files' => sub {
    for my $name (qw(a.html a.gz a.html.gz a.js), 'a%20b', '%EC%95%88') {
        is $ag1->put("$echo/$name", '1', @json)->code, 201, "a property called $name";
        my $answer = $ag1->get("$echo/$name");
        good($answer, 'is JSON');
        is header($answer, 'Content-Encoding'), '', 'and not packed';
        done($ag1->delete("$echo/$name"), 'and can go');
    }
};

$desk->allow(qr/AH01630|AH10244|invalid URI path|AH01587|AH01588|AH00127/);
$desk->finish;
done_testing;
