#!/usr/bin/perl
# What holds for every answer and every call: how things are spelled in JSON, that links are absolute and work, and what
# the clients that are in use send besides what is asked for.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;
use Time::Local ();

my $desk = ServiceDesk::Test->new(fixture => 1);
my %id   = map { $_ => $desk->thing($_)->{id} } qw(D1 T1 O1);
my %key  = map { $_ => $desk->thing($_)->{key} } qw(R1 RP RS);
my $comment = $desk->thing('R1')->{public};
my $base = $desk->base;
my %who  = map { $_ => $desk->as($_) } qw(sa da1 ag1 c1);
my ($true, $false) = (\1, \0);

$who{da1}->put(OWN . "/servicedesk/$id{D1}/requesttypegroup", {groups => [{name => 'Group',
    requestTypeIds => [$id{T1}]}]});
my $expand = 'expand=participant,status,comment,requestType,serviceDesk,action,comment.renderedBody';
my @paths = (
    API . '/info', API . '/servicedesk', API . "/servicedesk/$id{D1}", API . "/servicedesk/$id{D1}/organization",
    API . "/servicedesk/$id{D1}/customer", API . "/servicedesk/$id{D1}/requesttype?expand=field",
        API . "/servicedesk/$id{D1}/requesttype/$id{T1}",
    API . "/servicedesk/$id{D1}/requesttype/$id{T1}/field", API . "/servicedesk/$id{D1}/requesttypegroup",
        API . '/requesttype',
    API . "/servicedesk/$id{D1}/queue?includeCount=true", API . "/servicedesk/$id{D1}/queue/1",
        API . "/servicedesk/$id{D1}/queue/1/issue",
    API . '/organization', API . "/organization/$id{O1}", API . "/organization/$id{O1}/user",
        API . "/organization/$id{O1}/property",
    API . "/request?$expand", API . "/request/$key{R1}?$expand", API . "/request/$key{RP}?$expand",
        API . "/request/$key{R1}/comment?expand=renderedBody",
    API . "/request/$key{R1}/comment/$comment", API . "/request/$key{RP}/participant", API . "/request/$key{R1}/status",
    API . "/request/$key{R1}/transition", API . "/request/$key{R1}/notification", CORE . '/serverInfo',
        CORE . '/myself', CORE . '/user?username=c1',
    CORE . '/user/search?username=customer', CORE . '/field', CORE . "/issue/$key{R1}", '/rest/auth/1/session',
        OWN . '/token',
);

# Every hash and leaf of a JSON value.
sub walk {
    my ($value, $visit, $path) = (@_, '');
    $visit->($value, $path);
    if (ref $value eq 'HASH') {
        walk($value->{$_}, $visit, "$path/$_") for sort keys %$value;
    } elsif (ref $value eq 'ARRAY') {
        walk($value->[$_], $visit, "$path/$_") for 0 .. $#$value;
    }
    return;
}

sub wrong_date {
    my ($date) = @_;
    my ($y, $m, $d, $h, $i,
        $s) = ($date->{iso8601} // '') =~ /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\+0000$/ or return 'iso8601';
    return 'epochMillis' if Time::Local::timegm($s, $i, $h, $d, $m - 1, $y) != int $date->{epochMillis} / 1000;
    my $millis = sprintf '%03d', $date->{epochMillis} % 1000;
    return 'jira' if $date->{jira} ne "$y-$m-${d}T$h:$i:$s.$millis+0000";
    return length $date->{friendly} ? () : 'friendly';
}

my $page_members = join ' ', sort qw(_expands size start limit isLastPage _links values);
my %boolean = map { $_ => 1 } qw(
    active public required visible isLastPage subscribed allowed canRaiseOnBehalfOf canAddRequestParticipants custom
    isLicensedForUse orderable navigable searchable
);

sub wrong_spelling {
    my ($value, $path) = @_;
    my ($name) = $path =~ m{([^/]*)$};
    return ref $value ? "$path is no boolean" : "$path: $value" if $boolean{$name} && ref $value ne 'JSON::PP::Boolean';
    if (ref $value eq 'HASH') {
        my @wrong = exists $value->{epochMillis} ? map {"$path: $_"} wrong_date($value) : ();
        push @wrong, "$path: members of a page" if exists $value->{isLastPage} && join(' ',
            sort keys %$value) ne $page_members;
        push @wrong, "$path: links of a page" if exists $value->{isLastPage}
            && join(' ', grep { !/^(?:next|prev)$/ } sort keys %{$value->{_links}}) ne 'base context self';
        return @wrong;
    }
    return if ref $value;
    return "$path: $value" if $value =~ m{^https?:} && $value !~ m{^\Q$base\E(?:/|$)};
    return "$path: $value" if $name =~ /^(?:self|next|prev|base|jiraRest|web|agent|\d+x\d+)$/
        && $value !~ m{^\Q$base\E};
    return "$path: $value" if $value =~ /^\d{4}-\d\d-\d\dT/ && $value !~ /^[-\dT:.]+\+\d{4}$/;
    return;
}

subtest 'how things are spelled' => sub {
    for my $name (qw(ag1 c1 sa)) {
        for my $path (@paths) {
            my $answer = $who{$name}->get($path);
            next if $answer->code =~ /^40[34]$/ && $name ne 'ag1';
            my $json = good($answer, "$name: $path");
            my @wrong;
            walk($json, sub { push @wrong, wrong_spelling(@_) });
            push @wrong, "an id that is a number: $1" while $answer->body =~
                /("(?:id|key|(?:account|issue|requestType|serviceDesk|project|portal|issueType)Id)":(?!")[^,}]*)/g;
            push @wrong, "groupIds: $1" if $answer->body =~ /"groupIds":(\[\d.*?\])/;
            is join('; ', @wrong), '', 'as the contract says';
        }
    }
};

subtest 'links work' => sub {
    my %link;
    for my $path (@paths) {
        walk($who{ag1}->get($path)->json, sub {
            my ($value, $at) = @_;
            $link{$value} //= $at if !ref $value && $at =~ m{/(?:self|next|prev|jiraRest|\d+x\d+)$};
        });
    }
    cmp_ok scalar(keys %link), '>', 30, keys(%link) . ' links';
    is $who{ag1}->get($_)->code, 200, "$link{$_}: $_" for sort keys %link;
};

subtest 'links come from the base URL alone' => sub {
    my @lies = (Host => 'evil.example', 'X-Forwarded-Host' => 'evil.example', 'X-Forwarded-Proto' => 'https',
        Forwarded => 'host=evil.example;proto=https',
        'X-Forwarded-Prefix' => '/evil', 'X-Original-URL' => '/evil');
    for my $path (API . "/request/$key{R1}?$expand", API . '/servicedesk', CORE . '/serverInfo', CORE . '/myself') {
        is $who{c1}->get($path, @lies)->body =~ s/"serverTime":"[^"]*"//r,
            $who{c1}->get($path)->body =~ s/"serverTime":"[^"]*"//r, $path;
    }
    is $who{c1}->get("http://127.0.0.1:" . $desk->port . API
        . '/servicedesk?x=%22&y=a%26b%3Dc&x=%C3%BC')->json->{_links}{self},
        "$base/rest/servicedeskapi/servicedesk?x=%22&y=a%26b%3Dc&x=%C3%BC&start=0&limit=50",
            'what was asked stands in a link encoded';
};

subtest 'a base URL with a path' => sub {
    my $other = ServiceDesk::Test->new(fixture => 1,
        conf => "ServerName https://help.example.com:8443\n"
            . "ServiceDeskBaseURL https://help.example.com:8443/the/desk\n");
    my $c1 = $other->as('c1');
    my $body = $c1->get('/the/desk' . API . "/request/$key{R1}?$expand")->body;
    like $body, qr{"self":"https://help\.example\.com:8443/the/desk/rest/servicedeskapi/request/\d+"},
        'stands in front of every link';
    is scalar(() = $body =~ m{"https?://(?!help\.example\.com:8443/the/desk)}g), 0, 'no other origin is in it';
    is $c1->get(API . "/request/$key{R1}")->code, 404, 'elsewhere there is no desk';
    $other->finish;
};

subtest 'booleans and lists in the query' => sub {
    my $path = API . "/request/$key{R1}/comment";
    for my $row ([2, qw(true True TRUE 1)], [1, qw(false False FALSE 0)]) {
        my ($size, @words) = @$row;
        is $who{ag1}->get("$path?internal=$_")->json->{size}, $size, "internal=$_" for @words;
    }
    refused($who{ag1}->get("$path?internal=$_"), 400, "internal=$_", 'internal') for qw(yes 2 t), '';
    for my $query ('expand=status,participant', 'expand=status&expand=participant',
        'expand=status,&expand=,participant', 'expand=participant%2Cstatus',
        'expand=status&expand=participant,nonsense,sla,approval', 'Expand=x&expand=participant+,+status') {
        my $request = good($who{c1}->get(API . "/request/$key{R1}?$query"), $query);
        is_deeply [sort grep {/^(?:status|participants|comments)$/} keys %$request], [qw(participants status)],
            'both are there, and no more';
    }
    good($who{c1}->get(API . "/request/$key{R1}?unknown=1&x"), 'what is unknown in a query is ignored');
};

subtest 'bodies' => sub {
    my $path = API . "/request/$key{R1}/comment";
    for my $row (['true', $true, 1], ['"true"', 'true', 1], ['"True"', 'True', 1], ['"1"', '1', 1], ['false', $false,
        0], ['"False"', 'False', 0],
        ['"0"', '0', 0]) {
        my ($text, $public, $expected) = @$row;
        my $made = created($who{ag1}->post($path, {body => 'x', public => $public}), "public: $text");
        is $made->{public} ? 1 : 0, $expected, $expected ? 'public' : 'internal';
    }
    created($who{c1}->post($path, {body => 'x', public => $true, id => 5, author => {name => 'ag1'}, created => undef,
        properties => [1, {a => [2]}]}),
        'unknown members are ignored');
    for my $type ('application/json', 'application/json;charset=UTF-8', 'application/json; charset=utf-8',
        'Application/JSON', 'application/json ; charset="UTF-8"') {
        created($who{c1}->post($path, '{"body":"x","public":true}', 'Content-Type' => $type), $type);
    }
    created($who{c1}->post($path, "\n {\"body\":\"x\",\"public\":true}\r\n\n", 'Content-Type' => 'application/json'),
        'line ends around it');
    refused($who{c1}->post($path, '{"body":"x","public":true}', 'Content-Type' => $_), 415, $_ // 'no type')
        for 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x',
            'application/json; charset=iso-8859-1', 'text/json', undef;
    refused($who{c1}->post($path, '{"body":"a","body":"b","public":true}', 'Content-Type' => 'application/json'), 400,
        'a member twice');
    refused($who{c1}->post($path, "{\"body\":\"a\\u0000\",\"public\":true}", 'Content-Type' => 'application/json'), 400,
        'a NUL');
    refused($who{c1}->post($path, "{\"body\":\"a\xff\",\"public\":true}", 'Content-Type' => 'application/json'), 400,
        'bytes that are no UTF-8');
};

subtest 'DELETE and PUT as clients send them' => sub {
    my $users = API . "/organization/$id{O1}/user";
    done($who{ag1}->post($users, {usernames => ['c2']}), 'somebody is added');
    done($who{ag1}->delete($users, '{"usernames":["c2"]}', 'Content-Type' => $_),
        'DELETE with a body, ' . ($_ // 'of no type'))
        for 'application/json', 'application/json;charset=UTF-8', undef, 'text/plain';
    my $notification = API . "/request/$key{R1}/notification";
    for my $type ('application/json', 'application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data', undef) {
        done($who{c1}->put($notification, undef, 'Content-Type' => $type),
            'PUT without a body, ' . ($type // 'of no type'));
        done($who{c1}->put($notification, '', 'Content-Type' => $type), 'with an empty one');
        done($who{c1}->delete($notification, undef, 'Content-Type' => $type), 'DELETE without a body');
    }
    done($who{c1}->put($notification, '{"any":"thing"}', 'Content-Type' => 'application/json'),
        'PUT with one that nobody asked for');
};

subtest 'headers that clients add' => sub {
    my $path = API . "/request/$key{R1}";
    for my $headers (['X-ExperimentalApi' => 'opt-in'], ['X-ExperimentalApi' => 'true'],
        ['X-ExperimentalApi' => 'never'], ['X-Atlassian-Token' => 'no-check'],
        ['Cookie' => ''], ['Cookie' => ';'], ['Accept' => '*/*'], ['Accept' => 'text/html'],
            ['Cache-Control' => 'no-cache'], ['Accept-Language' => 'de']) {
        my %headers = @$headers;
        is good($who{c1}->get($path, %headers), "$headers->[0]: $headers->[1]")->{issueKey}, $key{R1}, 'reads';
        created($who{c1}->post("$path/comment", {body => 'x', public => $true}, %headers), 'writes');
    }
    is $desk->as('')->get($path, authorization => $who{c1}{headers}{Authorization})->code, 200,
        'the name of a header in small letters';
};

subtest 'literal segments win over ids' => sub {
    refused($who{c1}->get(API . '/request/validate'), 405, 'request/validate is no request');
    is $who{c1}->get(API . '/request/validate')->headers->header('Allow'), 'OPTIONS, POST', 'and says what it takes';
    good($who{c1}->post(API . '/request/validate', {serviceDeskId => $id{D1}, requestTypeId => $id{T1},
        requestFieldValues => {summary => 'x'}}), 'it checks');
    good($who{ag1}->get(CORE . '/user/search?username=c1'), 'user/search is no user');
};

subtest 'both error members' => sub {
    my $one = refused($who{c1}->post(API . "/request/$key{R1}/comment", {body => '', public => 'maybe'}), 400,
        'a bad member', 'public');
    is $one->{errorMessages}[0], $one->{errorMessage}, 'the first text is the text';
    is $one->{errors}{public}, $one->{errorMessage}, 'and that of its field';
    my $many = refused($who{c1}->post(API . "/request/$key{R1}/comment", {}), 400, 'two', qw(body public));
    is scalar @{$many->{errorMessages}}, 2, 'two texts';
    is ref $_, '', 'errors are texts' for values %{$many->{errors}};
    my $none = refused($who{c1}->get(API . '/request/D1-9999'), 404, 'no field is bad');
    is_deeply [sort keys %$none], [qw(errorMessage i18nErrorMessage)], 'no errors then';
    my $core = core_refused($who{c1}->get(CORE . '/user'), 400, 'the core API', 'username');
    is_deeply $core->{errorMessages}, [], 'says it of the field only';
    for my $path (API . '/nothing', API . '/', '/rest/servicedeskapi', OWN . '/nothing',
        API . "/request/$key{R1}/transitions", API . "/queues/D1") {
        refused($who{c1}->get($path), 404, $path);
    }
    core_refused($who{c1}->get('/rest/api/4/myself'), 404, 'a version that there is not');
    core_refused($who{c1}->get('/rest/auth/2/session'), 404, 'of the session either');
};

$desk->finish;
done_testing;
