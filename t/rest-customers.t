#!/usr/bin/perl
# Customers: one more account for the site, and the list of a desk.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my %id   = map { $_ => $desk->thing($_)->{id} } qw(D1 D2 T1);
my %person = map { $_ => $desk->person($_) } qw(c1 c2 c3 c4 nobody ag1);
my %who  = map { $_ => $desk->as($_) } qw(sa da1 da2 ag1 c1 c2 c4 nobody);
$who{an} = $desk->as('');
my $customer  = API . '/customer';
my $customers = API . "/servicedesk/$id{D1}/customer";

subtest 'one more account' => sub {
    news($desk);
    my $made = created($who{sa}->post($customer, {email => 'Fred.Maier@Example.ORG', displayName => 'Fred Müller'}),
        'by e-mail and display name');
    is $made->{displayName}, 'Fred Müller', 'called so';
    is $made->{emailAddress}, 'Fred.Maier@example.org', 'the address with its domain in small letters';
    is $made->{name}, 'Fred.Maier@example.org', 'which is the name to sign in with';
    is $made->{key}, $made->{accountId}, 'key and accountId are one';
    is_deeply [news($desk)], ["internal/sa account.create account:$made->{accountId}"], 'audited';
    my $row = $desk->rows('SELECT * FROM account WHERE public_id = ?', $made->{accountId})->[0];
    is $row->{password_hash}, undef, 'no password';
    is $row->{address_proven}, 0, 'the address is not proven';
    is $desk->value('SELECT count(*) FROM desk_role WHERE account_id = ?', $row->{id}), 0, 'no desk';
    is created($who{sa}->post($customer, {email => 'idn@Bücher.example'}), 'an international domain')->{emailAddress},
        'idn@xn--bcher-kva.example',
        'is kept as mail servers call it';
    is created($who{sa}->post($customer, {email => 'full@example.org', fullName => 'Full Name'}),
        'fullName, as older clients say')->{displayName},
        'Full Name', 'is heard';
    is created($who{sa}->post($customer, {email => 'both@example.org', fullName => 'Full', displayName => 'Display'}),
        'both')->{displayName},
        'Display', 'displayName first';
    is created($who{sa}->post($customer, {email => 'none@example.org'}), 'neither')->{displayName}, 'none@example.org',
        'then the address';
};

subtest 'an address that somebody has' => sub {
    news($desk);
    my $before = $desk->value('SELECT count(*) FROM account');
    for my $email ($person{c1}{email}, uc $person{c1}{email}, 'fred.maier@EXAMPLE.org', 'idn@bücher.EXAMPLE') {
        refused($who{sa}->post($customer, {email => $email, displayName => 'x'}), 400, "$email: 400", 'email');
        refused($who{sa}->post("$customer?strictConflictStatusCode=$_", {email => $email, displayName => 'x'}), 409,
            "strict ($_): 409", 'email')
            for qw(true True 1);
        refused($who{sa}->post("$customer?strictConflictStatusCode=false", {email => $email, displayName => 'x'}), 400,
            'not strict: 400', 'email');
    }
    refused($who{sa}->post("$customer?strictConflictStatusCode=maybe", {email => 'y@example.org'}), 400,
        'neither true nor false',
        'strictConflictStatusCode');
    is $desk->value('SELECT count(*) FROM account'), $before, 'no account came of it';
    is_deeply [news($desk)], [], 'nothing audited';
};

subtest 'not made' => sub {
    my $before = $desk->value('SELECT count(*) FROM account');
    for my $email ('', 'fred', 'fred@', '@example.org', 'a b@example.org', 'a@b@example.org', 'a@-example.org',
        "a\@example.org\r\nBcc: x\@y.z",
        '<a@example.org>', 'a..b@example.org', 'a@example..org', 'a@[127.0.0.1]', '"a b"@example.org',
            'grüße@example.org', 'a%b@c@example.org', 'a@example.org ' . 'x' x 300) {
        refused($who{sa}->post($customer, {email => $email, displayName => 'x'}), 400,
            'no address: ' . $email =~ s/[\r\n]+/ /r, 'email');
    }
    refused($who{sa}->post($customer, {displayName => 'x'}), 400, 'no address at all', 'email');
    refused($who{sa}->post($customer, {email => 5}), 400, 'a number', 'email');
    refused($who{sa}->post($customer, {email => 'fine@example.org', displayName => 'x' x 256}), 400, 'a long name',
        'displayName');
    refused($who{sa}->post($customer, {email => 'not fine', displayName => "a\x07b"}), 400, 'both',
        qw(displayName email));
    is refused($who{$_}->post($customer, {email => "$_.made\@example.org", displayName => 'x'}), 403,
        "by $_")->{errorMessage},
        'Unauthorized to perform the requested action, JIRA Administrators global permission is required.',
            'in the words that clients know'
        for qw(da1 ag1 c1 nobody);
    refused($who{ag1}->post($customer, {email => $person{c1}{email}}), 403,
        'who may not make any hears nothing of who is there');
    refused($who{an}->post($customer, {email => 'an@example.org'}), 401, 'by nobody');
    is $desk->value('SELECT count(*) FROM account'), $before, 'as many accounts as before';
};

subtest 'the list of a desk' => sub {
    is_deeply [column('accountId', $who{ag1}->get($customers))], [map { $person{$_}{accountId} } qw(c1 c2 c3)],
        'an agent reads it, by id';
    is scalar(column('name', $who{$_}->get($customers))), 3, "so does $_" for qw(da1 sa);
    my %found = ('cust' => 3, 'CUSTOMER two' => 1, 'two' => 1, 'c3' => 1, 'c2@example.org' => 1, 'ustomer' => 0,
        'four' => 0, 'agent' => 0, '!' => 0,
        'example' => 3);
    for my $query (sort keys %found) {
        my $answer = $who{ag1}->get("$customers?query=" . $query =~ s/ /+/r =~ s/!/%21/r);
        is scalar(column('name', $answer)), $found{$query}, "query=$query finds $found{$query}";
    }
    refused($who{c1}->get($customers), 403, 'a customer may not read it');
    refused($who{c4}->get($customers), 404, 'to a stranger there is no desk');
    refused($who{an}->get($customers), 401, 'nobody signed in');
};

subtest 'coming and going' => sub {
    news($desk);
    refused($who{c4}->get(API . "/servicedesk/$id{D1}"), 404, 'a stranger');
    done($who{da1}->post($customers, {usernames => ['c4'], accountIds => [$person{nobody}{accountId}]}),
        'the administrator adds two');
    is_deeply [news($desk)], [map {"internal/da1 desk.customer.add account:$person{$_}{accountId}"} qw(c4 nobody)],
        'a row for each';
    good($who{c4}->get(API . "/servicedesk/$id{D1}"), 'in at once');
    is $desk->value('SELECT origin FROM desk_role WHERE account_id = ? AND desk_id = ?', $person{c4}{id}, $id{D1}),
        'rest', 'how is remembered';
    done($who{ag1}->post($customers, {usernames => ['c4', 'c1']}), 'an agent adds who is there: 204');
    is_deeply [news($desk)], [], 'nothing to audit';
    done($who{da1}->delete($customers, {usernames => ['c4', 'c4', $person{nobody}{email}, 'ag1']}),
        'taken away; who is none is ignored');
    is_deeply [news($desk)], [map {"internal/da1 desk.customer.remove account:$person{$_}{accountId}"} qw(c4 nobody)],
        'a row for each';
    refused($who{c4}->get(API . "/servicedesk/$id{D1}"), 404, 'out at once');
    refused($who{da1}->post($customers, {usernames => ['noone', 'c4', 'no.two']}), 400, 'two names that nobody has',
        'accountIds');
    is_deeply [news($desk)], ["internal/da1 desk.customer.add account:$person{c4}{accountId}"],
        'and the third is added all the same';
    refused($who{da1}->delete($customers, {usernames => ['noone', 'c4']}), 400, 'the same in taking away',
        'accountIds');
    is_deeply [news($desk)], ["internal/da1 desk.customer.remove account:$person{c4}{accountId}"],
        'who is known is gone';
    done($who{da1}->delete($customers, {accountIDs => [$person{c3}{accountId}]}), 'accountIDs');
    is scalar(column('name', $who{ag1}->get($customers))), 2, 'is heard';
    done($who{da1}->post($customers, {usernames => [$person{c3}{email}]}), 'back by address');
};

subtest 'not changed' => sub {
    news($desk);
    refused($who{ag1}->delete($customers, {usernames => ['c2']}), 403, 'an agent cannot take away');
    refused($who{c1}->post($customers, {usernames => ['c4']}), 403, 'a customer cannot add');
    refused($who{c1}->delete($customers, {usernames => ['c2']}), 403, 'nor take away');
    refused($who{da2}->post($customers, {usernames => ['c4']}), 404, "another desk's administrator sees no desk");
    refused($who{an}->post($customers, {usernames => ['c4']}), 401, 'nobody signed in');
    refused($who{da1}->delete($customers), 400, 'DELETE without a body');
    refused($who{da1}->post($customers, {usernames => 'c4'}), 400, 'no array', 'usernames');
    refused($who{da1}->post($customers, ['c4']), 400, 'an array alone');
    done($who{da1}->post($customers, {}), 'nobody is named: nothing');
    my $address = API . '/servicedesk/{desk}/customer';
    is_deeply [news($desk)], [denied('htpasswd/ag1', $address), denied('internal/c1', ($address) x 2)],
        'audited: what was forbidden';
    is scalar(column('name', $who{ag1}->get($customers))), 3, 'as many as before';
};

subtest 'a desk for everyone' => sub {
    $desk->tool_ok('desk', 'add', 'OPEN', 'Open', '--access', 'accounts');
    my $open = API . '/servicedesk/OPEN/customer';
    is_deeply [column('name', $who{sa}->get($open))], [], 'its list is empty at first';
    done($who{sa}->post($open, {usernames => ['c1']}), 'somebody is put on it');
    is refused($who{sa}->delete($open, {usernames => ['c1']}), 400,
        'nobody is taken from it')->{i18nErrorMessage}{i18nKey}, 'sd.desk.accounts',
        'with a reason';
    is scalar(column('name', $who{sa}->get($open))), 1, 'still there';
};

subtest 'who leaves keeps what is his' => sub {
    my $request = raise($who{c2}, $id{D1}, $id{T1});
    done($who{da1}->delete($customers, {usernames => ['c2']}), 'taken off the list');
    good($who{c2}->get(API . "/request/$request->{issueKey}"), 'the old request is readable');
    created($who{c2}->post(API . "/request/$request->{issueKey}/comment", {body => 'still here', public => \1}),
        'and can be commented');
    done($who{da1}->delete($customers, {usernames => ['c1']}), 'somebody who is in an organization of the desk, too');
    like raise($who{c1}, $id{D1}, $id{T1})->{issueKey}, qr/^D1-/, 'is still let in by it';
    refused($who{c2}->post(API . '/request', {serviceDeskId => $id{D1}, requestTypeId => $id{T1},
        requestFieldValues => {summary => 'x'}}), 400,
        'a new one cannot be raised', 'serviceDeskId');
};

$desk->finish;
done_testing;
