#!/usr/bin/perl
# servicedeskctl from outside: every command, every exit code, text and JSON.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Fcntl ();
use JSON::PP ();
use ServiceDesk::Test;
use Test::More;

my ($OK, $REFUSED, $USAGE, $UNAVAILABLE, $FINDINGS) = (0, 1, 2, 3, 5);
my $desk = ServiceDesk::Test->new(start => 0, bare => 1);
my $json = JSON::PP->new->utf8;

# Runs it and compares the exit code; gives output and error output.
sub run {
    my ($expected, @words) = @_;
    my ($code, $out, $err) = $desk->tool(@words);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $name = join ' ', map { ref $_ ? () : $_ } @words;
    is $code, $expected, length $name > 100 ? substr($name, 0, 100) . '...' : $name or diag $err;
    return ($out, $err);
}

sub run_json {
    my (@words) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($out) = run($OK, @words, '--json');
    my $value = eval { $json->decode($out) };
    ok defined $value, 'prints JSON' or diag $out;
    return $value;
}

# Refused, with a reason that holds a word, and nothing on standard output.
sub refused {
    my ($pattern, @words) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($out, $err) = run($REFUSED, @words);
    like $err, $pattern, 'and says why';
    is $out, '', 'and nothing else';
    return;
}

subtest 'usage' => sub {
    my ($help, $err) = run($OK, {plain => 1}, '--help');
    is $err, '', 'help goes to standard output';
    for my $command ('migrate', 'account add', 'account disable', 'account enable', 'account list', 'password',
        'token create', 'token list', 'token revoke', 'role add', 'role remove', 'role list', 'desk add', 'desk list',
        'setting get', 'setting set', 'check', 'desk access', 'signup restore', 'domain list', 'domain allow',
        'domain block', 'domain remove', 'signup waiting', 'signup approve', 'signup refuse', 'signup purge',
        'invitation send', 'invitation list', 'invitation withdraw',
        'group add', 'group join', 'licence', 'audit list', 'notice list', 'second-factor remove', 'desk set') {
        like $help, qr/^  \Q$command\E(?: |$)/m, "help has $command";
    }
    like $help, qr/--$_\b/,
        "help has --$_" for qw(database driver pepper cost json directory address proven display-name
        system-admin password random-password desk access signup no-signup confirm sharing label scopes days help);
    like $help, qr/\b$_\b/, "help has exit code $_" for 0 .. 5;

    for my $words ([], ['nonsense'], ['account'], ['account', 'nonsense'], ['account', 'disable'],
        ['account', 'disable', 'a', 'b'], ['--nonsense', 'migrate'], ['migrate', 'more'], ['role', 'add'],
        ['desk', 'add', 'KEY'], ['setting', 'set', 'name'], ['token', 'create'], ['password']) {
        my ($out, $usage) = run($USAGE, @$words);
        like $usage, qr/--help/, 'points to the help';
        is $out, '', 'on standard error';
    }
    my (undef, $without) = run($USAGE, {plain => 1, env => {SERVICEDESK_DATABASE => undef}}, 'migrate');
    like $without, qr/--database/, 'a database must be named';
};

subtest 'migrate' => sub {
    my ($out) = run($OK, 'migrate');
    like $out, qr/^applied: [1-9]\d*$/m, 'says how many steps it took';
    like $out, qr/^schema: [1-9]\d*$/m, 'and where it is';
    my $again = run_json('migrate');
    is $again->{applied}, 0, 'a second time does nothing';
    my $newest = $again->{schema};
    my %env = (SERVICEDESK_DATABASE => $desk->database, SERVICEDESK_PEPPER => $desk->pepper);
    my ($code, $text) = $desk->tool({plain => 1, env => \%env}, 'migrate');
    is $code, $OK, 'the environment names the database';
    like $text, qr/^schema: $newest$/m, 'the same one';
};

subtest 'out of reach' => sub {
    my $dir = $desk->dir;
    my ($out, $err) = run($UNAVAILABLE, {plain => 1}, '--database', "$dir/none/servicedesk.db", 'account', 'list');
    isnt $err, '', 'says something';
    run($UNAVAILABLE, {plain => 1}, '--database', "$dir/state", 'account', 'list');
    $desk->put_file('no-database', 'This is a letter, not a database. ' x 100);
    run($UNAVAILABLE, {plain => 1}, '--database', "$dir/no-database", 'account', 'list');
    run($UNAVAILABLE, {plain => 1}, '--database', $desk->database, '--driver', 'nonsense', 'account', 'list');
    run($UNAVAILABLE, {plain => 1}, '--database', $_, 'desk', 'add', 'GONE', 'Gone') for '', ':memory:';
    run($UNAVAILABLE, {plain => 1, stdin => "a long enough password\n"}, '--database', $desk->database, '--pepper',
        "$dir/none/pepper", 'account', 'add', 'x', '--password');
    my $dbh = $desk->dbh;
    $dbh->do('BEGIN IMMEDIATE');
    run($UNAVAILABLE, 'desk', 'add', 'LOCKED', 'Locked');
    $dbh->do('ROLLBACK');
    is $desk->value('SELECT COUNT(*) FROM desk'), 0, 'nothing was written';
};

subtest 'account' => sub {
    my $made = run_json('account', 'add', 'ada', '--address', 'Ada@Example.org', '--proven', '--display-name', 'Ada L.',
        '--random-password');
    my $id = delete $made->{id};
    my $password = delete $made->{password};
    cmp_ok length $id, '>=', 8, 'has an opaque id';
    cmp_ok length $password, '>=', 20, 'a random password is long';
    is_deeply $made, {name => 'ada', directory => 'internal', address => 'Ada@example.org', displayName => 'Ada L.',
        state => 'active', systemAdmin => JSON::PP::false}, 'the rest is as asked';
    my $stored = $desk->value(q{SELECT password_hash FROM account WHERE name = 'ada'});
    like $stored, qr/^\$sd1\$\d+\$.*\$2[yb]\$12\$/, 'stored as a bcrypt hash of cost 12 under the pepper';
    is index($stored, $password), -1, 'not as it is';
    is sprintf('%04o', (stat $desk->pepper)[2] & 07777), '0600', 'the pepper file is its owner\'s';

    my $named = run_json({stdin => "correct horse battery staple\n"}, 'account', 'add', '--address', 'bo@example.org',
        '--proven', '--password');
    is $named->{name}, 'bo@example.org', 'without a name the address is the name';
    is $named->{displayName}, 'bo@example.org', 'and the display name';
    ok !exists $named->{password}, 'a password that was typed is not shown';
    my ($text) = run($OK, 'account', 'add', 'sys', '--system-admin');
    like $text, qr/^systemAdmin: yes$/m, 'text output';
    is run_json('account', 'add', 'ada', '--directory', 'htpasswd')->{directory}, 'htpasswd',
        'the same name in another directory is somebody else';

    refused(qr/name/, 'account', 'add', 'ada');
    refused(qr/name/, 'account', 'add', 'ADA');
    refused(qr/email/, 'account', 'add', 'eve', '--address', 'ADA@EXAMPLE.ORG', '--proven');
    refused(qr/email/, 'account', 'add', 'eve', '--address', 'not an address');
    refused(qr/email/, 'account', 'add', 'eve', '--address', "eve\@example.org\nBcc: x\@example.org");
    refused(qr/name|email/, 'account', 'add');
    refused(qr/password/, {stdin => "short\n"}, 'account', 'add', 'eve', '--password');
    refused(qr/password/, {stdin => "passwordpassword\n"}, 'account', 'add', 'eve', '--password');
    refused(qr/password/, {stdin => ''}, 'account', 'add', 'eve', '--password');
    refused(qr/password/, {stdin => "a long enough password\n"}, 'account', 'add', 'eve', '--directory', 'htpasswd',
        '--password');
    my ($code, $out, $err) = $desk->tool({plain => 1}, '--database', $desk->database, 'account', 'add', 'eve',
        '--random-password');
    is $code, $REFUSED, 'a password needs the pepper file';
    like $err, qr/pepper/, 'and says so';
    is $desk->value(q{SELECT COUNT(*) FROM account WHERE name = 'eve'}), 0, 'nothing of that was made';

    run($OK, 'account', 'disable', 'bo@example.org');
    my %state = map { ("$_->{directory}/$_->{name}" => $_->{state}) } @{run_json('account', 'list')};
    is_deeply \%state, {'internal/ada' => 'active', 'internal/bo@example.org' => 'disabled', 'internal/sys' => 'active',
        'htpasswd/ada' => 'active'}, 'the list';
    my $generation = $desk->value(q{SELECT generation FROM account WHERE name = 'ada' AND password_hash IS NOT NULL});
    run($OK, 'account', 'disable', $id);
    cmp_ok $desk->value('SELECT generation FROM account WHERE public_id = ?', $id), '>', $generation,
        'by public id, and older credentials are dead';
    run($OK, 'account', 'enable', 'internal/ada');
    run($OK, 'account', 'enable', 'bo@example.org');
    is $desk->value(q{SELECT COUNT(*) FROM account WHERE state <> 'active'}), 0, 'both are in again';
    refused(qr/./, 'account', $_, 'nobody-there') for qw(disable enable);
    ($text) = run($OK, 'account', 'list');
    my @lines = split /\n/, $text;
    is scalar(@lines), 5, 'a line each, and a head';
    like $lines[0], qr/^name +directory +address/, 'the head names the columns';
};

subtest 'many accounts' => sub {
    my $dbh = $desk->dbh;
    my ($directory) = $dbh->selectrow_array(q{SELECT id FROM directory WHERE name = 'internal'});
    $dbh->begin_work;
    my $insert = $dbh->prepare(q{INSERT INTO account (public_id, directory_id, name, name_key, display_name, state,
        origin, created) VALUES (?, ?, ?, ?, ?, 'active', 'tool', 0)});
    $insert->execute("many$_", $directory, "many$_", "many$_", "Many $_") for 1 .. 230;
    $dbh->commit;
    is scalar(@{run_json('account', 'list')}), 234, 'the list goes on over pages';
    $dbh->do(q{DELETE FROM account WHERE public_id LIKE 'many%'});
};

subtest 'the cost of hashes' => sub {
    for my $row ([cost5 => '05', '--cost', 5], [cost6 => '06']) {
        my ($name, $cost, @option) = @$row;
        run($OK, {env => {SERVICEDESK_PASSWORD_COST => 6}}, @option, 'account', 'add', $name, '--random-password');
        like $desk->value('SELECT password_hash FROM account WHERE name = ?', $name), qr/\$2y\$$cost\$/,
            'hashed at the cost that was said';
    }
    refused(qr/cost/, '--cost', $_, 'account', 'add', 'cost', '--random-password') for 3, 16, 'x';
};

subtest 'password' => sub {
    my $query = q{SELECT password_hash FROM account WHERE name = 'ada' AND password_hash IS NOT NULL};
    my $hash = sub { $desk->value($query) };
    my $before = $hash->();
    my ($out) = run($OK, {stdin => "a new and longer password\n"}, 'password', 'internal/ada');
    is $out, '', 'says nothing';
    isnt $hash->(), $before, 'another hash';
    like run_json('password', 'internal/ada', '--random-password')->{password}, qr/^\S{20,}$/, 'a random one is shown';
    refused(qr/password/, {stdin => "too short\n"}, 'password', 'internal/ada');
    refused(qr/./, {stdin => "a long enough password\n"}, 'password', 'htpasswd/ada');
    refused(qr/./, {stdin => "a long enough password\n"}, 'password', 'nobody-there');
};

subtest 'token' => sub {
    my @options = ('--label', 'A program', '--scopes', 'read,write', '--days', 7);
    my $made = run_json('token', 'create', 'internal/ada', @options);
    like $made->{token}, qr/^sdp_[A-Za-z0-9_-]{43}$/, 'the text';
    my $left = $desk->value('SELECT expires - created FROM token WHERE id = ?', $made->{id});
    is $left, 7 * 86_400_000, 'it lives seven days';
    is $desk->value('SELECT scopes FROM token WHERE id = ?', $made->{id}), 3, 'with two scopes';
    my $all = run_json('token', 'create', 'internal/ada');
    is $desk->value('SELECT scopes FROM token WHERE id = ?', $all->{id}), 7, 'all scopes unless some are named';
    is $desk->value('SELECT expires - created FROM token WHERE id = ?', $all->{id}), 90 * 86_400_000, 'and 90 days';
    my @list = @{run_json('token', 'list', 'internal/ada')};
    is_deeply [map {"$_->{id} $_->{label}"} sort { $a->{id} <=> $b->{id} } @list],
        ["$made->{id} A program", "$all->{id} servicedeskctl"], 'the list';
    is index($json->encode(\@list), substr $made->{token}, 12), -1, 'does not have the text';
    is $desk->value("SELECT COUNT(*) FROM token WHERE hash = ? OR hash LIKE '%' || ? || '%'", $made->{token},
        substr $made->{token}, 12), 0, 'nor has the database';
    run($OK, 'token', 'revoke', $made->{id});
    my ($revoked) = grep { $_->{id} == $made->{id} } @{run_json('token', 'list', 'internal/ada')};
    ok $revoked->{revoked}, 'revoked';
    refused(qr/scope/, 'token', 'create', 'internal/ada', '--scopes', 'read,fly');
    refused(qr/day/, 'token', 'create', 'internal/ada', '--days', $_) for 366, -1, 'many';
    refused(qr/label/, 'token', 'create', 'internal/ada', '--label', 'x' x 300);
    refused(qr/./, 'token', 'create', 'nobody-there');
    refused(qr/./, 'token', 'revoke', $_) for 999_999, 'x';
    run($OK, 'token', 'list', 'sys');
};

subtest 'desk' => sub {
    refused(qr/signup/i, 'desk', 'add', 'HELP', 'IT Help', '--access', 'accounts', '--signup');
    run($OK, 'setting', 'set', 'public_signup', 'true');
    my $made = run_json('desk', 'add', 'HELP', 'IT Help', '--access', 'accounts', '--signup', '--sharing', 'search');
    is_deeply [@$made{qw(key name access signup open sharing)}],
        ['HELP', 'IT Help', 'accounts', JSON::PP::true, JSON::PP::true, 'search'], 'as asked';
    my ($text) = run($OK, 'desk', 'add', 'HR', 'People');
    like $text, qr/^access: listed$/m, 'for listed customers unless said otherwise';
    like $text, qr/^sharing: address$/m, 'sharing by address';
    is_deeply [map {"$_->{key} $_->{name}"} @{run_json('desk', 'list')}], ['HELP IT Help', 'HR People'], 'the list';
    cmp_ok $desk->value('SELECT COUNT(*) FROM transition WHERE desk_id = ?', $made->{id}), '>', 5, 'it has a workflow';
    refused(qr/key/, 'desk', 'add', $_, 'Name') for 'HELP', 'help', 'H', '1HELP', 'ABCDEFGHIJK', 'HE LP', '';
    refused(qr/name/, 'desk', 'add', 'OTHER', $_) for '', 'x' x 101;
    refused(qr/access/, 'desk', 'add', 'OTHER', 'Name', '--access', 'everybody');
    refused(qr/sharing/, 'desk', 'add', 'OTHER', 'Name', '--sharing', 'everybody');
    is $desk->value('SELECT COUNT(*) FROM desk'), 2, 'nothing of that was made';
};

subtest 'who may come in' => sub {
    my $access = sub { join ' ', @{run_json('desk', 'access', @_)}{qw(access signup reason)} };
    is $access->('HELP'), 'accounts 1 ', 'as it was made';
    is $access->('HELP', '--access', 'listed'), 'listed 0 Signup is switched off for this service desk.',
        'a desk of listed customers has no signup';
    is $access->('HELP', '--signup'), 'accounts 1 ', 'signup means everyone with an account';
    is $access->('HELP', '--no-signup'), 'accounts 0 Signup is switched off for this service desk.', 'off again';
    refused(qr/signup/i, 'desk', 'access', 'HELP', '--access', 'listed', '--signup');
    refused(qr/access/i, 'desk', 'access', 'HELP', '--access', 'none');
    refused(qr/not both/, 'desk', 'access', 'HELP', @$_)
        for ['--signup', '--no-signup'], ['--sign-in-link', '--no-sign-in-link'];
    refused(qr/not both/, 'desk', 'set', 'HELP', '--open', '--closed');
    run($OK, 'desk', 'access', 'HELP', '--signup');
    run($OK, 'setting', 'set', 'public_signup', 'false');
    is $access->('HELP'), 'accounts 0 Signup is switched off for all service desks.', 'the site closes it';
    refused(qr/signup/i, 'desk', 'access', 'HELP', '--signup');
    refused(qr/signup/i, 'signup', 'restore');
    run($OK, 'setting', 'set', 'public_signup', 'true');
    is $access->('HELP'), 'accounts 0 Signup is switched off for this service desk.', 'and does not open it';
    is_deeply run_json('signup', 'restore'), [{key => 'HELP'}], 'but on purpose';
    is $access->('HELP'), 'accounts 1 ', 'it is open';
    run($OK, 'setting', 'set', 'public_signup', 'false');

    my $list = sub { join ' ', map {"$_->{list}:$_->{domain}"} @{run_json('domain', 'list', @_) // []} };
    run($OK, 'domain', 'allow', 'Example.ORG');
    run($OK, 'domain', 'allow', "*.b\x{c3}\x{bc}ro.example");
    run($OK, 'domain', 'block', 'bad.example', '--desk', 'HELP');
    is $list->(), 'allowed:*.xn--bro-hoa.example allowed:example.org', 'of the site, in one spelling';
    is $list->('--desk', 'HELP'), 'blocked:bad.example', 'of a desk';
    run($OK, 'domain', 'block', 'EXAMPLE.org');
    is $list->(), 'allowed:*.xn--bro-hoa.example blocked:example.org', 'on one list at a time';
    refused(qr/domain/, 'domain', 'block', $_)
        for 'example', '*', '*.*.example', 'a b.example', '@example.org', '.org';
    run($OK, 'domain', 'remove', $_) for 'example.org', '*.xn--bro-hoa.example';
    is $list->(), '', 'off again';
};

subtest 'role' => sub {
    run($OK, 'role', 'add', 'agent', 'htpasswd/ada', '--desk', 'HELP');
    run($OK, 'role', 'add', 'agent', 'htpasswd/ada', '--desk', 'HELP');
    run($OK, 'role', 'add', 'administrator', 'internal/ada', '--desk', 'HELP');
    run($OK, 'role', 'add', 'customer', 'bo@example.org', '--desk', 'HR');
    my $rows = sub { [sort map {"$_->{desk} $_->{role} $_->{directory}/$_->{name}"} @{run_json('role', 'list', @_)}] };
    is_deeply $rows->('--desk', 'HELP'), ['HELP administrator internal/ada', 'HELP agent htpasswd/ada'], 'of one desk';
    is_deeply $rows->(), [' system-admin internal/sys', 'HELP administrator internal/ada', 'HELP agent htpasswd/ada',
        'HR customer internal/bo@example.org'], 'of all';
    run($OK, 'role', 'remove', 'agent', 'htpasswd/ada', '--desk', 'HELP');
    run($OK, 'role', 'remove', 'agent', 'htpasswd/ada', '--desk', 'HELP');
    is_deeply $rows->('--desk', 'HELP'), ['HELP administrator internal/ada'], 'taken away';
    run($OK, 'role', 'add', 'system-admin', 'internal/ada');
    run($OK, 'role', 'remove', 'system-admin', 'internal/ada');
    refused(qr/./, 'role', 'remove', 'system-admin', 'sys');
    is $desk->value('SELECT COUNT(*) FROM account WHERE system_admin = 1'), 1, 'the last system administrator stays';
    refused(qr/role/, 'role', 'add', 'emperor', 'sys', '--desk', 'HELP');
    refused(qr/desk/, 'role', 'add', 'agent', 'sys');
    refused(qr/./, 'role', 'add', 'agent', 'sys', '--desk', 'NONE');
    refused(qr/./, 'role', 'add', 'agent', 'nobody-there', '--desk', 'HELP');
    refused(qr/./, 'role', 'list', '--desk', 'NONE');
};

subtest 'setting' => sub {
    my @all = @{run_json('setting', 'get')};
    cmp_ok scalar(@all), '>', 0, 'there are some';
    for my $setting (@all) {
        is $setting->{value}, $setting->{default}, "$setting->{name} has its default";
        isnt $setting->{help}, '', 'and is explained';
    }
    my ($boolean) = grep { $_->{type} eq 'boolean' } @all;
    my $other = $boolean->{default} eq 'true' ? 'false' : 'true';
    my ($out) = run($OK, 'setting', 'set', $boolean->{name}, $other);
    is $out, '', 'setting says nothing';
    is run_json('setting', 'get', $boolean->{name})->{value}, $other, 'it is changed';
    run($OK, 'setting', 'set', $boolean->{name}, $boolean->{default});
    refused(qr/./, 'setting', 'set', $boolean->{name}, 'perhaps');
    refused(qr/./, 'setting', 'set', 'nonsense', 'true');
    refused(qr/./, 'setting', 'get', 'nonsense');
};

subtest 'check' => sub {
    my ($out, $err) = run($OK, 'check');
    is "$out$err", '', 'silent when all is well';
    my $dbh = $desk->dbh;
    $dbh->do('PRAGMA foreign_keys = OFF');
    my $table = $desk->value(q{SELECT sql FROM sqlite_master WHERE name = 'mail_stop'});
    my %damage = (
        'a missing table' => ['DROP TABLE mail_stop', $table],
        'a broken foreign key' => [q{UPDATE desk_role SET account_id = 999999 WHERE role = 'customer'},
            q{UPDATE desk_role SET account_id = (SELECT id FROM account WHERE name = 'bo@example.org')
                WHERE role = 'customer'}],
        'a wrong name key' => [q{UPDATE account SET name_key = 'x' WHERE name = 'sys'},
            q{UPDATE account SET name_key = 'sys' WHERE name = 'sys'}],
        'a wrong counter' => [q{INSERT INTO desk_count SELECT desk.id, account.id, 7, 0, 0 FROM desk, account
            WHERE desk.key = 'HELP' AND account.name = 'sys'}, q{DELETE FROM desk_count}],
        'a missing index' => ['DROP INDEX account_address',
            'CREATE INDEX account_address ON account (address_key) WHERE address_key IS NOT NULL'],
    );
    for my $what (sort keys %damage) {
        my ($break, $mend) = @{$damage{$what}};
        $dbh->do($break);
        my ($findings) = run($FINDINGS, 'check');
        isnt $findings, '', "finds $what";
        $dbh->do($mend);
        run($OK, 'check');
    }
    $dbh->do(q{UPDATE account SET name_key = 'x' WHERE name = 'sys'});
    my ($code, $text) = $desk->tool('check', '--json');
    is $code, $FINDINGS, 'with --json, too';
    is ref($json->decode($text)), 'ARRAY', 'an array of findings';
    $dbh->do(q{UPDATE account SET name_key = 'sys' WHERE name = 'sys'});
};

subtest 'groups, seats, notices' => sub {
    my $made = run_json('group', 'add', 'helpers', '--description', 'who helps');
    is_deeply [@$made{qw(name directory description)}], ['helpers', 'internal', 'who helps'], 'made';
    run($OK, 'group', 'add', 'inner');
    refused(qr/of that name/, 'group', 'add', 'Helpers');
    run($OK, 'group', 'join', 'helpers', '--group', 'inner');
    run($OK, 'group', 'join', 'inner', 'bo@example.org', '--confirm');
    refused(qr/inside of itself/, 'group', 'join', 'inner', '--group', 'helpers');
    refused(qr/Name an account, or say --group/, 'group', 'join', 'inner');
    is_deeply run_json('group', 'members', 'helpers'),
        [{kind => 'group', name => 'inner', directory => 'internal'}], 'a group inside';
    is_deeply [map { $_->{name} } @{run_json('group', 'list', '--directory', 'internal')}], [qw(helpers inner)], 'both';

    refused(qr/Repeat it with confirm/, 'role', 'add', 'agent', '--desk', 'HELP', '--group', 'helpers');
    run($OK, 'role', 'add', 'agent', '--desk', 'HELP', '--group', 'helpers', '--confirm');
    my ($text) = run($OK, 'licence');
    like $text, qr{^used: 1$}m, 'one seat';
    like $text, qr{^internal/bo\@example\.org: HELP nested helpers through inner$}m, 'and why';
    my $licence = run_json('licence');
    is_deeply $licence->{seats},
        [{name => 'bo@example.org', directory => 'internal', counts => JSON::PP::true,
            ways => 'HELP nested helpers through inner'}], 'for programs';
    run($OK, 'role', 'add', 'agent', 'bo@example.org', '--desk', 'HELP');
    my ($still) = run($OK, 'role', 'remove', 'agent', 'bo@example.org', '--desk', 'HELP');
    is $still, "still: bo\@example.org still has access through group helpers.\n", 'taken away, and not gone';
    my $listed = run_json('role', 'list', '--desk', 'HELP');
    is scalar(grep { $_->{name} eq 'group helpers' && $_->{role} eq 'agent' } @$listed), 1, 'listed with the roles';
    run($OK, 'account', 'restrict', 'bo@example.org');
    is run_json('licence')->{used}, 0, 'portal-only accounts take no seat';
    refused(qr/^servicedeskctl: desk: /, 'role', 'add', 'agent', '--group', 'helpers');
    refused(qr/portal only/, 'role', 'add', 'agent', 'bo@example.org', '--desk', 'HELP');
    refused(qr/Repeat it with confirm/, 'account', 'release', 'bo@example.org');
    run($OK, 'account', 'release', 'bo@example.org', '--confirm');
    run($OK, 'setting', 'set', 'licence_limit', '1');
    refused(qr/has 1 seats/, 'role', 'add', 'agent', 'htpasswd/ada', '--desk', 'HELP');
    run($OK, 'group', 'leave', 'helpers', '--group', 'inner');
    run($OK, 'role', 'add', 'agent', 'htpasswd/ada', '--desk', 'HELP');
    run($OK, 'role', 'remove', 'agent', '--desk', 'HELP', '--group', 'helpers');
    run($OK, 'group', 'delete', 'helpers');
    run($OK, 'group', 'delete', 'inner');
    refused(qr/./, 'group', 'delete', 'inner');

    is_deeply run_json('notice', 'list'), [], 'no notices';
    $desk->dbh->do(q{INSERT INTO notice (kind, subject, first_at, last_at, times) VALUES ('x.y', 'z', 1, 1, 1)});
    my $notices = run_json('notice', 'list');
    is $notices->[0]{subject}, 'z', 'one';
    run($OK, 'notice', 'remove', $notices->[0]{id});
    refused(qr/./, 'notice', 'remove', $notices->[0]{id});
    run($OK, 'check');
};

subtest 'directories' => sub {
    my $rows = run_json('directory', 'list');
    is $rows->[0]{name}, 'internal', 'the own one first';
    is $rows->[0]{mode}, 'read-write', 'is read-write';
    run($OK, 'group', 'add', 'welcome');
    my $made = run_json('directory', 'add', 'company', '--position', '-2', '--default-groups', 'welcome');
    is_deeply [@$made{qw(mode signIn defaultGroups position)}], ['read-only', 'everyone', 'welcome', -2], 'made';
    $made = run_json('directory', 'set', 'company', '--read-write', '--sign-in', 'groups', '--sign-in-groups',
        'welcome', '--default-groups', '');
    is_deeply [@$made{qw(mode signIn signInGroups defaultGroups)}], ['read-write', 'groups', 'welcome', ''], 'changed';
    like $made->{warnings}, qr/could not sign in.*no way to write/, 'with warnings';
    refused(qr/--read-write or --read-only, not both/, 'directory', 'set', 'company', '--read-write', '--read-only');
    refused(qr/everyone/, 'directory', 'set', 'company', '--sign-in', 'me');
    refused(qr/no group/, 'directory', 'set', 'company', '--default-groups', 'zz');
    refused(qr/./, 'directory', 'set', 'zz', '--read-only');
    my $moved = run_json('account', 'move', 'htpasswd/ada', 'ada.l', '--directory', 'company');
    is_deeply [@$moved{qw(name directory)}], ['ada.l', 'company'], 'moved';
    run($OK, 'account', 'move', 'company/ada.l', 'ada', '--directory', 'htpasswd');
    is_deeply run_json('directory', 'duplicates'), [], 'no address twice';
    run($OK, 'check');
};

subtest 'audit' => sub {
    my $rows = $desk->rows('SELECT DISTINCT actor, face FROM audit');
    is_deeply $rows, [{actor => 'operator', face => 'tool'}], 'every row names the operator and the tool';
    my %acts = map { $_->{act} => 1 } @{$desk->rows('SELECT DISTINCT act FROM audit')};
    cmp_ok scalar(keys %acts), '>=', 9, 'acts: ' . join ' ', sort keys %acts;
    my $dump = join "\n", map { join ' ', map { $_ // '' } values %$_ } @{$desk->rows('SELECT * FROM audit')};
    unlike $dump, qr/battery staple|longer password|sdp_|\$2y\$/, 'no secret in it';

    my $all = run_json('audit', 'list', '--limit', 100000);
    is scalar(@$all), $desk->value('SELECT count(*) FROM audit'), 'all of it';
    is_deeply [map { $_->{id} } @$all], [sort { $b <=> $a } map { $_->{id} } @$all], 'the newest first';
    is_deeply [sort keys %{$all->[-1]}], [sort grep { defined $all->[-1]{$_} } qw(id at actor face act objectType
        objectId desk result sealed detail)], 'with all there is to a row';
    is scalar(@{run_json('audit', 'list')}), @$all < 100 ? scalar @$all : 100, 'a hundred unless more are asked for';
    is scalar(@{run_json('audit', 'list', '--limit', 2)}), 2, 'or fewer';
    my $moves = run_json('audit', 'list', '--act', 'account.move');
    is_deeply [map { $_->{act} } @$moves], [('account.move') x 2], 'by act';
    is_deeply run_json('audit', 'list', '--until', '2020-01-01'), [], 'by time';
    is_deeply run_json('audit', 'list', '--account', 'internal/ada'), [], 'by account';
    my ($text) = run($OK, 'audit', 'list', '--act', 'desk.create');
    my ($head, @lines) = split /\n/, $text;
    like $head, qr/^id +at +actor +face +source +act +object +desk +result +detail$/, 'columns';
    like $lines[-1], qr/^\d+ +\d{4}-\d\d-\d\dT\S+ +operator +tool +desk\.create +desk:([A-Z0-9]+) +\1 +done/,
        'and lines for people';
    refused(qr/limit/, 'audit', 'list', '--limit', $_) for 0, 'x', 100001;
    refused(qr/since.*\n.*until/, 'audit', 'list', '--since', 'noon', '--until', '2026-13-01');
    refused(qr/./, 'audit', 'list', $_, 'NONE') for '--desk', '--account';
};

$desk->finish;
done_testing;
