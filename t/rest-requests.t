#!/usr/bin/perl
# Requests: raised, checked without raising, read with everything that can be expanded.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1, conf => 'CustomLog logs/ids.log "%m %L"');
my %id   = map { $_ => $desk->thing($_)->{id} } qw(D1 D2 T1 T2 TX O1 O2);
my %person = map { $_ => $desk->person($_) } qw(c1 c2 c3 c4 ag1 nobody);
my $base = $desk->base;
my %who  = map { $_ => $desk->as($_) } qw(sa da1 ag1 ag2 c1 c2 c3 c4 nobody);
$who{an} = $desk->as('');
my $requests = API . '/request';
my %least = (serviceDeskId => "$id{D1}", requestTypeId => "$id{T1}", requestFieldValues => {summary => 'A summary'});

subtest 'raised' => sub {
    news($desk);
    my $open = $desk->value('SELECT coalesce(max(open_requests), 0) FROM desk_count WHERE account_id = ?',
        $person{c2}{id});
    my $made = created($who{c2}->post($requests, {%least, requestFieldValues => {summary => ' Grüße ',
        description => "a\n\n<b>"}}), 'by a customer');
    my ($key, $row_id) = @$made{qw(issueKey issueId)};
    like $key, qr/^D1-\d+$/, "its key: $key";
    my %rest = %$made;
    my ($date, $status, $reporter, $links) = delete @rest{qw(createdDate currentStatus reporter _links)};
    is_deeply [sort @{delete $rest{_expands}}], [sort qw(participant status requestType serviceDesk comment action)],
        'what can be expanded';
    is_deeply \%rest, {
        issueId => $row_id, issueKey => $key, summary => 'Grüße', requestTypeId => "$id{T1}",
            serviceDeskId => "$id{D1}",
        requestFieldValues => [
            {fieldId => 'summary', label => 'Summary', value => 'Grüße'},
            {fieldId => 'description', label => 'Description', value => "a\n\n<b>",
                renderedValue => {html => '<p>a</p><p>&lt;b&gt;</p>'}},
        ],
    }, 'what was said, text in HTML escaped';
    is $reporter->{accountId}, $person{c2}{accountId}, 'the reporter';
    is_deeply [@$status{qw(status statusCategory)}], ['Waiting for support', 'NEW'], 'the first status';
    is $status->{statusDate}{epochMillis}, $date->{epochMillis}, 'since it was raised';
    ok abs($date->{epochMillis} / 1000 - time) < 60, 'which was now';
    is_deeply $links, {self => "$base$requests/$row_id", jiraRest => "$base/rest/api/2/issue/$row_id",
        web => "$base/portal/D1/$key"},
        'links; a customer has none for agents';
    is_deeply [news($desk)], ["internal/c2 request.create request:$key"], 'one row in the audit';
    is_deeply $desk->rows('SELECT s.status, a.name FROM status_change s'
        . ' JOIN account a ON a.id = s.account_id WHERE request_id = ?', $row_id),
        [{status => 'waiting-for-support', name => 'c2'}], 'the history begins';
    is $desk->value('SELECT open_requests FROM desk_count WHERE account_id = ? AND desk_id = ?', $person{c2}{id},
        $id{D1}), $open + 1, 'counted';
    is_deeply good($who{c2}->get("$requests/$key"), 'read by key'), $made, 'as it was answered';
    is_deeply good($who{c2}->get("$requests/$row_id"), 'read by id'), $made, 'too';
    is good($who{ag1}->get("$requests/$key"), 'read by an agent')->{_links}{agent}, "$base/agent/D1/$key",
        'who has a link of his own';
    is $who{ag1}->get("$requests/$key")->json->{reporter}{emailAddress}, $person{c2}{email},
        'an agent sees the address';
    my $seen = $who{c1}->get("$requests/" . $desk->thing('RS')->{key}
        . '?expand=comment')->json->{comments}{values}[0]{author};
    is $seen->{emailAddress}, undef, 'a customer does not see the agent\'s';
    is_deeply [@$seen{qw(name key)}], [$seen->{accountId}, $seen->{accountId}], 'nor the name to sign in with';
};

subtest 'the audit knows under which log id' => sub {
    my $made = raise($who{c2}, $id{D1}, $id{T1});
    my $id = $desk->value("SELECT log_id FROM audit WHERE act = 'request.create' AND object_id = ?", $made->{issueKey});
    my $file = $desk->dir . '/logs/ids.log';
    $desk->wait_for(sub { ServiceDesk::Test::slurp($file) =~ /POST \Q$id\E$/m });
    is scalar(() = ServiceDesk::Test::slurp($file) =~ /^POST \Q$id\E$/mg), 1,
        "$id: it is the one that httpd gave to this call";
    news($desk);
};

subtest 'the ways to say it' => sub {
    my %again = (%least, requestFieldValues => {summary => 'x'});
    created($who{c2}->post($requests, {%again, serviceDeskId => $id{D1} + 0, requestTypeId => $id{T1} + 0}),
        'ids as numbers');
    created($who{c2}->post($requests, {%again, serviceDeskId => 'D1'}), 'the desk by key');
    created($who{c2}->post($requests, {%again, raiseOnBehalfOf => ''}), 'on behalf of nobody: ""');
    created($who{c2}->post($requests, {%again, raiseOnBehalfOf => undef, requestParticipants => undef}),
        'null is not said');
    created($who{c2}->post($requests, {%again, raiseOnBehalfOf => 'c2'}), 'on behalf of oneself');
    my $before = $who{c2}->post($requests, \%again)->json;
    created($who{c2}->post($requests, {%$before, requestFieldValues => {summary => 'again'}, isAdfRequest => \0,
        channel => 'portal'}),
        'what an answer holds, posted back: unknown members are ignored');
};

subtest 'on behalf of somebody' => sub {
    news($desk);
    my $made = created($who{ag1}->post($requests, {%least, raiseOnBehalfOf => $person{c2}{email},
        requestParticipants => ['c3', 'c2']}), 'by an agent');
    is $made->{reporter}{accountId}, $person{c2}{accountId}, 'the reporter';
    is_deeply $desk->rows('SELECT a.name AS author FROM request r JOIN account a ON a.id = r.author_id WHERE r.id = ?',
        $made->{issueId}),
        [{author => 'ag1'}], 'the author is the agent';
    is_deeply [news($desk)], ["htpasswd/ag1 request.create request:$made->{issueKey}"], 'audited as the agent\'s';
    is_deeply [column('accountId', $who{ag1}->get("$requests/$made->{issueKey}/participant"))],
        [$person{c3}{accountId}],
        'participants, the reporter left out';
    good($who{$_}->get("$requests/$made->{issueKey}"), "$_ reads it") for qw(c2 c3);
    refused($who{c1}->get("$requests/$made->{issueKey}"), 404, 'c1 does not');
    for my $named (map { $person{c1}{$_} } qw(name email accountId)) {
        is created($who{ag1}->post($requests, {%least, raiseOnBehalfOf => $named}),
            "named $named")->{reporter}{accountId},
            $person{c1}{accountId}, 'is found';
    }
    my $unknown = refused($who{ag1}->post($requests, {%least, raiseOnBehalfOf => 'noone'}), 400, 'nobody is called so',
        'raiseOnBehalfOf');
    is_deeply refused($who{ag1}->post($requests, {%least, raiseOnBehalfOf => 'c4'}), 400, 'a stranger to the desk',
        'raiseOnBehalfOf'), $unknown,
        'in the same words';
    refused($who{c1}->post($requests, {%least, raiseOnBehalfOf => 'c2'}), 403, 'a customer may not');
    refused($who{c1}->post($requests, {%least, raiseOnBehalfOf => 'noone'}), 403, 'nor learn who exists');
    refused($who{sa}->post($requests, {%least, raiseOnBehalfOf => 'c2'}), 403,
        'nor may a system administrator without the desk');
};

subtest 'refused' => sub {
    my $before = $desk->value('SELECT count(*) FROM request');
    news($desk);
    my $bad_desk = refused($who{c1}->post($requests, {%least, serviceDeskId => 9999}), 400,
        'no such desk: 400, not 404', 'serviceDeskId');
    is_deeply refused($who{c1}->post($requests, {%least, serviceDeskId => $id{D2}, requestTypeId => $id{T2}}), 400,
        "somebody else's desk",
        'serviceDeskId'), $bad_desk, 'in the same words';
    my $bad_type = refused($who{c1}->post($requests, {%least, requestTypeId => 9999}), 400, 'no such type',
        'requestTypeId');
    is_deeply refused($who{c1}->post($requests, {%least, requestTypeId => $_}), 400, "type $_", 'requestTypeId'),
        $bad_type, 'in the same words'
        for $id{T2}, $id{TX};
    refused($who{c1}->post($requests, {}), 400, 'an empty object', 'serviceDeskId');
    refused($who{c1}->post($requests, {serviceDeskId => $id{D1}}), 400, 'no type', 'requestTypeId');
    refused($who{c1}->post($requests, {serviceDeskId => $id{D1}, requestTypeId => $id{T1}}), 400, 'no values',
        'summary');
    refused($who{c1}->post($requests, {%least, requestTypeId => 'abc'}), 400, 'a type by name', 'requestTypeId');
    refused($who{c1}->post($requests, {%least, serviceDeskId => {}}), 400, 'a desk that is an object', 'serviceDeskId');
    refused($who{c1}->post($requests, {%least, requestParticipants => 'c2'}), 400, 'participants that are no array',
        'requestParticipants');
    refused($who{c1}->post($requests, {%least, requestParticipants => ['noone', 'c4'],
        requestFieldValues => {summary => '', x => 1},
        organizationIds => [$id{O2}]}), 400, 'participants, values, organizations: all at once',
            qw(requestParticipants summary x organizationIds));
    refused($who{c1}->post($requests, [\%least]), 400, 'an array');
    refused($who{nobody}->post($requests, \%least), 400, 'a stranger', 'serviceDeskId');
    refused($who{an}->post($requests, \%least), 401, 'nobody signed in');
    refused($desk->as('c1', 'reader')->post($requests, \%least), 403, 'a token that may only read');
    is $desk->value('SELECT count(*) FROM request'), $before, 'no request came of it';
    is_deeply [news($desk)], [denied('internal/c1', API . '/request')], 'audited: what was forbidden';
    is $desk->{db}->last_number($desk->dbh, $id{D1}),
        $desk->value("SELECT max(CAST(substr(key, 4) AS INTEGER)) FROM request WHERE desk_id = ?", $id{D1}),
            'no number was used up';
};

subtest 'shared with organizations' => sub {
    my $one = raise($who{c1}, $id{D1}, $id{T1});
    good($who{c3}->get("$requests/$one->{issueKey}"), 'a member of one organization shares by itself');
    my $private = raise($who{c1}, $id{D1}, $id{T1}, organizationIds => []);
    refused($who{c3}->get("$requests/$private->{issueKey}"), 404, 'an empty list keeps it private');
    my $named = raise($who{c1}, $id{D1}, $id{T1}, organizationIds => [$id{O1}]);
    good($who{c3}->get("$requests/$named->{issueKey}"), 'named');
    my $second = $who{ag1}->post(API . '/organization', {name => 'Second'})->json;
    $who{ag1}->post(API . "/organization/$second->{id}/user", {usernames => ['c1']});
    $who{ag1}->post(API . "/servicedesk/$id{D1}/organization", {organizationId => $second->{id}});
    my $choice = raise($who{c1}, $id{D1}, $id{T1});
    refused($who{c3}->get("$requests/$choice->{issueKey}"), 404, 'a member of two shares with none unless he says so');
    refused($who{c1}->post($requests, {%least, organizationIds => [$id{O2}]}), 400, 'not with one that is not his',
        'organizationIds');
    refused($who{c1}->post($requests, {%least, organizationIds => ['x', 9999]}), 400, 'nor with what is none',
        'organizationIds');
    my $agents = created($who{ag1}->post($requests, {%least, raiseOnBehalfOf => 'c2', organizationIds => [$id{O1}]}),
        'an agent may share with any of the desk');
    good($who{c3}->get("$requests/$agents->{issueKey}"), 'so it is');
};

subtest 'validate changes nothing' => sub {
    my $before = join ' ', map { $desk->value("SELECT count(*) FROM $_") } qw(request status_change desk_count);
    news($desk);
    is_deeply good($who{c1}->post("$requests/validate", \%least), 'good'), {valid => Mojo::JSON::true()}, 'is valid';
    my $told = refused($who{c1}->post("$requests/validate", {%least, requestFieldValues => {description => 5, x => 1}}),
        400, 'bad',
        qw(summary description x));
    is_deeply [delete $told->{valid}], [Mojo::JSON::false()], 'is not';
    is_deeply $who{c1}->post($requests, {%least, requestFieldValues => {description => 5, x => 1}})->json, $told,
        'what create says';
    refused($who{c1}->post("$requests/validate", {%least, raiseOnBehalfOf => 'c2'}), 403,
        'what is forbidden is not merely invalid');
    refused($who{an}->post("$requests/validate", \%least), 401, 'nobody signed in');
    refused($who{c1}->get("$requests/validate"), 405, 'the literal wins: GET validate is no request');
    is join(' ', map { $desk->value("SELECT count(*) FROM $_") } qw(request status_change desk_count)), $before,
        'not a row';
    is_deeply [news($desk)], [denied('internal/c1', API . '/request/validate')], 'audited: what was forbidden';
};

subtest 'expanded' => sub {
    my $key = $desk->thing('RP')->{key};
    my $path = "$requests/$key";
    my $plain = $who{c1}->get($path)->json;
    is_deeply [grep { exists $plain->{$_} } 
        qw(participants status comments requestType serviceDesk actions sla attachments)], [], 'nothing by itself';
    my $whole = good($who{c1}->get("$path?expand=participant,status&expand=comment,comment.renderedBody"
        . '&expand=requestType&expand=serviceDesk,action'),
        'everything, both spellings mixed');
    is_deeply $whole->{_expands}, [], 'then nothing is left';
    my %subpage = (participants => 'participant', status => 'status', comments => 'comment');
    for my $member (sort keys %subpage) {
        my $page = $whole->{$member};
        is_deeply [sort keys %$page], [sort qw(_expands size start limit isLastPage _links values)],
            "$member is a page";
        is $page->{size}, scalar @{$page->{values}}, 'its size';
        like $page->{_links}{self}, qr{^\Q$base$requests/$whole->{issueId}/$subpage{$member}\E\?},
            'and its own address';
        my @there = values_of($who{c1}->get($page->{_links}{self}));
        my @own = map { {%$_} } @{$page->{values}};
        delete @$_{qw(renderedBody _expands)} for @own, @there;
        is_deeply \@own, \@there, 'which shows the same';
    }
    is_deeply [map { $_->{body} } @{$whole->{comments}{values}}], ['canary_RP_public'],
        'public comments for a customer';
    is $whole->{comments}{values}[0]{renderedBody}{html}, '<p>canary_RP_public</p>', 'rendered';
    is_deeply [map { $_->{body} } @{$who{ag1}->get("$path?expand=comment")->json->{comments}{values}}],
        [qw(canary_RP_public canary_RP_internal)],
        'both kinds for an agent';
    is $whole->{requestType}{name}, 'Type T1', 'the type';
    is $whole->{serviceDesk}{projectKey}, 'D1', 'the desk';
    is_deeply $whole->{actions},
        {map { $_ => {allowed => Mojo::JSON::true()} } qw(addComment addParticipant removeParticipant)},
        'what one may do';
    is_deeply good($who{c1}->get("$path?expand=nonsense,%20status%20,,sla"), 'unknown names')->{status}{values},
        $whole->{status}{values},
        'are ignored, blanks too';
    is scalar(grep { exists $_->{participants} } values_of($who{c1}->get("$requests?expand=participant"))),
        scalar(values_of($who{c1}->get($requests))),
        'the list expands each';
};

subtest 'read by whom' => sub {
    my $none = refused($who{c1}->get("$requests/D1-9999"), 404, 'there is none');
    is_deeply refused($who{c1}->get("$requests/$_"), 404, "$_: 404"), $none, 'in the same words'
        for $desk->thing('R2')->{key}, $desk->thing('R2')->{id}, $desk->thing('RX')->{key}, '0', 'abc', 'D1-', 'd1-1',
            '99999999999999999999';
    my $key = $desk->thing('R1')->{key};
    refused($who{$_}->get("$requests/$key"), 404, "$_ does not") for qw(c2 c3 c4 nobody ag2 sa);
    good($who{$_}->get("$requests/$key"), "$_ reads it") for qw(c1 ag1 da1);
    refused($who{an}->get("$requests/$key"), 401, 'nobody signed in');
    refused($who{an}->get("$requests/D1-9999"), 401, 'whatever is there');
    $desk->tool_ok('setting', 'set', 'system_admin_reads_requests', 'true');
    news($desk);
    good($who{sa}->get("$requests/$key"), 'a system administrator reads it where the site says so');
    is_deeply [news($desk)], ["internal/sa request.read request:$key"], 'and every such look is audited';
    refused($who{sa}->post("$requests/$key/comment", {body => 'x', public => \1}), 403, 'but does not comment');
    good($who{c1}->get("$requests/$key"), 'the look of the reporter');
    is_deeply [news($desk)], [denied('internal/sa', API . '/request/{issue}/comment')],
        'is not audited, what was forbidden is';
    $desk->tool_ok('setting', 'set', 'system_admin_reads_requests', 'false');
    refused($who{sa}->get("$requests/$key"), 404, 'and not any more');
};

subtest 'the same as an issue of the core API' => sub {
    my $key = $desk->thing('R1')->{key};
    my $id  = $desk->thing('R1')->{id};
    for my $version (2, 3, 'latest') {
        my $issue = good($who{c1}->get("/rest/api/$version/issue/$key"), "/rest/api/$version");
        is_deeply [@$issue{qw(id key self)}], ["$id", $key, "$base/rest/api/2/issue/$id"], 'id, key, self';
        my $fields = $issue->{fields};
        is_deeply [@$fields{qw(summary description)}], [qw(canary_R1_summary canary_R1_description)],
            'summary and description';
        like $fields->{created}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/, 'a bare date';
        is $fields->{status}{name}, 'Waiting for customer', 'the status: an agent commented';
        is $fields->{reporter}{accountId}, $person{c1}{accountId}, 'the reporter';
        is $fields->{project}{key}, 'D1', 'the desk';
    }
    core_refused($who{c2}->get(CORE . "/issue/$key"), 404, "somebody else's");
    core_refused($who{an}->get(CORE . "/issue/$key"), 401, 'nobody signed in');
};

$desk->finish;
done_testing;
