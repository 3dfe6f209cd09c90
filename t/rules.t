#!/usr/bin/perl
# The eighteen cases of rules 1.10, one subtest each, in their order and under their numbers; each is told in full here,
# and what stands around it has a file of its own:
#
#   1 matrix.t, security-objects.t        7 (mail) unit/desk_entry.c      13 rest-directories.t, unit/desk_licence.c
#   2 signup.t, pages-signup.t            8 invitation.t                  14 unit/desk_licence.c
#   3 rest-entry.t                        9 invitation.t, pages-signup.t  15 signup.t, ldap-signup.t
#   4 signup.t                           10 rest-desk-customers.t         16 captcha.t, pages-captcha.t
#   5 (mail) unit/desk_entry.c           11 unit/desk_customer_list.c     17 signup.t
#   6 (mail) unit/desk_entry.c           12 rest-groups.t                 18 rest-participants.t, rest-organizations.t
#
# Cases 5, 6 and 7 are about mail as a way in, which there is not yet: what decides about it is the entry rule, and that
# is what their subtests run.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::JSON ();
use ServiceDesk::Test;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Page;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my ($yes, $no) = (Mojo::JSON->true, Mojo::JSON->false);
my %who = map { $_ => $desk->as($_) } qw(sa da1 ag1 c1 c2 c3 c4 nobody);
my $an  = $desk->as('');
my ($d1, $t1) = map { $desk->thing($_)->{id} } qw(D1 T1);
my $password = 'nine lanterns on a bridge';
my ($signup, $verify, $settings) = map { OWN . $_ } '/signup', '/signup/verify', '/signup/settings';
sub access_of { my ($key) = @_; return OWN . "/servicedesk/$key/access" }

# A desk for everyone with an account, with a request type.
$desk->tool_ok('desk', 'add', 'OPEN', 'Open Desk', '--access', 'accounts');
$desk->tool_ok('role', 'add', 'administrator', 'da1', '--desk', 'OPEN');
my $open_id = $desk->value(q{SELECT id FROM desk WHERE key = 'OPEN'});
my $type = good($who{da1}->post(API . '/servicedesk/OPEN/requesttype',
    {issueTypeId => '1', name => 'Ask', description => '', helpText => ''}), 'a type')->{id};

sub form { my ($address, %more) = @_; return {desk => 'OPEN', email => $address, displayName => 'Zoe', %more} }
sub sign_up { my ($address, %more) = @_; return $an->post($signup, form($address, password => $password, %more)) }

# Signs up and proves the address; gives the caller.
sub come_in {
    my ($address, %more) = @_;
    good(sign_up($address, %more), "$address signs up", 202);
    good($an->post($verify, {token => token_to($desk, $address), password => $password}), 'and proves the address');
    return $desk->as('')->basic($address, $password);
}

sub set_switch { my ($on) = @_; return good($who{sa}->put($settings, {publicSignup => $on}), 'the switch of the site') }
sub open_desk { set_switch($yes); return good($who{da1}->put(access_of('OPEN'), {signup => $yes}), 'the desk opens') }

sub counts_of {
    my ($name) = @_;
    my ($row) = grep { $_->{name} eq $name } values_of($who{ag1}->get(OWN . "/servicedesk/$d1/customer?query=$name"));
    return $row ? "$row->{openRequests} $row->{closedRequests}" : 'not there';
}

sub seats { return good($who{sa}->get(OWN . '/licence'), 'the licence')->{used} }

# Runs tests of a unit test program by their names: what they say.
sub unit {
    my ($program, @tests) = @_;
    my ($code, $out, $err) = ServiceDesk::Test::run_command({env => {CMOCKA_MESSAGE_OUTPUT => 'TAP',
        DB => $ENV{DB}, SD_TOP => $desk->top}}, $desk->build . "/unit/$program");
    like $out . $err, qr/^ok \d+ - \Q$_\E$/m, "$program: $_" for @tests;
    return;
}

subtest 'case 1: a customer gets 403 on every agent path' => sub {
    my $routes = ServiceDesk::Test::slurp($desk->top . '/mod_servicedesk/rest/routes.c');
    my %own = (desk => $d1, issue => $desk->thing('R1')->{key}, organization => $desk->thing('O1')->{id},
        role => 'agent');
    my $agents = join '|', qw(WORK_QUEUES LIST_CUSTOMERS ADD_CUSTOMERS REMOVE_CUSTOMERS ATTACH_ORGANIZATIONS
        ADMINISTER_DESK ADMINISTER_SYSTEM ASSIGN DELETE_REQUEST MANAGE_ORGANIZATIONS DELETE_ORGANIZATION FIND_PEOPLE
        CREATE_CUSTOMER);
    # Something that each of them takes.
    my %body = (organizationId => $own{organization}, restricted => $no, portalOnly => $yes, usernames => ['c1'],
        accountId => $desk->person('c1')->{accountId}, publicSignup => $yes, access => 'accounts', name => 'Mine',
        allowed => ['mine.example'], domains => ['mine.example'], groups => ['1'], mode => 'read-write',
        model => 'agents');
    my ($count, @wrong) = 0;
    while ($routes =~ /\bSD_ROUTE(?:_WITH)?\(\s*"(\w+)",\s*"([^"]+)",\s*SD_MAY_(?:$agents),/g) {
        my ($method, $path) = ($1, $2);
        $path =~ s/\{(\w+)\}/$own{$1} \/\/ 1/ge;
        my $answer = $who{c1}->call($method, $path, $method eq 'GET' ? undef : \%body);
        push @wrong, "$method $path: " . $answer->code if $answer->code != 403;
        $count++;
    }
    is join("\n", @wrong), '', 'nothing else';
    cmp_ok $count, '>', 60, "on $count paths";
};

subtest 'case 2: signup hidden and POST refused, unless both switches are on' => sub {
    for my $case ([0, 0], [0, 1], [1, 0], [1, 1]) {
        my ($system, $own) = @$case;
        my $both = $system && $own;
        set_switch($system ? $yes : $no);
        $desk->dbh->do('UPDATE desk SET signup = ? WHERE id = ?', undef, $own, $open_id); # as no face can
        my $page = ServiceDesk::Test::Page->new($desk)->get('/account/signup/OPEN');
        is $page->code . ($page->form ? ' form' : ' none'), $both ? '200 form' : '404 none', "@$case: the page";
        is good($an->get("$signup?desk=OPEN"), 'asked')->{available}, $both ? $yes : $no, 'what programs read';
        is sign_up("case2.$system$own\@example.org")->code, $both ? 202 : 404, 'POST';
        is scalar(mails_to($desk, "case2.$system$own\@example.org")), $both ? 1 : 0, 'a mail';
    }
};

subtest 'case 3: the site\'s switch clears three open desks, the fourth is untouched' => sub {
    open_desk();
    $desk->tool_ok('desk', 'add', @$_) for ['S2', 'Second', '--signup'], ['S3', 'Third', '--signup'],
        ['S4', 'Fourth', '--access', 'listed'];
    my $state = sub { return join ' ', map {"$_->{key}:$_->{access}:$_->{signup}"}
        @{$desk->rows(q{SELECT key, access, signup FROM desk WHERE key IN ('OPEN', 'S2', 'S3', 'S4') ORDER BY id})} };
    is $state->(), 'OPEN:accounts:1 S2:accounts:1 S3:accounts:1 S4:listed:0', 'three are open';
    is_deeply set_switch($no)->{restorable}, [qw(OPEN S2 S3)], 'three are remembered';
    is $state->(), 'OPEN:accounts:0 S2:accounts:0 S3:accounts:0 S4:listed:0', 'and closed';
    is $desk->value(q{SELECT count(*) FROM audit WHERE act = 'desk.signup.off'}), 3, 'a row of the audit each';
    set_switch($yes);
    is $state->(), 'OPEN:accounts:0 S2:accounts:0 S3:accounts:0 S4:listed:0', 'on again: nothing opens unasked';
    good($who{sa}->post(OWN . '/signup/restore', {}), 'restored');
    is $state->(), 'OPEN:accounts:1 S2:accounts:1 S3:accounts:1 S4:listed:0', 'on purpose they do';
};

subtest 'case 4: accounts made before still log in, raise, comment' => sub {
    open_desk();
    my $zoe = come_in('zoe@case4.example');
    my $key = raise($zoe, $open_id, $type)->{issueKey};
    good(sign_up('half@case4.example'), 'somebody has only begun', 202);
    my $half = token_to($desk, 'half@case4.example');
    good($who{da1}->post(OWN . "/servicedesk/$d1/invitation", {addresses => 'guest@case4.example'}),
        'somebody is invited');
    set_switch($no);
    good($desk->as('')->post('/rest/auth/1/session', {username => 'zoe@case4.example', password => $password}),
        'signs in');
    like raise($zoe, $open_id, $type)->{issueKey}, qr/^OPEN-/, 'raises';
    created($zoe->post(API . "/request/$key/comment", {body => 'Still here', public => $yes}), 'comments');
    refused($an->post($verify, {token => $half, password => $password}), 404, 'what was only begun is over');
    good($an->post(OWN . '/invitation/accept', {token => token_to($desk, 'guest@case4.example'), displayName => 'Gus',
        password => $password}), 'an invitation is no signup, and stays good');
};

subtest 'case 5: mail from an unknown address, signup off: nothing' => sub {
    unit('desk_entry', 'test_case_5_an_unknown_sender_while_signup_is_off');
};

subtest 'case 6: the same mail, signup on: one account, and none for the second' => sub {
    unit('desk_entry', 'test_case_6_an_unknown_sender_while_signup_is_on');
};

subtest 'case 7: Cc with two unknown, one known, one agent: two accounts' => sub {
    unit('desk_entry', 'test_case_7_people_in_copy');
};

subtest 'case 8: five addresses are invited: one existing, one duplicate, one bad' => sub {
    my $before = $desk->value('SELECT count(*) FROM account');
    my $results = good($who{ag1}->post(OWN . "/servicedesk/$d1/invitation",
        {addresses => "ann\@case8.example; c4\@example.org, Bob <bob\@case8.example>\n<ANN\@case8.example>\t"
            . 'no address'}), 'pasted')->{results};
    is join(' ', map {"$_->{address}:$_->{result}"} @$results),
        'ann@case8.example:invited c4@example.org:added bob@case8.example:invited no address:refused',
        'a result for each';
    is $desk->value('SELECT count(*) FROM account') - $before, 2, 'two accounts';
    is $desk->value(q{SELECT count(*) FROM desk_role r JOIN account a ON a.id = r.account_id WHERE r.desk_id = ?
        AND a.address LIKE '%case8.example'}, $d1), 2, 'on the list at once';
    is_deeply [map { (mails_to($desk, $_))[-1] } 'ann@case8.example', 'bob@case8.example', 'c4@example.org'],
        ['invite queued', 'invite queued', 'invite-known queued'], 'each its mail';
};

subtest 'case 9: the link by GET twice, then POST once works, a second POST is refused' => sub {
    good($who{ag1}->post(OWN . "/servicedesk/$d1/invitation", {addresses => 'ivy@case9.example'}), 'invited');
    my $link = '/account/invitation?token=' . token_to($desk, 'ivy@case9.example');
    my @pages = map { ServiceDesk::Test::Page->new($desk)->get($link)->follow } 1, 2;
    is $_->code . ($_->form ? ' form' : ' none'), '200 form', 'GET' for @pages;
    my %fields = (displayName => 'Ivy', password => $password);
    is $pages[0]->submit(%fields)->location, '/account?notice=accepted', 'POST';
    is $pages[1]->submit(%fields)->code, 404, 'POST once more';
    is $desk->as('')->basic('ivy@case9.example', $password)->get(API . "/servicedesk/$d1")->code, 200, 'one account';
};

subtest 'case 10: the list shows 20 of 25, search finds numbers 21 to 25' => sub {
    my $list = OWN . '/servicedesk/LIST/customer';
    $desk->tool_ok('desk', 'add', 'LIST', 'List');
    $desk->tool_ok('role', 'add', 'agent', 'htpasswd/ag1', '--desk', 'LIST');
    my $pasted = join ',', map { sprintf 'Guest %02d <guest%02d@case10.example>', $_, $_ } 1 .. 25;
    good($who{ag1}->post(OWN . '/servicedesk/LIST/invitation', {addresses => $pasted}), 'twenty-five');
    my $page = good($who{ag1}->get($list), 'the page');
    is scalar(@{$page->{values}}), 20, 'twenty';
    ok !$page->{isLastPage}, 'and more';
    my %shown = map { $_->{displayName} => 1 } @{$page->{values}};
    my @hidden = grep { !$shown{$_} } map { sprintf 'Guest %02d', $_ } 1 .. 25;
    is scalar(@hidden), 5, 'five are not shown';
    for my $name (@hidden) {
        is_deeply [column('displayName', $who{ag1}->get("$list?query=" . lc $name =~ s/ /%20/r))], [$name], $name;
        my ($number) = $name =~ /(\d+)/;
        is_deeply [column('displayName', $who{ag1}->get("$list?query=uest$number\@case"))], [$name], 'by the address';
    }
    my $tool = sub { return @{$desk->tool_ok('customer', 'list', @_, '--desk', 'LIST', '--json')} };
    is_deeply [map { $_->{name} } $tool->('--limit', 20)], [map { $_->{name} } @{$page->{values}}],
        'servicedeskctl shows the same';
    is scalar($tool->()), 25, 'and all of them';
    is_deeply [map {"$_->{displayName} $_->{state} $_->{origin} $_->{open} $_->{closed}"} $tool->('uest07@case')],
        ['Guest 07 invited invitation 0 0'], 'or those that are searched for';
    is_deeply [map {"$_->{state} $_->{origin}"} @{$page->{values}}], [('invited invitation') x 20],
        'with state and origin';
};

subtest 'case 11: open and closed counts after create, resolve, reopen, delete' => sub {
    is counts_of('c2'), '0 0', 'none';
    my $key = raise($who{c2}, $d1, $t1)->{issueKey};
    raise($who{c2}, $d1, $t1);
    is counts_of('c2'), '2 0', 'created';
    my $take = sub {
        my ($name) = @_;
        my ($way) = grep { $_->{name} =~ /$name/i } values_of($who{ag1}->get(API . "/request/$key/transition"));
        done($who{ag1}->post(API . "/request/$key/transition", {id => $way->{id}}), $way->{name});
    };
    $take->('resolve');
    is counts_of('c2'), '1 1', 'resolved';
    $take->('reopen');
    is counts_of('c2'), '2 0', 'reopened';
    $take->('resolve');
    core_refused($who{c2}->delete(CORE . "/issue/$key"), 403, 'not by the customer');
    core_refused($who{ag1}->delete(CORE . "/issue/$key"), 403, 'nor by an agent');
    done($who{da1}->delete(CORE . "/issue/$key"), 'deleted');
    is counts_of('c2'), '1 0', 'deleted';
    refused($who{$_}->get(API . "/request/$key"), 404, 'gone') for qw(c2 ag1);
    my $last = (values_of($who{c2}->get(API . '/request')))[0]{issueKey};
    $desk->tool_ok('request', 'delete', $last);
    is counts_of('c2'), '0 0', 'the other, by the tool';
    is +($desk->tool('request', 'delete', $last))[0], 1, 'which is gone';
    is $desk->tool_ok('check'), '', 'the counters are right';
};

subtest 'case 12: a group in the role gives access without listing each' => sub {
    my $here = API . "/servicedesk/$d1";
    created($who{sa}->post(OWN . '/group', {name => 'clients'}), 'a group');
    done($who{sa}->post(OWN . '/group/clients/member', {usernames => ['nobody']}), 'with somebody in it');
    refused($who{nobody}->get($here), 404, 'a stranger');
    done($who{da1}->post(OWN . '/servicedesk/D1/role/customer', {groups => ['clients']}), 'into the role');
    good($who{nobody}->get($here), 'in');
    like raise($who{nobody}, $d1, $t1)->{issueKey}, qr/^D1-/, 'raises';
    my ($row) = grep { $_->{name} eq 'nobody' }
        values_of($who{ag1}->get(OWN . "/servicedesk/$d1/customer?query=nobody"));
    is $row->{byGroup}, $yes, 'stands on the list by group';
    is $desk->value('SELECT count(*) FROM desk_role WHERE desk_id = ? AND account_id = ? AND direct = 1', $d1,
        $desk->person('nobody')->{id}), 0, 'and is not on it otherwise';
    done($who{da1}->delete(OWN . '/servicedesk/D1/role/customer', {groups => ['clients']}), 'out of the role');
    refused($who{nobody}->get($here), 404, 'out');
};

subtest 'case 13: a group with the agent grant into the default groups warns, and changes the seats' => sub {
    my $before = seats();
    created($who{sa}->post(OWN . '/group', {name => 'team'}), 'a group');
    done($who{da1}->post(OWN . '/servicedesk/D1/role/agent', {groups => ['team']}), 'of agents');
    is seats(), $before, 'with nobody in it takes no seat';
    my $internal = OWN . '/directory/internal';
    my $asked = refused($who{sa}->put($internal, {defaultGroups => ['team']}), 409, 'it asks', 'confirm');
    like $asked->{errorMessage}, qr/team.*staff.*new accounts get/, 'and says why';
    my $set = good($who{sa}->put($internal, {defaultGroups => ['team'], confirm => $yes}), 'if it is meant');
    like $set->{warnings}[0], qr/"team" makes every new account staff/, 'it warns';
    my $report = good($who{sa}->get(OWN . '/licence'), 'the licence');
    is_deeply [map {"$_->{kind} $_->{group}{name}"} @{$report->{warnings}}], ['default team'], 'here, too';
    $desk->tool_ok('account', 'add', 'newbie', '--random-password');
    is seats(), $before + 1, 'the next account is a seat';
    is $desk->value(q{SELECT count(*) FROM notice WHERE kind = 'licence.seat' AND subject = 'internal/newbie'}), 1,
        'administrators are told';
    good($who{sa}->put($internal, {defaultGroups => []}), 'not any more');
    is $who{sa}->delete(OWN . '/group/team')->code, 204, 'no such group';
    is seats(), $before, 'and no such seat';
};

subtest 'case 14: a thousand customers take no seat' => sub {
    my $before = seats();
    $desk->tool_ok('setting', 'set', 'licence_limit', $before);
    my $pasted = join ',', map {"n$_\@case14.example"} 1 .. 1000;
    my $results = good($who{ag1}->post(OWN . "/servicedesk/$d1/invitation", {addresses => $pasted}),
        'invited')->{results};
    is scalar(grep { $_->{result} eq 'invited' } @$results), 1000, 'a thousand, whatever the limit of the licence';
    is seats(), $before, 'as many seats as before';
    $desk->tool_ok('setting', 'set', 'licence_limit', 0);
};

subtest 'case 15: a read-only directory closes signup, with a reason' => sub {
    open_desk();
    good($who{sa}->put(OWN . '/directory/internal', {mode => 'read-only'}), 'read-only');
    my $state = good($who{da1}->get(access_of('OPEN')), 'the administrator of the desk')->{signup};
    is_deeply [@$state{qw(enabled available reason)}], [$yes, $no, 'no-directory'], 'reads that';
    like $state->{message}, qr/directory "internal" is read-only/, 'and why';
    refused(sign_up('late@case15.example'), 404, 'nobody signs up');
    my ($result) = @{good($who{ag1}->post(OWN . "/servicedesk/$d1/invitation", {addresses => 'x@case15.example'}),
        'nobody new')->{results}};
    is "$result->{result} $result->{reason}", 'refused no-directory', 'is invited';
    good($who{sa}->put(OWN . '/directory/internal', {mode => 'read-write'}), 'read-write');
    is good($who{da1}->get(access_of('OPEN')), 'again')->{signup}{available}, $yes, 'open';
};

subtest 'case 16: CAPTCHA on and off follows the one setting' => sub {
    open_desk();
    good($who{sa}->put(access_of('S2'), {signup => $yes}), 'on another desk');
    good($who{sa}->put($settings, {siteSignup => 'public'}), 'the site\'s own signup, too');
    for my $on (1, 0) {
        good($who{sa}->put($settings, {captcha => $on ? $yes : $no}), $on ? 'on' : 'off');
        for my $where ('OPEN', 'S2', undef) {
            my $name = $where // 'the site';
            my $offer = good($an->get($signup . ($where ? "?desk=$where" : '')), $name);
            is exists $offer->{captcha} ? 1 : 0, $on, "$name: asks" . ($on ? '' : ' no more');
            my $answer = sign_up(lc("$on.$name\@case16.example") =~ s/ //r, desk => $where);
            is $answer->code, $on ? 400 : 202, 'without an answer';
            ok !$on || exists $answer->json->{errors}{captcha}, 'which names the field';
            my $page = ServiceDesk::Test::Page->new($desk)->get('/account/signup' . ($where ? "/$where" : ''));
            is $page->dom->at('[name=captcha]') ? 1 : 0, $on, 'the page, too';
        }
    }
    good($who{sa}->put($settings, {siteSignup => 'private'}), 'as it was');
};

subtest 'case 17: the site\'s own signup off, the desk\'s on' => sub {
    open_desk();
    is good($who{sa}->get($settings), 'the switches')->{siteSignup}, 'private', 'a private site';
    is good($an->get($signup), 'of the site')->{available}, $no, 'offers no account of the site';
    refused(sign_up('site@case17.example', desk => undef), 404, 'nor makes one');
    my $customer = come_in('desk@case17.example');
    like raise($customer, $open_id, $type)->{issueKey}, qr/^OPEN-/, 'a customer of the desk is made, and raises';
    is $desk->value(q{SELECT portal_only FROM account WHERE name = 'desk@case17.example'}), 1, 'for the portal only';
    refused($who{da1}->post(OWN . '/servicedesk/D1/role/agent', {usernames => ['desk@case17.example']}), 409,
        'and no agent of anybody\'s by mistake');
};

subtest 'case 18: the right to comment of participants and organizations, on and off' => sub {
    my $key = raise($who{c1}, $d1, $t1, organizationIds => [])->{issueKey};
    my ($comment, $participant) = map { API . "/request/$key/$_" } qw(comment participant);
    my %word = (body => 'A word', public => $yes);
    refused($who{c2}->post($comment, \%word), 404, 'c2 has no part in it');
    good($who{c1}->post($participant, {usernames => ['c2']}), 'a participant');
    created($who{c2}->post($comment, \%word), 'comments');
    refused($who{c2}->post($comment, {%word, public => $no}), 403, 'in public only');
    good($who{c1}->delete($participant, {usernames => ['c2']}), 'taken out');
    refused($who{c2}->post($comment, \%word), 404, 'does not, at once');
    refused($who{c2}->get($comment), 404, 'nor reads');

    my ($o1, $members) = ($desk->thing('O1')->{id}, API . '/organization/' . $desk->thing('O1')->{id} . '/user');
    my $shared = raise($who{c1}, $d1, $t1, organizationIds => [$o1])->{issueKey};
    $comment = API . "/request/$shared/comment";
    created($who{c3}->post($comment, \%word), 'c3 is in the organization, and comments');
    refused($who{c2}->post($comment, \%word), 404, 'c2 is not');
    done($who{ag1}->post($members, {usernames => ['c2']}), 'c2 joins');
    created($who{c2}->post($comment, \%word), 'and comments on what was shared before');
    done($who{ag1}->delete($members, {usernames => ['c2', 'c3']}), 'both leave');
    refused($who{$_}->post($comment, \%word), 404, "$_ does not comment") for qw(c2 c3);
    refused($who{$_}->get($comment), 404, "$_ does not read") for qw(c2 c3);
    created($who{c1}->post($comment, \%word), 'the reporter does');
};

$desk->finish;
done_testing;
