#!/usr/bin/perl
# The leak test for what leaves the desk: every kind of mail, caused by somebody whose texts hold words, and every
# export. What may be in which is made by hand; the words are those of ServiceDesk/Test/Canary.pm.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Encode ();
use MIME::QuotedPrint ();
use Mojo::JSON ();
use Test::More;

use ServiceDesk::Test;
use ServiceDesk::Test::Canary;
use ServiceDesk::Test::Mailed;

my $own  = '/rest/servicedesk/1';
my $desk = ServiceDesk::Test->new(fixture => 1,
    conf => "ServiceDeskMailFrom help\@help.example.com\nServiceDeskMailTransport dir:post\n");
my $canary   = ServiceDesk::Test::Canary->plant($desk);
my $password = 'nine lanterns on a bridge';
my $secret   = join '|', map {quotemeta} $canary->secrets;

sub address_of { my ($who) = @_; return "canary_${who}_address\@example.org" }

# ---- mails ----

# Which words a mail of a kind may hold: of the account that it is to, if somebody has proven the address (own), of
# whoever caused it (theirs), of the desk. A mail to an address that nobody has proven holds nothing of what people
# wrote: the link, and the name of the desk, which its administrator wrote.
my %kinds = (
    'verify'           => [],
    'known-address'    => ['own'],
    'welcome'          => ['own'],
    'invite'           => ['desk'],
    'invite-known'     => [qw(own theirs desk)],
    'reset'            => ['own'],
    'password-changed' => ['own'],
    'address-new'      => [],
    'address-old'      => [qw(own new)],
    'address-changed'  => [qw(own new)],
    'address-back'     => ['own'],
    'disabled'         => ['own'],
    'enabled'          => ['own'],
    'sign-in'          => ['own'],
);
# To somebody whom an agent let in and a directory outside will have: t/ldap-signup.t has that one.
my %outside = map { $_ => 1 } qw(approved);

# What begins the token in the link of a mail. CVE-2023-22501: no other mail lets whoever reads it into an account.
my %tag = (verify => 'sdv_', invite => 'sdi_', reset => 'sdr_', 'address-new' => 'sda_', 'sign-in' => 'sdl_',
    'address-old' => 'sdb_', 'address-changed' => 'sdb_');

my $last = $desk->value('SELECT max(id) FROM outbox');

sub kinds_there {
    my $text = ServiceDesk::Test::slurp($desk->top . '/mod_servicedesk/desk/mail_kind.c');
    return sort $text =~ /^\s+\[SD_MAIL_\w+\] = \{"([\w-]+)"/mg;
}

is_deeply [kinds_there()], [sort keys %kinds, keys %outside], 'every kind of mail has its line';

$desk->tool_ok('setting', 'set', 'site_signup', 'public');
$desk->dbh->do(q{UPDATE outbox SET state = 'sent', done = 1 WHERE state = 'dead'});

sub call {
    my ($caller, $method, $path, $body) = @_;
    my $answer = $caller->call($method, "$own$path", $body);
    ok $answer->is_success, "$method $path" or diag $answer->body;
    return $answer;
}

# Once its token was used a mail would be pointless, and stay.
sub leave {
    return $desk->wait_for(sub { !$desk->value(q{SELECT count(*) FROM outbox WHERE state = 'queued'}) }, 40);
}

my ($an, $ag1) = map { $desk->as($_) } '', 'ag1';
my %signup = (displayName => 'canary_stranger_display', password => $password);
call($an, POST => '/signup', {%signup, email => 'canary_zoe_address@example.net'});
call($an, POST => '/signup', {%signup, email => address_of('c2')});
ok leave(), 'they have left';
call($an, POST => '/signup/verify',
    {token => token_to($desk, 'canary_zoe_address@example.net'), password => $password});
call($ag1, POST => '/servicedesk/D1/invitation',
    {addresses => 'canary_new_display <canary_new_address@example.net>, ' . address_of('c4')});
call($an, POST => '/account/reset', {address => address_of('c1')});
call($desk->as('c3'), POST => '/account/address',
    {address => 'canary_moved_address@example.net', currentPassword => $desk->person('c3')->{password}});
ok leave(), 'so have these';
call($an, PUT => '/account/address', {token => token_to($desk, 'canary_moved_address@example.net')});
ok leave(), 'and these';
call($an, POST => '/account/address/back', {token => token_to($desk, address_of('c3'))});
call($desk->as('c2'), PUT => '/account/password',
    {newPassword => $password, currentPassword => $desk->person('c2')->{password}});
$desk->tool_ok('account', $_, 'c5') for 'disable', 'enable';
$desk->tool_ok('desk', 'access', 'D1', '--sign-in-link');
call($an, POST => '/session/link', {address => address_of('c5')});

my @rows = @{$desk->rows('SELECT * FROM outbox WHERE id > ? ORDER BY id', $last)};
is_deeply [map { $_->{kind} } @rows], [qw(verify known-address welcome invite invite-known reset address-new address-old
    address-changed address-back password-changed disabled enabled sign-in)], 'a mail of each kind, once';
ok leave(), 'all have left';

# All that whoever gets it can read: the headers as they stand and decoded, and both parts, decoded.
sub text_of {
    my ($row) = @_;
    my $raw = ServiceDesk::Test::slurp($desk->dir . "/post/new/$row->{message_id}");
    my ($head, $body) = split /\r\n\r\n/, $raw, 2;
    return $head . Encode::encode('UTF-8', Encode::decode('MIME-Header', $head))
        . MIME::QuotedPrint::decode_qp($body =~ s/\r\n/\n/gr);
}

# Whose words stand for "own", "theirs" and "new" in the mail to an address.
my %who = (map({ address_of($_) => $_ } qw(c1 c2 c3 c4 c5)), 'canary_moved_address@example.net' => 'c3',
    'canary_zoe_address@example.net' => 'stranger');

for my $row (@rows) {
    my $text = text_of($row);
    my %is = map { $_ => 1 } @{$kinds{$row->{kind}}};
    my ($to) = $row->{address} =~ /canary_(\w+)@/;
    my $who = $who{$row->{address}} // 'nobody';
    my @may = ($to, $is{own} ? "${who}_display" : (), $is{theirs} ? 'ag1_display' : (), $is{desk} ? 'D1_name' : (),
        $is{new} ? 'moved_address' : ());
    is join(' ', $canary->words($text)), join(' ', sort @may), "$row->{kind} to $row->{address}";
    unlike $text, qr/$secret/, '... with no secret of anybody';
    my %tags = map { $_ => 1 } $text =~ /\b(sd[a-tv-z]_)[\w-]{43}/g;    # but for the link that stops mails
    is join(' ', keys %tags), $tag{$row->{kind}} // '', '... and no link that opens something but that of its kind';
}
my %known = map { $_->{message_id} => 1 } @{$desk->rows('SELECT * FROM outbox')};
my @files = map {m{([^/]+)\z}} glob $desk->dir . '/post/new/*';
is join(' ', grep { !$known{$_} } @files), '', 'and nothing has left that is not in the outbox';

# ---- exports ----

for my $who ($canary->accounts, 'guest', 'gone') {
    my $account = $desk->person($who)->{accountId};
    $desk->{db}->restore($desk->dbh);
    my %export = (
        'servicedeskctl' => Mojo::JSON::encode_json($desk->tool_ok('account', 'export', $account, '--json')),
        'an administrator' => $desk->as('sa')->get("$own/account/$account/export")->body,
    );
    $export{'the person'} = $desk->as($who)->get("$own/myself/export")->body unless $who =~ /^(?:guest|gone)$/;
    for my $by (sort keys %export) {
        is join(' ', $canary->words($export{$by})), join(' ', $canary->exported($who)), "$who, by $by: one's own words";
        unlike $export{$by}, qr/$secret/, '... and no secret';
    }
}
for my $who ('an', grep { $_ ne 'sa' } $canary->accounts) {
    my $caller = $canary->caller($who);
    my @other = map { $desk->person($_)->{accountId} } grep { $_ ne $who } qw(c1 c4 ag2 sa gone guest);
    my @codes = map { $caller->get("$own/account/$_/export")->code } @other;
    is_deeply [grep { !/^40[134]$/ } @codes], [], "$who gets nobody else's";
}

unlike $desk->log, qr/canary|$secret/i, 'no word and no secret is in the error log';
unlike $desk->access_log, qr/canary|$secret/i, 'nor in the access log';
$desk->finish;
done_testing;
