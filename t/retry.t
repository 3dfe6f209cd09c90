#!/usr/bin/perl
# Who had no answer asks again, and gets what is there: the header Idempotency-Key of a request that is raised. Without
# it each asking raises one. Both databases; a COMMIT whose answer is lost is in t/pgsql-faults.t. Cases: security.md
# 205, 206.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my %who = map { $_ => $desk->as($_, 'bearer') } qw(c1 c2 ag1 da1);
my $requests = API . '/request';
my $number = 0;

sub body {
    my ($summary) = @_;
    return {serviceDeskId => $desk->thing('D1')->{id}, requestTypeId => $desk->thing('T1')->{id},
        requestFieldValues => {summary => $summary}};
}

sub ask { my ($name, $summary, @header) = @_; return $who{$name}->post($requests, body($summary), @header) }
sub named { my ($name) = @_; return ('Idempotency-Key' => $name) }
sub count_of { my ($summary) = @_; return $desk->value('SELECT count(*) FROM request WHERE summary = ?', $summary) }

subtest 'asked twice' => sub {
    news($desk);
    my $first = created(ask('c1', 'twice', named('abc')), 'raised');
    my $second = created(ask('c1', 'twice', named('abc')), 'asked again');
    is_deeply $second, $first, 'the same request';
    is count_of('twice'), 1, 'is there once';
    is_deeply [news($desk)], ["internal/c1 request.create request:$first->{issueKey}"], 'and audited once';
    isnt created(ask('c1', 'twice', named('abd')), 'under another name')->{issueKey}, $first->{issueKey}, 'another';
    isnt created(ask('c2', 'twice', named('abc')), 'by another person')->{issueKey}, $first->{issueKey}, 'another';
    created(ask('c1', 'unnamed'), 'without a name') for 1, 2;
    is count_of('unnamed'), 2, 'each time one';
};

subtest 'many at once' => sub {
    my $answers = at_once($desk, 12, $requests, body('at once'),
        Authorization => 'Bearer ' . $desk->person('c1')->{token}, named('at once'));
    my %keys = map { /"issueKey":"([^"]+)"/ ? ($1 => 1) : ($_ => 1) } keys %$answers;
    is scalar(keys %keys), 1, 'all have one answer' or diag join "\n", keys %keys;
    is scalar(grep { !/^201 / } keys %$answers), 0, 'which is 201';
    is count_of('at once'), 1, 'and it is there once';
};

subtest 'something else under the name' => sub {
    created(ask('c1', 'this', named('reused')), 'raised');
    is refused(ask('c1', 'that', named('reused')), 409, 'not that')->{i18nErrorMessage}{i18nKey},
        'sd.request.retry.other', 'and it is said why';
    is count_of('that'), 0, 'nothing is raised';
    created(ask('c1', 'this', named('reused')), 'this still');
    is count_of('this'), 1, 'once';
    refused(ask('c1', ' ', named('refused')), 400, 'what was refused', 'summary');
    created(ask('c1', 'mended', named('refused')), 'holds no name');
};

subtest 'names' => sub {
    refused(ask('c1', 'odd', named($_)), 400, length($_) . ' characters', 'Idempotency-Key') for 'x' x 256;
    created(ask('c1', 'odd', named('x' x 255)), '255 characters');
    created(ask('c1', 'odd', named("it's %_ \"quoted\"; --")), 'any characters');
    unlike join(' ', map { values %$_ } @{$desk->rows('SELECT name, content FROM request_retry')}), qr/[^0-9a-f ]/,
        'only digests are kept';
};

subtest 'what one may not see any more' => sub {
    my $key = created(ask('c1', 'deleted', named('deleted')), 'raised')->{issueKey};
    is $who{da1}->delete(CORE . "/issue/$key")->code, 204, 'deleted';
    refused(ask('c1', 'deleted', named('deleted')), 404, 'asked again: gone');
    is count_of('deleted'), 1, 'and no second one';
};

$desk->finish;
done_testing;
