#!/usr/bin/perl
# Somebody else has the writer's turn and does not give it up: whoever has no right, names what is not there, sends what
# is wrong or comes too late with an If-Match is told so at once, and does not stand in the queue; what there is
# something to write of waits, and gets 503. The audit of the refusals is made up for afterwards.
use strict;
use warnings;
use Fcntl ();
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use POSIX ();
use Test::More;
use Time::HiRes ();

plan skip_all => 'PostgreSQL runs writers side by side' if ($ENV{DB} || 'sqlite') ne 'sqlite';

my $wait = 2;
my $soon = 1.2;    # a busy machine, and still far from the turn
my $desk = ServiceDesk::Test->new(fixture => 1, start => 0);
mkdir $desk->dir . '/htdocs/agents' or die "htdocs: $!";
$desk->{conf} = <<"END";
ServiceDeskWriteWait ${wait}s
ServiceDeskDatabaseWait ${wait}s
Alias /agents "$desk->{dir}/htdocs/agents"
<Location /agents>
    SetHandler none
    AuthType ServiceDesk
    Require servicedesk agent
</Location>
END
$desk->start;
my %who = map { $_ => $desk->as($_, 'bearer') } qw(c1 c2 c4 ag1 da1 sa);
my $reader = $desk->as('c1', 'reader');
my $an = $desk->as('');
my %key = map { $_ => $desk->thing($_)->{key} } qw(R1 R2 RP);
my %id = map { $_ => $desk->thing($_)->{id} } qw(D1 D2 T1 O1);
my $request = API . '/request';
my $password = 'nine lanterns on a bridge';
my $missing = 'D1-999999';
my $cancel = $desk->thing('D1')->{cancel};

sub draft {
    my (%more) = @_;
    return {serviceDeskId => $id{D1}, requestTypeId => $id{T1}, requestFieldValues => {summary => 'late'}, %more};
}

# Once each, so that every credential has been used and the notes of that are written.
$_->get(CORE . '/myself') for values %who, $reader;

my @refused = (
    ['a comment of a stranger', 404, sub { $who{c2}->post("$request/$key{R1}/comment", {body => 'x', public => \1}) }],
    ['... on what is not there', 404, sub { $who{c2}->post("$request/$missing/comment", {body => 'x', public => \1}) }],
    ['... of the other desk', 404, sub { $who{c4}->post("$request/$key{R1}/comment", {body => 'x', public => \1}) }],
    ['an empty one', 400, sub { $who{c1}->post("$request/$key{R1}/comment", {body => '', public => \1}) }],
    ['an internal one of a customer', 403,
        sub { $who{c1}->post("$request/$key{R1}/comment", {body => 'x', public => \0}) }],
    ['one by a token that reads', 403, sub { $reader->post("$request/$key{R1}/comment", {body => 'x'}) }],
    ['one of nobody', 401, sub { $an->post("$request/$key{R1}/comment", {body => 'x', public => \1}) }],
    ['a request on a desk that is not there', 400, sub { $who{c1}->post($request, draft(serviceDeskId => '99')) }],
    ['... on a foreign one', 400, sub { $who{c4}->post($request, draft()) }],
    ['... of a type that is not there', 400, sub { $who{c1}->post($request, draft(requestTypeId => '99999')) }],
    ['... without a summary', 400, sub { $who{c1}->post($request, draft(requestFieldValues => {})) }],
    ['... with a field that is not there', 400,
        sub { $who{c1}->post($request, draft(requestFieldValues => {summary => 'x', nonsense => 1})) }],
    ['... for somebody else', 403, sub { $who{c1}->post($request, draft(raiseOnBehalfOf => 'c4')) }],
    ['... by nobody', 401, sub { $an->post($request, draft()) }],
    ['a participant of a foreign request', 404,
        sub { $who{c2}->post("$request/$key{R1}/participant", {usernames => ['c2']}) }],
    ['a participant whom nobody knows', 400,
        sub { $who{c1}->post("$request/$key{R1}/participant", {usernames => ['nobody-there']}) }],
    ['a move of a foreign request', 404, sub { $who{c2}->post("$request/$key{R1}/transition", {id => $cancel}) }],
    ['a move that is not there', 400, sub { $who{c1}->post("$request/$key{R1}/transition", {id => '999999'}) }],
    ['a move with an old If-Match', 412,
        sub { $who{ag1}->post("$request/$key{R1}/transition", {id => $cancel}, 'If-Match' => '"old"') }],
    ['taking over with one', 412, sub {
        $who{ag1}->put(OWN . "/request/$key{R1}/assignee", {name => 'ag1'}, 'If-Match' => '"old"') }],
    ['taking over a foreign one', 404, sub { $who{ag1}->put(OWN . "/request/$key{R2}/assignee", {name => 'ag1'}) }],
    ['watching a foreign one', 404, sub { $who{c2}->put("$request/$key{R1}/notification", {}) }],
    ['a switch of the site', 403, sub { $who{da1}->put(OWN . '/signup/settings', {publicSignup => \1}) }],
    ['the name of a desk', 403, sub { $who{ag1}->put(OWN . '/servicedesk/D1', {name => 'x'}) }],
    ['somebody\'s organization', 404, sub { $who{c2}->delete(API . "/organization/$id{O1}") }],
    ['a type of request', 404, sub {
        $who{c4}->post(API . "/servicedesk/$id{D1}/requesttype", {issueTypeId => '1', name => 'x'}) }],
    ['an invitation', 404,
        sub { $who{c4}->post(OWN . "/servicedesk/$id{D1}/invitation", {addresses => 'x@y.example'}) }],
    ['a token that nobody was mailed', 404,
        sub { $an->put(OWN . '/account/reset', {token => 'sdr_' . 'A' x 43, newPassword => $password}) }],
    ['a signup at a closed door', 404, sub { $an->post(OWN . '/signup', {serviceDeskId => 'D1',
        address => 'new@new.example', displayName => 'New', password => $password}) }],
);

my @good = (
    ['a request', 201, sub { $who{c1}->post($request, draft()) }],
    ['a comment', 201, sub { $who{c1}->post("$request/$key{R1}/comment", {body => 'late', public => \1}) }],
    ['a move', 204, sub { $who{ag1}->post("$request/$key{RP}/transition", {id => $cancel}) }],
);

sub timed {
    my ($function) = @_;
    my $start = Time::HiRes::time();
    my $answer = $function->();
    return ($answer, Time::HiRes::time() - $start);
}

# Statuses with the turn free, so that what is compared are the refusals of the same acts.
sub statuses {
    return map { my ($what, $status, $act) = @$_; is $act->()->code, $status, "$what: $status" } @refused;
}

subtest 'the turn is free' => sub { statuses() };

sub denials { return $desk->value("SELECT count(*) FROM audit WHERE act = 'permission.denied'") }

open my $lock, '>>', $desk->database . '-writer' or die "writer lock: $!";
my $denied = denials();

subtest 'somebody has the turn' => sub {
    flock $lock, Fcntl::LOCK_EX() or die "flock: $!";
    for my $case (@refused) {
        my ($what, $status, $act) = @$case;
        my ($answer, $seconds) = timed($act);
        is $answer->code, $status, "$what: $status";
        cmp_ok $seconds, '<', $soon, '... at once';
    }
    for my $case (@good) {
        my ($what, undef, $act) = @$case;
        my ($answer, $seconds) = timed($act);
        is $answer->code, 503, "$what: 503";
        cmp_ok $seconds, '>=', $wait - 0.1, '... after the wait';
    }
    is denials(), $denied, 'nothing could be written';
};

# Those behind a writer who waits are refused beside it.
subtest 'many writers wait' => sub {
    my $app = API . "/request/$key{R1}/comment";
    my @pids = map {
        my $pid = fork // die "fork: $!";
        if (!$pid) {
            $SIG{__DIE__} = 'DEFAULT';
            $who{c1}->post($app, {body => "queued $_", public => \1});
            POSIX::_exit(0);
        }
        $pid;
    } 1 .. 3;
    Time::HiRes::sleep(0.3);
    for my $case (@refused[0 .. 8]) {
        my ($what, $status, $act) = @$case;
        my ($answer, $seconds) = timed($act);
        is $answer->code, $status, "$what: $status";
        cmp_ok $seconds, '<', $soon, '... at once';
    }
    waitpid $_, 0 for @pids;
};

subtest 'the turn is free again' => sub {
    flock $lock, Fcntl::LOCK_UN() or die "flock: $!";
    for my $case (@good) {
        my ($what, $status, $act) = @$case;
        is $act->()->code, $status, "$what: $status";
    }
};

# What was refused while the turn was taken, and the server still waited to write down when it was free.
subtest 'the audit catches up' => sub {
    flock $lock, Fcntl::LOCK_EX() or die "flock: $!";
    my $before = denials();
    my ($answer, $seconds) = timed(sub { $who{c1}->post("$request/$key{R1}/comment", {body => 'x', public => \0}) });
    is $answer->code, 403, 'refused';
    cmp_ok $seconds, '<', $soon, 'at once';
    Time::HiRes::sleep(0.3);
    is denials(), $before, 'not yet written down';
    flock $lock, Fcntl::LOCK_UN() or die "flock: $!";
    ok $desk->wait_for(sub { denials() == $before + 1 }, 5), 'and then it is';
    flock $lock, Fcntl::LOCK_EX() or die "flock: $!";
    for (1 .. 2) {
        ($answer, $seconds) = timed(sub { $who{c1}->get('/agents/') });
        is $answer->code, 403, 'refused by a Require';
        cmp_ok $seconds, '<', $soon, 'at once';
    }
    Time::HiRes::sleep(0.3);
    is denials(), $before + 1, 'not yet written down';
    flock $lock, Fcntl::LOCK_UN() or die "flock: $!";
    ok $desk->wait_for(sub { denials() == $before + 3 }, 5), 'and then it is';
    Time::HiRes::sleep(0.2);
    is denials(), $before + 3, 'each once';
};

$desk->allow(qr/writ|AH01631/);
$desk->finish;
done_testing;
