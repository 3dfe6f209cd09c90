#!/usr/bin/perl
# The resource "servicedesk": listed to those who may enter, found by id and key, and what is attached to a desk.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my %id   = map { $_ => $desk->thing($_)->{id} } qw(D1 D2 O1 O2 T1);
my $base = $desk->base;
my %who  = map { $_ => $desk->as($_) } qw(sa da1 ag1 ag2 c1 c2 c4 nobody);
$who{an} = $desk->as('');

subtest 'the list holds what one may enter' => sub {
    my %sees = (sa => 'D1 D2', da1 => 'D1', ag1 => 'D1', ag2 => 'D2', c1 => 'D1', c4 => 'D2', nobody => '');
    for my $name (sort keys %sees) {
        my $answer = $who{$name}->get(API . '/servicedesk');
        good($answer, "$name: 200");
        is join(' ', column('projectKey', $answer)), $sees{$name}, "$name sees: $sees{$name}";
    }
    refused($who{an}->get(API . '/servicedesk'), 401, 'nobody signed in');
};

subtest 'one desk, by every name it has' => sub {
    my %expected = (
        id => "$id{D1}", projectId => "$id{D1}", projectName => 'Desk D1', projectKey => 'D1',
            projectTypeKey => 'service_desk',
        _links => {self => "$base/rest/servicedeskapi/servicedesk/$id{D1}"},
    );
    for my $name ($id{D1}, 'D1', 'projectKey:D1', "projectId:$id{D1}") {
        is_deeply good($who{c1}->get(API . "/servicedesk/$name"), "by $name"), \%expected, 'and it is that one';
    }
    like $who{c1}->get(API . '/servicedesk')->body, qr/"id":"$id{D1}"/, 'ids are texts in the list too';
};

subtest 'what is not yours is not there' => sub {
    my $none = refused($who{c1}->get(API . '/servicedesk/9999'), 404, 'no such desk');
    for my $name ($id{D2}, 'D2', '0', '-1', '01', 'd1', 'D1%20', "projectId:D1", 'projectKey:',
        '99999999999999999999') {
        is_deeply refused($who{c1}->get(API . "/servicedesk/$name"), 404, "$name: 404"), $none, 'in the same words';
    }
    refused($who{nobody}->get(API . "/servicedesk/$id{D1}"), 404, 'a stranger');
    refused($who{an}->get(API . "/servicedesk/$id{D1}"), 401, 'nobody signed in');
    refused($who{an}->get(API . '/servicedesk/9999'), 401, 'nobody signed in, no desk');
};

subtest 'a desk for everyone with an account' => sub {
    $desk->tool_ok('desk', 'add', 'OPEN', 'Open to all', '--access', 'accounts');
    for my $name (qw(nobody c4 ag1)) {
        my @keys = column('projectKey', $who{$name}->get(API . '/servicedesk'));
        is scalar(grep { $_ eq 'OPEN' } @keys), 1, "$name sees it";
        good($who{$name}->get(API . '/servicedesk/OPEN'), "$name enters it");
    }
    refused($who{an}->get(API . '/servicedesk/OPEN'), 401, 'nobody signed in does not');
};

subtest 'organizations of a desk' => sub {
    my $path = API . "/servicedesk/$id{D1}/organization";
    news($desk);
    is_deeply [column('id', $who{ag1}->get($path))], [$id{O1}], 'the agent sees those attached';
    done($who{ag1}->post($path, {organizationId => $id{O2}}), 'the agent attaches one, its id a text');
    is_deeply [news($desk)], ["htpasswd/ag1 desk.organization.add organization:$id{O2}"], 'audited';
    done($who{ag1}->post($path, {organizationId => $id{O2} + 0}), 'once more, its id a number: nothing to do');
    is_deeply [news($desk)], [], 'not audited';
    is_deeply [column('id', $who{da1}->get($path))], [$id{O1}, $id{O2}], 'both, in order of id';
    good($who{c4}->get(API . "/servicedesk/$id{D1}"), 'its member enters the desk now');
    done($who{ag1}->delete($path, {organizationId => "$id{O2}"}), 'taken away again by DELETE with a body');
    is_deeply [news($desk)], ["htpasswd/ag1 desk.organization.remove organization:$id{O2}"], 'audited';
    done($who{ag1}->delete($path, {organizationId => $id{O2}}), 'taking away what is not there is no error');
    is_deeply [news($desk)], [], 'not audited';
    refused($who{c4}->get(API . "/servicedesk/$id{D1}"), 404, 'its member is outside again at once');
    refused($who{ag1}->post($path, {}), 400, 'which organization?', 'organizationId');
    refused($who{ag1}->post($path, {organizationId => 'one'}), 400, 'no id', 'organizationId');
    refused($who{ag1}->delete($path), 400, 'DELETE without a body removes nothing');
    refused($who{ag1}->post($path, {organizationId => 9999}), 404, 'no such organization');
    refused($who{c1}->get($path), 403, 'a customer may not see them');
    refused($who{c1}->post($path, {organizationId => $id{O1}}), 403, 'nor change them');
    refused($who{c4}->get($path), 404, 'a stranger sees no desk');
    refused($who{ag2}->post($path, {organizationId => $id{O2}}), 404, 'nor does another desk\'s agent');
    is $desk->value('SELECT count(*) FROM desk_organization WHERE desk_id = ?', $id{D1}), 1, 'one is attached still';
    is_deeply [news($desk)], [denied('internal/c1', (API . '/servicedesk/{desk}/organization') x 2)],
        'audited: what was forbidden';
};

$desk->finish;
done_testing;
