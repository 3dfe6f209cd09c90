#!/usr/bin/perl
# Every text of two desks holds a word of its own. Everybody calls every route of the route tables with everything there
# is, reading, searching, writing and failing, and must see exactly the words that the table below gives them: none
# that is somebody else's, and none of their own missing.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::JSON ();
use Test::More;

use ServiceDesk::Test;

plan skip_all => 'runs on SQLite' if ($ENV{DB} // 'sqlite') ne 'sqlite';

my $desk   = ServiceDesk::Test->new(fixture => 1);
my $dbh    = $desk->dbh;
my @people = qw(an no c1 c2 c3 c4 ag1 ag2 da1 da2 sa);
my @staff  = qw(ag1 ag2 da1 da2 sa);
my %account = (no => 'nobody');
sub person { my ($who) = @_; return $desk->person($account{$who} // $who) }

# Who may see which word, by the permission matrix of the rules. c1 reported R1, RS and RP; RS is shared with O1, which
# c1 and c3 belong to; c2 takes part in RP; ag1 answered all of D1, ag2 all of D2. A system administrator has no part in
# requests. Whoever works at some desk may look people and organizations up.
my %readers;
sub may { my ($words, @who) = @_; $readers{"canary_$_"} = {map { $_ => 1 } @who} for split ' ', $words; return }

my @crew1 = qw(ag1 da1);
my @crew2 = qw(ag2 da2);
may('R1_summary R1_description R1_public R1_value R1_label', 'c1', @crew1);
may('RS_summary RS_description RS_public RS_value RS_label', 'c1', 'c3', @crew1);
may('RP_summary RP_description RP_public RP_value RP_label', 'c1', 'c2', @crew1);
may('R1_internal RS_internal RP_internal', @crew1);
may('R2_summary R2_description R2_public R2_value R2_label', 'c4', @crew2);
may('R2_internal', @crew2);
may('RX_summary RX_description RX_public RX_internal RX_value RX_label RX_hidden');
may('D1_name T1_name T1_description T1_help T1_field T1_about G1_name', qw(c1 c2 c3 sa), @crew1);
may('D2_name T2_name T2_description T2_help T2_field T2_about G2_name', qw(c4 sa), @crew2);
# Fields that the form does not show are of no face yet.
may('T1_unseen T2_unseen R1_hidden RS_hidden RP_hidden R2_hidden');
may('TX_name TX_description TX_help TX_field TX_about TX_unseen');
# What a desk is described as, its administrators read where they write it.
may('D1_description', qw(da1 sa));
may('D2_description', qw(da2 sa));
may('D1_way', 'c1', @crew1);    # a customer takes steps of his own requests alone
may('D2_way', 'c4', @crew2);
may('D1_step', @crew1);
may('D2_step', @crew2);
may('O1_name O1_property', 'c1', 'c3', @staff);
may('O2_name O2_property', 'c4', @staff);
# People: who meets whom in a request learns a name to call the other by, never an address.
may('no_display no_address', 'no', @staff);
may('c1_display', qw(c1 c2 c3), @staff);
may('c2_display', qw(c1 c2), @staff);
may('c3_display', 'c3', @staff);
may('c4_display', 'c4', @staff);
may("${_}_address", $_, @staff) for qw(c1 c2 c3 c4);
may('ag1_display', qw(c1 c2 c3), @staff);
may('ag2_display', 'c4', @staff);
may("${_}_display", @staff) for qw(da1 da2 sa);
may("${_}_address", @staff) for @staff;
# Groups are the site's, like people: whoever works at some desk may look them up.
may('group1 group2', @staff);
may("${_}_token", $_) for @people[1 .. $#people];

# ---- a word into every text ----

sub put { my ($sql, @values) = @_; $dbh->do($sql, undef, @values) or die "$sql: " . $dbh->errstr; return }
sub thing { my ($name) = @_; return $desk->thing($name) }

sub fold { my ($text) = @_; return lc $text }

for my $key (qw(D1 D2)) {
    my $id = thing($key)->{id};
    put('UPDATE desk SET name = ?, description = ? WHERE id = ?', map({"canary_${key}_$_"} qw(name description)), $id);
    # Ways that customers may take, and those that they may not.
    put('UPDATE transition SET name = ? WHERE desk_id = ? AND customer = ?', "canary_${key}_$_->[0]", $id, $_->[1])
        for ['way', 1], ['step', 0];
}
for my $row (['T1', 'D1', 'G1'], ['T2', 'D2', 'G2'], ['TX', 'D1', undef]) {
    my ($type, $key, $group) = @$row;
    my $id = thing($type)->{id};
    put('UPDATE request_type SET name = ?, description = ?, help_text = ?, search_key = ? WHERE id = ?',
        map({"canary_${type}_$_"} qw(name description help)), fold("canary_${type}_name canary_${type}_description"),
        $id);
    put('UPDATE request_field SET name = ?, description = ? WHERE request_type_id = ?',
        "canary_${type}_field", "canary_${type}_about", $id);
    put('INSERT INTO request_field (request_type_id, field_id, name, description, kind, required, visible, position,'
        . " preset_value) VALUES (?, 'customfield_99', ?, ?, 'text', 0, 0, 9, ?)",
        $id, ("canary_${type}_unseen") x 2, qq{"canary_${type}_unseen"});
    next unless $group;
    put('INSERT INTO request_type_group (desk_id, name, position) VALUES (?, ?, 1)', thing($key)->{id},
        "canary_${group}_name");
    put('INSERT INTO request_type_group_member SELECT id, ?, 1 FROM request_type_group WHERE name = ?', $id,
        "canary_${group}_name");
}
for my $name (qw(R1 RS RP R2 RX)) {
    put('INSERT INTO request_value (request_id, position, field_id, label, kind, visible, value)'
        . " VALUES (?, ?, ?, ?, 'text', ?, ?)", thing($name)->{id}, @$_)
        for [90, 'customfield_90', "canary_${name}_label", 1, qq{"canary_${name}_value"}],
            [91, 'customfield_91', "canary_${name}_hidden", 0, qq{"canary_${name}_hidden"}];
}
for my $who (@people[1 .. $#people]) {
    my $id = person($who)->{id};
    my ($display, $address) = ("canary_${who}_display", "canary_${who}_address\@example.org");
    put('UPDATE account SET display_name = ?, address = ?, address_key = ? WHERE id = ?', $display, $address,
        $address, $id);
    put('INSERT INTO account_word (word, account_id) VALUES (?, ?)', $_, $id) for lc $display, "canary_${who}_address";
    put('INSERT OR IGNORE INTO account_part (part, account_id) VALUES (?, ?)', substr($_, 0, 8), $id)
        for map { my $text = $_; map { substr $text, $_ } 0 .. length($text) - 1 } lc $display, lc $address;
    put('UPDATE token SET label = ? WHERE account_id = ?', "canary_${who}_token", $id);
}
for my $name (qw(O1 O2)) {
    put('UPDATE organization_property SET value = ? WHERE organization_id = ?', qq({"level":"canary_${name}_property"}),
        thing($name)->{id});
}
for my $n (1, 2) {
    put('INSERT INTO user_group (id, directory_id, name, name_key, created) VALUES (?, 1, ?, ?, 1)', 700 + $n,
        ("canary_group$n") x 2);
    put("INSERT INTO desk_role_group (desk_id, group_id, role, created) VALUES (?, ?, 'customer', 1)",
        thing("D$n")->{id}, 700 + $n);
}
$desk->{db}->snapshot($dbh);

# ---- every route, with everything ----

my %values = (
    desk => [map({ thing($_)->{id} } qw(D1 D2)), 'D1', 'D2', 9999],
    issue => [map({ thing($_)->{key} } qw(R1 RS RP R2 RX)), 'D1-9999'],
    organization => [map({ thing($_)->{id} } qw(O1 O2)), 9999],
    type => [map({ thing($_)->{id} } qw(T1 T2 TX)), 9999],
    comment => [map({ my $r = $_; map { thing($r)->{$_} } qw(public internal) } qw(R1 RS RP R2)), 9999],
    property => ['tier', 'none'],
    queue => [1, 2, 3, 9999],
    customer => [map({ person($_)->{accountId} } qw(c1 c4)), 'c2', 9999],
    token => [person('c1')->{tokenId}, 9999],
    group => [701, 702, 9999],
    file => ['none'],
);

sub routes_of {
    my ($file) = @_;
    my $text = ServiceDesk::Test::slurp($desk->top . "/mod_servicedesk/$file");
    $text =~ s{/\*.*?\*/}{}gs;
    my @routes;
    push @routes, [$1, $2] while $text =~ /\bSD_ROUTE(?:_WITH)?\(\s*"(\w+)",\s*"([^"]+)"/g;
    return @routes;
}

# Every way to fill the places of a path; one that is not known is filled with what is nowhere.
sub fill {
    my ($path) = @_;
    return $path unless $path =~ /\{(\w+)\}/;
    my $name = $1;
    return map { fill($path =~ s/\{\Q$name\E\}/$_/r) } @{$values{$name} // [9999]};
}

# What a search may ask for, in every list that has one.
my @searches = map { my $word = $_; map {"$_=$word"} qw(searchTerm searchQuery query username) }
    'canary', sort keys %readers;
my %searched = ('/rest/servicedeskapi/request' => qr/^searchTerm/, '/rest/api/2/user/search' => qr/^username/,
    '/rest/servicedeskapi/requesttype' => qr/^searchQuery/);
my %expanded = ('/rest/servicedeskapi/request' => 'expand=comment,participant,status,requestType,serviceDesk');

sub queries {
    my ($path) = @_;
    my @queries = ('');
    push @queries, '?' . ($expanded{$path} // $expanded{$path =~ s{/[^/]+$}{}r}) . '&limit=100'
        if $path =~ m{^/rest/servicedeskapi/request(?:/[^/]+)?$};
    my $wanted = $searched{$path} // ($path =~ m{/servicedesk/\d+/customer$} ? qr/^query=/ : undef);
    push @queries, map {"?$_"} grep { $_ =~ $wanted } @searches if $wanted;
    return @queries;
}

# Bodies that name everything of the other side.
my @named = map { $_->{accountId} } map { person($_) } qw(c2 c4 ag2);
my %body = (
    everything => {
        serviceDeskId => thing('D1')->{id}, requestTypeId => thing('T1')->{id}, issueTypeId => '1',
        requestFieldValues => {summary => 's'}, organizationIds => [thing('O2')->{id}],
        organizationId => thing('O2')->{id}, requestParticipants => ['c4', 'c2'], raiseOnBehalfOf => 'c4',
        usernames => ['c4', 'nobody'], accountIds => \@named, accountId => person('ag2')->{accountId}, body => 'b',
        public => \1, id => '301', name => 'canary', email => 'c4@x', fields => [], groups => [], patterns => [],
    },
    other => {
        serviceDeskId => thing('D2')->{id}, requestTypeId => thing('T2')->{id},
        requestFieldValues => {summary => 's'},
    },
    nothing => {},
);

my (%seen, @leaks, %answers);
my $calls = 0;

# What the caller has said himself stands in links and in complaints: it is no news to him.
sub words_in {
    my ($answer, $query) = @_;
    my $text = $answer->headers->to_string . $answer->body;
    my ($said) = $query =~ /=(canary\w*)/;
    $text =~ s/(?:searchTerm|searchQuery|query|username)=canary\w*//g if $said;
    my %words;
    $words{$1}++ while $text =~ /(canary_(?:[A-Za-z0-9]+_[a-z]+|group\d))/g;
    return keys %words;
}

sub look {
    my ($who, $what, $query, $answer) = @_;
    $calls++;
    $answers{$answer->code}++;
    for my $word (words_in($answer, $query)) {
        push @leaks, "$who: $what$query (" . $answer->code . "): $word" unless $readers{$word}{$who};
        $seen{$who}{$word} = 1;
    }
    # A search for what one may not see finds nothing, and does not say how much.
    my ($said) = $query =~ /=(canary_\w+)/;
    if ($said && $readers{$said} && !$readers{$said}{$who} && $answer->code == 200) {
        my $json = $answer->json;
        my $size = ref $json eq 'ARRAY' ? @$json : $json->{size};
        push @leaks, "$who: $what$query finds $size" if $size;
    }
    return;
}

my %caller = map { $_ => $desk->as($_ eq 'an' ? '' : $account{$_} // $_) } @people;
$caller{$_}->agent->cookie_jar->ignore(sub { 1 }) for @people;

my @routes = (routes_of('rest/routes.c'), routes_of('portal/routes.c'));
cmp_ok scalar(@routes), '>', 90, @routes . ' routes';

for my $route (grep { $_->[0] eq 'GET' } @routes) {
    for my $path (fill($route->[1])) {
        for my $query (queries($path)) {
            look($_, "GET $path", $query, $caller{$_}->get("$path$query")) for @people;
        }
    }
}
look($_, 'GET users', '', $caller{$_}->get('/rest/api/2/user/search?username=canary&maxResults=100')) for @people;
for my $who (@people) {
    look($who, "GET user $_", '', $caller{$who}->get('/rest/api/2/user?accountId=' . person($_)->{accountId}))
        for @people[1 .. $#people];
}

for my $route (grep { $_->[0] ne 'GET' } @routes) {
    my ($method, $pattern) = @$route;
    for my $path (fill($pattern)) {
        for my $kind (sort keys %body) {
            for my $who (@people) {
                my $answer = $caller{$who}->call($method, $path, $body{$kind});
                look($who, "$method $path $kind", '', $answer);
                $desk->{db}->restore($dbh) if $answer->code < 400;
            }
        }
    }
}

# What is no route, and what is no call of one.
for my $who (@people) {
    look($who, "$_->[0] $_->[1]", '', $caller{$who}->call($_->[0], $_->[1], undef))
        for map({ my $path = $_; map { [$_, $path] } qw(GET PATCH) } '/rest', '/rest/servicedeskapi/none', '/none',
            '/rest/servicedeskapi/request/' . thing('R1')->{key} . '/none', '/rest/servicedeskapi/servicedesk/D1/none'),
            ['POST', '/rest/servicedeskapi/info'], ['PATCH', '/rest/servicedeskapi/request/' . thing('R2')->{key}];
}

cmp_ok $calls, '>', 10_000, "$calls calls: " . join ', ', map {"$answers{$_} times $_"} sort keys %answers;
my %told;
@leaks = grep { !$told{$_}++ } @leaks;
is join("\n", @leaks[0 .. ($#leaks > 30 ? 30 : $#leaks)]), '', 'nobody saw a word that is not for them';
for my $who (@people) {
    my @own = grep { $readers{$_}{$who} } keys %readers;
    is join(' ', sort grep { !$seen{$who}{$_} } @own), '', "$who saw every word of theirs: " . @own;
}
$desk->finish;
done_testing;
