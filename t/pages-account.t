#!/usr/bin/perl
# One's own account by pages: forgotten and changed passwords, another address, sessions, the second factor.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Digest::SHA ();
use ServiceDesk::Test;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Page;
use ServiceDesk::Test::Qr;
use Test::More;

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output, Test::More->builder->failure_output;

my $desk = ServiceDesk::Test->new(fixture => 1);
my $new = 'seven wooden herons in fog';

sub browser { return ServiceDesk::Test::Page->new($desk, @_) }
sub signed_in { return ServiceDesk::Test::Page->signed_in($desk, @_) }
sub password_of { return $desk->person($_[0])->{password} }
sub sessions_of { return $desk->value('SELECT count(*) FROM session s JOIN account a ON a.id = s.account_id'
        . ' WHERE a.name = ?', $_[0]) }
sub sign_in { my ($name, $password) = @_; return browser()->get('/account/signin')->submit(name => $name,
        password => $password) }

subtest 'a forgotten password' => sub {
    my $page = browser()->get('/account/signin');
    is $page->dom->at('main .aside a')->{href}, '/account/forgotten', 'the sign-in page leads there';
    is $page->get('/account/forgotten')->submit(address => '')->code, 400, 'nothing is no address';
    is $page->submit(address => 'c1@example.org')->location, '/account/forgotten-sent', 'asked for';
    my $said = $page->follow->text;
    is $page->get('/account/forgotten')->submit(address => 'nobody@example.org')->follow->text, $said,
        'the same for an address that nobody has';
    my $link = '/account/reset?token=' . token_to($desk, 'c1@example.org');
    browser()->get($link)->follow for 1 .. 3;
    my $elsewhere = signed_in('c1');
    is $page->get($link)->location, '/account/reset', 'the token leaves the address';
    is $page->follow->heading, 'Choose a new password', 'a form';
    is $page->submit(newPassword => 'short')->code, 400, 'a password has its rules';
    like $page->problems->[0], qr/^New password: A password has at least \d+ characters\.$/, '... which are told';
    is $page->submit(newPassword => $new)->location, '/account/signin?notice=reset', 'a new one';
    like $page->follow->notice, qr/new password/, 'it says so';
    is sessions_of('c1'), 0, 'the sessions have ended';
    is sign_in('c1', password_of('c1'))->code, 403, 'the old one opens nothing';
    is sign_in('c1', $new)->code, 303, 'the new one does';
    is browser()->get($link)->follow->code, 404, 'the link works once';
    my $verify = browser()->get('/account/verify?token=' . ($link =~ s/.*=//r));
    is $verify->follow->code, 404, 'and at no other page';
};

subtest 'another password' => sub {
    my $page = signed_in('c2');
    my $elsewhere = signed_in('c2');
    is $page->get('/account')->dom->at('a[href="/account/password"]')->text, 'Change password', 'the page leads there';
    is $page->get('/account/password')->submit(currentPassword => 'wrong', newPassword => $new)->code, 400,
        'not without the old one';
    is_deeply $page->problems, ['Present password: This is not your password.'], '... which is said';
    is $page->submit(currentPassword => password_of('c2'), newPassword => 'short')->code, 400, 'nor a short one';
    is $page->dom->at('#currentPassword')->{value}, undef, '... and no password comes back';
    is $page->submit(currentPassword => password_of('c2'), newPassword => $new)->location, '/account?notice=password',
        'changed';
    is $page->follow->notice, 'Your password has been changed.', 'and told, in the same session';
    is $elsewhere->get('/account')->location, '/account/signin?return=%2Faccount', 'the other session has ended';
    is sign_in('c2', $new)->code, 303, 'it opens the door';
};

subtest 'another address' => sub {
    my $page = signed_in('c3');
    my %form = (address => 'three@example.net', currentPassword => 'wrong');
    is $page->get('/account/new-address')->submit(%form)->code, 400, 'not without the password';
    is $page->values->{address}, 'three@example.net', '... the address is kept';
    is $page->submit(address => 'three@example.net', currentPassword => password_of('c3'))->location,
        '/account?notice=newaddress', 'asked for';
    my $link = '/account/address?token=' . token_to($desk, 'three@example.net');
    my $stranger = browser()->get($link)->follow;
    like $stranger->text, qr/three\@example\.net/, 'the link shows the address';
    is $desk->value(q{SELECT address FROM account WHERE name = 'c3'}), 'c3@example.org', 'looking changes nothing';
    is $page->get($link)->follow->submit->location, '/account?notice=address', 'sending the form does';
    like $page->follow->text, qr/three\@example\.net/, 'the account has it';
    is browser()->get($link)->follow->code, 404, 'the link works once';
    my $back = '/account/address-back?token=' . token_to($desk, 'c3@example.org');
    is $page->get($back)->follow->submit->location, '/account/forgotten?notice=addressback', 'the old one says no';
    is $desk->value(q{SELECT address FROM account WHERE name = 'c3'}), 'c3@example.org', 'and is back';
    is $page->get('/account')->location, '/account/signin?return=%2Faccount', 'in this browser, too, one signs in anew';
};

subtest 'sessions' => sub {
    my ($one, $two) = map { signed_in('c4') } 1, 2;
    $one->get('/account/sessions');
    is scalar(@{$one->dom->find('.rows li')}), 2, 'both are listed';
    is scalar(@{$one->dom->find('.badge')}), 1, 'one of them is this one';
    my $id = $one->dom->at('.rows form input[name=id]')->{value};
    my $other = signed_in('ag1')->get('/account/sessions');
    is $other->post('/account/sessions', {csrf => $other->values->{csrf}, id => $id})->code, 404, 'nobody else ends it';
    is $one->get('/account/sessions')->submit(id => $id)->location, '/account/sessions?notice=session', 'ended';
    is $two->get('/account')->code, 303, 'it is';
    is $one->get('/account')->code, 200, 'this one is not';
    is $one->get('/account/sessions')->submit(id => 'all')->location, '/account/signin?notice=signedout', 'all';
    is sessions_of('c4'), 0, 'none is left';
};

# RFC 6238 with HMAC-SHA-1, six digits, thirty seconds.
sub code {
    my ($secret, $offset) = @_;
    my %value; @value{'A' .. 'Z', 2 .. 7} = 0 .. 31;
    my $bits = join '', map { sprintf '%05b', $value{$_} } grep { exists $value{$_} } split //, uc $secret;
    my $key = pack 'B' . (length($bits) - length($bits) % 8), $bits;
    my $digest = Digest::SHA::hmac_sha1(pack('Q>', int(time / 30) + $offset), $key);
    my $number = unpack('N', substr $digest, ord(substr $digest, -1) & 15, 4) & 0x7fffffff;
    return sprintf '%06d', $number % 1_000_000;
}

subtest 'a second factor' => sub {
    my $password = $new;
    my $page = browser()->get('/account/signin')->submit(name => 'c1', password => $password);
    $page->get('/account/second-factor');
    is $page->values->{act}, 'set-up', 'there is none';
    is $page->submit->code, 200, 'set up';
    my $secret = $page->dom->at('.secret code')->text;
    my $uri = $page->dom->at('main a')->{href};
    like $uri, qr{^otpauth://totp/}, 'for an app on this device, too';
    my $picture = $page->dom->at('svg.qr');
    is read_path($picture->find('path')->last->{d}), $uri, 'a picture says the same';
    is_deeply [@$picture{qw(role aria-label)}], ['img', 'The key below as a QR code.'], '... and is named';
    unlike $page->dom->at('svg.qr')->to_string, qr/style|script|href/i, '... without anything that would not be let in';
    is $page->submit(code => '000000')->code, 400, 'a wrong code';
    is $page->values->{act}, 'activate', '... can be put right';
    unlike $page->body, qr/\Q$secret\E|<svg class="qr"/, '... and the secret is not shown again';
    is $page->submit(code => code($secret, 0))->code, 200, 'the right one';
    my @codes = map { $_->text } @{$page->dom->find('.codes code')};
    is scalar(@codes), 10, 'ten recovery codes';
    is $page->get('/account')->code, 200, 'still signed in';
    unlike $page->get('/account/second-factor')->body, qr/\Q$codes[0]\E/, 'they are shown once';
    like $page->text, qr/10 recovery codes are left/, 'how many there are';

    my $in = browser()->get('/account/signin')->submit(name => 'c1', password => $password);
    is $in->code, 400, 'the password alone is not enough';
    is_deeply $in->problems, ['Code from your app, or a recovery code: Please enter the code of your second factor too,'
            . ' and the password once more.'], 'it says so';
    is $in->values->{name}, 'c1', '... keeps the name';
    is $in->submit(password => $password, code => '123')->code, 400, 'a wrong code';
    is $in->submit(password => $password, code => $codes[0])->code, 303, 'a recovery code';
    is sign_in('c1', $password)->submit(password => $password, code => $codes[0])->code, 400, '... works once';
    $in->get('/account/second-factor')->submit(act => 'remove', code => $codes[1]);
    is $in->location, '/account/second-factor?notice=factorgone', 'taken away';
    is sign_in('c1', $password)->code, 303, 'the password is enough again';
};

subtest 'whoever must have one' => sub {
    $desk->tool_ok('setting', 'set', 'second_factor', 'system-admins');
    my $page = signed_in('sa');
    is $page->get($_)->location, '/account/second-factor', "$_ leads to it" for '/account', '/account/sessions';
    is $page->get('/account/second-factor')->code, 200, 'which is open';
    like $page->text, qr/must have one/, '... and says why';
    is $page->get('/account/signout')->submit->code, 303, 'signing out is, too';
};

subtest 'the accounts of others' => sub {
    my $page = browser();
    for my $path (map {"/account/$_"} qw(password new-address sessions second-factor)) {
        my $signin = '/account/signin?return=' . ($path =~ s{/}{%2F}gr);
        is $page->get($path)->location, $signin, "$path: who is nobody signs in";
        is $page->post($path, {a => 'b'})->location, $signin, '... with a form, too';
    }
};

$desk->finish;
done_testing;
