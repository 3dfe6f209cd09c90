#!/usr/bin/perl
# What belongs to others stays theirs, and what was shared ends at once. Cases: security.md 65 to 68, 70 to 72, 75 to
# 78, 88.
# (Who may call what on which object is t/matrix.t.)
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::JSON ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my %thing = %{$desk->{world}{things}};
my %who = map { $_ => $desk->as($_, 'bearer') } qw(c1 c2 c3 c4 nobody ag1 ag2 da1 da2 sa);
my %path = map { $_ => API . "/request/$thing{$_}{key}" } qw(R1 RS RP R2 RX);
my ($d1, $d2) = map { $_->{id} } @thing{qw(D1 D2)};

sub comment {
    my ($name, $path, $public) = @_;
    return $who{$name}->post("$path/comment", {body => 'a word', public => $public // \1});
}
sub codes {
    my ($path, @names) = @_;
    return join ' ', map { "$_:" . $who{$_}->get($path)->code } @names;
}

# What tells of use and of refusals.
my @apart = qw(audit session token password_decoy);

sub unchanged(&$) {
    my ($do, $name) = @_;
    my $before = contents_of($desk, @apart);
    $do->();
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is_deeply contents_of($desk, @apart), $before, "$name: nothing changed";
    return;
}

subtest 'shared and not shared any more' => sub {
    is codes($path{R1}, qw(c1 c2 c3 c4 ag2 nobody sa)), 'c1:200 c2:404 c3:404 c4:404 ag2:404 nobody:404 sa:404',
        'a private request';
    is codes($path{RS}, qw(c1 c3 c2 c4)), 'c1:200 c3:200 c2:404 c4:404', 'one shared with an organization';
    is comment('c3', $path{RS})->code, 201, 'a member comments';
    my $etag = $who{c3}->get($path{RS})->headers->header('ETag');
    is $who{ag1}->delete(API . "/organization/$thing{O1}{id}/user", {usernames => ['c3']})->code, 204,
        'c3 leaves the organization';
    is $who{c3}->get($path{RS}, 'If-None-Match' => $_)->code, 404, 'and sees it no more' for $etag, '*', '"x"';
    is comment('c3', $path{RS})->code, 404, 'and does not comment';
    is codes("$path{RS}/comment", 'c3'), 'c3:404', 'nor reads comments';
    is
        scalar(grep { $_->{issueKey} eq $thing{RS}{key} }
            values_of($who{c3}->get(API . '/request?requestOwnership=ALL_REQUESTS'))), 0, 'nor finds it in a list';
    is $who{ag1}->post(API . "/organization/$thing{O1}{id}/user", {usernames => ['c3']})->code, 204, 'back again';
    is codes($path{RS}, 'c3'), 'c3:200', 'it is there';
    is codes($path{RP}, 'c2'), 'c2:200', 'a participant';
    is $who{c1}->delete("$path{RP}/participant", {usernames => ['c2']})->code, 200, 'is taken off';
    is codes($_, 'c2'), 'c2:404', "$_ is gone"
        for $path{RP}, "$path{RP}/comment", "$path{RP}/status", "$path{RP}/participant", "$path{RP}/transition";
    is $who{c1}->post("$path{RP}/participant", {usernames => ['c2']})->code, 200, 'and comes back';
    is codes($path{RP}, 'c2'), 'c2:200', 'and sees it';
    is $who{ag1}->delete(API . "/servicedesk/$d1/organization", {organizationId => $thing{O1}{id}})->code, 204,
        'the organization leaves the desk';
    my $seen = codes($path{RS}, 'c1');
    is $seen, 'c1:200', 'the reporter keeps what is his';
    is $who{ag1}->post(API . "/servicedesk/$d1/organization", {organizationId => $thing{O1}{id}})->code, 204,
        'and returns';
};

subtest 'ids of another desk in the path' => sub {
    my %inner = (
        'a request type of D2' => "/servicedesk/$d1/requesttype/$thing{T2}{id}",
        'its fields' => "/servicedesk/$d1/requesttype/$thing{T2}{id}/field",
        'a comment of R2' => "/request/$thing{R1}{key}/comment/$thing{R2}{public}",
        'a comment of RP' => "/request/$thing{R1}{key}/comment/$thing{RP}{public}",
        'a deleted request type' => "/servicedesk/$d1/requesttype/$thing{TX}{id}",
    );
    for my $what (sort keys %inner) {
        is $who{$_}->get(API . $inner{$what})->code, 404, "$what, by $_" for qw(c1 ag1 da1);
    }
    my $queue = $who{ag2}->get(API . "/servicedesk/$d2/queue")->json->{values}[0]{id};
    my @rows = map { $_->{key} } values_of($who{ag1}->get(API . "/servicedesk/$d1/queue/$queue/issue"));
    is scalar(grep {/^D2-/} @rows), 0, 'a queue of D1 holds nothing of D2, whatever its number';
    is $who{ag2}->get(API . "/servicedesk/$d1/queue/$queue/issue")->code, 404, 'and is closed to D2\'s agents';
    $who{ag1}->delete(API . "/organization/$thing{O1}{id}/user", {usernames => ['c4']});
    is $desk->value('SELECT count(*) FROM organization_member WHERE organization_id = ?', $thing{O2}{id}), 1,
        'c4 is still in O2';
};

subtest 'ids of others in the body' => sub {
    my @mine = (serviceDeskId => $d1, requestTypeId => $thing{T1}{id}, requestFieldValues => {summary => 'x'});
    my %bad = (
        'a type of D2' => [c1 => {@mine, requestTypeId => $thing{T2}{id}}, 400],
        'a desk that is not his' => [c1 => {@mine, serviceDeskId => $d2, requestTypeId => $thing{T2}{id}}, 400],
        'another\'s name' => [c1 => {@mine, raiseOnBehalfOf => 'c2'}, 403],
        'a stranger\'s name' => [c1 => {@mine, raiseOnBehalfOf => 'c4'}, 403],
        'an agent for a stranger to the desk' => [ag1 => {@mine, raiseOnBehalfOf => 'c4'}, 400],
        'a participant of D2' => [c1 => {@mine, requestParticipants => ['c4']}, 400],
        'a deleted type' => [c1 => {@mine, requestTypeId => $thing{TX}{id}}, 400],
    );
    for my $what (sort keys %bad) {
        my ($name, $body, $expected) = @{$bad{$what}};
        unchanged {
            my $answer = $who{$name}->post(API . '/request', $body);
            is $answer->code, $expected, $what;
            unlike $answer->body, qr/Customer Four|canary|Type T2|Desk D2/, 'no name is revealed';
        }
        $what;
    }
    unchanged {
        my $key = $thing{R1}{key};
        is $who{ag1}->put(OWN . "/request/$key/assignee", {name => $_})->code, 400, "not assigned to $_"
            for qw(ag2 c1 c4 c9);
        is $who{$_}->put(OWN . "/request/$key/assignee", {name => 'ag1'})->code, $_ eq 'c1' ? 403 : 404, "nor by $_"
            for qw(c1 c2 ag2);
    }
    'an assignee from elsewhere';
};

subtest 'ids of others in the query' => sub {
    my $list = API . '/request';
    for my $query (
        "serviceDeskId=$d2", "organizationId=$thing{O2}{id}", "requestOwnership=ALL_REQUESTS&serviceDeskId=$d2",
        'requestOwnership=ALL_REQUESTS&expand=serviceDesk,requestType,participant,status',
        'requestStatus=ALL_REQUESTS&limit=1000000000', 'searchTerm=canary_R2', 'searchTerm=%25',
        "requestTypeId=$thing{T2}{id}", 'requestOwnership=ORGANIZATION', 'expand=*',
        'approvalStatus=MY_PENDING_APPROVAL'
    ) {
        my $answer = $who{c1}->get("$list?$query");
        unlike $answer->body =~ s/"_links":\{[^}]*\}//gr, qr/canary_(?:R2|T2|O2|\w+_internal)|D2-\d/,
            "$query: nothing of D2" . ($answer->code == 200 ? '' : ' (' . $answer->code . ')');
        cmp_ok $answer->code, '<', 500, 'and no accident';
    }
    for my $name (qw(c2 c3 c4 nobody)) {
        unlike $who{$name}->get("$list?requestOwnership=ALL_REQUESTS&requestStatus=ALL_REQUESTS&searchTerm=canary")
            ->body, qr/canary_R1/, "$name finds nothing of R1";
    }
};

subtest 'members that are none of a client\'s business' => sub {
    my %extra = (
        role => 'admin', isAdmin => \1, systemAdmin => \1, id => 1, issueId => 1, issueKey => 'D1-1',
        reporter => 'c2', createdDate => '2001-01-01', status => 'Closed', currentStatus => 'Closed',
        public => \0, internal => \1, organizations => [$thing{O2}{id}], emailVerified => \1, address_proven => 1,
        passwordHash => 'x', __proto__ => {admin => 1}, constructor => {},
        account_id => 1, desk_id => $d2, deleted => 1, author => 'ag1', key => 'D2-1',
    );
    my $made =
        $who{c1}->post(API . '/request',
        {%extra, serviceDeskId => $d1, requestTypeId => $thing{T1}{id}, requestFieldValues => {summary => 'extra'}}
        );
    if ($made->code == 201) {
        my $row = $desk->rows('SELECT * FROM request WHERE key = ?', $made->json->{issueKey})->[0];
        is "$row->{desk_id} $row->{deleted} $row->{reporter_id}", "$d1 0 " . $desk->person('c1')->{id},
            'a request is what it would have been';
        is_deeply $made->json->{reporter}{name}, 'c1', 'of its reporter';
    } else {
        is $made->code, 400, 'refused';
    }
    $made = created($who{c1}->post("$path{R1}/comment", {%extra, public => \1, body => 'extra'}), 'a comment');
    is $made->{author}{name}, 'c1', 'of its author';
    my $customer =
        $who{sa}->post(API . '/customer', {%extra, email => 'extra@example.org', displayName => 'Extra'});
    is $customer->code, 201, 'a customer';
    is_deeply [
        @{
            $desk->rows(
                'SELECT system_admin, address_proven, password_hash, state FROM account WHERE address = ?',
                'extra@example.org'
            )->[0]
        }{qw(system_admin address_proven password_hash)}
        ],
        [0, 0, undef], 'without rights';
    unchanged {
        for my $field (qw(reporter status assignee security customfield_99999)) {
            my %body = (serviceDeskId => $d1, requestTypeId => $thing{T1}{id},
                requestFieldValues => {summary => 'x', $field => 'ag1'});
            is $who{c1}->post(API . '/request', \%body)->code, 400, "$field is no field of the type";
        }
    }
    'fields';
};

subtest 'internal comments' => sub {
    my $internal = "$path{R1}/comment/$thing{R1}{internal}";
    is $who{$_}->get($internal)->code, $_ =~ /^(?:ag1|da1)$/ ? 200 : 404, "read by $_"
        for qw(c1 c2 c3 c4 ag1 da1 ag2 sa);
    my @views = (
        $path{R1}, "$path{R1}/comment", "$path{R1}/comment?public=false&internal=true", "$path{R1}/status",
        "$path{R1}?expand=comment,status,participant,sla,requestType", API . '/request?searchTerm=internal',
        CORE . "/issue/$thing{R1}{key}",
        CORE . "/issue/$thing{R1}{key}?fields=*all&expand=changelog,renderedFields", "$path{R1}/notification",
        "$path{R1}/comment?start=0&limit=50"
    );
    unlike $who{c1}->get($_)->body, qr/canary_R1_internal/, "not in $_" for @views;
    my @before = map { [$_->body, $_->headers->header('ETag')] } map { $who{c1}->get($_) } @views;
    is comment('ag1', $path{R1}, \0)->code, 201, 'one more';
    my @after = map { [$_->body, $_->headers->header('ETag')] } map { $who{c1}->get($_) } @views;
    is_deeply \@after, \@before, 'no view of the customer\'s moves: no count, no time, no tag';
    is scalar(values_of($who{c1}->get("$path{R1}/comment?internal=true&public=false"))), 0,
        'asking for them gives none';
    unchanged {
        my $answer = comment('c1', $path{R1}, \0);
        is $answer->code, 403, 'a customer writes none';
        is comment('c3', $path{RS}, \0)->code, 403, 'nor one by way of an organization';
        is $who{c1}->$_($internal, {body => 'x', public => \1})->code, 405, "$_: comments are not changed"
            for qw(put delete post);
    }
    'an internal comment of a customer\'s';
    $desk->tool_ok('role', 'add', 'customer', 'ag2', '--desk', 'D1');
    my $raised = raise($who{ag2}, $d1, $thing{T1}{id});
    my $own = API . "/request/$raised->{issueKey}";
    is comment('ag1', $own, \0)->code, 201, 'an agent of D2 is a customer of D1';
    is scalar(values_of($who{ag2}->get("$own/comment"))), 0, 'and reads no internal comment there';
    is codes($_, 'ag2'), 'ag2:404', "nor more than a customer: $_" for $path{R1}, $internal;
    is codes(API . "/servicedesk/$d1/queue", 'ag2'), 'ag2:403', 'nor a queue';
    $desk->tool_ok('role', 'remove', 'customer', 'ag2', '--desk', 'D1');
};

subtest 'organizations' => sub {
    my ($o1, $o2) = map { API . "/organization/$thing{$_}{id}" } qw(O1 O2);
    unchanged {
        is $who{$_}->post("$o2/user", {usernames => [$_]})->code, 404, "$_ does not join O2"
            for qw(c1 c2 c3 nobody);
        is $who{$_}->post("$o1/user", {usernames => ['c2']})->code, $_ =~ /^c[13]$/ ? 403 : 404,
            "$_ adds nobody to O1"
            for qw(c1 c2 c3 c4);
        is $who{$_}->get("$o2/user")->code, 404, "$_ does not list O2" for qw(c1 c2 c3);
        is $who{$_}->get("$o1/user")->code, 403, "$_ does not list O1" for qw(c1 c3);
        is $who{$_}->delete($o1)->code, 403, "$_ does not delete O1" for qw(c1 ag1 da1 ag2);
        is $who{$_}->put("$o1/property/tier", {level => 'x'})->code, $_ eq 'c2' ? 404 : 403, "$_ sets no property"
            for qw(c1 c2);
        is $who{c1}->post(API . "/servicedesk/$d1/organization", {organizationId => $thing{O2}{id}})->code, 403,
            'c1 attaches none';
        is $who{ag2}->post(API . "/servicedesk/$d1/organization", {organizationId => $thing{O2}{id}})->code, 404,
            'ag2 attaches none to D1';
    }
    'refused';
};

# A member enters the listed desks that the organization is attached to: who makes members could make himself one.
subtest 'no way into another desk by an organization' => sub {
    my ($o1, $o2) = map { API . "/organization/$thing{$_}{id}" } qw(O1 O2);
    unchanged {
        for my $name (qw(ag1 da1)) {
            is $who{$name}->post("$o2/user", {usernames => [$name]})->code, 403, "$name does not join O2 of D2";
            is $who{$name}->delete("$o2/user", {usernames => ['c4']})->code, 403, 'or throw out who is in it';
            is codes(API . "/servicedesk/$d2", $name), "$name:404", 'D2 stays closed';
        }
        is $who{ag2}->post("$o1/user", {usernames => ['ag2']})->code, 403, 'nor the other way round';
    }
    'refused';
    is $who{ag2}->post("$o2/user", {usernames => ['ag2']})->code, 204, 'at one\'s own desk one may';
    is $who{ag2}->delete("$o2/user", {usernames => ['ag2']})->code, 204, 'and back';

    is $who{ag1}->post(API . "/servicedesk/$d1/organization", {organizationId => $thing{O2}{id}})->code, 204,
        'O2 belongs to both desks';
    is $who{$_}->post("$o2/user", {usernames => ['nobody']})->code, 403, "then $_ of one of them is not enough"
        for qw(ag1 ag2 da1 da2);
    is $who{sa}->post("$o2/user", {usernames => ['nobody']})->code, 204, 'a system administrator is';
    $desk->tool_ok('role', 'add', 'agent', 'da2', '--desk', 'D1');
    is $who{da2}->delete("$o2/user", {usernames => ['nobody']})->code, 204, 'or somebody who works at both';
    $desk->tool_ok('role', 'remove', 'agent', 'da2', '--desk', 'D1');
    is $who{ag1}->delete(API . "/servicedesk/$d1/organization", {organizationId => $thing{O2}{id}})->code, 204,
        'as it was';

    my $made = $who{ag2}->post(API . '/organization', {name => 'Left'})->json->{id};
    my $left = API . "/organization/$made";
    is $who{ag1}->post("$left/user", {usernames => ['nobody']})->code, 204, 'one of no desk is anybody\'s';
    is $who{ag2}->post(API . "/servicedesk/$d2/organization", {organizationId => $made})->code, 204, 'then of D2';
    my $key = raise($who{ag2}, $d2, $thing{T2}{id}, organizationIds => [$made])->{issueKey};
    is $who{ag2}->delete(API . "/servicedesk/$d2/organization", {organizationId => $made})->code, 204,
        'it leaves D2, and what was shared stays so';
    is $who{ag1}->post("$left/user", {usernames => ['ag1']})->code, 403, 'an agent of D1 does not come to read it';
    is codes(API . "/request/$key", 'ag1'), 'ag1:404', 'so';
    is $who{ag2}->post("$left/user", {usernames => ['c4']})->code, 204, 'one of D2 decides';
};

subtest 'agents and administrators of one desk are nobody at another' => sub {
    unchanged {
        my $r2 = $path{R2};
        my @calls = (
            [GET => $r2], [GET => "$r2/comment"], [POST => "$r2/comment", {body => 'x', public => \1}],
            [POST => "$r2/transition", {id => $thing{D2}{cancel}}],
            [GET => "$r2/transition"], [PUT => OWN . "/request/$thing{R2}{key}/assignee", {name => 'ag1'}],
            [DELETE => OWN . "/request/$thing{R2}{key}/assignee"], [GET => CORE . "/issue/$thing{R2}{key}"],
            [POST => "$r2/participant", {usernames => ['c1']}], [GET => API . "/servicedesk/$d2/queue"],
            [GET => API . "/servicedesk/$d2"],
            [POST => API . "/servicedesk/$d2/requesttype", {issueTypeId => '1', name => 'x'}],
            [DELETE => API . "/servicedesk/$d2/requesttype/$thing{T2}{id}"],
            [POST => API . "/servicedesk/$d2/customer", {usernames => ['c1']}], [PUT => "$r2/notification"],
            [PUT => OWN . "/servicedesk/$d2/requesttypegroup", {groups => []}],
            [GET => API . "/servicedesk/$d2/customer"]
        );
        for my $call (@calls) {
            is $who{$_}->call(@$call)->code, 404, "$_: $call->[0] $call->[1]" for qw(ag1 da1);
        }
        is $who{ag1}->call(@$_)->code, 403, "an agent does not administer: $_->[0] $_->[1]"
            for [POST => API . "/servicedesk/$d1/requesttype", {issueTypeId => '1', name => 'x'}],
            [DELETE => API . "/servicedesk/$d1/requesttype/$thing{T1}{id}"],
            [DELETE => API . "/servicedesk/$d1/customer", {usernames => ['c1']}],
            [POST => API . '/customer', {email => 'x@example.org', displayName => 'x'}];
        is $who{da1}->post(API . '/customer', {email => 'x@example.org', displayName => 'x'})->code, 403,
            'nor an administrator of a desk the system';
        is $who{ag1}->post("$path{R1}/transition", {id => $thing{D2}{cancel}})->code, 400,
            'a transition of D2 is none of D1';
    }
    'refused';
};

# No request that starts after the answer of a revocation may succeed.
subtest 'revoked while it is read' => sub {
    my $late = 0;
    my $seen = 0;
    my $participant = "$path{RP}/participant";
    my $reader = sub { return $who{c2}->get($path{RP})->code };
    for my $round (1 .. 60) {
        $who{c1}->post($participant, {usernames => ['c2']})->code == 200 or die 'cannot share';
        $seen++ if $reader->() == 200;
        $who{c1}->delete($participant, {usernames => ['c2']})->code == 200 or die 'cannot take back';
        $late++ if $reader->() != 404;
    }
    is "$seen $late", '60 0', 'sixty rounds';
};

$desk->finish;
done_testing;
