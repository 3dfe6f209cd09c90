#!/usr/bin/perl
# Passwords: what a wrong one costs, how many tries there are, and what is stored. Cases: security.md 21 to 28, 33 to
# 35.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use List::Util ();
use Mojo::Promise ();
use Mojo::UserAgent ();
use Mojo::Util ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;
use Time::HiRes ();

my $slow = $ENV{SD_SLOW} ? 10 : 1;    # under a sanitizer
my $session = '/rest/auth/1/session';
my $myself = CORE . '/myself';

# The address of a client is what the test says: there is one machine, and many networks.
my $remote = "RemoteIPHeader X-Test-From\nRemoteIPInternalProxy 127.0.0.1\n";
sub server { return ServiceDesk::Test->new(fixture => 1, modules => ['remoteip'], conf => $remote, @_) }

sub header { my ($answer, $name) = @_; return $answer->headers->header($name) // '' }

sub try {
    my ($desk, $name, $password, $from, @more) = @_;
    return $desk->as('')->basic($name, $password)->get($myself, 'X-Test-From' => $from // '192.0.2.1', @more);
}

sub tries {
    my ($desk, $name, $from, $count) = @_;
    return map { try($desk, $name, "wrong password $_", $from)->code } 1 .. $count;
}

# "401 x10 429 x2"
sub told {
    my @runs;
    for my $code (@_) { @runs && $runs[-1][0] == $code ? $runs[-1][1]++ : push @runs, [$code, 1] }
    return join ' ', map {"$_->[0] x$_->[1]"} @runs;
}

subtest 'ten tries a name, whatever its spelling, wherever from' => sub {
    my $desk = server();
    my $c1 = $desk->person('c1');
    my $from = 0;
    my @codes;
    for my $round (1 .. 3) {
        push @codes, try($desk, 'c1', "wrong $round", '192.0.2.' . ++$from)->code;
        push @codes, try($desk, 'C1', "wrong $round", '192.0.2.' . ++$from)->code;
        push @codes,
            $desk->as('')
            ->post($session, {username => 'c1', password => "wrong $round!"}, 'X-Test-From' => '192.0.2.' . ++$from)
            ->code;
        push @codes,
            try($desk, 'c1', "wrong $round", '192.0.2.' . ++$from, 'X-Forwarded-For' => "10.0.0.$from")->code;
    }
    is told(@codes), '401 x10 429 x2', 'ten, then no more';
    my $answer = try($desk, 'c1', 'wrong', '192.0.2.99');
    like header($answer, 'Retry-After'), qr/^(?:[1-9]|[12]\d|30)\z/, 'Retry-After: a tenth of five minutes at most';
    is header($answer, 'WWW-Authenticate'), '', 'no browser asks again';
    is try($desk, 'c1', $c1->{password}, '192.0.2.100')->code, 429, 'the right one waits too: it says nothing';
    is $desk->as('c1', 'bearer')->get($myself)->code, 200, 'a token does not';
    is told(tries($desk, $c1->{email}, '192.0.2.101', 1)), '401 x1', 'the address is another name';
    is try($desk, $c1->{email}, $c1->{password}, '192.0.2.102')->code, 401,
        'of the same account, which is told by nothing';
    is try($desk, 'c2', $desk->person('c2')->{password}, '192.0.2.1')->code, 200, 'others come in';
    is $desk->value("SELECT count(*) FROM audit WHERE act = 'password.throttle' AND object_type = 'account'"), 1,
        'one line in the audit';
    ok $desk->graceful, 'a graceful restart';
    is told(tries($desk, 'c1', '192.0.2.120', 3)), '429 x3', 'forgets nothing';
    is told(tries($desk, 'nobody-at-all', '198.51.100.1', 12)), '401 x10 429 x2',
        'a name that is not there has as many';
    $desk->finish;
};

# Accounts of httpd's providers, and the module's where httpd asks: the same budget.
subtest 'ten tries by whatever provider' => sub {
    my $basic = "AuthType Basic\nAuthName x\nAuthBasicProvider servicedesk\nRequire valid-user\n";
    my $desk =
        server(conf => "${remote}Alias /s \"/nothing\"\n<Location /s>\nSetHandler None\n$basic</Location>\n");
    is told(tries($desk, 'ag1', '192.0.2.30', 12)), '401 x10 429 x2', 'a user of htpasswd';
    is try($desk, 'ag1', $desk->person('ag1')->{password}, '192.0.2.31')->code, 429, 'waits like anybody';
    my $there = sub {
        my ($name, $password) = @_;
        return $desk->as('')->basic($name, $password)->get('/s/x', 'X-Test-From' => '192.0.2.32');
    };
    is told(map { $there->('c2', "wrong password $_")->code } 1 .. 6), '401 x6', 'AuthBasicProvider servicedesk';
    is told(tries($desk, 'c2', '192.0.2.33', 6)), '401 x4 429 x2', 'and the API count as one';
    my $answer = $there->('c2', 'wrong');
    is $answer->code, 429, 'httpd\'s answer says so too';
    like header($answer, 'Retry-After'), qr/^[1-9]\d*\z/, 'and for how long';
    is $there->('c3', $desk->person('c3')->{password})->code, 404, 'others come in, to nothing there';
    $desk->allow(qr/AH01617/);
    $desk->finish;
};

subtest 'who signed in here before is not locked out by strangers' => sub {
    my $desk = server();
    my $c1 = $desk->person('c1');
    is try($desk, 'c1', $c1->{password}, '203.0.113.5')->code, 200, 'at home';
    tries($desk, 'c1', "192.0.2.$_", 4) for 1 .. 4;
    is try($desk, 'c1', $c1->{password}, '192.0.2.7')->code, 429, 'a stranger waits';
    is try($desk, 'c1', $c1->{password}, '203.0.113.5')->code, 200, 'at home one comes in';
    $desk->finish;
};

subtest 'a hundred tries a source' => sub {
    my $desk = server();
    my $rotate = sub { my ($i) = @_; return sprintf '2001:db8:1:2:%x::%x', $i, $i * 7 };
    my $guess  = sub { my ($name, $from) = @_; return try($desk, $name, 'Passwort2026!!!!', $from)->code };
    budget_is(sub { $guess->("name$_[0]", $rotate->($_[0])) }, 401, 100, 3, 'an IPv6 /64 with a rotating end');
    is $guess->('name1', '2001:db8:1:3::1'), 401, 'the next /64 is another';
    is $desk->value("SELECT object_id FROM audit WHERE act = 'password.throttle' AND object_type = 'source'"),
        '2001:db8:1:2::/64', 'audited once';
    budget_is(sub { $guess->("other$_[0]", '198.51.100.9') }, 401, 100, 3, 'an IPv4 address');
    is try($desk, 'c1', $desk->person('c1')->{password}, '198.51.100.9')->code, 429, 'for whatever name';
    is try($desk, 'c1', $desk->person('c1')->{password}, '198.51.100.10')->code, 200, 'but only there';
    $desk->finish;
};

# Many at once, over several processes: what is counted is counted before it is verified.
sub storm {
    my ($desk, $count, $name, @headers) = @_;
    my $agent = Mojo::UserAgent->new(max_connections => 0, inactivity_timeout => 60);
    my @codes;
    my @calls = map {
        my $header = 'Basic ' . Mojo::Util::b64_encode("$name:wrong password $_", '');
        $agent->get_p($desk->base . $myself, {Authorization => $header, Connection => 'close', @headers})
            ->then(sub { push @codes, $_[0]->res->code });
    } 1 .. $count;
    Mojo::Promise->all_settled(@calls)->wait;
    return sort @codes;
}

subtest 'all at once' => sub {
    my $desk = server();
    ok $desk->wait_for(sub { my @children = $desk->children; @children >= 2 }), 'several processes';
    is told(storm($desk, 50, 'c1', 'X-Test-From' => '192.0.2.50')), '401 x10 429 x40',
        'fifty in the same moment: ten are heard';
    is told(storm($desk, 30, 'nobody-there', 'X-Test-From' => '192.0.2.51')), '401 x10 429 x20',
        'the same for a name that is not there';
    is $desk->value('SELECT failures FROM account WHERE name = ?', 'c1'), 10, 'ten were compared';
    $desk->finish;
};

# The same right password on many connections: a program that starts, a browser behind Basic. The cost is such that each
# hash would be felt; one is computed, and one try taken.
sub together {
    my ($desk, $count, $name, $password) = @_;
    my $agent = Mojo::UserAgent->new(max_connections => 0, inactivity_timeout => 60);
    my $header = 'Basic ' . Mojo::Util::b64_encode("$name:$password", '');
    my @codes;
    my @calls = map {
        $agent->get_p($desk->base . $myself, {Authorization => $header, Connection => 'close'})
            ->then(sub { push @codes, $_[0]->res->code });
    } 1 .. $count;
    Mojo::Promise->all_settled(@calls)->wait;
    return told(sort @codes);
}

subtest 'the same password twenty times at once' => sub {
    my $desk = server(conf => "${remote}ServiceDeskPasswordCost 12\nServiceDeskPasswordSlots 2\n"
        . "ServiceDeskPasswordWait 60s\n");
    ok $desk->wait_for(sub { my @children = $desk->children; @children >= 2 }), 'several processes';
    my $password = $desk->tool_ok('password', 'c1', '--random-password', '--json')->{password};
    my $before = cpu($desk);
    is together($desk, 20, 'c1', $password), '200 x20', 'all come in';
    cmp_ok cpu($desk) - $before, '<', 0.9 * $slow, 'by one hash';
    $desk->tool_ok('role', 'add', 'customer', 'c1', '--desk', 'D2');
    is together($desk, 20, 'c1', $password), '200 x20', 'and when a changed right has made the memory forget';
    is together($desk, 20, 'ag1', $desk->person('ag1')->{password}), '200 x20', 'a user of htpasswd too';
    is together($desk, 20, 'c2', 'a wrong password'), '401 x10 429 x10', 'a wrong one has its ten tries';
    $desk->finish;
};

# A flood: a cost at which each hash would be felt. What is refused costs no hash and writes nothing.
subtest 'a flood' => sub {
    my $desk = server(conf => "${remote}ServiceDeskPasswordCost 11\nServiceDeskPasswordSlots 2\n");
    my $c1 = $desk->person('c1');
    $desk->tool_ok('password', 'c1', '--random-password');
    my $agent = Mojo::UserAgent->new(inactivity_timeout => 60);
    my $ask = sub {
        my ($i) = @_;
        my $authorization = 'Basic ' . Mojo::Util::b64_encode("c1:wrong password $i", '');
        my $start = Time::HiRes::time();
        my $code = $agent->get($desk->base . $myself,
            {Authorization => $authorization, 'X-Test-From' => '192.0.2.' . ($i % 50)})->res->code;
        return ($code, Time::HiRes::time() - $start);
    };
    my @first = map { ($ask->($_))[0] } 1 .. 10;
    is told(@first), '401 x10', 'ten are heard';
    my $writes = $desk->{db}->driver eq 'pgsql'
        ? q{SELECT concat((SELECT max(full_at) FROM attempt_budget), ' ', (SELECT max(id) FROM audit))}
        : 'PRAGMA data_version';
    my $state = sub {
        join ' ', $desk->value($writes), $desk->value('SELECT failures FROM account WHERE name = ?', 'c1');
    };
    my ($before, $cpu) = ($state->(), cpu($desk));
    my (@codes, @times);
    for my $i (11 .. 1010) {
        my ($code, $time) = $ask->($i);
        push @codes, $code;
        push @times, $time;
    }
    is scalar(grep { $_ == 429 } @codes), 1000, 'a thousand more are refused' or diag told(@codes);
    is $state->(), $before, 'without a write';
    cmp_ok cpu($desk) - $cpu, '<', 1000 * 0.001 * $slow, 'in less than a millisecond of a processor each';
    my $idle = List::Util::min(@times);
    cmp_ok $idle, '<', 0.005 * $slow, 'and as fast for who asks';
    $desk->finish;
};

# Seconds of processor time of all children.
sub cpu {
    my ($desk) = @_;
    my $ticks = 0;
    for my $pid ($desk->children) {
        my @field = split ' ', ServiceDesk::Test::slurp("/proc/$pid/stat") =~ s/^.*\) //sr;
        $ticks += $field[11] + $field[12];
    }
    return $ticks / 100;
}

subtest 'long and odd passwords' => sub {
    my $desk = server(conf => "${remote}ServiceDeskPasswordCost 11\nServiceDeskPasswordSlots 2\n");
    my $c1 = $desk->person('c1');
    my $before = cpu($desk);
    for my $length (1025, 65536, 900_000) {
        my $answer = $desk->as('')->post($session, {username => 'c1', password => 'x' x $length});
        is $answer->code, 401, "$length bytes are no password";
    }
    is $desk->as('')->post($session, {username => 'c1', password => 'x' x 2_000_000})->code, 413,
        'more than a body may have';
    is $desk->as('')->post($session, {username => 'x' x 10_000, password => 'a password of a kind'})->code, 401,
        'a long name';
    is $desk->as('')->basic('c1', 'x' x 5000)->get($myself)->code, 401, 'by Basic';
    like $desk->raw(
        "GET $myself HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic " . 'A' x 10000 . "\r\n\r\n"),
        qr{^HTTP/1\.1 400}, 'or more than a header may have';
    for my $password ('', "$c1->{password}\0", "\0", "$c1->{password} ", " $c1->{password}", uc $c1->{password}) {
        is $desk->as('')->basic('c1', $password)->get($myself)->code, 401,
            'not the same: ' . $password =~ s/\0/NUL/r =~ s/\Q$c1->{password}\E/PASSWORD/ir
            if $password ne $c1->{password};
    }
    for my $text ('c1', ':', ':x', 'c1:', "c1\0:x", "\xff\xfe:x", "c1:\xff") {
        is $desk->as('')->get($myself, Authorization => 'Basic ' . Mojo::Util::b64_encode($text, ''))->code, 401,
            'no pair';
    }
    cmp_ok cpu($desk) - $before, '<', 1.5 * $slow, 'and few of them are hashed';
    is $desk->value('SELECT failures FROM account WHERE name = ?', 'c1') < 6, 1, 'or counted';
    is $desk->as('c1')->get($myself)->code, 200, 'the right one is right';
    my $tail = join ' ', map { chr(97 + $_ * 7 % 26) x 2 } 1 .. 24;    # 71 bytes
    my $emoji = join '', map { chr 0x1f600 + $_ * 29 % 64 } 1 .. 63;
    for my $pair (["${tail}.first 8", "${tail}.second8"], ["$emoji\x{1f601}", "$emoji\x{1f602}"],
        ['spaces count here ', 'spaces count here']) {
        my ($right, $wrong) = @$pair;
        my $name = 'long' . length $right;
        my ($code, $out, $err) =
            $desk->tool({stdin => Mojo::Util::encode('UTF-8', "$right\n")}, 'account', 'add', $name, '--password');
        is $code, 0, 'a password of ' . length($right) . ' characters' or diag $err;
        is $desk->as('')->basic($name, $right)->get($myself)->code, 200, 'signs in';
        is $desk->as('')->basic($name, $wrong)->get($myself)->code, 401, 'to the last character';
    }
    my ($composed, $decomposed) = ("caf\x{e9} au lait, s'il vous", "cafe\x{301} au lait, s'il vous");
    $desk->tool_ok({stdin => Mojo::Util::encode('UTF-8', "$composed\n")}, 'account', 'add', 'normal', '--password');
    is $desk->as('')->basic('normal', $decomposed)->get($myself)->code, 200,
        'the two spellings of an e with an accent are one';
    $desk->finish;
};

subtest 'which passwords may be set' => sub {
    my $desk = server(start => 0);
    my %case = (
        'fourteen chars' => 1, 'fifteen of them' => 0, 'x' x 129 => 1, 'passwordpassword' => 1,
        'just some plain lower words' => 0,
        'Tr0ub4dor&3 is long' => 0, 'aaaaaaaaaaaaaaaaaaaa' => 1, '123456789012345678' => 1, 'qwertyuiopasdfgh' => 1,
    );
    $case{join '', map { chr 0x1f600 + $_ * 3 } 0 .. 14} = 0;
    $case{join ' ', map {"word$_"} 1 .. 18} = 0;
    $desk->tool_ok('account', 'add', 'tester', '--random-password');
    for my $password (sort keys %case) {
        my $bytes = Mojo::Util::encode('UTF-8', $password);
        my ($code, $out, $err) = $desk->tool({stdin => "$bytes\n"}, 'password', 'tester');
        is $code, $case{$password}, ($case{$password} ? 'refused: ' : 'fine: ') . substr $bytes, 0, 40;
        unlike "$out$err", qr/\Q$bytes\E/, 'and not repeated';
    }
    $desk->forget;
};

subtest 'what is stored' => sub {
    my $desk = server(conf => "${remote}ServiceDeskPasswordCost 6\n");
    my $hashes =
        $desk->dbh->selectcol_arrayref('SELECT password_hash FROM account WHERE password_hash IS NOT NULL');
    cmp_ok scalar(@$hashes), '>', 5, 'accounts with passwords';
    is scalar(grep { !m{\$2y\$\d\d\$[./A-Za-z0-9]{53}\z} } @$hashes), 0, 'each a bcrypt hash';
    is scalar(keys %{{map { (m{\$2y\$\d\d\$(.{22})})[0] => 1 } @$hashes}}), scalar(@$hashes),
        'each with a salt of its own';
    my ($hash) = map { $desk->value('SELECT password_hash FROM account WHERE name = ?', $_) } 'c1';
    like $hash, qr/\$2y\$(?!06)\d\d\$/, 'one of another cost';
    is $desk->as('c1')->get($myself)->code, 200, 'signs in';
    like $desk->value('SELECT password_hash FROM account WHERE name = ?', 'c1'), qr/\$2y\$06\$/, 'and is renewed';
    my ($code, $dump) = ServiceDesk::Test::run_command({}, 'sqlite3', $desk->database, '.dump');
    my @secrets = map {
        my $person = $desk->person($_);
        grep {defined} @$person{qw(password token reader)}
    } qw(c1 c2 ag2 sa);
    $dump = join '', map { ServiceDesk::Test::slurp($_) } glob $desk->database . '*' if $code;
    is scalar(grep { index($dump, $_) >= 0 } @secrets), 0, 'no password and no token in the file';
    is((stat $desk->pepper)[2] & 0777, 0600, 'the pepper is the owner\'s');
    $desk->finish;
};

subtest 'a hash that is none' => sub {
    my $desk = server();
    my $c2 = $desk->person('c2');
    my $own = $desk->value('SELECT password_hash FROM account WHERE name = ?', 'c2');
    my $i = 0;    # a try each, of ten
    for my $hash ('', '*', 'not-a-hash', undef, substr($own, 0, -1), "$own$own", '$2y$99$' . 'a' x 53,
        $c2->{password}, 'x' x 5000) {
        $desk->dbh->do('UPDATE account SET password_hash = ?, failures = 0 WHERE name = ?', undef, $hash, 'c2');
        is try($desk, 'c2', $c2->{password}, '192.0.2.' . ++$i)->code, 401,
            'opens nothing: ' . substr $hash // 'NULL', 0, 12;
    }
    $desk->dbh->do('UPDATE account SET password_hash = ?, failures = 0 WHERE name = ?', undef, $own, 'c2');
    is try($desk, 'c2', $c2->{password}, '192.0.2.200')->code, 200, 'the real one does';
    $desk->finish;
};

subtest 'a hundred in a row' => sub {
    my $desk = server();
    my $c3 = $desk->person('c3');
    $desk->dbh->do('UPDATE account SET failures = 99 WHERE name = ?', undef, 'c3');
    is try($desk, 'c3', 'wrong', '192.0.2.1')->code, 401, 'the hundredth';
    is try($desk, 'c3', $c3->{password}, '192.0.2.2')->code, 401, 'then the right one is none any more';
    is try($desk, $c3->{email}, $c3->{password}, '192.0.2.3')->code, 401, 'by the address neither';
    is $desk->value("SELECT object_id FROM audit WHERE act = 'password.lockout'"), $c3->{accountId},
        'the audit tells';
    is $desk->as('c3', 'bearer')->get($myself)->code, 200, 'a token goes on';
    my $new = $desk->tool_ok('password', 'c3', '--random-password', '--json');
    is try($desk, 'c3', $new->{password}, '192.0.2.4')->code, 200, 'a new password is good';
    $desk->finish;
};

subtest 'a new installation lets nobody in' => sub {
    my $desk = ServiceDesk::Test->new;
    for my $pair (['admin', 'admin'], ['root', ''], ['admin', 'password'], ['servicedesk', 'servicedesk'],
        ['sa', ''], ['', '']) {
        my $answer = $desk->as('')->post($session, {username => $pair->[0], password => $pair->[1]});
        ok $answer->code == 401 || $answer->code == 400, "not $pair->[0]/$pair->[1]";
        is $desk->as('')->basic(@$pair)->get($myself)->code, 401, 'nor by Basic';
    }
    is $desk->value('SELECT count(*) FROM account'), 0, 'there is nobody';
    my $other = ServiceDesk::Test->new;
    isnt ServiceDesk::Test::slurp($desk->pepper), ServiceDesk::Test::slurp($other->pepper), 'two have two peppers';
    $_->finish for $desk, $other;
};

done_testing;
