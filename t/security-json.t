#!/usr/bin/perl
# JSON as it should not be: refused with 400 and never in part; and as it may be: kept as it was. Cases: security.md
# 132 to
# 139. The names are those of the usual test suite of JSON parsers: n_ is no JSON, y_ is, i_ is for each to decide.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::JSON ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;
use Time::HiRes ();

my $slow = $ENV{SD_SLOW} ? 10 : 1;
my $desk = ServiceDesk::Test->new(fixture => 1);
my $ag1 = $desk->as('ag1', 'bearer');
my $c1 = $desk->as('c1', 'bearer');
my $r1 = API . '/request/' . $desk->thing('R1')->{key};
my $property = API . '/organization/' . $desk->thing('O1')->{id} . '/property/json';
my @json = ('Content-Type' => 'application/json');

sub printable { my ($text) = @_; return substr($text, 0, 60) =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ger }
sub put_text { my ($text) = @_; return $ag1->put($property, $text, @json) }
sub comments { return $desk->value('SELECT count(*) FROM comment') }

my @no = (
    # arrays
    '[1 true]', "[a\xe5]", '["": 1]', '[""],', '[,1]', '[1,,2]', '["x",,]', '["x"]]', '["",]', '["x"', '[x',
    '[3[4]]', "[\xff]", '[1:2]', '[,]', '[-]', '[   , ""]', "[\"a\",\n4\n,1,", '[1,]', "[\"\x0ba\"\\f]", '[*]',
    '[""', '[1,', '[{}', '[',
    # words
    '[fals]', '[nul]', '[tru]', 'True', 'FALSE', 'nul', 'undefined', '[NaN]', '[-NaN]', '[Infinity]',
    '[-Infinity]', '[+Inf]', '[Inf]',
    # numbers
    '[++1234]', '[+1]', '[-01]', '[-1.0.]', '[-2.]', '[.-1]', '[.2e-3]', '[0.1.2]', '[0.3e+]', '[0.3e]', '[0.e1]',
    '[0E+]', '[0e]', '[0e+]', '[1.0e+]', '[1.0e-]', '[1.0e]', '[1 000.0]', '[1eE2]', '[2.e+3]', '[2.e3]', '[9.e+]',
    '[0x1]',
    '[0x42]', '[1+2]', '[-123.123foo]', "[123\xe5]", '[1e1' . "\xe5" . ']', "[0\xe5]", '[-foo]', '[- 1]', '[-012]',
    '[-.123]', '[-1x]', '[1ea]', "[1e\xe5]", '[1.]', '[.123]', "[\xef\xbc\x91]", '[1.2a-3]',
    '[1.8011670033376514H-308]', '[012]', '01',
    # objects
    '["x", truth]', '{[: "x"}', '{"x", null}', '{"x"::"b"}', '{"a":"a" 123}', '{key: "value"}', '{"a":"b",}',
    '{"a" b}', '{:"b"}', '{"a" "b"}', '{"a":', '{"a"', '{1:1}', '{9999E9999:1}', '{null:null,null:null}',
    '{"id":0,,,,,}', "{'a':0}", '{"id":0,}',
    '{"a":"b"}/**/', '{"a":"b"}/**//', '{"a":"b"}//', '{"a":"b"}/', '{"a":"b",,"c":"d"}', '{a: "b"}', '{"a":"a',
    '{ "foo" : "bar", "a" }', '{"a":"b"}#', '{', '{}}', '{"":', '{"a": true} "x"', '{"a":1}{}',
    # strings
    '["\uD800\u"]', '["\uD800\u1"]', '["\uD800\u1x"]', "[\xc3\xa9]", "[\"\\\x00\"]", '["\x00"]', '["\\\\\"]',
    "[\"\\\t\"]", "[\"\\\xf0\x9f\x8c\x80\"]", '["\"]', '["\u00A"]', '["\uD834\uDd"]', '["\uD800\uD800\x"]',
    "[\"\\u\xe5\"]", '["\a"]', '["\uqqqq"]',
    "[\"\\\xe5\"]", '[\u0020"asd"]', '[\n]', '"', "['single quote']", 'abc', '["\\', "[\"a\x00a\"]",
    "[\"new\nline\"]", "[\"\t\"]", '"\UA66D"', '""x', '["\x"]', "[\"\x1f\"]",
    # structures
    '<.>', '[<null>]', '[1]x', '[1]]', '["asd]', "a\xc3\xa5", '[True]', '1]', '{"x": true,', '[][]', ']',
    "\xef\xbb\xbf{}", "\xef\xbb\xbf", "\xe5", '2@', '{}}', '{"":', '{"a":/*comment*/"b"}', '{"a": true} "x"', "['",
    '[,', '[{', '["a', '["a"', '{,', '{[', '{"a', "{'a'",
    '["\{["\{["\{["\{', '*', '{"a":"b"}#{}', '[\u000A""]', '[1', '[ false, nul', '[ true, fals', '[ false, tru',
    '{"asd":"asd"', "\xc3\xa5", "[\xe2\x81\xa0]", "[\x0c]", ' ', "\n", "\0", '{}' . "\0",
);

subtest 'n_: no JSON' => sub {
    $desk->as('ag1', 'bearer')->put($property, '"before"', @json);
    my $before = comments();
    for my $text (@no) {
        refused(put_text($text), 400, 'no JSON: ' . printable($text));
    }
    is $ag1->get($property)->json->{value}, 'before', 'none was kept';
    for my $text (@no) {
        my $code = $c1->post("$r1/comment", $text, @json)->code;
        is $code, 400, 'as a comment: ' . printable($text) if $code != 400;
    }
    is comments(), $before, 'nor as a comment';
};

my @yes = (
    '[[]   ]', '[""]', '[]', '["a"]', '[false]', '[null, 1, "1", {}]', '[null]', "[1\n]", ' [1]',
    '[1,null,null,null,2]', '[2] ', '[0e+1]', '[0e1]', '[ 4]',
    '[-0.000000000000000000000000000000000000000000000000000000000000000000000000000001]', '[20e1]', '[-0]',
    '[-123]',
    '[-1]', '[1E22]', '[1E-2]', '[1E+2]', '[123e45]', '[123.456e78]', '[1e-2]', '[1e+2]', '[123]', '[123.456789]',
    '{"asd":"sdf", "dfg":"fgh"}', '{"asd":"sdf"}', '{"":0}', '{"foo\u0020bar": 42}',
    '{ "min": -1.0e+28, "max": 1.0e+28 }',
    '{"x":[{"id": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}], "id": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}',
    '{"a":[]}', '{"title":"\u041f\u043e\u043b\u0442\u043e\u0440\u0430"}', "{\n\"a\": \"b\"\n}",
    '["\u0060\u012a\u12AB"]', '["\uD801\udc37"]', '["\ud83d\ude39\ud83d\udc8d"]',
    '["\"\\\\\/\b\f\n\r\t"]', '["\\\\u0061"]', '["\""]', '["a/*b*/c/*d//e"]', '["\\\\a"]', '["\\\\n"]',
    '["\u0012"]', '["\uFFFF"]', '["asd"]', '[ "asd"]', '["\uDBFF\uDFFF"]', '["new\u00A0line"]',
    "[\"\xf4\x8f\xbf\xbf\"]", "[\"\xef\xbf\xbf\"]", '["\u002c"]', "[\"\xcf\x80\"]", "[\"\xf0\x9b\xbf\xbf\"]",
    '["asd "]', '" "', '["\uD834\uDd1e"]', '["\u0821"]', '["\u0123"]', "[\"\xe2\x80\xa8\"]", "[\"\xe2\x80\xa9\"]",
    '["\u0061\u30af\u30EA\u30b9"]', "[\"new\x7fline\"]", '["\uA66D"]', '["\u005C"]',
    "[\"\xe2\x8d\x82\xe3\x88\xb4\xe2\x8d\x82\"]", '["\u200B"]', '["\u2064"]', '["\uFDD0"]', '["\uFFFE"]',
    '["\u0022"]', "[\"a\x7fa\"]",
    'false', '42', '-0.1', 'null', '"asd"', 'true', '""', "[\"a\"]\n", '[true]', " [] ",
    '{"a":{"b":{"c":[1,2,{"d":null}]}}}', '9223372036854775807', '-9223372036854775808',
);

subtest 'y_: JSON, kept as it is' => sub {
    local $SIG{__WARN__} = sub { warn @_ if $_[0] !~ /non-character/ };    # of the client's own writing
    for my $text (@yes) {
        my $code = put_text($text)->code;
        like $code, qr/^20[01]$/, 'JSON: ' . printable($text);
        my $back = $ag1->get($property);
        my $kept = eval { Mojo::JSON::decode_json($back->body) };
        ok $kept, 'comes back as JSON' or next;
        is_deeply $kept->{value}, Mojo::JSON::decode_json($text), 'and the same';
    }
};

subtest 'i_: as we decide' => sub {
    my %decided = (
        '["\uD800"]' => 400, '["\uDADA"]' => 400, '["\uDd1e\uD834"]' => 400, '["\uD888\u1234"]' => 400,
        "[\"\xed\xa0\x80\"]" => 400, "[\"\xc0\xaf\"]" => 400, "[\"\xfc\x80\x80\x80\x80\x80\"]" => 400,
        "[\"\xf4\x90\x80\x80\"]" => 400, "[\"\xe0\xff\"]" => 400,
        "\xff\xfe[\0\"\0\xe9\0\"\0]\0" => 400, "\0[\0\"\0\"\0]" => 400, '[1e400]' => 400, '[-1e400]' => 400,
        '[123123e100000]' => 400, '[100000000000000000000]' => 400, '[-9223372036854775809]' => 400,
        '["\u0000"]' => 400, '{"a\u0000b":1}' => 400, '[1e-400]' => 200,
        '[' x 500 . ']' x 500 => 400,
    );
    for my $text (sort keys %decided) {
        my $code = put_text($text)->code;
        is $code == 201 ? 200 : $code, $decided{$text}, 'decided: ' . printable($text);
    }
};

subtest 'depth and size' => sub {
    my %times;
    for my $case (
        ['[' x 32 . ']' x 32, '2'], ['[' x 33 . ']' x 33, '4'], ['{"a":' x 32 . '1' . '}' x 32, '2'],
        ['{"a":' x 33 . '1' . '}' x 33, '4'], ['[' x 1000 . ']' x 1000, '4'], ['[' x 100_000, '4'],
        ['{"a":' x 100_000, '4'], ['[' x 900_000, '4'],
        ['[' . join(',', (1) x 400_000) . ']', '.'], ['{' . join(',', map {"\"k$_\":1"} 1 .. 60_000) . '}', '.'],
        ['{"' . 'k' x 900_000 . '":1}', '.'], ['[' . '9' x 20_000 . ']', '4'], ['"' . 'x' x 2_000_000 . '"', '4']
    ) {
        my ($text, $class) = @$case;
        my $start = Time::HiRes::time();
        my $answer = put_text($text);
        my $took = Time::HiRes::time() - $start;
        like $answer->code, qr/^$class/, printable($text) . ' of ' . length $text;
        cmp_ok $answer->code, '<', 500, 'no accident';
        cmp_ok $took, '<', 2 * $slow, 'in no time';
    }
    is put_text('1')->code, 200, 'the server goes on' or diag put_text('1')->body;
};

subtest 'keys' => sub {
    my $comment = sub { my ($text) = @_; return $c1->post("$r1/comment", $text, @json) };
    my $before = comments();
    for my $text ('{"body":"x","public":true,"public":false}', '{"body":"x","public":false,"public":true}',
        '{"body":"x","public":true,"\u0070ublic":false}', '{"body":"x","body":"y","public":true}') {
        refused($comment->($text), 400, 'twice: ' . printable($text));
    }
    for my $text ('{"Body":"x","public":true}', '{"body ":"x","public":true}', '{"BODY":"x","public":true}',
        '{"body\u0000":"x","public":true}', '{"bo\u200bdy":"x","public":true}') {
        is $comment->($text)->code, 400, 'another key: ' . printable($text);
    }
    is comments(), $before, 'nothing was written';
    is $comment->('{"\u0062ody":"escaped","public":true}')->json->{body}, 'escaped', 'an escaped key is the key';
};

subtest 'wrong types' => sub {
    my ($d1, $t1) = map { $desk->thing($_)->{id} } qw(D1 T1);
    my $before = $desk->value('SELECT count(*) FROM request') . ' ' . comments();
    my @values =
        ('{}', '[]', 'null', 'true', '1', '"1e0"', '1.0', '"01"', '"+1"', '" 1"', '"1 "', '-1', '9007199254740993',
        '"18446744073709551617"', '1e0', '""', '[1]', '{"id":1}');
    for my $value (@values) {
        for my $member (qw(serviceDeskId requestTypeId)) {
            my %id = (serviceDeskId => "\"$d1\"", requestTypeId => "\"$t1\"", $member => $value);
            my $answer =
                $c1->post(API . '/request',
                "{\"serviceDeskId\":$id{serviceDeskId},\"requestTypeId\":$id{requestTypeId},"
                    . '"requestFieldValues":{"summary":"x"}}',
                @json);
            is $answer->code, 400, "$member $value";
        }
    }
    for my $value ('[]', 'null', '1', '"x"', 'true', '{"summary":{}}', '{"summary":[]}', '{"summary":null}',
        '{"summary":true}', '{"summary":1}', '{"summary":["x"]}') {
        is $c1->post(API . '/request',
            "{\"serviceDeskId\":\"$d1\",\"requestTypeId\":\"$t1\",\"requestFieldValues\":$value}", @json)->code,
            400, "requestFieldValues $value";
    }
    for my $value ('{}', '[]', 'null', 'true', '1', '""') {
        is $c1->post("$r1/comment", "{\"body\":$value,\"public\":true}", @json)->code, 400, "body $value";
        is $c1->post("$r1/participant", "{\"usernames\":$value}", @json)->code, 400, "usernames $value"
            if $value ne '[]';
    }
    for my $value ('[1]', '[null]', '[{}]', '[["c2"]]', '["c2",1]') {
        is $c1->post("$r1/participant", "{\"usernames\":$value}", @json)->code, 400, "usernames $value";
    }
    for my $text ('[]', '1', '"x"', 'null', 'true', 'false', '[{}]') {
        is $c1->post("$r1/comment", $text, @json)->code, 400, "no object: $text";
    }
    is $desk->value('SELECT count(*) FROM request') . ' ' . comments(), $before, 'nothing was written';
};

$desk->finish;
done_testing;
