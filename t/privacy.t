#!/usr/bin/perl
# What the desk knows about a person can be taken along, and forgotten; the audit can be read by who may, and trusted.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes ();

use ServiceDesk::Test;

my $own  = '/rest/servicedesk/1';
my $api  = '/rest/servicedeskapi';
my $desk = ServiceDesk::Test->new(fixture => 1, modules => ['remoteip'],
    conf => "RemoteIPHeader X-Test-From\nRemoteIPInternalProxy 127.0.0.1\n");
my $dbh  = $desk->dbh;
my $r1   = $desk->thing('R1')->{key};

# Rows of any table in which a word stands, in any case.
sub places_of {
    my ($word) = @_;
    my %places;
    for my $table ($desk->{db}->tables($dbh)) {
        my @columns = $desk->{db}->columns($dbh, $table);
        for my $row (@{$desk->rows("SELECT * FROM $table")}) {
            for my $column (grep { defined $row->{$_} && $row->{$_} =~ /\Q$word\E/i } @columns) {
                $places{"$table.$column"}++;
            }
        }
    }
    return sort keys %places;
}

subtest 'an export' => sub {
    $desk->as('c1')->post("$api/request/$r1/comment", {body => 'canary_own_words', public => \1});
    $desk->as('ag1')->post("$api/request/$r1/comment", {body => 'canary_of_an_agent', public => \1});
    $desk->as('ag1')->post("$api/request/$r1/comment", {body => 'canary_internal', public => \0});
    my $answer = $desk->as('c1', 'session')->get("$own/myself/export");
    is $answer->code, 200, 'one may have one\'s own';
    my $person = $answer->json;
    is $person->{profile}{emailAddress}, 'c1@example.org', 'profile';
    is $person->{profile}{displayName}, 'Customer One', 'and name';
    ok scalar(grep { $_->{issueKey} eq $r1 && $_->{summary} eq 'canary_R1_summary' }
        @{$person->{requests}}), 'requests';
    ok scalar(grep { $_->{value} =~ /canary_R1_description/ } @{$person->{requestFieldValues}}), 'what was filled in';
    is_deeply [map { $_->{body} } grep { $_->{issueKey} eq $r1 && $_->{body} =~ /own/ } @{$person->{comments}}],
        ['canary_own_words'], 'comments';
    is_deeply [map { $_->{name} } @{$person->{organizations}}], ['canary_O1_name'], 'organizations';
    is_deeply [map {"$_->{serviceDesk} $_->{role}"} @{$person->{roles}}], ['D1 customer'], 'roles';
    is scalar(@{$person->{tokens}}), 2, 'tokens';
    cmp_ok scalar(@{$person->{sessions}}), '>=', 1, 'sessions';
    ok scalar(grep { $_->{act} eq 'comment.create' } @{$person->{audit}}), 'and what was done';
    unlike $answer->body, qr/canary_of_an_agent|canary_internal|Agent One|ag1|sdp_\w{10}|password_hash/,
        'nothing that others wrote, nobody else\'s name, no secret';
    is $desk->as('sa')->get("$own/account/c1/export")->json('/profile/name'), 'c1', 'a system administrator may';
    is $desk->as('c2')->get("$own/account/c1/export")->code, 403, 'nobody else';
    is $desk->tool_ok('account', 'export', 'c1', '--json')->{profile}{name}, 'c1', 'servicedeskctl too';
    is $desk->value("SELECT count(*) FROM audit WHERE act = 'account.export'"), 3, 'each export is in the audit';
};

# Every column that refers to an account, by a foreign key or by its name: under which name its rows are exported, and
# what becomes of them when the person is forgotten; a reason where that is nothing. A new column needs a line here.
my $same = 'the words that are sought are those of the profile';
my $told = 'the audit tells of it';
my $theirs = 'it is about somebody else, and the audit tells of the act';
my $stays = 'what was done to a request stays done, by a former user';
my $past = 'tells no more than that a former user was there';
my %columns = (
    'account_part.account_id'       => [{-not => $same}, {-stay => 'those of "Former user"'}],
    'account_word.account_id'       => [{-not => $same}, {-stay => 'those of "Former user"'}],
    'audit.account_id'              => ['audit', {-stay => 'what was done stays done, by a former user'}],
    'comment.author_id'             => ['comments', {-stay => $stays}],
    'desk_count.account_id'         => [{-not => 'a count of the requests'}, {-stay => 'and stays one'}],
    'desk_role.account_id'          => ['roles', 'gone'],
    'invitation.account_id'         => ['invitations', 'gone'],
    'invitation.invited_by'         => [{-not => $theirs}, {-stay => $past}],
    'mailed_token.account_id'       => ['links', 'gone'],
    'mailed_token.created_by'       => [{-not => $theirs}, {-stay => $past}],
    'organization_member.account_id' => ['organizations', 'gone'],
    'outbox.account_id'             => ['mails', 'gone'],
    'participant.account_id'        => ['participations', {-stay => $stays}],
    'participant.added_by'          => [{-not => $theirs}, {-stay => $past}],
    'recovery_code.account_id'      => [{-not => 'a secret'}, 'gone'],
    'request.assignee_id'           => ['assignments', {-stay => $stays}],
    'request.author_id'             => [{-not => $told}, {-stay => $stays}],
    'request.reporter_id'           => ['requests', {-stay => $stays}],
    'request_retry.account_id'      => [{-not => 'digests of what was asked for'}, 'gone'],
    'second_factor.account_id'      => ['secondFactor', 'gone'],
    'session.account_id'            => ['sessions', 'gone'],
    'status_change.account_id'      => [{-not => $told}, {-stay => $stays}],
    'subscription.account_id'       => ['subscriptions', 'gone'],
    'token.account_id'              => ['tokens', 'gone'],
    'token.created_by'              => [{-not => $told}, 'gone'],
    'user_group_member.account_id'  => ['groups', 'gone'],
);

# Somebody who has left a trace wherever one can: made over REST where that can be done in a line or two.
my $from = '203.0.113.77';

sub trace {
    my ($name) = @_;
    my $address = "$name\@canary.example";
    my $password = $desk->tool_ok('account', 'add', $name, '--address', $address, '--proven',
        '--display-name', 'Canarymaria Person', '--random-password', '--json')->{password};
    $desk->tool_ok('role', 'add', 'customer', $name, '--desk', 'D1');
    $desk->tool_ok('group', 'join', 'G1', $name);
    $desk->tool_ok('account', $_, $name) for 'disable', 'enable';
    my @from = ('X-Test-From' => $from);
    my $basic = $desk->as('')->basic($name, $password);
    my $token = $basic->post("$own/token", {label => 'canarymaria at home', scopes => ['read', 'write', 'manage']},
        @from)->json->{token};
    my $maria = $desk->as('')->bearer($token)->with(@from);
    my %request = (serviceDeskId => $desk->thing('D1')->{id}, requestTypeId => $desk->thing('T1')->{id});
    my $key = $maria->post("$api/request",
        {%request, requestFieldValues => {summary => 'My chair', description => 'It creaks.'}},
        'Idempotency-Key' => 'canarymaria')->json('/issueKey');
    my $o1 = $desk->thing('O1')->{id};
    my @calls = (
        [$desk->as('ag1'), POST => "$api/organization/$o1/user", {usernames => [$name]}, 204],
        [$maria, POST => "$own/account/second-factor", {currentPassword => $password}, 201],
        [$maria, POST => "$api/request/$key/comment", {body => 'Still.', public => \1}, 201],
        [$maria, POST => "$api/request/$key/participant", {usernames => ['c2']}, 200],
        [$maria, DELETE => "$api/request/$key/notification", undef, 204],
        [$desk->as('c1'), POST => "$api/request/$r1/participant", {usernames => [$name]}, 200],
        [$desk->as(''), POST => '/rest/auth/1/session', {username => $name, password => $password}, 200, @from],
        [$desk->as(''), POST => '/rest/auth/1/session', {username => $name, password => 'wrong'}, 401, @from],
        [$desk->as(''), POST => "$own/account/reset", {address => $address}, 204, @from],
        [$desk->as('ag1'), POST => "$own/servicedesk/D1/invitation", {addresses => [$address]}, 200],
    );
    for my $call (@calls) {
        my ($who, $method, $path, $body, $code, @headers) = @$call;
        is $who->call($method, $path, $body, @headers)->code, $code, "$method $path";
    }
    my $id = $desk->value('SELECT id FROM account WHERE name = ?', $name);
    my ($c3, $d1) = ($desk->person('c3')->{id}, $desk->thing('D1')->{id});
    $dbh->do(@$_) for
        ['UPDATE request SET assignee_id = ? WHERE key = ?', undef, $id, $r1],
        ['INSERT INTO recovery_code (account_id, hash) VALUES (?, ?)', undef, $id, 'x'],
        ['INSERT INTO signup (address, address_key, display_name, password_hash, state, created, expires)'
            . q{ VALUES (?, ?, 'Canarymaria', 'x', 'waiting', 1, 1)}, undef, $address, $address],
        [q{INSERT INTO notice (kind, subject, first_at, last_at, times) VALUES ('licence.seat', ?, 1, 1, 1)}, undef,
            "internal/$name"],
        map({ ['INSERT INTO invitation (desk_id, account_id, invited_by, created, sent, expires)'
            . ' VALUES (?, ?, ?, 1, 1, 1)', undef, $d1, @$_] } [$id, undef], [$c3, $id]),
        ['INSERT INTO mailed_token (hash, kind, nonce, pepper, account_id, address, address_key, created_by, created,'
            . q{ expires) VALUES ('x', 'invite', 'x', 1, ?, 'c3@example.org', 'c3@example.org', ?, 1, 1)}, undef,
            $c3, $id],
        # Of another address that the person once wanted, and only of the account.
        ['INSERT INTO mailed_token (hash, kind, nonce, pepper, account_id, address, address_key, created, expires)'
            . q{ VALUES ('y', 'address', 'y', 1, ?, 'other@canary.example', 'other@canary.example', 1, 1)}, undef, $id],
        ['INSERT INTO outbox (message_id, kind, account_id, address, mailbox, proven, counted, urgent, state, created,'
            . q{ due) VALUES ('y', 'welcome', ?, 'other@canary.example', 'other@canary.example', 0, 0, 0, 'queued', 1,}
            . ' 9000000000000)', undef, $id],
        # And of the address, before there was an account, and only of it.
        ['INSERT INTO mailed_token (hash, kind, nonce, pepper, address, address_key, created, expires)'
            . q{ VALUES ('z', 'verify', 'z', 1, ?, ?, 1, 1)}, undef, $address, $address],
        ['INSERT INTO outbox (message_id, kind, address, mailbox, proven, counted, urgent, state, created, due)'
            . q{ VALUES ('z', 'welcome', ?, ?, 0, 0, 0, 'queued', 1, 9000000000000)}, undef, $address, $address];
    return ($id, $key, $maria);
}

# "table.column" of all that refers to accounts.
sub account_columns {
    my @found;
    for my $table ($desk->{db}->tables($dbh)) {
        my %refers = map { $_ => 1 } $desk->{db}->references($dbh, $table, 'account');
        push @found, map {"$table.$_"} grep { $refers{$_} || /account_id$|_by$/ } $desk->{db}->columns($dbh, $table);
    }
    return sort @found;
}

sub rows_of {
    my ($column, $id) = @_;
    my ($table, $name) = split /\./, $column;
    return $desk->value("SELECT count(*) FROM $table WHERE $name = ?", $id);
}

subtest 'a person is forgotten' => sub {
    my $name = 'canarymaria';
    my ($id, $key, $maria) = trace($name);
    is_deeply [account_columns()], [sort keys %columns], 'every column that refers to accounts has its line';
    is join(' ', grep { !rows_of($_, $id) } sort keys %columns), '', 'in each there is a trace';
    cmp_ok scalar(my @before = places_of('canarymaria')), '>=', 10, 'the name is in many places';
    cmp_ok scalar(@before = places_of($from)), '>=', 2, 'and so is where it came from';
    my $export = $desk->tool_ok('account', 'export', $name, '--json');
    is join(' ', map { $_->[0] } grep { !ref $_->[1] && !@{$export->{$_->[1]} // []} }
        map { [$_, $columns{$_}[0]] } sort keys %columns), '', 'each is in the export, or has its reason';
    is $export->{profile}{failedSignIns}, 1, 'with the sign-ins that failed';
    ok scalar(grep { $_->{act} eq 'account.disable' } @{$export->{auditOfAccount}}), 'what others did to the account';
    is_deeply $export->{subscriptions}, [{issueKey => $key, subscribed => JSON::PP::false()}], 'and choices';
    unlike Mojo::JSON::encode_json($export), qr/c3\@example|Customer (?:One|Two|Three)|Agent One/, 'and nobody else';

    is $desk->as('sa')->post("$own/account/$name/anonymise", {})->code, 204, 'anonymised';
    is_deeply [places_of('canarymaria')], [], 'no name, address or label is left in any table';
    is_deeply [places_of('canary.example')], [], 'nor the domain of the address';
    is_deeply [places_of($from)], [], 'nor where it came from';
    is join(' ', grep { !ref $columns{$_}[1] && rows_of($_, $id) } sort keys %columns), '', 'no reason: it is gone';
    is join(' ', grep { ref $columns{$_}[1] && !rows_of($_, $id) } sort keys %columns), '', 'what has one is not';
    is_deeply $desk->rows('SELECT failures, sign_ins, failed_sign_ins, last_sign_in, previous_sign_in,'
        . ' last_failed_sign_in FROM account WHERE id = ?', $id), [{failures => 0, sign_ins => 0, failed_sign_ins => 0,
        map { $_ => undef } qw(last_sign_in previous_sign_in last_failed_sign_in)}], 'nor when it was here';
    is_deeply $desk->rows('SELECT password_hash, address, address_key, language, system_admin, state FROM account'
        . ' WHERE id = ?', $id), [{system_admin => 0, state => 'anonymised',
        map { $_ => undef } qw(password_hash address address_key language)}], 'nor a password';
    is $maria->get('/rest/api/2/myself')->code, 401, 'the token is dead';
    my $seen = $desk->as('ag1')->get("$api/request/$key");
    is $seen->code, 200, 'the request stays';
    is $seen->json('/reporter/displayName'), 'Former user', 'and is a former user\'s';
    is $seen->json('/reporter/active'), Mojo::JSON::false(), 'who is not active';
    is $seen->json('/reporter/emailAddress'), undef, 'and has no address';
    my ($code, $out, $err) = $desk->tool('account', 'enable', $desk->value('SELECT public_id FROM account WHERE id = ?',
            $id));
    is $code, 1, 'it is final';
    is $desk->as('sa')->post("$own/account/$name/anonymise", {})->code, 404, 'the old name is nobody\'s';

    $desk->tool_ok('account', 'add', $name, '--address', "$name\@canary.example", '--proven', '--random-password');
    my $again = $desk->tool_ok('account', 'export', $name, '--json');
    is_deeply [map { scalar @{$again->{$_}} } qw(requests comments roles participations tokens)], [0, 0, 0, 0, 0],
        'whoever comes with the same name and address later gets nothing of the old';
    my ($last) = $desk->as('sa')->post("$own/account/sa/anonymise", {});
    is $last->code, 409, 'the last system administrator stays';
};

subtest 'reading the audit' => sub {
    my $sa = $desk->as('sa');
    my $page = $sa->get("$own/audit?limit=3")->json;
    is scalar(@{$page->{values}}), 3, 'a page';
    my @ids = map { $_->{id} } @{$page->{values}};
    is_deeply \@ids, [sort { $b <=> $a } @ids], 'the newest first';
    my $all = $desk->value('SELECT count(*) FROM audit');
    my ($count, $link) = (0, "$own/audit?limit=100");
    while ($link) {
        my $answer = $sa->get($link =~ s/^\Q@{[$desk->base]}\E//r)->json;
        $count += @{$answer->{values}};
        $link = $answer->{_links}{next};
        is !!$link, !$answer->{isLastPage}, 'next until the last page' if !$link;
    }
    is $count, $desk->value('SELECT count(*) FROM audit'), 'page by page all of it';
    my $mine = $sa->get("$own/audit?account=c1&limit=100")->json('/values');
    is_deeply [grep { $_->{actor} ne 'c1' } @$mine], [], 'by who acted';
    my $about = $sa->get("$own/audit?objectType=request&objectId=$r1")->json('/values');
    cmp_ok scalar(@$about), '>', 0, 'by object';
    is_deeply [grep { $_->{objectId} ne $r1 } @$about], [], 'of that object alone';
    my $acts = $sa->get("$own/audit?act=account.anonymise")->json;
    is_deeply [map { $_->{act} } @{$acts->{values}}], ['account.anonymise'], 'by act';
    is $sa->get("$own/audit?act=no.such&limit=1")->json('/isLastPage'), Mojo::JSON::true(), 'an act that nobody did';
    is $sa->get("$own/audit?account=nobody-at-all")->code, 404, 'somebody who is not there';
    is $sa->get("$own/audit?$_")->code, 400, "refused: $_"
        for 'before=x', 'objectType=request', 'since=yesterday', 'until=2026-02-30', 'limit=0';
    my $both = $sa->get("$own/audit?account=c1&objectType=request&objectId=$r1")->json('/values');
    is_deeply $both, [grep { $_->{actor} eq 'c1' } @$about], 'one filter narrows another';

    my $d1 = $desk->thing('D1');
    my $own_desk = $desk->as('da1')->get("$own/servicedesk/$d1->{id}/audit?limit=100")->json('/values');
    cmp_ok scalar(@$own_desk), '>', 5, 'a desk administrator reads that of the desk';
    is_deeply [grep { $_->{serviceDeskId} ne $d1->{id} || exists $_->{source} } @$own_desk], [],
        'of no other, and not from where people came';
    my $narrow = $desk->as('da1')->get("$own/servicedesk/$d1->{id}/audit?account=ag1&limit=100")->json('/values');
    is_deeply $narrow, [grep { $_->{actor} eq 'ag1' } @$own_desk], 'what somebody did on it';
    is_deeply $desk->as('da2')->get("$own/servicedesk/D2/audit?objectType=request&objectId=$r1")->json('/values'), [],
        'and nothing of another desk, by no filter';
    is $desk->as('sa')->delete("$own/audit")->code, 405, 'it cannot be deleted';
    is $desk->as('sa')->put("$own/audit", {})->code, 405, 'or changed';
};

subtest 'by time' => sub {
    my $sa   = $desk->as('sa');
    my $dbh  = $desk->dbh;
    my @ids  = map { $_->{id} } @{$desk->rows('SELECT id FROM audit ORDER BY id')};
    my $seal = $desk->value('SELECT count(*) FROM audit WHERE actor_mark IS NOT NULL');
    is $seal, 0, 'no row is sealed yet';
    # A day for each row, the newest today; and one that is a minute late.
    my $now = int(time) * 1000;
    my $at  = sub { my ($place) = @_; return $now - ($#ids - $place) * 86_400_000 };
    $dbh->begin_work;
    $dbh->do('UPDATE audit SET at = ? WHERE id = ?', undef, $at->($_), $ids[$_]) for 0 .. $#ids;
    $dbh->do('UPDATE audit SET at = ? WHERE id = ?', undef, $at->(10) - 60_000, $ids[11]);
    $dbh->commit;
    my $asked = sub {
        my ($query) = @_;
        my ($link, @found) = "$own/audit?limit=7&$query";
        while ($link) {
            my $page = $sa->get($link =~ s/^\Q@{[$desk->base]}\E//r)->json;
            push @found, map { $_->{id} } @{$page->{values}};
            $link = $page->{_links}{next};
        }
        return join ' ', @found;
    };
    my $ids = sub { return join ' ', reverse @ids[grep { $_ >= 0 && $_ <= $#ids } @_] };
    is $asked->('since=' . $at->(5) . '&until=' . $at->(9)), $ids->(5 .. 8), 'from one moment to another';
    is $asked->('until=' . $at->(10)), $ids->(0 .. 9, 11), 'before one, with the row that came late';
    is $asked->('since=' . $at->($#ids - 2)), $ids->($#ids - 2 .. $#ids), 'from one on';
    is $asked->('until=1999-12-31'), '', 'before all';
    is $asked->('since=2999-12-31T00:00:00Z'), '', 'after all';
    my $act = $desk->value('SELECT act FROM audit WHERE id = ?', $ids[6]);
    my @same = grep { $desk->value('SELECT act FROM audit WHERE id = ?', $ids[$_]) eq $act } 5 .. 8;
    is $asked->('since=' . $at->(5) . '&until=' . $at->(9) . "&act=$act"), $ids->(@same), 'and of one act';
    my $list = sub {
        return join ' ', map { $_->{id} } @{$desk->tool_ok('audit', 'list', '--json', '--limit', 100000, @_)};
    };
    is $list->('--since', $at->(5), '--until', $at->(9)), $ids->(5 .. 8), 'servicedeskctl finds the same';
    is $list->('--desk', 'D1', '--account', 'ag1'),
        join(' ', map { $_->{id} } @{$desk->rows(q{SELECT a.id FROM audit a JOIN account p ON p.id = a.account_id}
            . q{ JOIN desk d ON d.id = a.desk_id WHERE p.name = 'ag1' AND d.key = 'D1' ORDER BY a.id DESC})}),
        'by desk and account';
    is $list->(), join(' ', reverse @ids), 'all of it, over many pages';
    $dbh->do('UPDATE audit SET at = ?', undef, $now);
};

# One that has lost its pepper file.
my $lost = ServiceDesk::Test->new(fixture => 1, start => 0, allow => [qr/SD00003/]);
$lost->tool_ok('setting', 'set', 'audit_seal_seconds', '0');
$lost->put_file($lost->pepper, "no secret\n");
$lost->start;
my $start = time;

subtest 'the worker seals it' => sub {
    # And it looks at the directories: a group that new accounts get makes agents, by nobody's doing here.
    $desk->tool_ok('group', 'add', 'welcome');
    $desk->tool_ok('directory', 'set', 'internal', '--default-groups', 'welcome');
    $desk->tool_ok('role', 'add', 'agent', '--group', 'welcome', '--desk', 'D1', '--confirm');
    $desk->tool_ok('setting', 'set', 'audit_seal_seconds', '0');
    ok $desk->wait_for(sub { $desk->value('SELECT count(*) FROM audit_seal') }, 60), 'after some seconds';
    my ($code, $out) = $desk->tool('check');
    is "$code $out", '0 ', 'check finds nothing';
    is $desk->as('sa')->get("$own/audit?limit=100&before="
        . (1 + $desk->value('SELECT max(last_id) FROM audit_seal')))->json('/values/0/sealed'), Mojo::JSON::true(),
        'readers see that it is sealed';
    my $row = $desk->value('SELECT first_id FROM audit_seal ORDER BY id LIMIT 1');
    $dbh->do("UPDATE audit SET result = 'forged' WHERE id = ?", undef, $row);
    ($code, $out) = $desk->tool('check');
    is $code, 5, 'a row that was changed by hand is found';
    like $out, qr/audit: .*was changed/, 'and named';
    $dbh->do("UPDATE audit SET result = 'done' WHERE id = ?", undef, $row);
    ($code, $out) = $desk->tool('check');
    is "$code $out", '0 ', 'and nothing once it is as it was';
    my $last = $desk->value('SELECT max(last_id) FROM audit_seal');
    $dbh->do('DELETE FROM audit WHERE id >= (SELECT max(first_id) FROM audit_seal)');
    $dbh->do('DELETE FROM audit_seal WHERE last_id >= ?', undef, $last);
    ($code, $out) = $desk->tool('check');
    like $out, qr/audit: its end is missing/, 'an end that was cut off is found';
    is_deeply [map {"$_->{kind} $_->{subject} $_->{times}"} @{$desk->as('sa')->get("$own/notice")->json('/values')}],
        ['directory.default-group internal: welcome 1'], 'administrators were told of the group, once';
};

$desk->finish;

$lost->wait_for(sub { time - $start > 25 }, 30);
cmp_ok $lost->value('SELECT count(*) FROM audit'), '>', 0, 'there is something to seal';
is $lost->value('SELECT count(*) FROM audit_seal'), 0, 'but nobody seals without the key of the pepper file';
$lost->finish;

subtest 'mails of administrators' => sub {
    my $desk = ServiceDesk::Test->new(fixture => 1);
    my $sa = $desk->as('sa');
    $desk->tool_ok('account', 'disable', 'c1');
    my $mail = $sa->get("$own/mail?state=queued")->json('/values/0');
    is "$mail->{kind} $mail->{emailAddress} $mail->{state}", 'disabled c1@example.org queued', 'what waits is listed';
    is $sa->post("$own/mail/$mail->{id}/resend", {})->code, 409, 'what waits cannot be sent again';
    is $sa->delete("$own/mail/$mail->{id}")->code, 204, 'it can be dropped';
    is $sa->delete("$own/mail/$mail->{id}")->code, 409, 'once';
    is $sa->get("$own/mail?state=dropped")->json('/values/0/id'), $mail->{id}, 'and is listed there';
    is $sa->post("$own/mail/$mail->{id}/resend", {})->code, 204, 'then it can be sent after all';
    is_deeply [map { $_->{id} } @{$desk->tool_ok('mail', 'list', 'queued', '--json')}], [$mail->{id}],
        'servicedeskctl lists it';
    $desk->tool_ok('mail', 'drop', $mail->{id});
    $desk->tool_ok('mail', 'resend', $mail->{id});
    is $desk->value("SELECT count(*) FROM audit WHERE act IN ('mail.drop', 'mail.resend')"), 4, 'the audit knows';
    is $sa->get("$own/mail?state=$_")->code, 400, "no state: '$_'" for 'x', '';
    my ($code) = $desk->tool('mail', 'resend', '999999');
    is $code, 1, 'a mail that is not there';
    $desk->finish;
};

done_testing;
