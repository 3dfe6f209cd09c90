#!/usr/bin/perl
# What strangers learn about who and what is there: nothing. Cases: security.md 53, 56 to 61.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use List::Util ();
use Mojo::Util ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;
use Time::HiRes ();

my $session = '/rest/auth/1/session';
my $desk = ServiceDesk::Test->new(
    fixture => 1, modules => ['remoteip'],
    conf => "RemoteIPHeader X-Test-From\nRemoteIPInternalProxy 127.0.0.1\nServiceDeskPasswordCost 6\n"
);
my %thing = %{$desk->{world}{things}};
my %who = map { $_ => $desk->as($_, 'bearer') } qw(c1 c2 c3 c4 nobody ag1 ag2 da1 da2 sa);
my $an = $desk->as('');

# All that a client can see of an answer.
sub seen {
    my ($answer) = @_;
    my $headers = $answer->headers->to_hash;
    delete @$headers{qw(Date Keep-Alive)};
    return join "\n", $answer->code, (map {"$_: $headers->{$_}"} sort keys %$headers), '', $answer->body;
}

sub median {
    my @sorted = sort { $a <=> $b } @_;
    return $sorted[@sorted / 2];
}

subtest 'a sign-in says nothing about who is there' => sub {
    $desk->tool_ok('account', 'disable', 'nobody');
    $desk->dbh->do(q{UPDATE account SET failures = 100 WHERE name = 'c4'});
    my %name = (
        wrong => 'c1', unknown => 'nobody-of-that-name', disabled => 'nobody', 'locked out' => 'c4',
        foreign => 'ag1', address => 'c2@example.org',
        'unknown address' => 'stranger@example.org', odd => "c1' OR '1'='1", long => 'x' x 400
    );
    for my $face ('session', 'Basic') {
        my %answer;
        for my $kind (sort keys %name) {
            my @from = ('X-Test-From' => '192.0.2.' . (1 + length $kind));
            my $password = $name{$kind} eq 'nobody' ? $desk->person('nobody')->{password} : 'a wrong password';
            $password = $desk->person('c4')->{password} if $name{$kind} eq 'c4';
            $answer{$kind} = seen(
                  $face eq 'Basic'
                ? $desk->as('')->basic($name{$kind}, $password)->get(CORE . '/myself', @from)
                : $desk->as('')->post($session, {username => $name{$kind}, password => $password}, @from)
            );
        }
        like $answer{unknown}, qr/^401/, "$face: refused";
        is $answer{$_}, $answer{unknown}, "$_ reads like unknown" for sort keys %answer;
    }
    $desk->tool_ok('account', 'enable', 'nobody');
    $desk->dbh->do(q{UPDATE account SET failures = 0 WHERE name = 'c4'});
};

# Medians of interleaved tries. Each is from another network and for another name, so that no budget speaks; the
# bound is wide of the criterion (a tenth) for the sake of loaded machines, and far from the cost of a hash left out.
subtest 'nor does the time that it takes' => sub {
    my $cost = 9;
    my $timed = ServiceDesk::Test->new(
        fixture => 1, start => 0, modules => ['remoteip'],
        conf => "RemoteIPHeader X-Test-From\nRemoteIPInternalProxy 127.0.0.1\nServiceDeskPasswordCost $cost\n"
    );
    my @names = map {"timed$_"} 1 .. 12;
    $timed->start;
    $timed->tool_ok('account', 'add', $_, '--random-password') for @names;
    # The tool hashes at its own cost; these are as if they had been set here.
    my $password = $timed->tool_ok('account', 'add', 'model', '--random-password', '--json')->{password};
    is $timed->as('')->basic('model', $password)->get(CORE . '/myself')->code, 200, 'the model signs in';
    $timed->dbh->do(
        q{UPDATE account SET password_hash = (SELECT password_hash FROM account WHERE name = 'model')}
            . q{ WHERE name LIKE 'timed%'});
    $timed->dbh->do(
        q{UPDATE account SET state = 'disabled' WHERE name IN ('timed9', 'timed10', 'timed11', 'timed12')});
    my %time;
    my $agent = Mojo::UserAgent->new;
    my $i = 0;
    for my $round (1 .. 40) {
        my %name = (known => $names[$round % 8], disabled => $names[8 + $round % 4], unknown => "stranger$round");
        for my $kind (List::Util::shuffle(keys %name)) {
            my $from = '10.1.' . ++$i % 250 . '.' . $round;
            my $start = Time::HiRes::time();
            my $code = $agent->post($timed->base . $session, {'X-Test-From' => $from},
                json => {username => $name{$kind}, password => 'a wrong password'})->res->code;
            push @{$time{$kind}}, Time::HiRes::time() - $start if $code == 401;
        }
    }
    my %median = map { $_ => median(@{$time{$_}}) } keys %time;
    diag join ', ', map { sprintf '%s %.1f ms', $_, 1000 * $median{$_} } sort keys %median;
    for my $kind (qw(disabled unknown)) {
        my $ratio = $median{$kind} / $median{known};
        ok $ratio > 0.6 && $ratio < 1.6, "$kind takes as long as known" or diag $ratio;
    }
    $timed->finish;
};

subtest 'not yours is not there' => sub {
    my %pair = (
        "/request/$thing{R2}{key}" => '/request/D2-999', "/request/$thing{R2}{id}" => '/request/999999',
        "/request/$thing{RX}{key}" => '/request/D1-999',
        "/servicedesk/$thing{D2}{id}" => '/servicedesk/9999', '/servicedesk/D2' => '/servicedesk/ZZ',
        "/organization/$thing{O2}{id}" => '/organization/9999',
        "/request/$thing{R2}{key}/comment" => '/request/D2-999/comment',
        "/request/$thing{R2}{key}/comment/$thing{R2}{public}" => '/request/D2-999/comment/1',
        "/request/$thing{RP}{key}/comment/$thing{RP}{internal}" => "/request/$thing{RP}{key}/comment/999999",
        "/servicedesk/$thing{D2}{id}/requesttype/$thing{T2}{id}" => '/servicedesk/9999/requesttype/1',
        "/servicedesk/$thing{D1}{id}/requesttype/$thing{T2}{id}" => "/servicedesk/$thing{D1}{id}/requesttype/9999",
        "/servicedesk/$thing{D2}{id}/queue/1" => '/servicedesk/9999/queue/1',
        "/organization/$thing{O2}{id}/property/tier" => '/organization/9999/property/tier',
    );
    for my $theirs (sort keys %pair) {
        for my $case (
            ['GET'], ['HEAD'], ['GET', 'If-None-Match' => '*'], ['GET', Range => 'bytes=0-0'],
            ['GET', 'If-Modified-Since' => 'Thu, 01 Jan 2026 00:00:00 GMT'],
            ['DELETE'], ['POST', 'Content-Type' => 'application/json'], ['OPTIONS']
        ) {
            my ($method, @headers) = @$case;
            my ($a, $b) = map { seen($who{c2}->call($method, API . $_, undef, @headers)) } $theirs, $pair{$theirs};
            is $a, $b, "$method $theirs @headers";
        }
    }
    for my $path ("/request/$thing{R1}{key}", '/request/D1-999', '/request/ZZ-1', "/servicedesk/$thing{D1}{id}",
        '/servicedesk/9999', '/user', '/organization/9999') {
        is seen($an->get(API . $path)), seen($an->get(API . '/request/ZZZZ-1')), "anonymous: $path"
            if $path ne '/user';
        is seen($an->get(CORE . '/issue/' . $path =~ s{.*/}{}r)), seen($an->get(CORE . '/issue/ZZZZ-1')),
            "in the core API"
            if $path =~ /request/;
    }
};

subtest 'a walk over keys and ids' => sub {
    my (%by_key, %by_id);
    $by_key{seen($who{c1}->get(API . "/request/D2-$_"))}++ for 1 .. 30;
    is scalar(keys %by_key), 1, 'keys of another desk: all answers are one';
    $by_id{seen($who{c4}->get(API . '/request/' . ($thing{R1}{id} + $_)))}++
        for grep { $thing{R1}{id} + $_ != $thing{R2}{id} } -5 .. 15;
    is scalar(keys %by_id), 1, 'ids too';
};

subtest 'people' => sub {
    my @probe =
        ('a' .. 'z', '@', '%', '_', '%%', '', 'c1', 'example', 'Customer', '%25', "'", '*', '\\', 'customer one');
    my $search = CORE . '/user/search';
    for my $query (@probe) {
        my $escaped = Mojo::Util::url_escape($query);
        is $an->get("$search?query=$escaped")->code, 401, "nobody searches: $query";
        for my $name (qw(c1 c2 c4 nobody)) {
            my $answer = $who{$name}->get("$search?query=$escaped");
            my @others =
                $answer->code == 200
                ? grep { $_->{accountId} ne $desk->person($name)->{accountId} } @{$answer->json}
                : ();
            is scalar(@others), 0, "$name finds nobody else by '$query'";
        }
    }
    for my $wild ('%', '_', '%%', '*', '%1', '_1') {
        my $answer = $who{ag1}->get("$search?query=" . Mojo::Util::url_escape($wild));
        is $answer->code == 200 ? scalar @{$answer->json} : 0, 0, "$wild stands for itself";
    }
    for my $path ("/user?username=%s", "/user?accountId=%s", "/user?key=%s") {
        my ($known, $unknown) =
            map { my $one = $_; seen($who{c2}->get(CORE . sprintf $path, $one)) }
            ($path =~ /username/ ? 'c4' : $desk->person('c4')->{accountId}),
            ($path =~ /username/ ? 'c9' : 'f' x 24);
        is $known, $unknown, "$path: one who is there reads like one who is not";
    }
};

# A customer who names somebody learns nothing about whether that somebody is there.
subtest 'participants by name' => sub {
    my $path = API . "/request/$thing{R1}{key}/participant";
    my %answer = map { my $name = $_; $name => seen($who{c1}->post($path, {usernames => [$name]})) }
        qw(c4 ag2 c9 sa nobody-there);
    my $strip =
        sub { my ($text, $name) = @_; return $text =~ s/"\Q$name\E\\"/"NAME\\"/gr =~ s/^Content-Length: .*\n//mr };
    my $unknown = $strip->($answer{c9}, 'c9');
    is $strip->($answer{$_}, $_), $unknown, "$_ reads like c9, who is not there" for sort keys %answer;
    unlike join('', values %answer), qr/Customer Four|Agent Two|System Admin/, 'no display name';
    is $desk->value('SELECT count(*) FROM participant WHERE request_id = ?', $thing{R1}{id}), 0, 'nobody was added';
};

# What the lists hold is what they say that they hold.
# Naming somebody tells whether there is such an account: a budget for who may not look people up. Case: 63.
subtest 'guessing names' => sub {
    my $d1 = $thing{D1}{id};
    $desk->as('da1')->put(OWN . "/servicedesk/$d1/requesttype/$thing{T1}{id}/field", {fields => [
        {fieldId => 'summary', name => 'Summary'}, {name => 'Who', kind => 'user', required => \0},
    ]})->code == 200 or die 'no field for a user';
    my ($field) = map { $_->{fieldId} } grep { $_->{name} eq 'Who' }
        @{$who{c3}->get(API . "/servicedesk/$d1/requesttype/$thing{T1}{id}/field")->json->{requestTypeFields}};
    my %mine = (serviceDeskId => $d1, requestTypeId => $thing{T1}{id});
    my %guess = (
        'a participant, validated' => sub {
            my ($who, $name) = @_;
            return $who->post(API . '/request/validate',
                {%mine, requestFieldValues => {summary => 'x'}, requestParticipants => [$name]});
        },
        'a participant, raised' => sub {
            my ($who, $name) = @_;
            return $who->post(API . '/request',
                {%mine, requestFieldValues => {summary => 'x'}, requestParticipants => [$name]});
        },
        'a participant, added' => sub {
            my ($who, $name) = @_;
            return $who->post(API . "/request/$thing{RS}{key}/participant", {usernames => [$name]});
        },
        'a user in a field' => sub {
            my ($who, $name) = @_;
            return $who->post(API . '/request',
                {%mine, requestFieldValues => {summary => 'x', $field => {accountId => $name}}});
        },
    );
    is $guess{'a participant, validated'}->($who{c3}, 'c2')->code, 200, 'c3 names c2' for 1 .. 40;
    my $count = $desk->value('SELECT count(*) FROM request');
    my (@codes, $number);
    for my $kind (sort keys %guess) {
        push @codes, $guess{$kind}->($who{c3}, 'guess' . ++$number . '@example.org')->code for 1 .. 7;
    }
    is join(' ', @codes), join(' ', (400) x 28), 'twenty-eight wrong names';
    my @names = map {"guess-$_\@example.org"} 1 .. 20;
    my $many = $who{c3}->post(API . "/request/$thing{RS}{key}/participant", {usernames => \@names});
    is $many->code, 429, 'twenty at once are twenty';
    like $many->headers->header('Retry-After'), qr/^[1-9]\d*\z/, 'and when to come again';
    for my $kind (sort keys %guess) {
        is $guess{$kind}->($who{c3}, $_)->code, 429, "$kind: no more, right or wrong" for 'guess@example.org', 'c2';
    }
    is $desk->value('SELECT count(*) FROM request'), $count, 'nothing was written';
    is $who{c3}->post(API . '/request', {%mine, requestFieldValues => {summary => 'x'}})->code, 201,
        'what names nobody goes on';
    my $ask = $guess{'a participant, validated'};
    is $ask->($who{c2}, 'guess@example.org')->code, 400, 'others have a budget of their own';
    is $ask->($who{ag1}, "guess$_\@example.org")->code, 400, 'agents look people up anyway' for 1 .. 40;
};

subtest 'counts' => sub {
    my @lists = (
        API . '/request', API . '/request?requestOwnership=ALL_REQUESTS', API . '/servicedesk',
        API . '/organization', API . "/servicedesk/$thing{D1}{id}/customer",
        API . '/requesttype', API . "/servicedesk/$thing{D1}{id}/queue/1/issue",
        API . "/request/$thing{R1}{key}/comment", API . "/request/$thing{RP}{key}/comment",
        API . "/organization/$thing{O1}{id}/user", API . "/request/$thing{RP}{key}/participant"
    );
    for my $name (qw(c1 c2 c3 c4 ag1 ag2 nobody)) {
        for my $list (@lists) {
            my $whole = $who{$name}->get($list);
            next if $whole->code != 200;
            my $join = $list =~ /\?/ ? '&' : '?';
            my ($start, @rows, $wrong) = (0);
            while (1) {
                my $page = $who{$name}->get("$list${join}start=$start&limit=1")->json;
                push @rows, @{$page->{values}};
                $wrong ||= $page->{size} != @{$page->{values}};
                last if $page->{isLastPage} || @rows > 50;
                $start++;
            }
            is_deeply [$wrong || 0, scalar(@rows)], [0, scalar @{$whole->json->{values}}], "$name: $list by ones";
        }
    }
    is_deeply [map { $_->{body} } @{$who{c1}->get(API . "/request/$thing{R1}{key}/comment")->json->{values}}],
        ['canary_R1_public'], 'no gap where an internal comment is';
};

# Words of a desk in whatever a stranger to it is told.
subtest 'names of what is elsewhere' => sub {
    my @errors = map { $who{c4}->call(@$_) } (
        [GET => API . '/servicedesk/D1'],
        [
            POST => API . '/request',
            {
                serviceDeskId => $thing{D1}{id}, requestTypeId => $thing{T1}{id},
                requestFieldValues => {summary => 'x'}
            }
        ],
        [
            POST => API . '/request',
            {
                serviceDeskId => $thing{D2}{id}, requestTypeId => $thing{T1}{id},
                requestFieldValues => {summary => 'x'}
            }
        ],
        [GET => API . "/requesttype?serviceDeskId=$thing{D1}{id}"],
        [GET => API . '/requesttype?searchQuery=Type'],
        [GET => API . "/request?serviceDeskId=$thing{D1}{id}"],
        [GET => CORE . '/field'],
        [GET => API . '/servicedesk'],
        [GET => API . '/organization'],
    );
    unlike join("\n", map { $_->body . $_->headers->to_string } @errors),
        qr/Desk D1|Type T1|canary_(?:T1|O1|R1|RS|RP)/, 'c4 reads no word of D1';
};

$desk->finish;
done_testing;
