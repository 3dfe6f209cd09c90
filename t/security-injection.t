#!/usr/bin/perl
# Text that means something to databases, formats, pages and terminals: kept and shown as it is, and nothing else comes
# of it. Cases: security.md 91, 127 to 130, 139, 236.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::JSON ();
use Mojo::Util ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my ($d1, $t1, $o1) = map { $desk->thing($_)->{id} } qw(D1 T1 O1);
my $key = $desk->thing('R1')->{key};
my $r1 = API . "/request/$key";
my %who = map { $_ => $desk->as($_, 'bearer') } qw(c1 c2 ag1 da1 sa);

my @probes = (
    q('), q(''), q("), '`', '\\', q(';--), q(' OR '1'='1), q(' OR 1=1 --), q('; DROP TABLE request; --),
    q(" OR ""="), '%', '_', '%%', '$$', '$1', ':1', '?', '?1', '@x', '%s', '%n%n%s', '%d%x',
    q(E'\''), '0x27', "\x{2bc}", "\x{ff07}", q[') UNION SELECT password_hash FROM account --],
    q(x' || (SELECT 1) || '), '${7*7}', '{{7*7}}', '<%=7*7%>', '#{7*7}', '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    '&amp;', '&#39;', "a\x{2028}b\x{2029}c", "\x{202e}abc", "\x{1f600}", "\x{10ffff}", 'a' . "\x{301}",
    '../../etc/passwd', 'a|b;c&d`e`$(f)', '=cmd|x', '*', '(', ')', '[', '^', '~', 'NEAR(a b)', 'a AND b',
    '"unbalanced', 'column:x', '-x',
);

sub name_of {
    my ($text) = @_;
    return Mojo::Util::encode('UTF-8', $text) =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ger;
}
sub count { my ($table) = @_; return $desk->value("SELECT count(*) FROM $table") }

subtest 'kept as it is' => sub {
    for my $probe (@probes) {
        my $made = $who{c1}->post(
            API . '/request',
            {
                serviceDeskId => $d1, requestTypeId => $t1,
                requestFieldValues => {summary => "s $probe", description => "d $probe"}
            }
        );
        is $made->code, 201, 'a request: ' . name_of($probe) or next;
        my $read = $who{c1}->get(API . '/request/' . $made->json->{issueKey});
        my $fields = fields_of($read->json);
        is_deeply [@$fields{qw(summary description)}], ["s $probe", "d $probe"], 'comes back';
        my $comment = $who{c1}->post("$r1/comment", {body => $probe, public => \1})->json;
        is $who{c1}->get("$r1/comment/$comment->{id}")->json->{body}, $probe, 'as a comment too';
        my $property = API . "/organization/$o1/property/probe";
        $who{ag1}->put($property, {$probe => $probe});
        is_deeply $who{ag1}->get($property)->json->{value}, {$probe => $probe}, 'and as a property';
        my $raw = $read->body;
        is eval { Mojo::JSON::decode_json($raw); 1 }, 1, 'JSON';
        unlike $raw, qr/[\x00-\x1f]/, 'without a control character';
    }
    my $organization = $who{sa}->post(API . '/organization', {name => q(O'Brien "& Söhne" %s)});
    is $organization->json->{name}, q(O'Brien "& Söhne" %s), 'a name of an organization';
};

subtest 'looked for as it is' => sub {
    my $list = API . '/request?requestOwnership=ALL_REQUESTS&requestStatus=ALL_REQUESTS&searchTerm=';
    is scalar(values_of($who{c2}->get($list . Mojo::Util::url_escape(Mojo::Util::encode('UTF-8', $_))))), 0,
        'c2 finds nothing by ' . name_of($_)
        for '%', '%%', q(' OR '1'='1), q[') OR 1=1 --];
    for my $probe (@probes) {
        my $escaped = Mojo::Util::url_escape(Mojo::Util::encode('UTF-8', $probe));
        for my $path (
            "$list$escaped", API . "/servicedesk/$d1/customer?query=$escaped",
            CORE . "/user/search?query=$escaped", CORE . "/user?username=$escaped",
            API . "/servicedesk/$d1/requesttype?searchQuery=$escaped", API . "/requesttype?searchQuery=$escaped",
            API . "/organization?accountId=$escaped"
        ) {
            my $answer = $who{ag1}->get($path);
            cmp_ok $answer->code, '<', 500, name_of($probe) . ' in ' . ($path =~ m{([^/]+)=})[0]
                if $answer->code >= 500 || $path eq "$list$escaped";
            unlike $answer->body, qr/sqlite|syntax error|SELECT|\$2y\$/i, 'nothing about the database'
                if $answer->code >= 400;
        }
    }
};

# Every place of a path, every parameter that is read, every header.
subtest 'in the address' => sub {
    my $state = join ' ', map { count($_) } qw(request comment account desk token organization);
    my @paths = (
        '/request/{}', "/request/$key/comment/{}", '/servicedesk/{}', "/servicedesk/$d1/requesttype/{}",
        "/servicedesk/$d1/requesttype/{}/field", "/servicedesk/$d1/queue/{}/issue", '/organization/{}',
        "/organization/$o1/property/{}", '/request/{}/status'
    );
    for my $probe (grep { !m{[/?#\x{2028}]} && $_ ne '*' } @probes, "1'", '1 OR 1=1', '1;', '1)', '0x1', '1e0',
        '01', '+1', '-1', '1.0', ' 1', "$d1 ", '9223372036854775808', '18446744073709551617',
        '99999999999999999999999', '', "$key'--") {
        my $escaped = Mojo::Util::url_escape(Mojo::Util::encode('UTF-8', $probe));
        my %codes;
        for my $path (@paths) {
            next if $escaped eq '' || $path =~ /\{\}$/ && $path =~ /property/;
            my $answer = $who{ag1}->get(API . $path =~ s/\{\}/$escaped/r);
            $codes{$answer->code}++;
        }
        is join(' ', sort keys %codes), $escaped eq '' ? '' : '404', 'no id: ' . name_of($probe);
        my $query = join '&',
            map {"$_=$escaped"}
            qw(serviceDeskId organizationId requestTypeId requestStatus requestOwnership expand sort order fields
                groupId internal public includeEmail);
        for my $path ('/request', "/servicedesk/$d1/customer", '/organization', '/servicedesk',
            "/request/$key/comment", '/requesttype', "/servicedesk/$d1/queue") {
            my $code = $who{ag1}->get(API . "$path?$query")->code;
            ok 0, "$path: $code" if $code >= 500;
        }
        for my $page ('start', 'limit') {
            my $code = $who{ag1}->get(API . "/request?$page=$escaped")->code;
            ok 0, "$page: $code" if $code >= 500;
        }
    }
    is join(' ', map { count($_) } qw(request comment account desk token organization)), $state, 'nothing changed';
};

subtest 'in what says who it is' => sub {
    my $an = $desk->as('');
    for my $probe (@probes, "sa'--", "' OR system_admin=1 --", "internal/sa' --") {
        my $bytes = Mojo::Util::encode('UTF-8', $probe);
        is $desk->as('')->with(Authorization => 'Basic ' . Mojo::Util::b64_encode("$bytes:$bytes", ''))
            ->get(CORE . '/myself')->code =~ /^(?:401|429)$/, 1, 'as a name: ' . name_of($probe);
    }
    for my $probe (grep { !/[^\x20-\x7e]/ } @probes) {
        is $an->get(CORE . '/myself', Authorization => "Bearer $probe")->code, 401, "as a token: $probe";
        is $an->get(CORE . '/myself', Cookie => "servicedesk=$probe")->code, 401, 'as a session';
        is $who{c1}->get($r1, 'Accept-Language' => $probe, 'User-Agent' => $probe, Referer => $probe,
            'X-Forwarded-For' => $probe, 'If-None-Match' => $probe, Accept => $probe, 'X-Request-Id' => $probe)
            ->code =~ /^(?:200|304)$/, 1,
            'as a header';
    }
};

# Bytes that are no text never reach the database.
subtest 'no text' => sub {
    my @bad = ("\xff", "\xc0\xa7", "\xbf'", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\0b");
    my $before = count('comment');
    for my $bytes (@bad) {
        (my $json = $bytes) =~ s/\0/\\u0000/;
        is $who{c1}->post("$r1/comment", qq({"body":"$json","public":true}), 'Content-Type' => 'application/json')
            ->code, 400, 'in a body: ' . $bytes =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ger;
        my $escaped = $bytes =~ s/(.)/sprintf '%%%02x', ord $1/gesr;
        like $who{c1}->get(API . "/request?searchTerm=$escaped")->code, qr/^400$/, 'in a query';
        is $who{c1}->get(API . "/request/$escaped")->code, 404, 'in a path';
    }
    for my $escaped ('\u0000', '\ud800', '\udfff\ud800') {
        is $who{c1}
            ->post("$r1/comment", qq({"body":"$escaped","public":true}), 'Content-Type' => 'application/json')
            ->code, 400, "escaped: $escaped";
    }
    is count('comment'), $before, 'nothing was kept';
};

# A row that came in by another way: shown as JSON all the same, or not at all; never a broken answer.
subtest 'odd rows' => sub {
    my $id = $who{c1}->post("$r1/comment", {body => 'to be spoiled', public => \1})->json->{id};
    for my $hex ('610062', 'ff', 'c0a7', 'eda080', '1b5b324a', 'efbfbf', '') {
        $desk->dbh->do("UPDATE comment SET body = CAST(x'$hex' AS TEXT) WHERE id = ?", undef, $id);
        my $answer = $who{c1}->get("$r1/comment/$id");
        ok $answer->code == 200 || $answer->code == 500, "x'$hex': " . $answer->code;
        is eval { Mojo::JSON::decode_json($answer->body); 1 }, 1, 'JSON';
        unlike $answer->body, qr/sqlite|\.c:\d/, 'without a word about the inside';
    }
    $desk->dbh->do('DELETE FROM comment WHERE id = ?', undef, $id);
};

subtest 'the files' => sub {
    my @wrong = grep { my $mode = (stat $_)[2]; $mode & 0007 } glob $desk->database . '*';
    is "@wrong", '', 'the database is no other user\'s';
};

$desk->allow(qr/SD00\d+|utf|UTF/);
$desk->finish;
done_testing;
