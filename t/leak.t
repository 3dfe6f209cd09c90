#!/usr/bin/perl
# Every text of two desks holds a word of its own (ServiceDesk/Test/Canary.pm). Everybody calls every route of the route
# tables with everything there is, reading, searching, writing and failing, and must see exactly the words that the
# table there gives them: none that is somebody else's, and none of their own missing. Pages, mails, exports and logs
# are the matter of leak-*.t.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::JSON ();
use Test::More;

use ServiceDesk::Test;
use ServiceDesk::Test::Canary;

my $desk   = ServiceDesk::Test->new(fixture => 1);
my $canary = ServiceDesk::Test::Canary->plant($desk);
my $dbh    = $desk->dbh;
my @people = $canary->people;
my %caller = map { $_ => $canary->caller($_) } @people;
sub thing  { my ($name) = @_; return $desk->thing($name) }
sub person { my ($name) = @_; return $desk->person($name) }

# ---- a word in every text ----

# Columns of texts that nobody writes: what they hold instead. Names of accounts are what tests sign in with.
my %without = (
    'ids and keys' => 'account.public_id account.name account.name_key audit.log_id audit.object_id desk.key'
        . ' outbox.message_id outbox.message_host request.key request_field.field_id request_value.field_id'
        . ' organization_property.key setting.name setting.value token.prefix',
    'words of a list' => 'account.state account.origin audit.face audit.act audit.object_type audit.result desk.access'
        . ' desk.sharing desk_role.role desk_role.origin desk_role_group.role directory.kind directory.sign_in'
        . ' directory_group.purpose domain_rule.verdict mailed_token.kind notice.kind outbox.kind outbox.state'
        . ' outbox.reason request.status request.resolution request_field.kind request_type.icon request_value.kind'
        . ' schema_step.title session.kind session.directory signup.state status_change.status transition.from_status'
        . ' transition.to_status transition.resolution',
    'languages' => 'account.language desk.language invitation.language outbox.language signup.language',
    'secrets and digests' => 'account.password_hash attempt_budget.subject audit.actor_salt audit.actor_mark'
        . ' audit.detail_salt audit.detail_mark audit_head.digest audit_head.mac audit_seal.digest captcha_use.ticket'
        . ' mail_stop.mailbox_hash mailed_token.hash mailed_token.nonce outbox.lease recovery_code.hash'
        . ' request_retry.name request_retry.content second_factor.secret session.hash session.csrf'
        . ' signup.password_hash token.hash',
);

subtest 'a word in every text' => sub {
    ok $desk->wait_for_words, 'the words of requests are in their place';
    my %known = map { $_ => 1 } map {split} values %without;
    my (@bare, %there, %planted);
    for my $table ($desk->{db}->tables($dbh)) {
        my $rows = $desk->rows("SELECT * FROM $table");
        for my $column ($desk->{db}->texts($dbh, $table)) {
            my @with = grep { ($_->{$column} // '') =~ /canary/i } @$rows;
            $planted{$_} = 1 for map { $canary->words($_->{$column}) } @with;
            $there{"$table.$column"} = 1;
            push @bare, "$table.$column" if !@with && !$known{"$table.$column"};
        }
    }
    is "@bare", '', 'each column of texts has one, or its reason';
    is join(' ', grep { !$there{$_} } sort keys %known), '', 'no reason is for a column that is not there';
    is join(' ', grep { !$planted{$_} } $canary->all), '', 'each word of the table is somewhere';
};

# ---- every route, with everything ----

my @desks = (map({ thing($_)->{id} } qw(D1 D2)), 'D1', 'D2', 9999);
my %values = (
    desk => \@desks,
    issue => [map({ thing($_)->{key} } qw(R1 RS RP R2 RX)), 'D1-9999'],
    organization => [map({ thing($_)->{id} } qw(O1 O2)), $canary->{o3}, 9999],
    type => [map({ thing($_)->{id} } qw(T1 T2 TX)), 9999],
    comment => [map({ my $r = $_; map { thing($r)->{$_} } qw(public internal) } qw(R1 RS RP R2)), 9999],
    property => ['tier', 'none'],
    queue => [1, 2, 3, 9999],
    customer => [map({ person($_)->{accountId} } qw(c1 c4 guest)), 'c2', 9999],
    account => [map({ person($_)->{accountId} } qw(c1 c4 guest gone)), 'ag2', 9999],
    token => [person('c1')->{tokenId}, 9999],
    group => [701, 702, 9999],
    signup => [800, 801, 802, 9999],
    mail => [$desk->value('SELECT max(id) FROM outbox'), 9999],
    notice => [$desk->value('SELECT max(id) FROM notice'), 9999],
    setting => ['captcha', 'none'],
    invitation => [$desk->value('SELECT max(id) FROM invitation'), 9999],
    directory => ['canary_DIR_name', 'internal', 'none'],
    role => [qw(customer agent administrator)],
    session => ['none'],
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
my %unknown;

sub fill {
    my ($path) = @_;
    return $path unless $path =~ /\{(\w+)\}/;
    my $name = $1;
    $unknown{$name} = 1 unless $values{$name};
    return map { fill($path =~ s/\{\Q$name\E\}/$_/r) } @{$values{$name} // [9999]};
}

# What a search may ask for, in every list that has one.
my @searches = map { my $word = $_; map {"$_=$word"} qw(searchTerm searchQuery query username) }
    'canary', map {"canary_$_"} $canary->all;
my %searched = ('/rest/servicedeskapi/request' => qr/^searchTerm/, '/rest/api/2/user/search' => qr/^username/,
    '/rest/servicedeskapi/requesttype' => qr/^searchQuery/, '/rest/servicedesk/1/search' => qr/^query/);
my $customers = join '|', map {"/servicedesk/$_->{id}/customer\$"} map { thing($_) } qw(D1 D2);
my $expanded = 'expand=comment,participant,status,requestType,serviceDesk&limit=100';
# Those who see nothing, or the same as somebody else, do not ask for everything.
my %asks_little = map { $_ => 1 } qw(an gone guest c1r c1w ag1r da1r sar);

sub queries {
    my ($who, $path) = @_;
    my @queries = ('');
    push @queries, "?$expanded" if $path =~ m{^/rest/servicedeskapi/request(?:/[^/]+)?$};
    push @queries, '?limit=100' if $path =~ m{/audit$};
    my $wanted = $searched{$path} // ($path =~ $customers ? qr/^query=/ : undef);
    return @queries unless $wanted;
    my @wanted = grep { $_ =~ $wanted } @searches;
    return @queries, map {"?$_"} $asks_little{$who} ? @wanted[0, 1] : @wanted;
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
        token => $canary->{link},
    },
    other => {
        serviceDeskId => thing('D2')->{id}, requestTypeId => thing('T2')->{id},
        requestFieldValues => {summary => 's'}, addresses => 'c4@example.org', desk => 'D2',
    },
    nothing => {},
);

my (%seen, @leaks, %answers);
my $calls = 0;
my $secret = join '|', map {quotemeta} $canary->secrets;

# What the caller has said himself stands in links and in complaints: it is no news to him. A system administrator may
# have the export of anybody (leak-mail.t reads them), and whoever has a link sees for whom it is.
sub allowed {
    my ($word, $who, $call, $said) = @_;
    return 1 if $said =~ /canary_\Q$word\E/i || $canary->may($word, $who, $call =~ /^(\w+)/);
    return 1 if $call =~ m{^POST /rest/servicedesk/1/invitation everything} && $canary->may($word, 'guest');
    return unless $who eq 'sa' && $call =~ m{^GET /rest/servicedesk/1/account/(\w+)/export};
    my ($whose) = grep { $_ eq $1 || $desk->{world}{people}{$_}{accountId} eq $1 } keys %{$desk->{world}{people}};
    return $whose && grep { $_ eq $word } $canary->exported($whose);
}

sub look {
    my ($who, $call, $query, $answer) = @_;
    $calls++;
    $answers{$answer->code}++;
    my $text = $answer->headers->to_string . $answer->body;
    for my $word ($canary->words($text)) {
        push @leaks, "$who: $call$query (" . $answer->code . "): $word"
            unless allowed($word, $who, $call, "$call$query");
        $seen{$who}{$word} = 1 unless $query =~ /$word/;
    }
    push @leaks, "$who: $call$query: a secret" if $text =~ /$secret/;
    # A search for what one may not see finds nothing, and does not say how much.
    my ($said) = $query =~ /=canary_(\w+)/;
    if ($said && !$canary->may($said, $who) && $answer->code == 200) {
        my $json = $answer->json;
        my $size = ref $json eq 'ARRAY' ? @$json : $json->{size};
        push @leaks, "$who: $call$query finds $size" if $size;
    }
    return;
}

my @routes = (routes_of('rest/routes.c'), routes_of('portal/routes.c'));
cmp_ok scalar(@routes), '>', 90, @routes . ' routes';

for my $route (grep { $_->[0] eq 'GET' } @routes) {
    for my $path (fill($route->[1])) {
        # What was refused before is in the audit, too, and would fill its first page.
        $desk->{db}->restore($dbh) if $path =~ m{/audit$};
        for my $who (@people) {
            look($who, "GET $path", $_, $caller{$who}->get("$path$_")) for queries($who, $path);
        }
    }
}
look($_, 'GET users', '', $caller{$_}->get('/rest/api/2/user/search?username=canary&maxResults=100')) for @people;
for my $who (@people) {
    look($who, "GET user $_", '', $caller{$who}->get('/rest/api/2/user?accountId=' . person($_)->{accountId}))
        for $canary->accounts, 'gone', 'guest';
}

# That a desk has two names is a matter of looking it up, which is done above.
$values{desk} = [grep {/^\d/} @desks];
for my $route (grep { $_->[0] ne 'GET' } @routes) {
    my ($method, $pattern) = @$route;
    for my $path (fill($pattern)) {
        for my $kind ($method eq 'POST' ? sort keys %body : qw(everything nothing)) {
            for my $who (grep { $kind eq 'everything' || !$asks_little{$_} } @people) {
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
is join(' ', sort keys %unknown), '', 'each place of a path was filled with what is there';
my %told;
@leaks = grep { !$told{$_}++ } @leaks;
is join("\n", @leaks[0 .. ($#leaks > 30 ? 30 : $#leaks)]), '', 'nobody saw a word that is not for them';
for my $who (@people) {
    my @own = $canary->of($who);
    is join(' ', grep { !$seen{$who}{$_} } @own), '', "$who saw every word of theirs: " . @own;
}
unlike $desk->log, qr/canary|$secret/i, 'no word and no secret is in the error log';
unlike $desk->access_log =~ s/"[A-Z]+ \S+ HTTP[^"]*"//gr, qr/canary|$secret/i,
    'nor in the access log, but for what callers asked for';
unlike $desk->access_log, qr/$secret/, 'and no secret there either';
$desk->finish;
done_testing;
