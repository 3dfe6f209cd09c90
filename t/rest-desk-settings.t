#!/usr/bin/perl
# A desk is changed after it was made: its texts, whether it takes requests, whom it lets in, its request types.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my ($d1, $t1) = map { $desk->thing($_)->{id} } qw(D1 T1);
my %who = map { $_ => $desk->as($_, 'bearer') } qw(c1 c2 nobody ag1 da1 sa);
my $path = OWN . "/servicedesk/$d1";
news($desk);

subtest 'texts and switches' => sub {
    my $before = good($who{da1}->get($path), 'as it is');
    is_deeply [sort keys %$before], [qw(autoStatus description id key name open sharing)], 'what can be changed';
    my $after = good($who{da1}->put($path,
        {name => '  Help & more ', description => "Two\nlines", sharing => 'organization', autoStatus => \0}),
            'changed');
    is_deeply $after, {%$before, name => 'Help & more', description => "Two\nlines", sharing => 'organization',
        autoStatus => Mojo::JSON::false()}, 'all of it';
    is_deeply good($who{da1}->get($path), 'read'), $after, 'and kept';
    is_deeply [news($desk)], ['internal/da1 desk.change desk:D1'], 'audited';
    is $desk->value("SELECT detail FROM audit WHERE act = 'desk.change'"),
        '{"members":["name","description","sharing","autoStatus"]}', 'by the names of what changed';
    good($who{da1}->put($path, {name => 'Help & more'}), 'the same again');
    is_deeply [news($desk)], [], 'is nothing';
    is $who{c1}->get(API . "/servicedesk/$d1")->json->{projectName}, 'Help & more', 'everybody sees the name';
    refused($who{da1}->put($path, {name => ' '}), 400, 'no name', 'name');
    refused($who{da1}->put($path, {name => 'x' x 101, sharing => 'all'}), 400, 'two mistakes at once', 'name',
        'sharing');
    refused($who{da1}->put($path, {open => 'maybe'}), 400, 'neither open nor closed', 'open');
    refused($who{ag1}->put($path, {name => 'Mine'}), 403, 'an agent changes nothing');
    is $who{da1}->get($path)->json->{name}, 'Help & more', 'nothing was';
};

subtest 'closed' => sub {
    my $raise = sub { return $_[0]->post(API . '/request',
        {serviceDeskId => $d1, requestTypeId => $t1, requestFieldValues => {summary => 'x'}}) };
    is $raise->($who{c1})->code, 201, 'open';
    good($who{da1}->put($path, {open => \0}), 'closed');
    refused($raise->($_), 400, 'no new requests', 'serviceDeskId') for @who{qw(c1 ag1)};
    my $r1 = API . '/request/' . $desk->thing('R1')->{key};
    is $who{c1}->post("$r1/comment", {body => 'still here', public => \1})->code, 201, 'the old ones go on';
    my $told = $desk->tool_ok('desk', 'set', 'D1', '--open', '--json');
    is $told->{open}, 1, 'opened again by the tool';
    is $raise->($who{c1})->code, 201, 'and takes requests';
};

subtest 'listed again' => sub {
    my $access = OWN . "/servicedesk/$d1/access";
    good($who{da1}->put($access, {access => 'accounts'}), 'open to everyone with an account');
    good($who{da1}->put($access, {access => 'listed'}), 'where nobody came by that there is nothing to ask');
    good($who{da1}->put($access, {access => 'accounts'}), 'open again');
    my $key = raise($who{nobody}, $d1, $t1)->{issueKey};
    news($desk);
    my $asked = $who{da1}->put($access, {access => 'listed'});
    refused($asked, 409, 'asked about', 'confirm');
    like $asked->body, qr/"1 came to this desk because everyone with an account may raise requests there/, 'how many';
    refused($who{da1}->put($access, {access => 'listed', confirm => \0}), 409, 'no is no', 'confirm');
    refused($who{da1}->put($access, {access => 'listed', confirm => 'x'}), 400, 'nor is something else', 'confirm');
    is good($who{da1}->get($access), 'looked at')->{access}, 'accounts', 'nothing has changed';
    is_deeply [news($desk)], [], 'nor been written';
    good($who{da1}->put($access, {signInLink => \0}), 'nothing else is asked about');
    good($who{da1}->put($access, {access => 'listed', confirm => \1}), 'for listed customers again');
    is_deeply [news($desk)], ['internal/da1 desk.access desk:D1'], 'audited';
    is $desk->value("SELECT r.origin FROM desk_role r JOIN account a ON a.id = r.account_id WHERE a.name = 'nobody'"
        . ' AND r.desk_id = ?', $d1), 'raised', 'who raised a request is on the list now';
    is raise($who{nobody}, $d1, $t1)->{serviceDeskId}, $d1, 'and goes on';
    is $who{nobody}->get(API . "/request/$key")->code, 200, 'with the old ones';
    good($who{da1}->put($access, {access => 'accounts'}), 'once more');
    my ($exit, undef, $said) = $desk->tool('desk', 'access', 'D1', '--access', 'listed');
    is $exit, 1, 'the tool asks, too';
    like $said, qr/1 came to this desk.*--confirm|confirm/s, 'and says how to go on';
    is $desk->tool_ok('desk', 'access', 'D1', '--access', 'listed', '--confirm', '--json')->{access}, 'listed', 'done';
};

subtest 'a restricted request type' => sub {
    my $type = "$path/requesttype/$t1";
    my $seen = sub {
        return join ' ',
            map { $_ . ':' . $who{$_}->get(API . "/servicedesk/$d1/requesttype/$t1")->code } qw(c1 ag1 da1);
    };
    is $seen->(), 'c1:200 ag1:200 da1:200', 'open';
    news($desk);
    is good($who{da1}->put($type, {restricted => \1}), 'restricted')->{restrictionStatus}, 'RESTRICTED', 'told';
    is_deeply [news($desk)], ["internal/da1 request-type.restrict request-type:$t1"], 'audited';
    is $seen->(), 'c1:404 ag1:404 da1:200', 'there for administrators of the desk alone';
    refused($who{c1}->post(API . '/request',
        {serviceDeskId => $d1, requestTypeId => $t1, requestFieldValues => {summary => 'x'}}), 400, 'and for requests',
        'requestTypeId');
    refused($who{da1}->put($type, {}), 400, 'nothing is said', 'restricted');
    good($who{da1}->put($type, {restricted => \0}), 'open again');
    is $seen->(), 'c1:200 ag1:200 da1:200', 'for everybody';
};

$desk->finish;
done_testing;
