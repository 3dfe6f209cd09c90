#!/usr/bin/perl
# Searching requests by their words: one's own, and those of the desks one works at.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Encode ();
use Mojo::Util qw(url_escape);
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;
use Time::HiRes qw(sleep time);

my $desk = ServiceDesk::Test->new(fixture => 1);
my %id   = map { $_ => $desk->thing($_)->{id} } qw(D1 D2 T1 T2);
my %key  = map { $_ => $desk->thing($_)->{key} } qw(R1 RP RS R2 RX);
my %name = reverse %key;
my %who  = map { $_ => $desk->as($_) } qw(sa da1 ag1 ag2 c1 c2 c3 c4 nobody);
$who{an} = $desk->as('');
my $search   = '/rest/servicedesk/1/search';
my $requests = API . '/request';
my $core     = '/rest/api/2/issue';

sub text { return url_escape(Encode::encode('UTF-8', $_[0])) }

sub named { return join ' ', map { $name{$_} // $_ } column('issueKey', $_[0]) }

# What an agent finds, the newest first; what somebody finds among his own, in the order of the names.
sub found {
    my ($who, $query, $more) = @_;
    return named($who{$who}->get("$search?query=" . text($query) . ($more // '')));
}

sub own {
    my ($who, $term) = @_;
    return join ' ', sort split / /, named($who{$who}->get("$requests?searchTerm=" . text($term)));
}

sub make {
    my ($who, $as, $summary, $description) = @_;
    my $one = $as =~ /2/ ? 2 : 1;
    my $made = raise($who{$who}, $id{"D$one"}, $id{"T$one"},
        requestFieldValues => {summary => $summary, $description ? (description => $description) : ()});
    $name{$made->{issueKey}} = $as;
    $key{$as} = $made->{issueKey};
    return $made->{issueKey};
}

sub say_to {
    my ($who, $as, $body, $public) = @_;
    my $answer = $who{$who}->post("$requests/$key{$as}/comment", {body => $body, public => $public ? \1 : \0});
    is $answer->code, 201, "$who says '$body'";
    return;
}

sub settle { return ok $desk->wait_for_words, 'the worker was here' }

make('c1', 'Korean1', '결제 문제', '환불을 요청합니다');
make('c1', 'Japan1', '印刷できない', 'プリンターの電源');
make('c4', 'Korean2', '환불 요청');
make('ag1', 'Agent1', 'Mouse of an agent');
say_to('da1', 'Agent1', 'inwardly galoshes', 0);

# Once while the worker may not have been here, once when it was.
for my $when ('at once', 'later') {
    settle() if $when eq 'later';
    subtest "who finds which word, $when" => sub {
        my %reads = (R1 => [qw(c1)], RS => [qw(c1 c3)], RP => [qw(c1 c2)], R2 => [qw(c4)]);
        for my $request (sort keys %reads) {
            my %customers = map { $_ => 1 } @{$reads{$request}};
            my $crew = $request eq 'R2' ? 'ag2' : 'ag1';
            for my $kind (qw(summary description public internal)) {
                my $word = "canary_${request}_$kind";
                for my $who (qw(c1 c2 c3 c4 nobody ag1 ag2 sa)) {
                    is own($who, $word), $customers{$who} && $kind ne 'internal' ? $request : '', "own: $who, $word";
                }
                is found($_, $word), $_ eq $crew || ($crew eq 'ag1' && $_ eq 'da1') ? $request : '', "$_, $word"
                    for qw(ag1 da1 ag2);
            }
        }
        is found($_, 'canary_RX_summary'), '', "$_ does not find what was deleted" for qw(ag1 da1 ag2);
        is own('c1', 'canary_RX_summary'), '', 'nor does its reporter';
        is own('ag1', 'mouse'), 'Agent1', 'an agent among his own';
        is own('ag1', 'galoshes'), '', 'where internal comments are nothing, whoever asks';
        is found('ag1', 'galoshes'), 'Agent1', 'and in his desk';
    };

    subtest "words, $when" => sub {
        my %found = (
            '환불' => 'Korean1', '환불을' => 'Korean1', '요청' => 'Korean1', '불환' => '', '결제 환불' => 'Korean1',
            '印刷' => 'Japan1', '刷印' => '', '電源 印刷' => 'Japan1', '電源 환불' => '', 'プリンター' => 'Japan1',
            'ﾌﾟﾘﾝﾀｰ' => 'Japan1',
            'MOUSE' => 'Agent1', 'agent of mouse' => 'Agent1', 'mouse cat' => '', 'mous' => '', 'mous*' => 'Agent1',
            'mous* GALOSH*' => 'Agent1', 'm*' => 'Agent1', 'ouse*' => '', 'mouse*' => 'Agent1',
            'mouse mouse' => 'Agent1',
            'mouse?' => 'Agent1', '"mouse"' => 'Agent1', 'mouse AND agent' => '', 'mouse OR cat' => '',
            'mouse -agent' => 'Agent1',
            'summary:mouse' => '', 'mouse%' => 'Agent1', 'mo%se' => '', 'm_use' => '', q{mouse' OR '1'='1} => '',
            'mouse\\' => 'Agent1', 'mouse"' => 'Agent1', 'NEAR(mouse agent)' => '', 'mouse;--' => 'Agent1',
        );
        is found('ag1', $_), $found{$_}, "'$_': $found{$_}" for sort keys %found;
        is found('ag2', '환불'), 'Korean2', 'another desk, another request';
        my %own = ('환불' => 'Korean1', '印刷' => 'Japan1', '電源 印刷' => 'Japan1', '요청 결제' => 'Korean1', '전원' => '');
        is own('c1', $_), $own{$_}, "own: '$_': $own{$_}" for sort keys %own;
        is own('ag1', $_), 'Agent1', "own: '$_'" for 'agent mouse', 'mous* agen*', 'use of a', 'm?use';
        is own('ag1', $_), '', "own: '$_'" for 'agent cat', 'mice*', q{cat' OR '1'='1};
        is found('ag1', $key{R1}), 'R1', 'a key';
        is found('ag1', lc $key{R1}), 'R1', 'in small letters';
        is found('ag1', "($key{R1})"), 'R1', 'in brackets';
        is found('ag1', $key{R2}), '', 'of another desk';
        is found('ag1', 'D1-9999'), '', 'of nothing';
        is own('c1', $key{R1}), 'R1', 'own: a key';
        is own('c2', $key{R1}), '', 'own: that of somebody else';
        is found('ag1', 'canary_r*'), 'RS RP R1', 'the newest first';
        is found('ag1', 'canary_r*', '&serviceDeskId=D1'), 'RS RP R1', 'in a desk';
        is found('ag1', 'canary_r*', "&serviceDeskId=$id{D1}&limit=1&start=1"), 'RP', 'a page of one';
    };
}

subtest 'what changes' => sub {
    make('c1', 'Change', 'Umbrella');
    settle();
    is found('ag1', 'umbrella'), 'Change', 'made';
    say_to('c1', 'Change', 'A parasol will do', 1);
    say_to('ag1', 'Change', 'He is always like this: baldachin', 0);
    for my $when ('at once', 'later') {
        settle() if $when eq 'later';
        is found('ag1', $_), 'Change', "$_, $when" for 'parasol', 'baldachin', 'umbrella', 'umbrella parasol baldachin';
        is own('c1', $_), 'Change', "own: $_, $when" for 'parasol', 'umbrella parasol';
        is own('c1', $_), '', "own: $_, $when" for 'baldachin', 'umbrella baldachin', 'bald*', 'baldachin umbrella';
    }
    is $who{da1}->delete("$core/$key{Change}")->code, 204, 'deleted';
    is found('ag1', $_), '', "$_ is found no more" for 'parasol', 'baldachin', 'umbrella', $key{Change};
    is own('c1', 'umbrella'), '', 'by nobody';
    is $desk->value("SELECT count(*) FROM request_word WHERE word = 'parasol'"), 0, 'nothing of it is left';
};

subtest 'pages' => sub {
    my @made = reverse map { make('c4', "2-$_", 'Zeppelin number ' . ($_ % 2 ? 'odd' : 'even')) } 1 .. 119;
    for my $when ('at once', 'later') {
        settle() if $when eq 'later';
        for my $limit (7, 50, 100) {
            my ($next, @seen) = ("$search?query=zep*%20number&limit=$limit");
            while ($next && @seen < 200) {
                my $page = $who{ag2}->get($next)->json;
                push @seen, map { $_->{issueKey} } @{$page->{values}};
                is $page->{size}, scalar @{$page->{values}}, 'its size' if $limit == 50;
                $next = $page->{_links}{next};
                is !!$next, !$page->{isLastPage}, 'the last one has no next';
                like $next, qr/query=zep(?:\*|%2A)%20number/, 'next keeps the words' if $next && $limit == 50;
            }
            is_deeply \@seen, \@made, "pages of $limit, $when: each once, the newest first";
        }
    }
    is scalar(my @all = split / /, found('ag2', 'zeppelin odd', '&limit=100')), 60, 'two words that many have';
    is named($who{ag2}->get("$search?query=zeppelin&start=119")), '', 'behind the end';
    my $page = good($who{ag2}->get("$search?query=zeppelin&start=10000&limit=100"), 'far behind it');
    is_deeply [@$page{qw(size start isLastPage)}], [0, 10000, Mojo::JSON::true()], 'nothing';
};

subtest 'what an answer has' => sub {
    my $one = (values_of($who{ag1}->get("$search?query=canary_R1_internal&expand=comment,requestType")))[0];
    is_deeply [$one->{issueKey}, $one->{reporter}{name}], [$key{R1}, 'c1'], 'a request, as everywhere';
    is_deeply [map { $_->{body} } @{$one->{comments}{values}}], ['canary_R1_public', 'canary_R1_internal'], 'expanded';
};

subtest 'refused' => sub {
    refused($who{an}->get("$search?query=mouse"), 401, 'nobody signed in');
    refused($who{$_}->get("$search?query=mouse"), 403, "$_ works at no desk") for qw(c1 nobody sa);
    refused($who{ag1}->get("$search?query=mouse&serviceDeskId=$_"), 404, "desk $_") for $id{D2}, 'D2', 9999, 'x';
    refused($who{ag1}->get($search), 400, 'nothing to look for', 'query');
    refused($who{ag1}->get("$search?query=$_"), 400, "nothing to look for: $_", 'query')
        for '', '%20', '---', '*', '%25', '%3F';
    refused($who{ag1}->get("$search?query=" . 'x' x 256), 400, 'a long one', 'query');
    refused($who{ag1}->get("$search?query=a%07b"), 400, 'a control character', 'query');
    refused($who{ag1}->get("$search?query=mouse&start=10001"), 400, 'too far', 'start');
    refused($who{ag1}->get("$search?query=mouse&start=1000000000"), 400, 'much too far', 'start');
    my $before = time;
    my $long = $who{ag1}->get("$search?query=" . 'x ' x 500_000)->code;
    like $long, qr/^(?:400|414|431)$/, "a megabyte: $long";
    cmp_ok time - $before, '<', 5, 'at once';
    $desk->allow(qr/request line|URI too long|Request-URI/i);
};

subtest 'sound' => sub {
    settle();
    my ($code, $out) = $desk->tool('check');
    is "$code $out", '0 ', 'servicedeskctl check';
};

$desk->finish;
done_testing;
