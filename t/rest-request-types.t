#!/usr/bin/perl
# Request types of a desk: listed, searched, made, deleted; their fields and groups.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my %id   = map { $_ => $desk->thing($_)->{id} } qw(D1 D2 T1 T2 TX);
my $base = $desk->base;
my %who  = map { $_ => $desk->as($_) } qw(sa da1 da2 ag1 c1 c4 nobody);
$who{an} = $desk->as('');
my $types = API . "/servicedesk/$id{D1}/requesttype";
my $own   = OWN . "/servicedesk/$id{D1}";
my ($true, $false) = (\1, \0);

subtest 'one type' => sub {
    my $type = good($who{c1}->get("$types/$id{T1}"), 'a customer reads it');
    my ($icon, $help) = delete @$type{qw(icon helpText)};
    is_deeply $type, {
        _expands => ['field'], id => "$id{T1}", name => 'Type T1', description => 'canary_T1_description',
        serviceDeskId => "$id{D1}", portalId => "$id{D1}", groupIds => [], restrictionStatus => 'OPEN',
        _links => {self => "$base$types/$id{T1}"},
    }, 'and it is whole';
    is join(' ', sort keys %{$icon->{_links}{iconUrls}}), '16x16 24x24 32x32 48x48', 'a picture in four sizes';
    like $_, qr{^\Q$base\E/}, 'its address is absolute' for values %{$icon->{_links}{iconUrls}};
    my $none = refused($who{c1}->get("$types/9999"), 404, 'no such type');
    for my $name ($id{TX}, $id{T2}, '0', 'T1', '1e1') {
        is_deeply refused($who{c1}->get("$types/$name"), 404, "$name: 404"), $none, 'in the same words';
    }
    refused($who{c4}->get("$types/$id{T1}"), 404, 'a stranger to the desk');
    refused($who{an}->get("$types/$id{T1}"), 401, 'nobody signed in');
    is_deeply good($who{c1}->get("$types/$id{T1}?expand=field"), 'expanded')->{fields},
        $who{c1}->get("$types/$id{T1}/field")->json, 'expand=field is what .../field says';
};

subtest 'made and deleted' => sub {
    news($desk);
    my $made = good($who{da1}->post($types, {issueTypeId => 1, name => ' New laptop ', description => 'With a bag',
        helpText => "a\nb"}),
        'the administrator makes one: 200, not 201');
    is_deeply [@$made{qw(name description helpText groupIds restrictionStatus)}],
        ['New laptop', 'With a bag', "a\nb", [], 'OPEN'], 'as it was told, blanks at the ends gone';
    is_deeply [news($desk)], ["internal/da1 request-type.create request-type:$made->{id}"], 'audited';
    is_deeply [map { $_->{fieldId} } @{$who{c1}->get("$types/$made->{id}/field")->json->{requestTypeFields}}],
        [qw(summary description)], 'it asks for summary and description';
    raise($who{c1}, $id{D1}, $made->{id});
    my ($raised) = news($desk);
    like $raised, qr{^internal/c1 request\.create request:D1-\d+$}, 'a request is raised by it';
    my ($key) = $raised =~ /(D1-\d+)/;
    refused($who{ag1}->delete("$types/$made->{id}"), 403, 'an agent cannot delete it');
    is_deeply [news($desk)], [denied('htpasswd/ag1', API . '/servicedesk/{desk}/requesttype/{type}')], 'audited';
    done($who{da1}->delete("$types/$made->{id}"), 'the administrator can');
    is_deeply [news($desk)], ["internal/da1 request-type.delete request-type:$made->{id}"], 'audited';
    refused($who{da1}->delete("$types/$made->{id}"), 404, 'once');
    refused($who{c1}->get("$types/$made->{id}"), 404, 'it is gone');
    is_deeply [grep { $_ eq $made->{id} } column('id', $who{c1}->get($types))], [], 'from the list too';
    is good($who{c1}->get(API . "/request/$key?expand=requestType"), 'its request is there')->{requestType}{name},
        'New laptop',
        'and still knows its type';
    refused($who{c1}->post(API . '/request', {serviceDeskId => $id{D1}, requestTypeId => $made->{id},
        requestFieldValues => {summary => 'x'}}), 400, 'it takes no new ones', 'requestTypeId');
};

subtest 'not made' => sub {
    news($desk);
    my $before = $desk->value('SELECT count(*) FROM request_type');
    refused($who{da1}->post($types, {name => ''}), 400, 'no name', 'name');
    refused($who{da1}->post($types, {description => 'x'}), 400, 'name left out', 'name');
    refused($who{da1}->post($types, {name => "  \t "}), 400, 'a blank name', 'name');
    refused($who{da1}->post($types, {name => 'x' x 256}), 400, 'a name of 256', 'name');
    refused($who{da1}->post($types, {name => 'a', description => ['x']}), 400, 'a description that is no text',
        'description');
    refused($who{da1}->post($types, {name => "\x01", description => 'x' x 4001, helpText => 'y' x 4001}), 400,
        'three bad members are three errors', qw(name description helpText));
    refused($who{da1}->post($types, [1]), 400, 'an array');
    refused($who{ag1}->post($types, {name => 'a'}), 403, 'by an agent');
    refused($who{c1}->post($types, {name => 'a'}), 403, 'by a customer');
    refused($who{da2}->post($types, {name => 'a'}), 404, "by another desk's administrator");
    refused($who{an}->post($types, {name => 'a'}), 401, 'by nobody');
    is $desk->value('SELECT count(*) FROM request_type'), $before, 'nothing was made';
    is_deeply [news($desk)], [map { denied($_, API . '/servicedesk/{desk}/requesttype') }
        qw(htpasswd/ag1 internal/c1)], 'audited: what was forbidden';
};

my %made = map { $_ => $who{da1}->post($types, {name => $_, description => "about $_"})->json->{id} } 'Grüße',
    'Straße 100%', 'Zebra';

subtest 'groups: the order of the portal' => sub {
    my $groups = API . "/servicedesk/$id{D1}/requesttypegroup";
    is_deeply [values_of($who{c1}->get($groups))], [], 'none at first';
    news($desk);
    good($who{da1}->put("$own/requesttypegroup", {groups => [
        {name => 'Second', requestTypeIds => [$made{Zebra}]}, {name => 'First', requestTypeIds => [$made{Zebra},
            $id{T1} + 0]}, {name => 'Empty'},
    ]}), 'the administrator says which');
    is_deeply [news($desk)], ['internal/da1 desk.group-request-types desk:D1'], 'audited';
    my @groups = values_of($who{c1}->get($groups));
    is_deeply [map { $_->{name} } @groups], [qw(Second First Empty)], 'in the order that was told';
    is_deeply [sort keys %{$groups[0]}], [qw(id name)], 'id and name';
    is_deeply $who{c1}->get("$types/$made{Zebra}")->json->{groupIds}, [$groups[0]{id}, $groups[1]{id}],
        'a type may be in two';
    is_deeply [sort(column('id', $who{c1}->get("$types?groupId=$groups[1]{id}")))], [sort $made{Zebra}, $id{T1}],
        'groupId= narrows the list';
    is_deeply [column('id', $who{c1}->get("$types?groupId=$groups[2]{id}"))], [], 'an empty group';
    refused($who{c1}->get("$types?groupId=First"), 400, 'groupId= by name', 'groupId');
    good($who{da1}->put("$own/requesttypegroup", {groups => [{name => 'First', requestTypeIds => [$id{T1}]}]}),
        'replaced by fewer');
    is_deeply [values_of($who{c1}->get($groups))], [{id => $groups[1]{id}, name => 'First'}], 'it keeps its id';
    is_deeply $who{c1}->get("$types/$made{Zebra}")->json->{groupIds}, [], 'and lost a member';
    news($desk);
    refused($who{da1}->put("$own/requesttypegroup", {groups => [
        {name => ''}, {name => 'Twice', requestTypeIds => [9999]}, {name => 'Twice', requestTypeIds => [$id{T2}]},
            {name => 'x' x 101},
    ]}), 400, 'all that is wrong at once', 'groups[0].name', 'groups[1].requestTypeIds', 'groups[2].name',
        'groups[2].requestTypeIds', 'groups[3].name');
    refused($who{da1}->put("$own/requesttypegroup", {groups => 'First'}), 400, 'no array', 'groups');
    refused($who{da1}->put("$own/requesttypegroup"), 400, 'no body', 'groups');
    refused($who{ag1}->put("$own/requesttypegroup", {groups => []}), 403, 'by an agent');
    refused($who{c4}->put("$own/requesttypegroup", {groups => []}), 404, 'by a stranger');
    is_deeply [column('name', $who{c1}->get($groups))], ['First'], 'nothing changed';
    is_deeply [news($desk)], [denied('htpasswd/ag1', OWN . '/servicedesk/{desk}/requesttypegroup')],
        'audited: what was forbidden';
};

subtest 'the list, searched and narrowed' => sub {
    is_deeply [column('name', $who{c1}->get($types))], ['Type T1', 'Grüße', 'Straße 100%', 'Zebra'],
        'all of the desk, by id';
    my %found = ('zebra' => 'Zebra', 'ABOUT gr%C3%BC' => 'Grüße', 'strasse' => 'Straße 100%', '%25' => 'Straße 100%',
        '_' => 'Type T1',
        'canary_T1' => 'Type T1', 'nothing' => '');
    for my $query (sort keys %found) {
        my $escaped = $query =~ s/ /+/gr;
        is join(' ', column('name', $who{c1}->get("$types?searchQuery=$escaped"))), $found{$query},
            "searchQuery=$query: $found{$query}";
    }
    $desk->dbh->do('UPDATE request_type SET restricted = 1 WHERE id = ?', undef, $made{Zebra});
    is_deeply [grep { $_ eq 'Zebra' } column('name', $who{$_}->get($types))], [],
        "$_: a restricted type is not in the list" for qw(c1 ag1);
    refused($who{c1}->get("$types/$made{Zebra}"), 404, 'nor to be read');
    refused($who{c1}->get("$types/$made{Zebra}/field"), 404, 'nor are its fields');
    refused($who{c1}->post(API . '/request', {serviceDeskId => $id{D1}, requestTypeId => $made{Zebra},
        requestFieldValues => {summary => 'x'}}), 400, 'nor can it be raised', 'requestTypeId');
    is_deeply [column('name', $who{da1}->get("$types?restrictionStatus=restricted"))], ['Zebra'],
        'but for the administrator';
    is good($who{da1}->get("$types/$made{Zebra}"), 'who reads it')->{restrictionStatus}, 'RESTRICTED', 'as what it is';
    is_deeply [column('name', $who{c1}->get("$types?restrictionStatus=restricted"))], [],
        'a customer asks for them in vain';
    is_deeply [column('name', $who{da1}->get("$types?restrictionStatus=OPEN"))], ['Type T1', 'Grüße', 'Straße 100%'],
        'open ones, in capitals';
    refused($who{da1}->get("$types?restrictionStatus=half"), 400, 'a status that there is not', 'restrictionStatus');
    $desk->dbh->do('UPDATE request_type SET restricted = 0 WHERE id = ?', undef, $made{Zebra});
};

subtest 'across desks' => sub {
    my $all = API . '/requesttype';
    is_deeply [column('id', $who{c4}->get($all))], [$id{T2}], 'a customer of D2 sees its types';
    is_deeply [sort { $a <=> $b } column('id', $who{sa}->get($all))], [sort { $a <=> $b } $id{T1}, $id{T2},
        values %made],
        'the system administrator those of all';
    is_deeply [column('id', $who{sa}->get("$all?serviceDeskId=$id{D2}"))], [$id{T2}], 'narrowed to a desk';
    is scalar(column('id', $who{sa}->get("$all?serviceDeskId=$id{D2}&serviceDeskId=$id{D1}"))), 5,
        'to two desks, named twice';
    is scalar(column('id', $who{sa}->get("$all?serviceDeskId=$id{D2},$id{D1}"))), 5, 'with a comma';
    is_deeply [column('id', $who{c4}->get("$all?serviceDeskId=$id{D1}"))], [], "somebody else's desk shows nothing";
    is_deeply [column('name', $who{c1}->get("$all?searchQuery=zeb"))], ['Zebra'], 'searched';
    is_deeply [column('id', $who{nobody}->get($all))], [], 'an account without a desk sees none';
    refused($who{an}->get($all), 401, 'nobody signed in');
};

$desk->finish;
done_testing;
