#!/usr/bin/perl
# Invitations over HTTP. Cases: rules 1.10 8, 9; security.md 36, 37, 41, 44, 47 (CVE-2023-22501), 48, 49, 56.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::JSON ();
use ServiceDesk::Test;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Rest;
use Test::More;
use Time::HiRes ();

my $desk = ServiceDesk::Test->new(fixture => 1);
my $an = $desk->as('');
my ($yes, $no) = (Mojo::JSON->true, Mojo::JSON->false);
my %who = map { $_ => $desk->as($_) } qw(ag1 ag2 da1 sa c1 c2 nobody);
my $d1 = $desk->thing('D1')->{id};
my $invitations = OWN . "/servicedesk/$d1/invitation";
my ($look, $accept) = (OWN . '/invitation', OWN . '/invitation/accept');
my $password = 'nine lanterns on a bridge';

sub invite {
    my ($caller, $addresses, %more) = @_;
    my $json = good($caller->post($invitations, {addresses => $addresses, %more}), 'invited');
    return join ' ', map {"$_->{address}:$_->{result}" . ($_->{reason} ? "/$_->{reason}" : '')} @{$json->{results}};
}

sub accept_it {
    my ($token, %more) = @_;
    return $an->post($accept, {token => $token, displayName => 'Zoe', password => $password, %more});
}

subtest 'five addresses' => sub {
    my $accounts = $desk->value('SELECT count(*) FROM account');
    is invite($who{ag1}, "zoe\@new.example, c4\@example.org; Yan Yak <yan\@new.example>\nZOE\@new.example\tnonsense"),
        'zoe@new.example:invited c4@example.org:added yan@new.example:invited nonsense:refused/address',
        'one known, one twice, one bad';
    is $desk->value('SELECT count(*) FROM account') - $accounts, 2, 'two accounts';
    is_deeply [map { (mails_to($desk, $_))[-1] } 'zoe@new.example', 'c4@example.org'],
        ['invite queued', 'invite-known queued'], 'each its mail';
    is token_to($desk, 'c4@example.org'), undef, 'without a link for whoever has an account';
    is $desk->as('c4')->get(API . "/servicedesk/$d1")->code, 200, 'who is in at once';
    is invite($who{da1}, ['zoe@new.example', 'c4@example.org']), 'zoe@new.example:pending c4@example.org:member',
        'again, as an array';
    refused($who{c1}->post($invitations, {addresses => 'x@new.example'}), 403, 'not by a customer');
    refused($who{ag2}->post($invitations, {addresses => 'x@new.example'}), 404, 'nor from another desk');
    refused($who{ag1}->post($invitations, {addresses => ''}), 400, 'nobody', 'addresses');
    my $one = good($who{ag1}->post($invitations, {addresses => 'sa@example.org, c1@example.org'}), 'known ones');
    is_deeply [map { [sort keys %$_] } @{$one->{results}}], [(['address', 'result']) x 2],
        'only what was typed is told of them';
};

subtest 'the link' => sub {
    my $token = token_to($desk, 'zoe@new.example');
    like $token, qr/\Asdi_[\w-]{43}\z/, 'is there';
    $an->call($_, "$accept?token=$token", undef, Purpose => 'prefetch') for ('GET', 'HEAD') x 2;
    my $seen = good($an->post($look, {token => $token}), 'looked at');
    is_deeply $seen, {emailAddress => 'zoe@new.example', desk => {key => 'D1', name => 'Desk D1'}}, 'says for whom';
    good($an->post($look, {token => $token}), 'twice');
    refused(accept_it($token, password => 'short'), 400, 'a weak password', 'password');
    refused(accept_it($token, displayName => undef), 400, 'no name', 'displayName');
    refused($who{c1}->post($accept, {token => $token, displayName => 'x', password => $password}), 409,
        'not while somebody else is signed in');
    is_deeply good(accept_it($token, email => 'sa@example.org', account => 'sa'), 'accepted'),
        {state => 'active', name => 'zoe@new.example', desk => 'D1'}, 'by whom it is for';
    refused(accept_it($token), 404, 'once');
    my $zoe = $desk->as('')->basic('zoe@new.example', $password);
    is $zoe->get(API . "/servicedesk/$d1")->code, 200, 'and is in';
    like raise($zoe, $d1, $desk->thing('T1')->{id})->{issueKey}, qr/^D1-/, 'raises';
};

subtest 'twenty at once' => sub {
    invite($who{ag1}, 'twenty@new.example');
    my $token = token_to($desk, 'twenty@new.example');
    my %codes = %{at_once($desk, 20, $accept, {token => $token, displayName => 'T', password => $password})};
    is_deeply [sort { $a <=> $b } values %codes], [1, 19], 'one is right, nineteen read the same';
    is scalar(grep {/^200/} keys %codes), 1, 'the one';
};

subtest 'links that are none' => sub {
    invite($who{ag1}, 'odd@new.example');
    my $token = token_to($desk, 'odd@new.example');
    my $dead = accept_it('sdi_' . 'A' x 43);
    is $dead->code, 404, 'dead';
    for my $text (
        '', '%', '_', 'null', 'sdi_', "$token ", "$token\n", substr($token, 0, -1), lc $token,
        'sdv_' . substr($token, 4), 'sdr_' . substr($token, 4), 'sds_' . substr($token, 4),
        $desk->person('c1')->{token}
    ) {
        is accept_it($text)->body, $dead->body, 'like any other: ' . substr($text, 0, 12) =~ s/[^ -~]/./gr;
        is $an->post($look, {token => $text})->body, $dead->body, 'to look at, too';
    }
    is $an->post(OWN . '/signup/verify', {token => $token, password => $password})->body, $dead->body,
        'an invitation is no signup';
    is $desk->as('')->bearer($token)->get(CORE . '/myself')->code, 401, 'nor an API token';
    good(accept_it($token), 'the link itself');
};

subtest 'the list, and withdrawing' => sub {
    invite($who{ag1}, 'Wim <wim@new.example>');
    my $token = token_to($desk, 'wim@new.example');
    my ($wim) = grep { $_->{emailAddress} eq 'wim@new.example' } values_of($who{ag1}->get($invitations));
    is_deeply [sort keys %$wim], [qw(displayName emailAddress expires id invitedBy sent state)], 'it is listed';
    is "$wim->{displayName} $wim->{invitedBy} $wim->{state}", 'Wim Agent One pending', 'with all there is';
    refused($who{ag2}->delete("$invitations/$wim->{id}"), 404, 'not by strangers');
    refused($who{c1}->delete("$invitations/$wim->{id}"), 403, 'nor by customers');
    done($who{ag1}->delete("$invitations/$wim->{id}"), 'withdrawn');
    refused($who{ag1}->delete("$invitations/$wim->{id}"), 404, 'gone');
    refused(accept_it($token), 404, 'the link is dead');
    my $left = join '|', map { $desk->value("SELECT count(*) FROM $_") }
        q{account WHERE name || display_name || coalesce(address, '') LIKE '%wim%'},
        q{account_word WHERE word LIKE 'wim%'},
        q{desk_role r JOIN account a ON a.id = r.account_id WHERE a.state = 'anonymised'},
        q{mailed_token WHERE address_key = 'wim@new.example'};
    is $left, '0|0|0|0', 'nothing is left of it';
    is invite($who{ag1}, 'wim@new.example'), 'wim@new.example:invited', 'and he can be invited anew';
};

# CVE-2023-22501: what lets somebody into an account is in the one mail to its owner, and in no other.
subtest 'no link in mails that others get' => sub {
    invite($who{ag1}, 'claim@new.example');
    my $id = $desk->value(q{SELECT id FROM account WHERE name = 'claim@new.example'});
    my $request = good($who{ag1}->post(API . '/request', {
        serviceDeskId => $d1, requestTypeId => $desk->thing('T1')->{id}, raiseOnBehalfOf => 'claim@new.example',
        requestParticipants => ['c2'], requestFieldValues => {summary => 'for somebody who never came'},
    }), 'raised for them', 201);
    created($who{ag1}->post(API . "/request/$request->{issueKey}/comment", {body => "comment $_", public => $yes}),
        'commented') for 1 .. 3;
    is $who{c2}->get(API . "/request/$request->{issueKey}")->code, 200, 'somebody else takes part';
    my $links = $desk->rows('SELECT o.address, o.kind FROM outbox o JOIN mailed_token m ON m.id = o.mailed_token_id'
        . ' WHERE m.account_id = ?', $id);
    is_deeply $links, [{address => 'claim@new.example', kind => 'invite'}], 'one link, to its owner, in the invitation';
    my $token = token_to($desk, 'claim@new.example');
    my $read = join "\n", map { $who{c2}->get($_)->body } API . "/request/$request->{issueKey}",
        API . "/request/$request->{issueKey}/comment", API . "/request/$request->{issueKey}/participant";
    unlike $read, qr/sd[virals]_/, 'none in what others read';
    is $desk->value('SELECT count(*) FROM outbox WHERE content LIKE ?', '%sdi_%'), 0, 'none in the outbox';
    is invite($who{ag1}, 'claim@new.example'), 'claim@new.example:pending', 'sent again';
    refused(accept_it($token), 404, 'the older link is dead');
    good(accept_it(token_to($desk, 'claim@new.example')), 'the newer works');
};

subtest 'who invites' => sub {
    $desk->tool_ok('setting', 'set', 'invite_new_accounts', 'while-signup-on');
    is invite($who{ag1}, 'late@new.example, nobody@example.org'),
        'late@new.example:refused/signup-off nobody@example.org:added', 'new ones only while signup is on';
    $desk->tool_ok('setting', 'set', 'invite_new_accounts', 'desk-admins');
    is invite($who{ag1}, 'late@new.example'), 'late@new.example:refused/forbidden', 'not by agents';
    is invite($who{da1}, 'late@new.example'), 'late@new.example:invited', 'but by the administrator';
    $desk->tool_ok('setting', 'set', 'invite_new_accounts', 'agents');
    $desk->tool_ok('role', 'remove', 'administrator', 'da1', '--desk', 'D1');
    refused(accept_it(token_to($desk, 'late@new.example')), 404, 'whose invitations end with the role');
    $desk->tool_ok('role', 'add', 'administrator', 'da1', '--desk', 'D1');
    good(accept_it(token_to($desk, 'late@new.example')), 'and live on with it');
};

subtest 'mailing lists do not work' => sub {
    is invite($who{ag1}, 'all@new.example'), 'all@new.example:refused/list', 'it asks';
    is invite($who{ag1}, 'all@new.example', confirm => $yes), 'all@new.example:invited', 'and hears yes';
};

subtest 'by command line' => sub {
    my $pasted = 'Tess <tess@new.example>, c1@example.org';
    my $sent = $desk->tool_ok('invitation', 'send', $pasted, '--desk', 'D1', '--json');
    is join(' ', map {"$_->{address}:$_->{result}"} @$sent), 'tess@new.example:invited c1@example.org:member', 'sent';
    my ($tess) = grep { $_->{address} eq 'tess@new.example' }
        @{$desk->tool_ok('invitation', 'list', '--desk', 'D1', '--json')};
    good(accept_it(token_to($desk, 'tess@new.example')), 'nobody has to answer for the operator');
    my ($code) = $desk->tool('invitation', 'withdraw', $tess->{id}, '--desk', 'D1');
    is $code, 1, 'accepted ones cannot be withdrawn';
    is +($desk->tool('invitation', 'send', 'a@new.example'))[0], 1, 'to a desk only';
    like $desk->tool_ok('signup', 'purge'), qr/^purged: \d+$/m, 'what is over goes';
};

subtest 'a thousand' => sub {
    my $before = $desk->value('SELECT count(*) FROM outbox');
    my $start = Time::HiRes::time();
    my $pasted = join "\n", map {"g$_\@many.example"} 1 .. 1000;
    my $json = good($who{ag1}->post($invitations, {addresses => $pasted}), 'sent');
    diag sprintf '1000 invitations: %.2f s', Time::HiRes::time() - $start;
    is scalar(grep { $_->{result} eq 'invited' } @{$json->{results}}), 1000, 'all of them';
    is $desk->value('SELECT count(*) FROM outbox') - $before, 1000, 'a mail each';
    refused($who{ag1}->post($invitations, {addresses => join ',', map {"h$_\@many.example"} 1 .. 1001}), 400,
        'no more at once', 'addresses');
};

is $desk->tool_ok('check'), '', 'the database is sound';
$desk->finish;
done_testing;
