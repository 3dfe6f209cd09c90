#!/usr/bin/perl
# Entity tags: 304 for who has it already, never for who may not see it; and edits that are based on an old state.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1, modules => [qw(deflate filter)],
    location => 'AddOutputFilterByType DEFLATE application/json');
my %id   = map { $_ => $desk->thing($_)->{id} } qw(D1 T1 O1);
my %key  = map { $_ => $desk->thing($_)->{key} } qw(R1 RP RS);
my %who  = map { $_ => $desk->as($_)->with('Accept-Encoding' => 'identity') } qw(sa da1 ag1 c1 c2 c3);
my $api  = API;

sub tag { my ($name, $path) = @_; return $who{$name}->get($path)->headers->etag }
sub again { my ($name, $path, $tag, %more) = @_; return $who{$name}->get($path, 'If-None-Match' => $tag, %more) }

my @paths = (
    "$api/info", "$api/servicedesk", "$api/servicedesk/D1", "$api/servicedesk/D1/requesttype",
        "$api/servicedesk/D1/requesttype/$id{T1}",
    "$api/servicedesk/D1/requesttype/$id{T1}/field", "$api/servicedesk/D1/requesttypegroup", "$api/requesttype",
        "$api/organization",
    "$api/organization/$id{O1}", "$api/organization/$id{O1}/property", "$api/request", "$api/request/$key{RP}",
        "$api/request/$key{RP}/comment",
    "$api/request/$key{RP}/participant", "$api/request/$key{RP}/status", "$api/request/$key{RP}/transition",
        "$api/request/$key{RP}/notification",
    CORE . '/myself', CORE . '/field', CORE . "/issue/$key{RP}", CORE . '/user?username=c1',
        CORE . '/user/search?username=c1', '/rest/auth/1/session',
);

subtest 'every GET has one' => sub {
    for my $path (@paths) {
        my $answer = $who{c1}->get($path);
        my $tag = $answer->headers->etag // '';
        like $tag, qr/^"(?:[ac]\d+-)?[0-9a-f]{16}"$/, "$path: $tag";
        is $answer->headers->cache_control, 'private, no-cache', 'private, to be asked again';
        my $same = again('c1', $path, $tag);
        is $same->code . $same->body, '304', '304 and not a byte';
        is_deeply [$same->headers->etag, $same->headers->cache_control], [$tag, 'private, no-cache'],
            'with tag and cache-control';
        is $same->headers->content_type, undef, 'of no type';
        is again('c1', $path, $_)->code, 304, "If-None-Match: $_" for "W/$tag", qq("x", $tag), '*', substr($tag, 0,
            -1) . '-gzip"';
        is again('c1', $path, $_)->code, 200, "If-None-Match: $_" for '"x"', substr($tag, 1, -1), 'W/"x", "y"', '""';
        my $head = $who{c1}->head($path);
        is_deeply [$head->code, $head->headers->etag, $head->body, $head->headers->content_type], [200, $tag, '',
            JSON_TYPE], 'HEAD has the same, and no body';
        is $head->headers->content_length, length $answer->body, 'and says how long it would be';
        is $who{c1}->head($path, 'If-None-Match' => $tag)->code, 304, 'HEAD, too, is 304';
    }
};

subtest 'compressed on the way' => sub {
    my $path = "$api/request/$key{RP}";
    my $packed = $who{c1}->get($path, 'Accept-Encoding' => 'gzip');
    my $tag = $packed->headers->etag;
    like $packed->headers->vary, qr/Accept-Encoding/, 'by the site';
    is $tag, tag('c1', $path) =~ s/"$/-gzip"/r, 'another tag';
    is again('c1', $path, $tag, 'Accept-Encoding' => 'gzip')->code, 304, 'which is known when it comes back';
    is again('c1', $path, $tag)->code, 304, 'also when it need not be compressed any more';
};

subtest 'other answers have none' => sub {
    is $_->headers->etag, undef, 'none: ' . $_->code for $who{c1}->get("$api/request/D1-9999"),
        $desk->as('')->get("$api/request"),
        $who{c1}->post("$api/request/$key{RP}/comment", {body => 'x', public => \1}),
            $who{c1}->put("$api/request/$key{RP}/notification");
    is $who{c1}->get("$api/request/D1-9999", 'If-None-Match' => '*')->code, 404, 'a 404 stays a 404';
    is $desk->as('')->get("$api/request", 'If-None-Match' => '*')->code, 401, 'a 401 a 401';
    is $who{c1}->post("$api/request/$key{RP}/comment", {body => 'y', public => \1}, 'If-None-Match' => '*')->code, 201,
        'a POST is not asked about';
    is $who{c1}->get("$api/request/$key{RP}")->headers->cache_control, 'private, no-cache', 'an answer may be kept';
    is $who{c1}->get("$api/request/D1-9999")->headers->cache_control, 'no-store', 'an error may not';
};

subtest 'it changes with what the reader sees, and only then' => sub {
    my $path = "$api/request/$key{R1}";
    my %before = map { $_ => tag($_, $path) } qw(c1 ag1);
    isnt $before{c1}, $before{ag1}, 'inside and outside are two things';
    like $before{c1}, qr/^"c/, 'outside';
    like $before{ag1}, qr/^"a/, 'inside';
    created($who{ag1}->post("$path/comment", {body => 'inside', public => \0}), 'an internal comment');
    is again('c1', $path, $before{c1})->code, 304, 'the customer sees no change';
    is again('ag1', $path, $before{ag1})->code, 200, 'the agent does';
    created($who{ag1}->post("$path/comment", {body => 'outside', public => \1}), 'a public one');
    is again('c1', $path, $before{c1})->code, 200, 'now both do';
    my $list = tag('c1', "$api/request/$key{R1}/comment");
    created($who{ag1}->post("$path/comment", {body => 'inside', public => \0}), 'another internal one');
    is again('c1', "$path/comment", $list)->code, 304, 'the list of comments is the same to the customer';
    done($who{ag1}->put(OWN . "/request/$key{R1}/assignee", {name => 'ag1'}), 'an agent takes it');
    is again('c1', "$path/comment", $list)->code, 304, 'that is nothing to the customer';
    is again('c1', "$path?expand=status", tag('c1', $path))->code, 200, 'the tag of one view is not that of another';
};

subtest 'never a 304 to who lost the right' => sub {
    my $path = "$api/request/$key{RP}";
    my %tag = map { $_ => tag('c2', $_) } $path, "$path/comment", "$path/participant", "$path/status",
        CORE . "/issue/$key{RP}";
    good($who{ag1}->delete("$path/participant", {usernames => ['c2']}), 'a participant is removed');
    for my $asked (sort keys %tag) {
        is again('c2', $asked, $tag{$asked})->code, 404, "$asked: 404";
        is again('c2', $asked, '*')->code, 404, 'also for *';
    }
    my $shared = "$api/request/$key{RS}";
    my $tag = tag('c3', $shared);
    done($who{ag1}->delete("$api/organization/$id{O1}/user", {usernames => ['c3']}),
        'a member leaves the organization');
    is again('c3', $shared, $tag)->code, 404, 'the shared request: 404';
    my $queue = "$api/servicedesk/D1/queue/1/issue";
    $tag = tag('ag1', $queue);
    $desk->tool_ok('role', 'remove', 'agent', 'htpasswd/ag1', '--desk', 'D1');
    is again('ag1', $queue, $tag)->code, 404, 'an agent who is none any more: 404';
    $desk->tool_ok('role', 'add', 'agent', 'htpasswd/ag1', '--desk', 'D1');
    $tag = tag('c1', $shared);
    $desk->tool_ok('account', 'disable', 'c1');
    is again('c1', $shared, $tag)->code, 401, 'a disabled account: 401';
    $desk->tool_ok('account', 'enable', 'c1');
    is again('c1', $shared, $tag)->code, 304, 'enabled again, it has it still';
};

sub way {
    my ($name, $way) = @_;
    my @ways = values_of($who{$name}->get("$api/request/$key{RP}/transition"));
    return (map { $_->{id} } grep { $_->{name} eq $way } @ways)[0];
}

subtest 'edits of an old state' => sub {
    my $path = "$api/request/$key{RP}";
    my $move = "$path/transition";
    my $old = tag('ag1', $path);
    created($who{c1}->post("$path/comment", {body => 'wait', public => \1}), 'the customer says something');
    my $before = $desk->value('SELECT count(*) FROM status_change');
    news($desk);
    refused($who{ag1}->post($move, {id => way('ag1', 'Resolve')}, 'If-Match' => $old), 412,
        'a transition by the tag of before');
    refused($who{ag1}->put(OWN . "/request/$key{RP}/assignee", {name => 'ag1'}, 'If-Match' => $old), 412,
        'an assignment');
    refused($who{ag1}->delete(OWN . "/request/$key{RP}/assignee", undef, 'If-Match' => $old), 412, 'taking it away');
    for my $tag ('"x"', 'W/' . tag('ag1', $path), tag('ag1', $path) . ', "y"', tag('c1', $path), '""', 'x', tag('ag1',
        "$path/status")) {
        refused($who{ag1}->post($move, {id => way('ag1', 'Resolve')}, 'If-Match' => $tag), 412, "If-Match: $tag");
    }
    is $desk->value('SELECT count(*) FROM status_change'), $before, 'nothing moved';
    is_deeply [news($desk)], [], 'nothing audited';
    done($who{ag1}->put(OWN . "/request/$key{RP}/assignee", {name => 'ag1'}, 'If-Match' => tag('ag1', $path)),
        'by the tag of now');
    done($who{ag1}->post($move, {id => way('ag1', 'Escalate')}, 'If-Match' => tag('ag1', CORE . "/issue/$key{RP}")),
        'by that of the issue');
    my $now = tag('ag1', $path);
    $now =~ s/"$/-gzip"/;
    done($who{ag1}->post($move, {id => way('ag1', 'Start progress')}, 'If-Match' => $now),
        'by one that came compressed');
    done($who{ag1}->post($move, {id => way('ag1', 'Escalate')}, 'If-Match' => '*'), 'by any');
    done($who{ag1}->post($move, {id => way('ag1', 'Start progress')}), 'without saying');
    my $customer = tag('c1', $path);
    created($who{ag1}->post("$path/comment", {body => 'inside', public => \0}), 'an internal comment');
    done($who{c1}->post($move, {id => way('c1', 'Resolve')}, 'If-Match' => $customer),
        'does not make the customer\'s tag old');
    refused($who{c1}->post($move, {id => way('c1', 'Close')}, 'If-Match' => $customer), 412, 'his own transition does');
    refused($who{c2}->post($move, {id => 1}, 'If-Match' => '"x"'), 404, 'who sees nothing hears nothing of versions');
};

$desk->finish;
done_testing;
