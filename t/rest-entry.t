#!/usr/bin/perl
# Who may come in, by REST: the switches of signup, the access of a desk, the lists of domains. Rules 1.3; 1.10 case 3.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::JSON ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my ($yes, $no) = (Mojo::JSON->true, Mojo::JSON->false);
my %who = map { $_ => $desk->as($_) } qw(da1 da2 sa ag1 c1);
my $settings = OWN . '/signup/settings';
my $restore = OWN . '/signup/restore';
sub access_of { my ($key) = @_; return OWN . "/servicedesk/$key/access" }

subtest 'the switches of the site' => sub {
    is_deeply good($who{sa}->get($settings), 'as it comes'), {
        publicSignup => $no, siteSignup => 'private', proof => 'address-first', approval => $no,
        inviteNewAccounts => 'agents', captcha => $no, restorable => [],
    }, 'closed';
    my $changed = good($who{sa}->put($settings, {publicSignup => $yes, proof => 'at-once'}), 'two of them');
    is_deeply [@$changed{qw(publicSignup siteSignup proof approval)}], [$yes, 'private', 'at-once', $no],
        'are changed, the others not';
    is $desk->tool_ok('setting', 'get', 'public_signup', '--json')->{value}, 'true', 'it is the setting';
    for my $case ([proof => 'never'], [siteSignup => 'open'], [inviteNewAccounts => 'everybody']) {
        my ($member, $value) = @$case;
        refused($who{sa}->put($settings, {approval => $yes, $member => $value}), 400, "$member: $value", $member);
    }
    refused($who{sa}->put($settings, {publicSignup => 'perhaps'}), 400, 'neither true nor false', 'publicSignup');
    is good($who{sa}->get($settings), 'asked again')->{approval}, $no, 'all or nothing';
    good($who{sa}->put($settings, {publicSignup => $no, proof => 'address-first'}), 'back');
};

subtest 'a desk' => sub {
    news($desk);
    is_deeply good($who{da1}->get(access_of('D1')), 'its administrator looks'), {
        key => 'D1', access => 'listed', signup => {
            enabled => $no, available => $no, reason => 'system-off',
            message => 'Signup is switched off for all service desks.',
        }, signInLink => $no,
    }, 'and reads why there is no signup';
    refused($who{da1}->put(access_of('D1'), {signup => $yes}), 409, 'not without the site', 'signup');
    refused($who{da1}->put(access_of('D1'), {access => 'accounts', signup => $yes}), 409, 'in no way', 'signup');
    is_deeply [news($desk)], [], 'nothing happened';
    good($who{sa}->put($settings, {publicSignup => $yes}), 'the site allows it');
    is_deeply good($who{da1}->put(access_of('D1'), {signup => $yes}), 'now it works'),
        {key => 'D1', access => 'accounts', signup => {enabled => $yes, available => $yes}, signInLink => $no},
        'for everyone';
    is_deeply [news($desk)], ['internal/sa setting.set setting:public_signup', 'internal/da1 desk.access desk:D1'],
        'the audit says so';
    refused($who{da1}->put(access_of('D1'), {access => 'listed', signup => $yes}), 400, 'a contradiction', 'signup');
    refused($who{da1}->put(access_of('D1'), {access => 'public'}), 400, 'no such access', 'access');
    is good($who{da1}->put(access_of('D1'), {access => 'listed'}), 'listed again')->{signup}{reason}, 'desk-off',
        'closes the signup';
};

subtest 'the site closes three, the fourth is not touched' => sub {
    for my $key (qw(S1 S2 S3 S4)) {
        $desk->tool_ok('desk', 'add', $key, "Desk $key", '--access', 'accounts', $key eq 'S4' ? () : '--signup');
    }
    news($desk);
    my $after = good($who{sa}->put($settings, {publicSignup => $no}), 'off');
    is_deeply $after->{restorable}, [qw(S1 S2 S3)], 'three can be restored';
    is_deeply [news($desk)],
        [map({"internal/sa desk.signup.off desk:$_"} qw(S1 S2 S3)), 'internal/sa setting.set setting:public_signup'],
        'a row for each';
    is $desk->value('SELECT count(*) FROM desk WHERE signup = 1'), 0, 'no desk is open';
    is $desk->value(q{SELECT count(*) FROM desk WHERE key LIKE 'S_' AND access = 'accounts'}), 4,
        'everyone with an account still comes in';
    refused($who{sa}->post($restore, {}), 409, 'not to be restored now', 'signup');
    good($who{sa}->put($settings, {publicSignup => $yes}), 'on');
    is $desk->value('SELECT count(*) FROM desk WHERE signup = 1'), 0, 'which opens nothing';
    good($who{sa}->put(access_of('S2'), {signup => $no}), 'somebody means it for one of them');
    refused($who{da1}->post($restore, {}), 403, 'an administrator of a desk restores nothing');
    is_deeply good($who{sa}->post($restore, {}), 'restored'), {restored => [qw(S1 S3)]}, 'the others';
    is join(',', map { $_->{key} } @{$desk->rows('SELECT key FROM desk WHERE signup = 1 ORDER BY id')}), 'S1,S3',
        'are open again';
    is_deeply good($who{sa}->post($restore, {}), 'once more'), {restored => []}, 'nothing is left';
};

subtest 'domains' => sub {
    my ($site, $of_desk) = (OWN . '/domain', OWN . '/servicedesk/D1/domain');
    is_deeply good($who{sa}->get($site), 'none at first'), {allowed => [], blocked => []}, 'everybody may';
    is_deeply good($who{sa}->put($site, {blocked => ['Bad.Example', "*.b\x{fc}ro.example", 'bad.example']}), 'set'),
        {allowed => [], blocked => ['*.xn--bro-hoa.example', 'bad.example']}, 'in one spelling, once each';
    is_deeply good($who{da1}->put($of_desk, {allowed => ['corp.example']}), 'of a desk'),
        {allowed => ['corp.example'], blocked => []}, 'apart from the site';
    refused($who{sa}->put($site, {allowed => ['*']}), 400, 'everything is no domain', 'allowed');
    refused($who{sa}->put($site, {allowed => ['.*'], blocked => ['x y']}), 400, 'both are wrong', 'allowed', 'blocked');
    refused($who{sa}->put($site, {blocked => 'bad.example'}), 400, 'no list', 'blocked');
    is scalar(@{good($who{sa}->get($site), 'as before')->{blocked}}), 2, 'nothing lost';
};

$desk->finish;
done_testing;
