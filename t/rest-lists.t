#!/usr/bin/perl
# "My requests" with every filter, and paging: no row twice, none left out.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my %id   = map { $_ => $desk->thing($_)->{id} } qw(D1 D2 T1 T2 TX O1 O2);
my %key  = map { $_ => $desk->thing($_)->{key} } qw(R1 RP RS R2 RX);
my %name = reverse %key;
my $base = $desk->base;
my %who  = map { $_ => $desk->as($_) } qw(sa da1 ag1 c1 c2 c3 c4 nobody);
$who{an} = $desk->as('');
my $requests = API . '/request';

# The names of the fixture's requests in a list, in its order.
sub listed {
    my ($name, $query) = @_;
    return join ' ', map { $name{$_} // $_ } column('issueKey', $who{$name}->get("$requests?$query"));
}

sub touch {
    my ($name, $thing, $public) = @_;
    my $answer = $who{$name}->post("$requests/$key{$thing}/comment", {body => 'x', public => $public ? \1 : \0});
    die $answer->body unless $answer->code == 201;
    return;
}

subtest 'whose' => sub {
    touch('c1', $_, 1) for qw(RS RP R1);    # R1 was touched last
    my %default = (c1 => 'R1 RP RS', c2 => 'RP', c3 => 'RS', c4 => 'R2', ag1 => '', da1 => '', sa => '', nobody => '');
    is listed($_, ''), $default{$_}, "$_: $default{$_}" for sort keys %default;
    refused($who{an}->get($requests), 401, 'nobody signed in');
    my %owned = (c1 => 'R1 RP RS', c2 => '', c3 => '');
    is listed($_, 'requestOwnership=OWNED_REQUESTS'), $owned{$_}, "owned by $_: $owned{$_}" for sort keys %owned;
    my %part = (c1 => '', c2 => 'RP', c3 => '');
    is listed($_, 'requestOwnership=PARTICIPATED_REQUESTS'), $part{$_}, "$_ takes part: $part{$_}" for sort keys %part;
    my %all = (c1 => 'R1 RP RS', c2 => 'RP', c3 => '');
    is listed($_, 'requestOwnership=ALL_REQUESTS'), $all{$_}, "owned or taking part, $_: $all{$_}" for sort keys %all;
    my %organizations = (c1 => 'RS', c2 => '', c3 => 'RS');
    is listed($_, 'requestOwnership=ALL_ORGANIZATIONS'), $organizations{$_},
        "of ${_}'s organizations: $organizations{$_}" for sort keys %organizations;
    is listed('c3', "requestOwnership=ORGANIZATION&organizationId=$id{O1}"), 'RS', 'of one organization';
    is listed('c3', "requestOwnership=ORGANIZATION&organizationId=$id{O2}"), '', 'of one that is not his';
    is listed('c4', "requestOwnership=ORGANIZATION&organizationId=$id{O1}"), '', "somebody else's";
    is listed('c1', 'requestOwnership=APPROVER'), '', 'nothing waits for an approval';
    is listed('c3', 'requestOwnership=OWNED_REQUESTS&requestOwnership=ALL_ORGANIZATIONS'), 'RS', 'two, repeated';
    is listed('c2', 'requestOwnership=OWNED_REQUESTS,PARTICIPATED_REQUESTS'), 'RP', 'two, with a comma';
    is listed('c1', 'requestOwnership=OWNED_REQUESTS&requestOwnership=PARTICIPATED_REQUESTS,ALL_ORGANIZATIONS'),
        'R1 RP RS', 'each once';
    refused($who{c1}->get("$requests?requestOwnership=MINE"), 400, 'one that there is not', 'requestOwnership');
    refused($who{c1}->get("$requests?requestOwnership=ORGANIZATION"), 400, 'which organization?', 'organizationId');
    refused($who{c1}->get("$requests?requestOwnership=ORGANIZATION&organizationId=x"), 400, 'no id', 'organizationId');
};

subtest 'the newest public activity first' => sub {
    touch('ag1', 'RS', 0);
    is listed('c1', ''), 'R1 RP RS', 'what agents say among themselves moves nothing';
    touch('ag1', 'RS', 1);
    is listed('c1', ''), 'RS R1 RP', 'what they say aloud does';
    $who{c1}->post("$requests/$key{RP}/participant", {usernames => ['c3']});
    is listed('c1', ''), 'RP RS R1', 'so does a new participant';
    $who{c1}->delete("$requests/$key{RP}/participant", {usernames => ['c3']});
};

subtest 'in which state' => sub {
    my ($resolve) = grep { $_->{name} eq 'Resolve' } values_of($who{c1}->get("$requests/$key{R1}/transition"));
    done($who{c1}->post("$requests/$key{R1}/transition", {id => $resolve->{id}}), 'one is resolved');
    my %state = (OPEN_REQUESTS => 'RP RS', CLOSED_REQUESTS => 'R1', ALL_REQUESTS => 'R1 RP RS');
    is listed('c1', "requestStatus=$_"), $state{$_}, "$_: $state{$_}" for sort keys %state;
    refused($who{c1}->get("$requests?requestStatus=DONE"), 400, 'one that there is not', 'requestStatus');
};

subtest 'of which desk and type' => sub {
    my $all = listed('c1', '');
    is listed('c1', "serviceDeskId=$_"), $all, "serviceDeskId=$_" for $id{D1}, 'D1';
    is listed('c1', "serviceDeskId=$id{D1}&requestTypeId=$id{T1}"), $all, 'and a type';
    is listed('c1', "serviceDeskId=$id{D1}&requestTypeId=$id{TX}"), '', 'a type that was deleted: it has no request';
    my $none = refused($who{c1}->get("$requests?serviceDeskId=9999"), 404, 'no such desk: 404');
    is_deeply refused($who{c1}->get("$requests?serviceDeskId=$id{D2}"), 404, "somebody else's: 404"), $none,
        'in the same words';
    refused($who{c1}->get("$requests?serviceDeskId=$id{D1}&requestTypeId=$_"), 404,
        "type $_ is not of that desk") for $id{T2}, 9999, 'x';
    refused($who{c1}->get("$requests?requestTypeId=$id{T1}"), 400, 'a type without its desk', 'requestTypeId');
};

subtest 'called how' => sub {
    my $made = raise($who{c2}, $id{D1}, $id{T1},
        requestFieldValues => {summary => 'The Straße is 100% [wet] \\ slippery'});
    $name{$made->{issueKey}} = 'Street';
    my %found = (
        'street' => '', 'straße' => 'Street', 'STRASSE' => 'Street', '100%' => 'Street', '[wet]' => 'Street',
            '\\' => 'Street', 'wet*slip' => 'Street',
        'w?t' => 'Street', 'w??t' => '', '*' => 'Street RP', '_' => 'RP', 'canary_RP' => 'RP', 'canaryXRP' => '',
            '' => 'Street RP', 'slippery' => 'Street',
        q{' OR 1=1 --} => '',
    );
    for my $term (sort keys %found) {
        is listed('c2', 'searchTerm=' . Mojo::Util::url_escape(Mojo::Util::encode('UTF-8', $term))), $found{$term},
            "searchTerm=$term: $found{$term}";
    }
    refused($who{c2}->get("$requests?searchTerm=" . 'x' x 256), 400, 'a long one', 'searchTerm');
    refused($who{c2}->get("$requests?searchTerm=%07"), 400, 'a control character', 'searchTerm');
    is listed('c2', "searchTerm=street&searchTerm=wet&serviceDeskId=$id{D1}&requestStatus=OPEN_REQUESTS"
        . '&requestOwnership=OWNED_REQUESTS'), 'Street',
        'all filters together; of two values the last counts';
};

subtest 'pages' => sub {
    raise($who{c4}, $id{D2}, $id{T2}, requestFieldValues => {summary => "Number $_"}) for 1 .. 119;
    my $all = $desk->value('SELECT count(*) FROM request WHERE reporter_id = ? AND deleted = 0',
        $desk->person('c4')->{id});
    is $all, 120, '120 requests';
    my $first = good($who{c4}->get($requests), 'the first page, nothing asked');
    is_deeply [@$first{qw(size start limit)}, scalar @{$first->{values}}], [50, 0, 50, 50], 'fifty';
    is_deeply $first->{_expands}, [], '_expands is there';
    is_deeply [$first->{isLastPage}], [Mojo::JSON::false()], 'not the last';
    is_deeply $first->{_links}, {self => "$base$requests?start=0&limit=50", base => $base, context => '',
        next => "$base$requests?start=50&limit=50"},
        'next, but no prev';
    like $who{c4}->get($requests)->body, qr/"size":50,"start":0,"limit":50,"isLastPage":false,/,
        'numbers and true words';

    for my $limit (1, 7, 50, 60, 100) {
        my (@seen, $next, $pages);
        $next = "$requests?limit=$limit&searchTerm=*%20*&expand=status";
        while ($next && $pages++ < 200) {
            my $page = $who{c4}->get($next)->json;
            push @seen, map { $_->{issueKey} } @{$page->{values}};
            is_deeply [$page->{size}, $page->{limit}], [scalar @{$page->{values}}, $limit],
                'size and limit' if $pages == 1;
            $next = $page->{_links}{next};
            is !!$next, !$page->{isLastPage}, 'the last one has no next' if !$next || $page->{isLastPage};
            like $next, qr/[?&]searchTerm=%2A%20%2A&.*expand=status/, 'next keeps the filters' if $next && $pages == 1;
        }
        is scalar(@seen), 119, "by $limit: 119 rows that have a blank";
        is scalar(keys %{{map { $_ => 1 } @seen}}), 119, 'each once';
    }
    my $hundred = $who{c4}->get("$requests?start=100&limit=100")->json;
    is_deeply [@$hundred{qw(size start limit isLastPage)}], [20, 100, 100, Mojo::JSON::true()], 'limit=100 is honoured';
    is_deeply $hundred->{_links}{prev}, "$base$requests?start=0&limit=100", 'prev';
    ok !exists $hundred->{_links}{next}, 'no next';
    my $capped = $who{c4}->get("$requests?limit=1000")->json;
    is_deeply [@$capped{qw(size limit isLastPage)}], [100, 100, Mojo::JSON::false()],
        'more than a hundred is a hundred, and the answer says so';
    is $capped->{_links}{next}, "$base$requests?start=100&limit=100", 'so does next';
    is $who{c4}->get("$requests?start=20&limit=50")->json->{_links}{prev}, "$base$requests?start=0&limit=50",
        'prev does not go below nothing';
    my $past = good($who{c4}->get("$requests?start=500"), 'past the end: 200');
    is_deeply [@$past{qw(size start isLastPage values)}], [0, 500, Mojo::JSON::true(), []], 'empty, and the last';
    ok !exists $past->{_links}{next}, 'no next';
    good($who{c4}->get("$requests?start=9223372036854775807&limit=100"), 'as far as numbers go');
    refused($who{c4}->get("$requests?$_"), 400, "$_", /start/ ? 'start' : 'limit')
        for qw(start=-1 start=x start=1.5 start=
            start=9223372036854775808 start=01 limit=0 limit=-1 limit=x limit=1e1 limit=), 'start=%2B1';
    refused($who{c4}->get("$requests?start=x&limit=x"), 400, 'both', qw(start limit));
};

subtest 'other pages' => sub {
    my ($first) = column('name', $who{ag1}->get(API . "/servicedesk/$id{D1}/customer?limit=1"));
    is $first, 'c1', 'customers, the first';
    is_deeply [column('name', $who{ag1}->get(API . "/servicedesk/$id{D1}/customer?start=1&limit=1"))], ['c2'],
        'the second';
    my $page = good($who{sa}->get(API . '/servicedesk?limit=1'), 'desks');
    is_deeply [map { $_->{projectKey} } @{$page->{values}}], ['D1'], 'the first';
    is_deeply [column('projectKey', $who{sa}->get($page->{_links}{next}))], ['D2'], 'its next';
    $page = good($who{c1}->get("$requests/$key{R1}/comment?limit=1&public=true"), 'comments');
    is_deeply [column('body', $who{c1}->get($page->{_links}{next}))], ['x'], 'the next';
    $page = good($who{ag1}->get(API . "/servicedesk/$id{D1}/queue?start=1&limit=1&includeCount=True"), 'queues');
    is_deeply [map { $_->{name} } @{$page->{values}}], ['Unassigned open'], 'the second';
    like $page->{_links}{$_}, qr/includeCount=True/, "$_ keeps the rest" for qw(next prev self);
    $page = good($who{c1}->get("$requests/$key{R1}/status?limit=1"), 'the history');
    is_deeply [$page->{size}, $page->{isLastPage}], [1, Mojo::JSON::false()], 'goes on';
    for my $path ("$requests/$key{R1}/status", "$requests/$key{R1}/participant", "$requests/$key{R1}/transition",
        "$requests/$key{R1}/comment",
        API . '/organization', API . '/servicedesk', API . '/requesttype', API . "/servicedesk/$id{D1}/requesttype",
        API . "/servicedesk/$id{D1}/requesttypegroup", API . "/servicedesk/$id{D1}/queue",
            API . "/servicedesk/$id{D1}/customer",
        API . "/servicedesk/$id{D1}/organization", API . "/organization/$id{O1}/user",
            API . "/servicedesk/$id{D1}/queue/1/issue") {
        my $past = good($who{ag1}->get("$path?start=1000&limit=3"), "$path: past the end");
        is_deeply [@$past{qw(size start limit isLastPage values)}], [0, 1000, 3, Mojo::JSON::true(), []],
            'empty, and the last';
        refused($who{ag1}->get("$path?limit=0"), 400, 'limit=0', 'limit');
    }
};

$desk->finish;
done_testing;
