#!/usr/bin/perl
# Every setting of the site over REST: typed, refused by name, audited, and based on what was read.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::JSON ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my %who = map { $_ => $desk->as($_) } qw(sa da1);
my $base = OWN . '/setting';
my ($yes, $no) = (Mojo::JSON::true(), Mojo::JSON::false());

sub tag { return $who{sa}->get("$base/$_[0]")->headers->etag }

subtest 'all of them' => sub {
    my $values = good($who{sa}->get($base), 'the list')->{values};
    my @told = map { $_->{name} } @{$desk->tool_ok('setting', 'get', '--json')};
    cmp_ok scalar(@told), '>', 30, 'the tool has many';
    is_deeply [map { $_->{name} } @$values], \@told, 'the same';
    my %of = map { $_->{name} => $_ } @$values;
    is_deeply [@{$of{captcha}}{qw(type value default)}, exists $of{captcha}{choices}], ['boolean', $no, $no, ''],
        'a boolean';
    is_deeply [@{$of{mail_mailbox_day}}{qw(type value default)}], ['number', 10, 10], 'a number';
    is_deeply [@{$of{signup_proof}}{qw(type value choices)}],
        ['choice', 'address-first', ['address-first', 'at-once']], 'a choice';
    is scalar(grep { ($_->{description} // '') !~ /\w{3}/ } @$values), 0, 'each says what it is for';
    is_deeply good($who{sa}->get("$base/captcha"), 'one'), $of{captcha}, 'reads the same';
    refused($who{sa}->get("$base/none"), 404, 'none of that name');
};

subtest 'changed' => sub {
    news($desk);
    is good($who{sa}->put("$base/captcha", {value => $yes}), 'a boolean')->{value}, $yes, 'is what it was set to';
    is good($who{sa}->put("$base/mail_mailbox_day", {value => 12}), 'a number')->{value}, 12, 'too';
    is good($who{sa}->put("$base/mail_mailbox_day", {value => '13'}), 'a number as text')->{value}, 13, 'too';
    is good($who{sa}->put("$base/signup_proof", {value => 'at-once'}), 'a choice')->{value}, 'at-once', 'too';
    is $desk->tool_ok('setting', 'get', 'captcha', '--json')->{value}, 'true', 'the tool reads it';
    is_deeply [news($desk)], [map {"internal/sa setting.set setting:$_"} qw(captcha mail_mailbox_day mail_mailbox_day
        signup_proof)], 'each is audited';
    good($who{sa}->put("$base/captcha", {value => $yes}), 'what it is already');
    is_deeply [news($desk)], [], 'changes nothing';
    good($who{sa}->put("$base/public_signup", {value => $yes}), 'a switch');
    good($who{da1}->put(OWN . '/servicedesk/D1/access', {signup => $yes}), 'a desk follows');
    good($who{sa}->put("$base/public_signup", {value => $no}), 'off');
    is $desk->value('SELECT count(*) FROM desk WHERE signup = 1'), 0, 'with what follows from it';
    news($desk);
    refused($who{sa}->put("$base/captcha", {value => $_}), 400, 'no boolean', 'value') for 'perhaps', 7, [], undef, '';
    refused($who{sa}->put("$base/mail_mailbox_day", {value => $_}), 400, 'no number', 'value')
        for -1, 1.5, 'many', $yes, {}, '1e3', 10_000_000_000;
    refused($who{sa}->put("$base/signup_proof", {value => $_}), 400, 'no choice', 'value')
        for 'address-first|at-once', 'At-once', 1, $yes;
    refused($who{sa}->put("$base/captcha", {}), 400, 'nothing', 'value');
    is $who{sa}->put("$base/captcha", [])->code, 400, 'no object';
    refused($who{sa}->put("$base/none", {value => 1}), 404, 'none of that name');
    refused($who{da1}->put("$base/$_", {value => $yes}), 403, "not a desk's administrator") for 'captcha', 'none';
    is_deeply [grep { !/permission\.denied/ } news($desk)], [], 'nothing of that is written';
    is good($who{sa}->get("$base/captcha"), 'and nothing')->{value}, $yes, 'has changed';
};

subtest 'based on what was read' => sub {
    my $old = tag('captcha');
    good($who{sa}->put("$base/captcha", {value => $no}, 'If-Match' => $old), 'nobody was faster');
    my $late = $who{sa}->put("$base/captcha", {value => $yes}, 'If-Match' => $old);
    is $late->code, 412, 'somebody was';
    is good($who{sa}->get("$base/captcha"), 'so')->{value}, $no, 'it stays';
    is $who{sa}->put("$base/captcha", {value => $yes}, 'If-Match' => tag('second_factor'))->code, 412,
        'the tag of another';
    is $who{sa}->put("$base/captcha", {value => $yes}, 'If-Match' => '"x"')->code, 412, 'one of nothing';
    my $fresh = $who{sa}->put("$base/captcha", {value => $yes}, 'If-Match' => tag('captcha'));
    good($fresh, 'by the present one');
    good($who{sa}->put("$base/captcha", {value => $no}, 'If-Match' => '*'), 'by any');
};

$desk->finish;
done_testing;
