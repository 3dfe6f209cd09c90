#!/usr/bin/perl
# Requests that a foreign page makes a browser send: every route that changes something, by everything that a browser
# sends by itself. Cases: security.md 92 to 96, 98. (The rules for one route are in t/rest-gate.t, the bridge's in
# t/bridge.t.)
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::JSON ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk =
    ServiceDesk::Test->new(fixture => 1,
    conf =>
        "<Location /rest/servicedesk/1/token>\nAuthType Basic\nAuthName x\nAuthBasicProvider "
            . "htpasswd\nRequire valid-user\nServiceDeskDirectory htpasswd\n</Location>\n"
    );
my %thing = %{$desk->{world}{things}};
my $dbh = $desk->dbh;
$desk->tool_ok('setting', 'set', 'audit_seal_seconds', '999999999');
my $now = time * 1000;    # or they are swept away
$dbh->do("INSERT INTO outbox (id, message_id, kind, address, mailbox, proven, counted, urgent, state, created, due,"
    . " done) VALUES ($_->[0], '$_->[0]', 'welcome', 'x\@example.org', 'x\@example.org', 0, 0, 0, '$_->[1]', $now,"
    . " $now, $_->[2])")
    for [901, 'dead', $now], [902, 'queued', 'NULL'];
# The audit tells of what was refused.
sub state_now { return contents_of($desk, qw(session audit)) }

my $r1 = API . "/request/$thing{R1}{key}";
my $d1 = API . "/servicedesk/$thing{D1}{id}";
my $own = OWN . "/servicedesk/$thing{D1}{id}";
my $o1 = API . "/organization/$thing{O1}{id}";
my $g1 = OWN . "/group/$thing{G1}{id}";
# One call that works, for every row of the route table that changes something.
my @calls = (
    [ag1 => POST => "$o1/user", {usernames => ['c2']}], [ag1 => DELETE => "$o1/user", {usernames => ['c3']}],
    [ag1 => PUT => "$o1/property/forged", 1], [ag1 => DELETE => "$o1/property/tier"],
    [sa => DELETE => $o1], [ag1 => POST => API . '/organization', {name => 'Forged'}],
    [sa => POST => API . '/customer', {email => 'forged@example.org', displayName => 'x'}],
    [ag1 => POST => "$d1/organization", {organizationId => $thing{O2}{id}}],
    [ag1 => DELETE => "$d1/organization", {organizationId => $thing{O1}{id}}],
    [ag1 => POST => "$d1/customer", {usernames => ['c4']}],
    [da1 => DELETE => "$d1/customer", {usernames => ['c3']}],
    [da1 => POST => "$d1/requesttype", {issueTypeId => '1', name => 'Forged', description => '', helpText => ''}],
    [da1 => DELETE => "$d1/requesttype/$thing{T1}{id}"],
    [da1 => PUT => "$own/requesttype/$thing{T1}{id}/field", {fields => []}],
    [da1 => PUT => "$own/requesttypegroup", {groups => []}],
    [c1 => POST => OWN . '/signup', {email => 'forged@example.org', displayName => 'x', password => 'x'}],
    [c1 => POST => OWN . '/signup/verify', {token => 'sdv_' . 'A' x 43, password => 'x'}],
    [ag1 => POST => "$own/invitation", {addresses => 'forged@example.org'}], [ag1 => DELETE => "$own/invitation/1"],
    [c1 => POST => OWN . '/invitation', {token => 'sdi_' . 'A' x 43}],
    [c1 => POST => OWN . '/invitation/accept', {token => 'sdi_' . 'A' x 43}],
    [sa => POST => OWN . '/signup/waiting/1', {}], [sa => DELETE => OWN . '/signup/waiting/1'],
    [ag1 => POST => "$own/signup/1", {}], [ag1 => DELETE => "$own/signup/1"],
    [sa => PUT => OWN . '/setting/captcha', {value => \1}],
    [sa => PUT => OWN . '/signup/settings', {publicSignup => \1}], [sa => POST => OWN . '/signup/restore', {}],
    [sa => PUT => OWN . "/organization/$thing{O1}{id}/domain", {domains => ['forged.example']}],
    [sa => POST => OWN . '/mail/901/resend', {}], [sa => DELETE => OWN . '/mail/902'],
    [sa => POST => OWN . '/account/nobody/anonymise', {}],
    [sa => PUT => OWN . '/domain', {blocked => ['forged.example']}],
    [da1 => PUT => "$own/access", {access => 'accounts'}], [da1 => PUT => "$own/domain", {blocked => ['f.example']}],
    [sa => POST => OWN . '/group', {name => 'forged'}], [sa => PUT => "$g1", {description => 'forged'}],
    [sa => POST => "$g1/member", {usernames => ['c1']}], [sa => PUT => "$g1/member", {usernames => ['c1']}],
    [sa => DELETE => "$g1/member", {usernames => ['c4']}], [sa => POST => "$g1/group", {groups => []}],
    [sa => PUT => "$g1/group", {groups => []}], [sa => DELETE => "$g1/group", {groups => []}],
    [sa => DELETE => $g1], [da1 => POST => "$own/role/customer", {usernames => ['nobody']}],
    [da1 => PUT => "$own/role/customer", {usernames => ['c1']}],
    [da1 => DELETE => "$own/role/customer", {usernames => ['c2']}],
    [sa => PUT => OWN . '/licence', {limit => 7}],
    [sa => DELETE => OWN . '/notice/1'],
    [sa => POST => OWN . '/directory', {name => 'forged'}],
    [sa => PUT => OWN . '/directory/htpasswd', {position => 7}],
    [sa => PUT => OWN . '/account/' . $desk->person('c4')->{accountId} . '/portalonly', {portalOnly => \1}],
    [sa => PUT => OWN . '/account/' . $desk->person('c4')->{accountId} . '/directory', {directory => 'htpasswd'}],
    [
        c1 => POST => API . '/request',
        {
            serviceDeskId => $thing{D1}{id}, requestTypeId => $thing{T1}{id},
            requestFieldValues => {summary => 'forged'}
        }
    ],
    [
        c1 => POST => API . '/request/validate',
        {
            serviceDeskId => $thing{D1}{id}, requestTypeId => $thing{T1}{id},
            requestFieldValues => {summary => 'forged'}
        }
    ],
    [c1 => POST => "$r1/comment", {body => 'forged', public => \1}],
    [c1 => POST => "$r1/participant", {usernames => ['c2']}],
    [c1 => DELETE => API . "/request/$thing{RP}{key}/participant", {usernames => ['c2']}],
    [ag1 => POST => "$r1/transition", {id => $thing{D1}{cancel}}],
    [c1 => PUT => "$r1/notification"],
    [c1 => DELETE => "$r1/notification"],
    [ag1 => PUT => OWN . "/request/$thing{R1}{key}/assignee", {name => 'ag1'}],
    [ag1 => DELETE => OWN . "/request/$thing{R1}{key}/assignee"],
    (map { [da1 => DELETE => "/rest/api/$_/issue/$thing{R1}{key}"] } 2, 3, 'latest'),
    [c1 => DELETE => '/rest/auth/1/session'],
    [c1 => DELETE => '/rest/auth/latest/session'],
    [c1 => DELETE => OWN . '/session'],
    [ag1 => POST => OWN . '/token', {label => 'forged', scopes => ['read']}],
    [ag1 => DELETE => OWN . '/token/' . $desk->person('ag1')->{tokenId}],
    [c1 => POST => OWN . '/account/confirm', {password => $desk->person('c1')->{password}}],
    [
        c1 => PUT => OWN . '/account/password',
        {currentPassword => $desk->person('c1')->{password}, newPassword => 'a forged password 1'}
    ],
    [c1 => POST => OWN . '/session/link', {address => 'c1@example.org'}],
    [c1 => PUT => OWN . '/session/link', {token => 'sdl_' . 'A' x 43}],
    [c1 => POST => OWN . '/account/reset', {address => 'c1@example.org'}],
    [c1 => PUT => OWN . '/account/reset', {token => 'sdr_' . 'A' x 43, newPassword => 'a forged password 1'}],
    [
        c1 => POST => OWN . '/account/address',
        {address => 'forged@example.org', currentPassword => $desk->person('c1')->{password}}
    ],
    [c1 => PUT => OWN . '/account/address', {token => 'sda_' . 'A' x 43}],
    [c1 => POST => OWN . '/account/address/back', {token => 'sdb_' . 'A' x 43}],
    [c1 => DELETE => OWN . '/account/session/x'],
    [c1 => POST => OWN . '/account/second-factor', {}],
    [c1 => PUT => OWN . '/account/second-factor', {code => '000000'}],
    [c1 => DELETE => OWN . '/account/second-factor', {code => '000000'}],
    [c1 => POST => OWN . '/account/second-factor/codes', {code => '000000'}],
    [da1 => PUT => $own, {name => 'Forged'}],
    [da1 => PUT => "$own/requesttype/$thing{T1}{id}", {restricted => \1}],
    [c1 => POST => '/rest/auth/1/session', {username => 'c1', password => $desk->person('c1')->{password}}],
    [c1 => POST => '/rest/auth/latest/session', {username => 'c1', password => $desk->person('c1')->{password}}],
);

subtest 'every route is here' => sub {
    my %covered;
    for my $call (@calls) {
        my $path = $call->[2];
        $covered{"$call->[1] $path"} = 1;
    }
    for my $file (glob $desk->top . '/mod_servicedesk/rest/routes*.{c,inc}') {
        my $text = ServiceDesk::Test::slurp($file);
        while ($text =~ /\bSD_ROUTE(?:_WITH)?\(\s*"(POST|PUT|DELETE)",\s*"([^"]+)"/g) {
            my ($method, $route) = ($1, $2);
            my $pattern = join '[^/]+', map {quotemeta} split /\{\w+\}/, $route, -1;
            is scalar(grep {/^$method $pattern\z/} keys %covered) > 0, 1, "$method $route";
        }
    }
};

my %basic = map { $_ => $desk->as($_) } qw(c1 ag1 da1 sa);
my %session = map { $_ => $desk->as($_, 'session') } qw(c1 ag1 da1 sa);
$_->get(CORE . '/myself') for values %basic;
# What else a foreign page can choose, with credentials that the browser adds.
my %foreign = (
    'a foreign origin' => [Origin => 'https://evil.example'], 'no origin' => [Origin => 'null'],
    'another port' => [Origin => 'http://127.0.0.1:1'],
    'another scheme' => [Origin => $desk->base =~ s/^http/https/r],
    'cross-site' => ['Sec-Fetch-Site' => 'cross-site'], 'same-site' => ['Sec-Fetch-Site' => 'same-site'],
    'ours by word' => [Origin => $desk->base, 'Sec-Fetch-Site' => 'cross-site'],
    'a longer origin' => [Origin => $desk->base . '.evil.example'],
);

subtest 'from a foreign page' => sub {
    $desk->wait_for_words;
    my $before = state_now();
    my @sessions = $desk->value('SELECT count(*) FROM session');
    for my $call (@calls) {
        my ($who, $method, $path, $body) = @$call;
        my @codes;
        for my $kind (sort keys %foreign) {
            for my $caller ($path =~ m{/token} ? $basic{$who} : ($basic{$who}, $session{$who})) {
                my $text = defined $body ? Mojo::JSON::encode_json($body) : undef;
                push @codes,
                    $caller->call($method, $path, $text, 'Content-Type' => 'application/json', @{$foreign{$kind}})
                    ->code;
            }
        }
        is join(' ', grep { $_ != 403 } @codes), '', "$method $path: 403 each time";
    }
    is_deeply state_now(), $before, 'nothing changed';
    is $desk->value('SELECT count(*) FROM session'), $sessions[0], 'no session came or went';
};

subtest 'as a form' => sub {
    my $before = state_now();
    for my $call (grep { $_->[1] eq 'POST' } @calls) {
        my ($who, $method, $path, $body) = @$call;
        my $text = Mojo::JSON::encode_json($body);
        for my $type ('text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x',
            'application/json;charset=utf-16', 'text/plain; application/json', 'application/jsonx', undef) {
            my $code = $basic{$who}->call($method, $path, $text, 'Content-Type' => $type)->code;
            is $code, 415, "$path as " . ($type // 'nothing');
        }
    }
    is_deeply state_now(), $before, 'nothing changed';
};

subtest 'by GET and HEAD' => sub {
    my $before = state_now();
    for my $call (@calls) {
        my ($who, undef, $path, $body) = @$call;
        my $query = join '&', map {"$_=1"} ref $body eq 'HASH' ? sort keys %$body : (), qw(_method method action);
        for my $method (qw(GET HEAD OPTIONS)) {
            my $code = $basic{$who}->call($method, "$path?$query", undef)->code;
            cmp_ok $code, '<', 500, "$method $path" if $code >= 500;
        }
        $session{$who}->get("$path?$query", 'Sec-Fetch-Site' => 'none');
    }
    is_deeply state_now(), $before, 'nothing changed';
};

# A form that is sent with a method override, or a page of our own site that was tricked into a link.
subtest 'a token needs no more; beside a session it stands alone' => sub {
    my $c1 = $desk->as('c1', 'bearer');
    my ($cookie) = map { $_->name . '=' . $_->value } @{$session{ag1}->cookies};
    is $c1->post("$r1/comment", {body => 'from anywhere', public => \1}, Origin => 'https://evil.example')->code,
        201, 'a Bearer from anywhere';
    is $c1->get("$r1/comment/$thing{R1}{internal}", Cookie => $cookie)->code, 404,
        'with an agent\'s session beside it';
    is $desk->as('')->bearer('sdp_' . 'A' x 43)
        ->post("$r1/comment", {body => 'x', public => \1}, Cookie => $cookie, Origin => 'https://evil.example')
        ->code, 401, 'a bad one does not excuse the session';
    is $desk->as('')->with(Authorization => 'Bearer')
        ->post("$r1/comment", {body => 'x', public => \1}, Cookie => $cookie, Origin => 'https://evil.example')
        ->code, 401, 'nor an empty one';
};

$desk->finish;
done_testing;
