#!/usr/bin/perl
# Participants: added and removed, by whom, whom; and what they may do then.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my %id   = map { $_ => $desk->thing($_)->{id} } qw(D1 T1);
my %person = map { $_ => $desk->person($_) } qw(c1 c2 c3 c4 ag1 nobody);
my %account = map { $_ => $person{$_}{accountId} } keys %person;
my %who  = map { $_ => $desk->as($_) } qw(sa da1 ag1 ag2 c1 c2 c3 c4);
$who{an} = $desk->as('');

my $request = raise($who{c1}, $id{D1}, $id{T1}, organizationIds => []);
my $key     = $request->{issueKey};
my $read    = API . "/request/$key";
my $path    = "$read/participant";

sub version { return $desk->value('SELECT public_version FROM request WHERE key = ?', $key) }

subtest 'added' => sub {
    my $none = good($who{c1}->get($path), 'none at first');
    is_deeply [@$none{qw(size isLastPage values)}], [0, Mojo::JSON::true(), []], 'an empty page';
    news($desk);
    my $before = version();
    my $added = good($who{c1}->post($path, {usernames => ['c2'], accountIds => [$account{c3}]}),
        'the reporter adds two: 200');
    is_deeply [map { $_->{accountId} } @{$added->{values}}], [@account{qw(c2 c3)}], 'the answer is a page of them';
    is_deeply [news($desk)], [("internal/c1 participant.add request:$key") x 2], 'a row for each in the audit';
    is version(), $before + 1, 'the request has changed';
    good($who{$_}->get($read), "$_ reads it") for qw(c2 c3);
    $added = good($who{ag1}->post($path, {usernames => ['ag1', 'c2', 'ag1', 'c1']}),
        'an agent adds himself twice, one who is there, and the reporter');
    is_deeply [map { $_->{accountId} } @{$added->{values}}], [$account{ag1}], 'only the new one is answered';
    is_deeply [news($desk)], ["htpasswd/ag1 participant.add request:$key"], 'and audited';
    is_deeply good($who{c2}->post($path, {usernames => ['c3']}), 'a participant adds who is there')->{values}, [],
        'nobody is new';
    is_deeply [news($desk)], [], 'nothing is audited';
    is version(), $before + 2, 'nothing has changed';
    is_deeply [column('accountId', $who{c2}->get($path))], [@account{qw(c2 c3 ag1)}],
        'a participant sees who else is there';
    my ($seen) = values_of($who{c2}->get($path));
    is $seen->{emailAddress}, $person{c2}{email}, 'his own address';
    is((values_of($who{c2}->get($path)))[1]{emailAddress}, undef, 'not the others\'');
};

subtest 'removed' => sub {
    news($desk);
    my $left = good($who{c2}->delete($path, {usernames => ['c3']}),
        'a participant removes another, DELETE with a body: 200');
    is_deeply [map { $_->{accountId} } @{$left->{values}}], [@account{qw(c2 ag1)}],
        'the answer is a page of those left';
    is_deeply [news($desk)], ["internal/c2 participant.remove request:$key"], 'audited';
    refused($who{c3}->get($read), 404, 'who was removed sees nothing at once');
    refused($who{c3}->post("$read/comment", {body => 'x', public => \1}), 404, 'and says nothing');
    my $before = version();
    for my $row (['nobody is called so', 'noone'], ['no participant', 'c3'], ['the reporter', 'c1'],
        ['one of two is none', 'c2', 'c3']) {
        my ($what, @names) = @$row;
        refused($who{c1}->delete($path, {usernames => \@names}), 400, $what, 'accountIds');
    }
    refused($who{c1}->delete($path, {usernames => []}), 400, 'nobody is named', 'accountIds');
    refused($who{c1}->delete($path), 400, 'DELETE without a body', 'accountIds');
    is_deeply [column('accountId', $who{c1}->get($path))], [@account{qw(c2 ag1)}], 'all are there still';
    is version(), $before, 'nothing has changed';
    is_deeply [news($desk)], [], 'nothing audited';
    done($who{c2}->delete("$read/notification"), 'a participant wants to hear no more');
    good($who{c2}->delete($path, {accountIds => [$account{c2}]}), 'and leaves');
    refused($who{c2}->get($read), 404, 'and is out');
    good($who{c1}->post($path, {usernames => ['c2']}), 'whoever comes back');
    is $who{c2}->get("$read/notification")->json->{subscribed}, 1, 'hears of it: the old choice is forgotten';
    good($who{c2}->delete($path, {accountIds => [$account{c2}]}), 'and leaves again');
    good($who{ag1}->delete($path, {accountIds => [$account{ag1}]}), 'the agent, too');
    good($who{ag1}->get($read), 'who reads it as what he is');
};

subtest 'who cannot be added' => sub {
    news($desk);
    my %told = map {
        my $answer = refused($who{c1}->post($path, {usernames => [$_]}), 400, "$_ cannot", 'accountIds');
        $_ => $answer->{errorMessage} =~ s/\Q$_\E/.../r
    } qw(noone c4 nobody);
    is_deeply [@told{qw(c4 nobody)}], [@told{qw(noone noone)}],
        'a stranger to the desk and nobody at all are told the same';
    refused($who{c1}->post($path, {usernames => ['c2', 'noone', 'c4']}), 400, 'two of three', 'accountIds');
    is scalar @{$who{c1}->post($path, {usernames => ['c2', 'noone', 'c4']})->json->{errorMessages}}, 2, 'both are told';
    refused($who{ag1}->post($path, {usernames => ['c4']}), 400, 'not by an agent either', 'accountIds');
    refused($who{c1}->post($path, {usernames => []}), 400, 'nobody is named', 'accountIds');
    refused($who{c1}->post($path, {}), 400, 'nothing is said', 'accountIds');
    refused($who{c1}->post($path, {accountIds => 'c2'}), 400, 'no array', 'accountIds');
    refused($who{c1}->post($path, {accountIds => [map {"x$_"} 1 .. 101]}), 400, 'a hundred and one', 'accountIds');
    $desk->tool_ok('account', 'disable', 'c3');
    refused($who{c1}->post($path, {usernames => ['c3']}), 400, 'a disabled account', 'accountIds');
    $desk->tool_ok('account', 'enable', 'c3');
    is_deeply [column('accountId', $who{c1}->get($path))], [], 'nobody was added';
    refused($who{c2}->post($path, {usernames => ['c2']}), 404,
        'a customer does not add himself to what he does not see');
    refused($who{c2}->get($path), 404, 'nor see who is there');
    refused($who{c2}->delete($path, {usernames => ['c1']}), 404, 'nor remove');
    refused($who{ag2}->post($path, {usernames => ['c2']}), 404, "another desk's agent");
    refused($who{an}->post($path, {usernames => ['c2']}), 401, 'nobody signed in');
};

subtest 'a desk that shares within organizations only' => sub {
    $desk->dbh->do("UPDATE desk SET sharing = 'organization' WHERE id = ?", undef, $id{D1});
    refused($who{c1}->post($path, {usernames => ['c2']}), 400, 'no colleague', 'accountIds');
    good($who{c1}->post($path, {usernames => ['c3']}), 'a colleague');
    good($who{ag1}->post($path, {usernames => ['c2']}), 'an agent adds anybody of the desk');
    refused($who{c1}->post(API . '/request', {serviceDeskId => $id{D1}, requestTypeId => $id{T1},
        requestFieldValues => {summary => 'x'},
        requestParticipants => ['c2']}), 400, 'the same when raising', 'requestParticipants');
};

$desk->finish;
done_testing;
