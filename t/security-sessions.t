#!/usr/bin/perl
# Sessions, and who one is when several things say it. Cases: security.md 1, 2, 3, 5, 7, 8, 9, 10, 11, 12, 14 to 20.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::JSON ();
use Mojo::Util ();
use Socket ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $session = '/rest/auth/1/session';
my $myself = CORE . '/myself';
my $desk = ServiceDesk::Test->new(
    fixture => 1, location => "</Location>\n<Location /guarded>\nSetHandler None\nAuthType ServiceDesk\n"
        . 'Require servicedesk account', conf => "Alias /guarded \"/\"\n"
);
my $r1 = API . '/request/' . $desk->thing('R1')->{key};
my $an = $desk->as('');

sub header { my ($answer, $name) = @_; return $answer->headers->header($name) // '' }
sub credentials { my ($name) = @_; return {username => $name, password => $desk->person($name)->{password}} }

# Signs in on a connection without memory; gives the cookie's value and the answer.
sub sign_in {
    my ($name, @headers) = @_;
    my $caller = $desk->as('');
    $caller->agent->cookie_jar->ignore(sub {1});
    my $answer = $caller->post($session, credentials($name), @headers);
    my ($value) = header($answer, 'Set-Cookie') =~ /^servicedesk=([^;]*)/;
    return ($value, $answer);
}

sub with_cookie {
    my ($value, $path, @more) = @_;
    my $caller = $desk->as('');
    return $caller->get($path // $myself, Cookie => "servicedesk=$value", @more);
}

subtest 'no id of somebody else\'s making' => sub {
    for my $own ('A' x 47, 'sds_' . 'A' x 43, '', '"x"') {
        my ($value, $answer) = sign_in('c1', Cookie => "servicedesk=$own");
        is $answer->code, 200, 'signed in';
        like $value, qr/\Asds_[A-Za-z0-9_-]{43}\z/, 'a new id of 256 bits';
        isnt $value, $own, 'not the one that was brought';
        is with_cookie($own)->code, 401, 'which opens nothing';
        is with_cookie($value)->code, 200, 'the new one does';
    }
    my ($first) = sign_in('c1');
    my ($second) = sign_in('c1', Cookie => "servicedesk=$first");
    isnt $second, $first, 'another at each sign-in';
    is with_cookie($first)->code, 401, 'the one before is over';
    is with_cookie($second)->code, 200, 'the new one is not';
    my %seen;
    $seen{(sign_in('c2'))[0]}++ for 1 .. 40;
    is scalar(keys %seen), 40, 'none twice';
    is scalar(keys %{{map { substr($_, 4, 6) => 1 } keys %seen}}), 40, 'and nothing in common';
};

subtest 'a wrong password changes nothing' => sub {
    my ($value) = sign_in('c1');
    my $answer = $desk->as('')
        ->post($session, {username => 'sa', password => 'wrong wrong wrong'}, Cookie => "servicedesk=$value");
    is $answer->code . header($answer, 'Set-Cookie'), '401', 'refused without a cookie';
    is with_cookie($value)->json->{name}, 'c1', 'still c1';
};

subtest 'the cookie' => sub {
    my ($value, $answer) = sign_in('c1');
    like header($answer, 'Set-Cookie'),
        qr/^servicedesk=sds_[\w-]+; Path=\/; Max-Age=86400; HttpOnly; SameSite=Lax\z/, 'http: a plain name, a day';
    my ($staff, $staff_answer) = sign_in('ag2');
    like header($staff_answer, 'Set-Cookie'), qr/; Max-Age=43200;/, 'staff: twelve hours';
    is header(with_cookie($value), 'Set-Cookie'), '', 'only at the sign-in';
    is header($an->get($r1), 'Set-Cookie'), '', 'not with an error';
    for my $hash (@{$desk->dbh->selectcol_arrayref('SELECT hash FROM session')}) {
        unlike $hash, qr/\Q$value\E/, 'the table holds a hash';
        last;
    }
    unlike join(
        "\n",
        map {
            join ' ', map { $_ // '' } values %$_
        } @{$desk->rows('SELECT * FROM session')}
        ),
        qr/sds_/, 'of no value';
};

# Over TLS, as the client sees it; the module goes by its base URL.
subtest 'the cookie of an https desk' => sub {
    my $safe = ServiceDesk::Test->new(fixture => 1,
        conf => "ServerName https://help.example.org\nServiceDeskBaseURL https://help.example.org\n");
    my $answer = $safe->as('')->post($session, {username => 'c1', password => $safe->person('c1')->{password}});
    my $cookie = header($answer, 'Set-Cookie');
    like $cookie, qr/^__Host-servicedesk=sds_[\w-]{43}; Path=\/; Max-Age=86400; HttpOnly; SameSite=Lax; Secure\z/,
        '__Host- and Secure';
    my ($value) = $cookie =~ /=(sds_[\w-]+)/;
    is $safe->as('')->get($myself, Cookie => "__Host-servicedesk=$value")->code, 200, 'opens';
    is $safe->as('')->get($myself, Cookie => "servicedesk=$value")->code, 401, 'by no other name';
    $safe->finish;
};

subtest 'an end' => sub {
    my ($value) = sign_in('c1');
    my $answer = $desk->as('')->call('DELETE', $session, undef, Cookie => "servicedesk=$value");
    is $answer->code, 204, 'signed out';
    like header($answer, 'Set-Cookie'), qr/^servicedesk=; Path=\/; Max-Age=0;/, 'the cookie goes';
    is header($answer, 'Clear-Site-Data'), '"cache"',
        'with what the browser kept of its pages, and nothing of other applications on this host';
    for my $path ($myself, $r1, "$r1/comment", '/guarded/x') {
        is with_cookie($value, $path)->code, 401, "$path: 401";
        is with_cookie($value, $path, 'If-None-Match' => '*')->code, 401, 'no 304 either';
    }
    my @values = map { (sign_in('c1'))[0] } 1 .. 3;
    $answer = $desk->as('')->call('DELETE', OWN . '/session', undef, Cookie => "servicedesk=$values[0]");
    is $answer->code, 204, 'all at once';
    is with_cookie($_)->code, 401, 'over' for @values;
    my ($other) = sign_in('c1');
    is $desk->as('')
        ->call('DELETE', $session, undef, Cookie => "servicedesk=$other", 'Sec-Fetch-Site' => 'cross-site')->code,
        403, 'not from elsewhere';
    is with_cookie($other, $session)->code, 200, 'nor by GET';
    is with_cookie($other)->code, 200, 'it goes on';
};

# Time goes on in the table: all that happened was so many seconds earlier.
sub age {
    my ($seconds) = @_;
    my $ms = $seconds * 1000;
    return $desk->dbh->do(
        'UPDATE session SET created = created - ?, last_seen = last_seen - ?, expires = expires - ?', undef,
        ($ms) x 3);
}

subtest 'idle and at last' => sub {
    my %limit = (c1 => [8 * 3600, 24 * 3600], ag2 => [3600, 12 * 3600], sa => [3600, 12 * 3600]);
    for my $name (sort keys %limit) {
        my ($idle, $lifetime) = @{$limit{$name}};
        $desk->dbh->do('DELETE FROM session');
        my ($value) = sign_in($name);
        age($idle - 30);
        is with_cookie($value)->code, 200, "$name: just before it is idle";
        age($idle - 30);
        is with_cookie($value)->code, 200, 'which was a use';
        age($idle + 1);
        is with_cookie($value)->code, 401, 'just after';
        ok $desk->graceful, 'a graceful restart';
        is with_cookie($value)->code, 401, 'brings nothing back';
        ($value) = sign_in($name);
        $desk->dbh->do('UPDATE session SET expires = expires - ?', undef, ($lifetime - 60) * 1000);
        is with_cookie($value)->code, 200, 'a minute before the end';
        $desk->dbh->do('UPDATE session SET expires = expires - ?', undef, 61_000);
        is with_cookie($value)->code, 401, 'the end, used or not';
    }
};

subtest 'as many as there may be' => sub {
    $desk->dbh->do('DELETE FROM session');
    my @values = map { (sign_in('c3'))[0] } 1 .. 52;
    is $desk->value('SELECT count(*) FROM session'), 50, 'fifty of one account';
    is with_cookie($values[-1])->code, 200, 'the newest is there';
};

subtest 'odd cookies' => sub {
    my ($value) = sign_in('c1');
    my $good = "servicedesk=$value";
    for my $header (
        '', '=;;;', 'a', 'servicedesk', 'servicedesk=', "servicedesk=\"$value\"", "servicedesk =$value",
        "Servicedesk=$value", "xservicedesk=$value",
        "servicedesk=$value.", "servicedesk=${value}A", 'servicedesk=' . substr($value, 0, -1),
        'servicedesk=' . lc $value, "servicedesk=$value\x80", "servicedesk=\xff\xfe",
        "\$Version=1; servicedesk=\"$value\"", "servicedesk=" . ('A' x 7000), "__Host-servicedesk=$value",
        "servicedesk=%", "servicedesk=$value%00",
        "$good; servicedesk=bad", "servicedesk=bad; $good", "$good; $good", join('; ', map {"c$_=$_"} 1 .. 500)
    ) {
        my $answer = $desk->as('')->get($myself, Cookie => $header);
        is $answer->code, 401, 'nobody: ' . (substr($header, 0, 30) =~ s/[^ -~]/?/gr);
        unlike $answer->body, qr/\Q$value\E/, 'no echo';
    }
    for my $header ("a=1; $good; b=2", "$good;", "; $good", "a;$good") {
        is $desk->as('')->get($myself, Cookie => $header)->code, 200,
            'among others: ' . $header =~ s/\Q$value\E/VALUE/r;
    }
    is $desk->as('')->post($session, credentials('c1'), Cookie => "servicedesk=bad; $good")->code, 200,
        'it does not hinder a sign-in';
    for my $bytes ("servicedesk=a\0b", 'a=' . 'x' x 65536) {
        my $text =
            $desk->raw("GET $myself HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: $bytes; $good\r\n\r\n");
        like $text, qr{^HTTP/1\.1 400}, 'refused by httpd';
        unlike $text, qr/sds_/, 'without an echo';
    }
};

sub keep_alive {
    my ($authorization) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $desk->port, Proto => 'tcp')
        or die "connect: $!";
    return sub {
        my ($path, @more) = @_;
        syswrite $socket, join "\r\n", "GET $path HTTP/1.1", 'Host: x', $authorization, @more, '', '';
        my $text = '';
        until ($text =~ /\r\n\r\n/) { sysread $socket, $text, 65536, length $text or last }
        my ($head, $body) = split /\r\n\r\n/, $text, 2;
        my $length = $head =~ /^Content-Length: (\d+)/mi ? $1 : 0;
        while (length $body < $length) { sysread $socket, $body, 65536, length $body or last }
        return $head =~ m{^HTTP/1\.1 (\d+)} ? $1 : 0;
    };
}

# Every way in that an account has, each on a connection that stays open.
sub ways {
    my ($name) = @_;
    my $person = $desk->person($name);
    my ($value) = sign_in($name);
    my $basic = Mojo::Util::b64_encode("$person->{name}:$person->{password}", '');
    return (
        basic => keep_alive("Authorization: Basic $basic"),
        bearer => keep_alive("Authorization: Bearer $person->{token}"),
        session => keep_alive("Cookie: servicedesk=$value")
    );
}

subtest 'a disabled account is nobody at once' => sub {
    for my $name (qw(c1 ag2)) {
        my %way = ways($name);
        my $own = $name eq 'c1' ? $r1 : API . '/request/' . $desk->thing('R2')->{key};
        is $way{$_}->($own), 200, "$name by $_" for sort keys %way;
        $desk->tool_ok('account', 'disable', $name);
        is $way{$_}->($own), 401, "$name by $_, disabled" for sort keys %way;
        is $way{$_}->($own, 'If-None-Match: *'), 401, 'no 304' for sort keys %way;
        is $desk->as('')->post($session, credentials($name))->code, 401, 'nor a new sign-in';
        $desk->tool_ok('account', 'enable', $name);
        is $way{session}->($own), 401, 'the session stays over';
        is $way{bearer}->($own), 200, 'the token is good again';
    }
};

subtest 'a new password, a new role: old sessions are over' => sub {
    my %way = ways('c3');
    my ($code, $out) = $desk->tool({stdin => "another long password of c3\n"}, 'password', 'c3');
    is $code, 0, 'a new password' or diag $out;
    is $way{$_}->($myself), 401, "$_ is over" for qw(basic session);
    $desk->person('c3')->{password} = 'another long password of c3';
    %way = ways('c3');
    is $way{$_}->($myself), 200, "$_ with the new one" for qw(basic session);
    $desk->tool_ok('role', 'add', 'agent', 'c3', '--desk', 'D2');
    is $way{session}->($myself), 401, 'a role that is gained ends them too';
    is $way{basic}->($myself), 200, 'but not the password';
    $desk->tool_ok('role', 'remove', 'agent', 'c3', '--desk', 'D2');
};

subtest 'an agent who is one no longer' => sub {
    my %way = ways('ag1');
    delete $way{session};    # ended with the role
    my $internal = "$r1/comment/" . $desk->thing('R1')->{internal};
    is $way{$_}->($internal), 200, "$_ reads an internal comment" for sort keys %way;
    $desk->tool_ok('role', 'remove', 'agent', 'htpasswd/ag1', '--desk', 'D1');
    for my $how (sort keys %way) {
        is $way{$how}->($_), 404, "$how: $_"
            for $r1, $internal, "$r1/comment", CORE . '/issue/' . $desk->thing('R1')->{key},
            API . '/servicedesk/' . $desk->thing('D1')->{id} . '/queue';
        is $way{$how}->($r1, 'If-None-Match: *'), 404, 'no 304';
    }
    $desk->tool_ok('role', 'add', 'agent', 'htpasswd/ag1', '--desk', 'D1');
    is $way{basic}->($internal), 200, 'and is one again';
};

subtest 'headers that claim to be somebody' => sub {
    my @claims = (
        'Remote-User' => 'sa', 'X-Remote-User' => 'sa', 'REMOTE_USER' => 'sa', 'X-Forwarded-User' => 'sa',
        'Session' => 'user=sa', 'PAOS' => 'x',
        'ServiceDesk-Account' => 'sa', 'SD-User' => 'sa', 'X-SD-User' => 'sa', 'ServiceDesk-Role' => 'admin',
        'Proxy-Authorization' => 'Basic c2E6eA==',
        'X-Authenticated-User' => 'sa', 'Cookie' => 'session=sa; user=sa'
    );
    is $an->get($myself, @claims)->code, 401, 'nobody';
    is $an->head($myself, @claims)->code, 401, 'by HEAD';
    is $an->get('/guarded/x', @claims)->code, 401, 'at a guarded place';
    is $an->get($myself, @claims, Authorization => 'Basic c2E6eA==')->code, 401, 'with a wrong password';
    is $an->get(API . '/info', Authorization => 'Basic c2E6eA==')->code, 401, 'even where none is needed';
    is $desk->as('c1')->get($myself, @claims)->json->{name}, 'c1', 'c1 is c1';
};

subtest 'two at once: the header wins, alone' => sub {
    my ($value) = sign_in('c1');
    my @cookie = (Cookie => "servicedesk=$value");
    my $r2 = API . '/request/' . $desk->thing('R2')->{key};
    for my $how (qw(basic bearer)) {
        my $c4 = $desk->as('c4', $how);
        is $c4->get($myself, @cookie)->json->{name}, 'c4', "$how";
        is $c4->get($r2, @cookie)->code, 200, 'sees what is c4\'s';
        is $c4->get($r1, @cookie)->code, 404, 'and not what is c1\'s';
    }
    for my $bad (
        'Bearer sdp_' . 'A' x 43, 'Bearer ', 'Bearer', 'Bearer ' . 'A' x 7900, "Bearer \xe9", 'Bearer a b',
        'Basic', 'Basic ', 'Basic !!', 'Basic YTpi', 'Digest x', 'x', '',
        'Bearer ' . $desk->person('c1')->{token} . ' x', 'Bearer ' . $desk->person('c1')->{token} . ', Basic YTpi',
        'Basic YTpi, Bearer ' . $desk->person('c1')->{token}
    ) {
        is $an->get($myself, @cookie, Authorization => $bad)->code, 401,
            'no way back to the cookie: ' . (substr($bad, 0, 20) =~ s/[^ -~]/?/gr);
    }
    my $token = $desk->person('c1')->{token};
    my $two = $desk->raw(
        "GET $myself HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "
            . "$token\r\nAuthorization: Bearer $token\r\n\r\n"
    );
    like $two, qr{^HTTP/1\.1 401}, 'two Authorization headers are none';
    news($desk);
    created($desk->as('c4', 'bearer')->post("$r2/comment", {body => 'x', public => \1}, @cookie), 'a change');
    is_deeply [news($desk)], ["internal/c4 comment.create request:" . $desk->thing('R2')->{key}],
        'is the header\'s in the audit';
};

subtest 'no credentials' => sub {
    for my $path ($myself, $r1, API . '/request', OWN . '/token') {
        my $answer = $an->get($path, Accept => 'text/html');
        is $answer->code, 401, "$path: 401";
        is header($answer, 'Location'), '', 'no redirect';
        is header($answer, 'Content-Type'), JSON_TYPE, 'JSON';
        like $answer->body, qr/\A\{"errorMessage/, 'and nothing else';
    }
    is header($an->get($myself, 'X-Requested-With' => 'XMLHttpRequest'), 'WWW-Authenticate') =~ /Digest|Negotiate/,
        '', 'Basic, if anything';
};

subtest 'out of htpasswd, or disabled here' => sub {
    my $ag1 = $desk->as('ag1');
    my ($value) = sign_in('ag1');
    is $ag1->get($myself)->code, 200, 'an agent of htpasswd';
    is with_cookie($value)->code, 200, 'and a session';
    $desk->tool_ok('account', 'disable', 'htpasswd/ag1');
    is $ag1->get($myself)->code, 401, 'disabled here: htpasswd does not help';
    is with_cookie($value)->code, 401, 'nor the session';
    $desk->tool_ok('account', 'enable', 'htpasswd/ag1');
    my $text = ServiceDesk::Test::slurp($desk->dir . '/htpasswd');
    $desk->restart;    # nothing is remembered now
    $desk->put_file('htpasswd', $text =~ s/^ag1:.*\n//mr);
    is $desk->as('ag1')->get($myself)->code, 401, 'out of htpasswd';
    is $desk->as('ag1', 'bearer')->get($myself)->code, 200, 'a token is the module\'s';
    $desk->put_file('htpasswd', $text);
};

subtest 'names like somebody else\'s' => sub {
    my $agent = $desk->person('ag1');
    for my $name ('ag1', $agent->{email}) {
        my $made =
            $desk->tool_ok('account', 'add', $name, '--display-name', 'Agent One', '--random-password', '--json');
        my $caller = $desk->as('')->basic($name, $made->{password});
        my $me = $caller->get($myself);
        is $me->json->{accountId}, $made->{id}, "$name in the module's directory is itself";
        isnt $made->{id}, $agent->{accountId}, 'another account';
        is $caller->get($r1)->code, 404, 'with none of the rights';
    }
    for my $name ('AG1', 'ag1@realm', "\x{430}g1", 'ag1 ', ' ag1', "ag1\t", 'htpasswd/ag1', 'AG1@example.org',
        "a\x{200b}g1") {
        my $bytes = Mojo::Util::encode('UTF-8', $name);
        my ($code) = $desk->tool('account', 'add', $bytes, '--random-password');
        is $code, 1, "not made: $bytes";
    }
};

$desk->allow(qr/AH0161[78]|AH00561|AH00524/);
$desk->finish;
done_testing;
