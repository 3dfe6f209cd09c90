#!/usr/bin/perl
# The customers of a desk as its agents see them: who, in which order, with which counts, found by what.
use strict;
use warnings;
use utf8;
use Encode ();
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my %id     = map { $_ => $desk->thing($_)->{id} } qw(D1 D2 T1);
my %person = map { $_ => $desk->person($_) } qw(c1 c2 c3 c4 ag1 nobody);
my %who    = map { $_ => $desk->as($_) } qw(sa da1 da2 ag1 ag2 c1 c2 c4 nobody);
$who{an} = $desk->as('');
my $customers = OWN . "/servicedesk/$id{D1}/customer";

sub escape { my ($text) = @_; return Encode::encode_utf8($text) =~ s/([^A-Za-z0-9.])/sprintf '%%%02X', ord $1/ger }

sub found {
    my ($query) = @_;
    return join ' ', column('displayName', $who{ag1}->get("$customers?query=" . escape($query)));
}

# The path of a link that was given.
sub path_of { my ($link) = @_; return $link =~ s{^\Q@{[$desk->base]}\E}{}r }

sub add_customer {
    my ($address, $name) = @_;
    my $made = created($who{sa}->post(API . '/customer', {email => $address, displayName => $name}), $name);
    done($who{ag1}->post(API . "/servicedesk/$id{D1}/customer", {accountIds => [$made->{accountId}]}),
        'is put on the list');
    return $made;
}

subtest 'the page' => sub {
    my $page = good($who{ag1}->get($customers), 'an agent reads it');
    is $page->{limit}, 20, 'twenty a page';
    is_deeply [sort map { $_->{name} } @{$page->{values}}], [qw(c1 c2 c3)], 'the customers, and no agent';
    is $page->{values}[0]{name}, 'c1', 'who raised something comes first';
    ok $page->{isLastPage}, 'all of them';
    ok !$page->{isCutShort}, 'nothing was cut';
    is_deeply $page->{groups}, [], 'no groups';
    my $c1 = $page->{values}[0];
    is "$c1->{openRequests} $c1->{closedRequests}", '3 0', 'counts: what c1 reported, without what was deleted';
    is $c1->{emailAddress}, 'c1@example.org', 'address';
    is $c1->{state}, 'active', 'state';
    is $c1->{origin}, 'tool', 'origin';
    ok !$c1->{byGroup}, 'on the list itself';
    like $c1->{lastActivity}{iso8601}, qr/^\d{4}-/, 'last activity';
    is good($who{$_}->get($customers), "so does $_")->{size}, 3, 'with as many' for qw(da1 sa);
    is good($who{ag1}->get(OWN . '/servicedesk/D1/customer'), 'by the key of the desk')->{size}, 3, 'too';
};

subtest 'who may not' => sub {
    refused($who{c1}->get($customers), 403, 'a customer');
    refused($who{$_}->get($customers), 404, "$_: no such desk") for qw(c4 nobody ag2 da2);
    refused($who{an}->get($customers), 401, 'nobody signed in');
    refused($who{ag1}->get(OWN . "/servicedesk/$id{D2}/customer"), 404, 'another desk');
    refused($who{ag1}->get("$customers?start=101"), 400, 'far away', 'start');
    refused($who{ag1}->get("$customers?after=here"), 400, 'a place that was made up', 'after');
    refused($who{ag1}->get("$customers?query=" . 'x' x 256), 400, 'a long query', 'query');
};

subtest 'the requests behind the counts' => sub {
    my ($c1) = grep { $_->{name} eq 'c1' } values_of($who{ag1}->get($customers));
    my %links = %{$c1->{_links}};
    is_deeply [sort map { $_->{issueKey} } values_of($who{ag1}->get(path_of($links{openRequests})))],
        [sort map { $desk->thing($_)->{key} } qw(R1 RS RP)], 'the open ones';
    is_deeply [values_of($who{ag1}->get(path_of($links{closedRequests})))], [], 'no closed ones';
    my $key = $desk->thing('R1')->{key};
    my ($way) = grep { $_->{name} =~ /cancel/i } values_of($who{ag1}->get(API . "/request/$key/transition"));
    done($who{ag1}->post(API . "/request/$key/transition", {id => $way->{id}}), 'one is ended');
    ($c1) = grep { $_->{name} eq 'c1' } values_of($who{ag1}->get($customers));
    is "$c1->{openRequests} $c1->{closedRequests}", '2 1', 'the counts follow';
    is_deeply [map { $_->{issueKey} } values_of($who{ag1}->get(path_of($links{closedRequests})))], [$key],
        'the closed one';
    is scalar(values_of($who{ag1}->get(path_of($links{requests})))), 3, 'all';
    refused($who{sa}->get(path_of($links{requests})), 403, 'a system administrator sees the list, and no request');
    refused($who{c1}->get(path_of($links{requests})), 403, 'a customer neither');
    refused($who{ag2}->get(path_of($links{requests})), 404, 'an agent of another desk');
    refused($who{ag1}->get("$customers/$person{c4}{accountId}/request"), 404, 'nobody of this desk');
    refused($who{ag1}->get("$customers/$person{c1}{accountId}/request?requestStatus=x"), 400, 'a status',
        'requestStatus');
    my $raised = raise($who{c2}, $id{D1}, $id{T1});
    is +(values_of($who{ag1}->get($customers)))[0]{name}, 'c2', 'who raises something comes first';
};

subtest 'searches' => sub {
    add_customer('m.keller@north.example.net', 'Marta Keller');
    add_customer('minsu@example.net', '김민수');
    add_customer('tanaka@example.net', '田中 印刷子');
    my %expected = ('keller' => 'Marta Keller', 'ELL' => 'Marta Keller', 'orth.ex' => 'Marta Keller',
        'keller marta' => 'Marta Keller', '민수' => '김민수', '김민' => '김민수', '印刷' => '田中 印刷子',
        '刷子' => '田中 印刷子', 'nobody' => '', '%' => '', 'two' => 'Customer Two', 'Agent' => '');
    is found($_), $expected{$_}, "query=$_" for sort keys %expected;
    is join(' ', column('displayName', $who{ag1}->get(API . "/servicedesk/$id{D1}/customer?query=ELL"))), '',
        'the path of the contract looks for the beginnings of words';
    is join(' ', column('displayName', $who{ag1}->get(API . "/servicedesk/$id{D1}/customer?query=kel"))),
        'Marta Keller', 'and finds them';
};

# Case 10 of the acceptance list.
subtest 'twenty of twenty-five' => sub {
    add_customer("many$_\@example.com", "Number $_") for 1 .. 19;
    my $page = good($who{ag1}->get($customers), 'the first page');
    is scalar(@{$page->{values}}), 20, 'twenty';
    is $page->{values}[0]{displayName}, 'Number 19', 'the newest first';
    ok !$page->{isLastPage}, 'there are more';
    my %shown = map { $_->{name} => 1 } @{$page->{values}};
    my $rest = good($who{ag1}->get(path_of($page->{_links}{next})), 'the link to the others');
    is scalar(@{$rest->{values}}), 5, 'five';
    ok $rest->{isLastPage}, 'and no more';
    is join(' ', grep { $shown{$_->{name}} } @{$rest->{values}}), '', 'none of them twice';
    my $unseen = (grep { $_->{displayName} =~ /^Customer/ } @{$rest->{values}})[0]{displayName};
    is found(substr $unseen, 4), $unseen, 'a search finds whom the page does not show';
    my $numbers = good($who{ag1}->get("$customers?query=umber&limit=7"), 'a search in pages');
    my @names = map { $_->{name} } @{$numbers->{values}};
    while (my $next = $numbers->{_links}{next}) {
        like $next, qr/query=umber/, 'the link keeps the query';
        $numbers = good($who{ag1}->get(path_of($next)), 'the next one');
        push @names, map { $_->{name} } @{$numbers->{values}};
    }
    is scalar(@names), 19, 'all of them';
    my %once = map { $_ => 1 } @names;
    is scalar(keys %once), 19, 'once each';
    is scalar(column('name', $who{ag1}->get("$customers?start=20"))), 5, 'start counts, too';
};

is $desk->tool_ok('check'), '', 'servicedeskctl check finds nothing';
$desk->finish;
done_testing;
