#!/usr/bin/perl
# Organizations: made, listed, deleted; their people and properties.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my %id   = map { $_ => $desk->thing($_)->{id} } qw(D1 O1 O2 OX);
my %person = map { $_ => $desk->person($_) } qw(c1 c2 c3 c4 nobody);
my $base = $desk->base;
my %who  = map { $_ => $desk->as($_) } qw(sa ag1 ag2 c1 c2 c4 nobody);
$who{an} = $desk->as('');
my $organizations = API . '/organization';

sub count { return $desk->value('SELECT count(*) FROM ' . $_[0]) }

subtest 'made once' => sub {
    news($desk);
    my $made = created($who{ag1}->post($organizations, {name => '  Acme & Söhne '}), 'an agent makes one');
    is_deeply $made, {id => $made->{id}, name => 'Acme & Söhne', _links => {self => "$base$organizations/$made->{id}"}},
        'whole';
    is_deeply [news($desk)], ["htpasswd/ag1 organization.create organization:$made->{id}"], 'audited';
    is_deeply created($who{ag2}->post($organizations, {name => 'ACME & SÖHNE'}), 'a known name: 201 all the same'),
        $made,
        'and the one that is there, compared by folded name';
    is_deeply [news($desk)], [], 'nothing new in the audit';
    is_deeply good($who{ag2}->get("$organizations/$made->{id}"), 'read'), $made, 'as made';
    created($who{sa}->post($organizations, {name => 'ü' x 200}), 'two hundred characters');
    my $before = count('organization');
    refused($who{ag1}->post($organizations, {name => 'ü' x 201}), 400, 'one more', 'name');
    refused($who{ag1}->post($organizations, {name => ' '}), 400, 'blank', 'name');
    refused($who{ag1}->post($organizations, {}), 400, 'none', 'name');
    refused($who{ag1}->post($organizations, {name => ['x']}), 400, 'an array', 'name');
    refused($who{ag1}->post($organizations, {name => "a\nb"}), 400, 'two lines', 'name');
    refused($who{c1}->post($organizations, {name => 'Mine'}), 403, 'by a customer');
    refused($who{nobody}->post($organizations, {name => 'Mine'}), 403, 'by an account without a desk');
    refused($who{an}->post($organizations, {name => 'Mine'}), 401, 'by nobody');
    is count('organization'), $before, 'none of these made one';
};

subtest 'seen by members and staff' => sub {
    my %sees = (c1 => 'canary_O1_name', c2 => '', c4 => 'canary_O2_name', nobody => '');
    for my $name (sort keys %sees) {
        my $answer = $who{$name}->get($organizations);
        good($answer, "$name lists");
        is join(' ', column('name', $answer)), $sees{$name}, "$name sees: $sees{$name}";
    }
    is scalar(column('id', $who{$_}->get($organizations))), count('organization'), "$_ sees all" for qw(ag1 ag2 sa);
    is_deeply [column('id', $who{ag1}->get("$organizations?accountId=$person{c4}{accountId}"))], [$id{O2}],
        'those of somebody';
    is_deeply [column('id', $who{ag1}->get("$organizations?accountId=c2"))], [], 'somebody in none';
    refused($who{ag1}->get("$organizations?accountId=noone"), 404, 'nobody is called so');
    refused($who{c1}->get("$organizations?accountId=$person{c4}{accountId}"), 403,
        'a customer may not ask for somebody');
    refused($who{an}->get($organizations), 401, 'nobody signed in');
    good($who{c1}->get("$organizations/$id{O1}"), 'a member reads it');
    my $none = refused($who{c1}->get("$organizations/9999"), 404, 'there is none');
    is_deeply refused($who{c1}->get("$organizations/$_"), 404, "$_: 404"), $none, 'in the same words' for $id{O2},
        $id{OX}, 'abc', '0';
    refused($who{an}->get("$organizations/$id{O1}"), 401, 'nobody signed in');
};

subtest 'people' => sub {
    my $users = "$organizations/$id{O1}/user";
    is_deeply [column('accountId', $who{ag1}->get($users))], [map { $person{$_}{accountId} } qw(c1 c3)],
        'in order of id';
    news($desk);
    done($who{ag1}->post($users, {usernames => ['c2'], accountIds => [$person{c4}{accountId}]}), 'named both ways');
    is_deeply [news($desk)], [("htpasswd/ag1 organization.member.add organization:$id{O1}") x 2], 'a row for each';
    done($who{ag1}->post($users, {usernames => ['c2']}), 'a member is added again: nothing');
    done($who{ag1}->post($users, {usernames => [], accountIds => []}), 'nobody: nothing');
    is_deeply [news($desk)], [], 'not audited';
    good($who{c2}->get("$organizations/$id{O1}"), 'the new member sees it at once');
    good($who{c2}->get(API . '/request/' . $desk->thing('RS')->{key}), 'and what was shared with it before');
    refused($who{ag1}->post($users, {usernames => ['nobody', 'noone'], accountIds => ['x']}), 400,
        'two names that nobody has', 'accountIds');
    is scalar(column('name', $who{ag1}->get($users))), 4, 'then nobody is added';
    done($who{ag1}->delete($users, {accountIds => [$person{c4}{accountId}], usernames => [$person{c2}{email},
        'nobody']}),
        'taken away by DELETE with a body, by id and by address; a stranger is ignored');
    is scalar(news($desk)), 2, 'two rows in the audit';
    refused($who{c2}->get("$organizations/$id{O1}"), 404, 'who left sees nothing at once');
    refused($who{c2}->get(API . '/request/' . $desk->thing('RS')->{key}), 404, 'nor what is shared with it');
    refused($who{ag1}->delete($users, {usernames => ['c1', 'noone']}), 400, 'one unknown', 'accountIds');
    refused($who{ag1}->delete($users), 400, 'DELETE without a body removes nobody');
    refused($who{ag1}->post($users, {usernames => 'c2'}), 400, 'a text instead of an array', 'usernames');
    refused($who{ag1}->post($users, {accountIds => [{}]}), 400, 'an object in it', 'accountIds');
    is_deeply [column('accountId', $who{ag1}->get($users))], [map { $person{$_}{accountId} } qw(c1 c3)],
        'the members of before';
    refused($who{c1}->get($users), 403, 'a member may not list them');
    refused($who{c1}->post($users, {usernames => ['c2']}), 403, 'nor add');
    refused($who{c1}->delete($users, {usernames => ['c3']}), 403, 'nor remove');
    refused($who{c2}->get($users), 404, 'to a stranger there is none');
    refused($who{an}->get($users), 401, 'nobody signed in');
    is_deeply [news($desk)], [denied('internal/c1', (API . '/organization/{organization}/user') x 3)],
        'audited: what was forbidden';
    my $wrong = $who{ag1}->delete($users, {accountIDs => ['c3']});
    done($wrong, 'accountIDs, as one client spells it');
    is_deeply [column('accountId', $who{ag1}->get($users))], [$person{c1}{accountId}], 'is heard';
};

my $own = $who{ag1}->post($organizations, {name => 'With properties'})->json->{id};
$who{ag1}->post("$organizations/$own/user", {usernames => ['c1']});

subtest 'properties' => sub {
    my $properties = "$organizations/$own/property";
    is_deeply good($who{c1}->get($properties), 'none at first'), {keys => []}, 'an empty list';
    news($desk);
    my %value = ('a text' => '"x"', number => '12.5', 'true' => 'true', object => '{"a":[1,{"b":"ü"}]}',
        'nul.l' => 'null', empty => '{}');
    for my $key (sort keys %value) {
        my $path = "$properties/" . $key =~ s/ /%20/r;
        my $body = Mojo::Util::encode('UTF-8', $value{$key});
        my $made = $who{ag1}->put($path, $body, 'Content-Type' => 'application/json');
        is $made->code . $made->body, '201', "$key: 201 and nothing";
        $made = $who{ag1}->put($path, $body);
        is $made->code . $made->body, '200', "$key: 200 the second time, without a content type";
        my $answer = $who{c1}->get($path);
        is $answer->headers->content_type, JSON_TYPE, 'read by a member';
        my $json = $answer->json;
        is $json->{key}, $key, 'its key';
        is_deeply [$json->{value}], Mojo::JSON::decode_json("[$body]"), 'its value' unless $key eq 'nul.l';
    }
    my @news = news($desk);
    is_deeply [grep { $_ ne "htpasswd/ag1 organization.property.set organization:$own" } @news], [], 'audited';
    is scalar @news, 2 * keys %value, 'each time';
    is_deeply [sort map { $_->{key} } @{good($who{c1}->get($properties), 'their keys')->{keys}}], [sort keys %value],
        'all of them';
    like $_->{self}, qr{^\Q$base$properties\E/[^ ]+$},
        "$_->{key}: an absolute link" for @{$who{c1}->get($properties)->json->{keys}};
    my ($text) = grep { $_->{key} eq 'a text' } @{$who{c1}->get($properties)->json->{keys}};
    is good($who{c1}->get($text->{self}), 'the link works, its blank encoded')->{value}, 'x', 'it does';
    done($who{ag1}->delete("$properties/number"), 'deleted');
    is_deeply [news($desk)], ["htpasswd/ag1 organization.property.delete organization:$own"], 'audited';
    refused($who{ag1}->delete("$properties/number"), 404, 'once');
    refused($who{c1}->get("$properties/number"), 404, 'gone');
    refused($who{c1}->get("$properties/NUMBER"), 404, 'keys are what they are');
};

subtest 'properties that are refused' => sub {
    my $properties = "$organizations/$own/property";
    my $before = count('organization_property');
    news($desk);
    refused($who{ag1}->put("$properties/a"), 400, 'no body', 'value');
    refused($who{ag1}->put("$properties/a", '{"a":'), 400, 'half a value');
    refused($who{ag1}->put("$properties/a", '1 2'), 400, 'two values');
    refused($who{ag1}->put("$properties/a", '"' . 'x' x 32767 . '"'), 400, 'a value of 32769 bytes', 'value');
    refused($who{ag1}->put("$properties/" . 'k' x 256, '1'), 400, 'a key of 256 bytes', 'key');
    is $who{ag1}->put("$properties/" . 'k' x 255, '"' . 'x' x 32766 . '"')->code, 201, '255 and 32768 bytes are taken';
    done($who{ag1}->delete("$properties/" . 'k' x 255), 'and deleted');
    news($desk);
    refused($who{c1}->put("$properties/a", '1'), 403, 'by a member');
    refused($who{c1}->delete("$properties/object"), 403, 'deleted by a member');
    refused($who{c2}->get($properties), 404, 'by a stranger');
    refused($who{c2}->put("$properties/a", '1'), 404, 'set by a stranger');
    refused($who{an}->get($properties), 401, 'by nobody');
    refused($who{ag1}->get("$organizations/abc/property"), 404, 'of what is no id');
    is count('organization_property'), $before, 'as many as before';
    is_deeply [news($desk)],
        [denied('internal/c1', (API . '/organization/{organization}/property/{property}') x 2)],
        'audited: what was forbidden';
};

subtest 'kept by system administrators, if the site says so' => sub {
    $desk->tool_ok('setting', 'set', 'organization_management', 'system-admins');
    refused($who{ag1}->post($organizations, {name => 'New'}), 403, 'an agent makes none');
    refused($who{ag1}->post("$organizations/$id{O1}/user", {usernames => ['c2']}), 403, 'nor adds anybody');
    good($who{ag1}->get("$organizations/$id{O1}"), 'but reads it');
    created($who{sa}->post($organizations, {name => 'New'}), 'the system administrator does');
    $desk->tool_ok('setting', 'set', 'organization_management', 'agents');
};

subtest 'deleted' => sub {
    news($desk);
    refused($who{ag1}->delete("$organizations/$id{O1}"), 403, 'not by an agent');
    refused($who{c1}->delete("$organizations/$id{O1}"), 403, 'not by a member');
    refused($who{c2}->delete("$organizations/$id{O1}"), 404, 'not by a stranger');
    is_deeply [news($desk)], [map { denied($_, API . '/organization/{organization}') } qw(htpasswd/ag1 internal/c1)],
        'both are audited';
    done($who{sa}->delete("$organizations/$id{O1}"), 'by the system administrator, whatever hangs on it');
    is_deeply [news($desk)], ["internal/sa organization.delete organization:$id{O1}"], 'audited';
    refused($who{sa}->delete("$organizations/$id{O1}"), 404, 'once');
    refused($who{sa}->get("$organizations/$id{O1}"), 404, 'gone');
    is $desk->value("SELECT count(*) FROM $_ WHERE organization_id = ?", $id{O1}), 0, "no row in $_"
        for qw(organization_member organization_property desk_organization request_organization);
    refused($desk->as('c3')->get(API . '/request/' . $desk->thing('RS')->{key}), 404,
        'what was shared with it is no longer');
};

$desk->finish;
done_testing;
