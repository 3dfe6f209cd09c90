#!/usr/bin/perl
# Every route, by everybody, on everything: the answers must be those of t/matrix.txt, which was written by hand from
# the permission rules and which the product never reads. Beside the status:
#
#   - what is not yours answers 404, byte for byte like what does not exist;
#   - no answer holds a word of a text that its reader may not see (the `canary` lines of the table);
#   - a refused call and a GET leave no trace in the database, but in the audit.
#
# Routes are taken from the route table's source. One without rows in t/matrix.txt fails here.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Digest::SHA ();
use Encode ();
use ServiceDesk::Test;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);

# The table

sub read_table {
    my ($path) = @_;
    my %table = (blocks => []);
    open my $file, '<', $path or die "$path: $!";
    my ($block, %canary, $setting);
    while (my $line = <$file>) {
        chomp $line;
        next if $line =~ /^\s*(?:#|$)/;
        if ($line =~ /^people\s+(.*)$/) {
            $table{people} = [split ' ', $1];
        } elsif ($line =~ /^canary\s+(.*?)\s*:\s*(.*)$/) {
            my ($words, $readers) = ($1, $2);
            $canary{"canary_$_"} = {map { $_ => 1 } split ' ', $readers} for split ' ', $words;
        } elsif ($line =~ /^setting (\w+) (\S+)$/) {
            $setting = [$1, $2];
            undef $block;
        } elsif ($line =~ m{^(GET|POST|PUT|DELETE) (/\S*)(?:\s+(.*))?$}) {
            push @{$table{blocks}}, $block = {calls => [], rows => [], canary => {%canary}, setting => $setting}
                if !$block || @{$block->{rows}};
            push @{$block->{calls}}, {method => $1, path => $2, body => $3};
        } elsif ($line =~ /^  (\S+)((?: +\d{3})+)$/) {
            my ($object, $codes) = ($1, [split ' ', $2]);
            die "$path:$.: $object: " . @$codes . " answers\n" unless @$codes == @{$table{people}};
            push @{$block->{rows}}, {object => $object, codes => $codes};
        } else {
            die "$path:$.: cannot read: $line\n";
        }
    }
    return \%table;
}

# "GET /rest/.../{}" of every row of the route table.
sub routes {
    my %routes;
    my $text = ServiceDesk::Test::slurp($desk->top . '/mod_servicedesk/rest/routes.c');
    $text =~ s{/\*.*?\*/}{}gs;
    while ($text =~ /\bSD_ROUTE(?:_WITH)?\(\s*"(\w+)",\s*"([^"]+)"/g) {
        my ($method, $route) = ($1, $2);
        $routes{"$method " . $route =~ s/\{\w+\}/{}/gr} = 1;
    }
    return \%routes;
}

# What a name of the table is in a URL: a request its key, other things their id; R1.id, R1.public, c1.accountId ...
sub resolve {
    my ($name) = @_;
    my ($thing, $member) = $name =~ /^(\w+)(?:\.(\w+))?$/ or return $name;
    my $known = $desk->{world}{things}{$thing} // $desk->{world}{people}{$thing} or return $name;
    $member //= $thing =~ /^R/ ? 'key' : exists $known->{password} ? 'name' : 'id';
    return $known->{$member} // die "$name: $thing has no $member\n";
}

sub fill {
    my ($text) = @_;
    return $text =~ s/<([\w.]+)>/resolve($1)/ger;
}

sub address {
    my ($path, $object) = @_;
    my ($parts, $query) = split /\?/, $object, 2;
    for my $part ($parts eq '-' ? () : split m{/}, $parts) {
        my $value = resolve($part);
        $path =~ s/\{\}/$value/ or die "$path has no place for $part\n";
    }
    die "$path: $object leaves a place open\n" if $path =~ /\{/;
    return defined $query ? "$path?" . fill($query) : $path;
}

# The database: what it was, whether it still is

my %volatile = map { $_ => 1 } qw(
    token.last_used account.last_sign_in account.previous_sign_in account.sign_ins session.last_seen
);
my $dbh      = $desk->dbh;
# What was tried is counted and forgotten again by the server on its own; an audit tells of refusals too.
my @own      = qw(audit audit_seal audit_head attempt_budget);
my @tables   = grep { my $table = $_; !grep { $_ eq $table } @own } $desk->{db}->tables($dbh);
my %columns  = map {
    my $table = $_;
    $table => join ', ', grep { !$volatile{"$table.$_"} } $desk->{db}->columns($dbh, $table)
} @tables;

sub fingerprint {
    my $digest = Digest::SHA->new(256);
    for my $table (@tables) {
        my $rows = $dbh->selectall_arrayref("SELECT $columns{$table} FROM $table ORDER BY 1, 2");
        $digest->add(join "\x1f", $table, map { my $row = $_; map { Encode::encode_utf8($_ // "\0") } @$row } @$rows);
    }
    return $digest->hexdigest;
}

my $untouched;

sub take_snapshot {
    $desk->wait_for_words;
    $desk->{db}->snapshot($dbh);
    $untouched = fingerprint();
    return;
}

sub restore { $desk->{db}->restore($dbh, @own); return }

# Calls

my $table = read_table("$FindBin::Bin/matrix.txt");
my (%basic, %session, @leaks);
my $calls = 0;

# Everybody signs in before the first comparison: a password that was hashed at another cost is hashed anew then. Those
# who come by Basic take no cookie.
sub sign_in {
    my %account = (no => 'nobody', rd => 'ag1');
    for my $who (@{$table->{people}}) {
        my $name = $who eq 'an' ? '' : $account{$who} // $who;
        $basic{$who} = $desk->as($name, $who eq 'rd' ? 'reader' : undef);
        $basic{$who}->get('/rest/api/2/myself');
        $basic{$who}->agent->cookie_jar->ignore(sub { 1 });
        $session{$who} = $who =~ /^(?:an|rd)$/ ? $basic{$who} : $desk->as($name, 'session');
    }
    return;
}

sub look_for_leaks {
    my ($canary, $who, $what, $answer) = @_;
    my $text = $answer->body . $answer->headers->to_string;
    while ($text =~ /(canary_\w+)/g) {
        my $readers = $canary->{$1};
        push @leaks, "$who: $what: $1" unless $readers && $readers->{$who};
    }
    return;
}

sub comparable {
    my ($answer) = @_;
    my $headers = $answer->headers->to_hash;
    delete @$headers{qw(Date Keep-Alive)};
    return join "\n", $answer->code, (map {"$_: $headers->{$_}"} sort keys %$headers), '', $answer->body;
}

# One call by everybody; `callers` says how they prove who they are.
sub call_row {
    my ($block, $call, $row, $missing, $callers) = @_;
    my $method = $call->{method};
    my $path   = address($call->{path}, $row->{object});
    my (@codes, @different, @traces);
    for my $who (@{$table->{people}}) {
        my @body = defined $call->{body} ? (fill($call->{body}), 'Content-Type' => 'application/json') : ();
        my $answer = $callers->{$who}->call($method, $path, @body);
        $calls++;
        push @codes, $answer->code;
        look_for_leaks($block->{canary}, $who, "$method $path", $answer);
        if ($answer->code == 404) {
            $missing->{$who} //= [$path, comparable($answer)];
            push @different, "$who: not like $missing->{$who}[0]" if comparable($answer) ne $missing->{$who}[1];
        }
        if ($method ne 'GET' && fingerprint() ne $untouched) {
            push @traces, "$who: $method $path changed something" if $answer->code >= 400;
            restore();
        }
    }
    if ($method eq 'GET' && fingerprint() ne $untouched) {
        push @traces, "GET $path changed something";
        restore();
    }
    my $name = "$method $call->{path} $row->{object}" . ($callers == \%session ? ' by session' : '');
    is join(' ', map { sprintf '%s:%d', $table->{people}[$_], $codes[$_] } 0 .. $#codes),
        join(' ', map { sprintf '%s:%d', $table->{people}[$_], $row->{codes}[$_] } 0 .. $#codes), $name;
    is join("\n", @different), '', "$name: what is not there and what is not yours look the same" if @different;
    is join("\n", @traces), '', "$name: leaves no trace" if @traces;
    return;
}

# What never was comes first: all that is not there must look like it.
sub call_block {
    my ($block, $callers, @methods) = @_;
    for my $call (@{$block->{calls}}) {
        next unless grep { $_ eq $call->{method} } @methods;
        my (%missing, @never, @others);
        push @{$_->{object} =~ /9999/ ? \@never : \@others}, $_ for @{$block->{rows}};
        call_row($block, $call, $_, \%missing, $callers) for @never, @others;
    }
    return;
}

my $routes = routes();
cmp_ok scalar(keys %$routes), '>', 50, keys(%$routes) . ' routes found';
my %told = map { ("$_->{method} $_->{path}" => 1) } map { @{$_->{calls}} } @{$table->{blocks}};
is join("\n", grep { !$told{$_} } sort keys %$routes), '', 'every route has its rows in matrix.txt';
is join("\n", grep { !$routes->{$_} } sort keys %told), '', 'every row of matrix.txt has its route';
is join("\n", map { "$_->{method} $_->{path}" } map { @{$_->{rows}} ? () : @{$_->{calls}} } @{$table->{blocks}}), '',
    'no route is told without rows';

sign_in();
take_snapshot();
my $changed = '';
for my $block (@{$table->{blocks}}) {
    my ($setting, $value) = @{$block->{setting} // ['', '']};
    if ("$setting $value" ne $changed && $setting) {
        $desk->tool_ok('setting', 'set', $_->{name}, $_->{default}) for @{$desk->tool_ok('setting', 'get', '--json')};
        $desk->tool_ok('setting', 'set', $setting, $value);
        take_snapshot();
        $changed = "$setting $value";
    }
    call_block($block, \%basic, qw(GET POST PUT DELETE));
    call_block($block, \%session, 'GET');
}
cmp_ok $calls, '>', 5000, "$calls calls";

my $reads = $desk->rows(q{SELECT DISTINCT actor, object_id FROM audit WHERE act = 'request.read' ORDER BY object_id});
is_deeply $reads, [map { {actor => 'sa', object_id => $_} } sort map { resolve($_) } qw(R1 RS R2)],
    'what a system administrator read by the setting is in the audit, and nothing else';

# What is named in a body: a stranger's thing and one that never was are refused in the same words.

sub same_refusal {
    my ($name, $who, $path, @bodies) = @_;
    my @answers = map {
        my ($word, $body) = @$_;
        my $answer = comparable($basic{$who}->post(fill($path), fill($body), 'Content-Type' => 'application/json'));
        $answer =~ s/\Q$word\E/.../gr =~ s/^Content-Length.*\n//mr;
    } @bodies;
    like $answers[0], qr/^400\n/, "$name: refused";
    is $answers[0], $answers[1], 'in the same words';
    return;
}

my $raise = '{"serviceDeskId": "%s", "requestTypeId": "%s", "requestFieldValues": {"summary": "s"}%s}';
same_refusal('a desk', 'c1', '/rest/servicedeskapi/request',
    map { [resolve($_), sprintf $raise, "<$_>", '<T2>', ''] } 'D2', '9999');
same_refusal('a request type', 'c1', '/rest/servicedeskapi/request',
    ['-', sprintf $raise, '<D1>', '<T2>', ''], ['-', sprintf $raise, '<D1>', 9999, '']);
same_refusal('an organization', 'c1', '/rest/servicedeskapi/request',
    map { [$_, sprintf $raise, '<D1>', '<T1>', qq{, "organizationIds": ["$_"]}] } resolve('O2'), 9999);
same_refusal('a participant', 'c1', '/rest/servicedeskapi/request/<R1>/participant',
    map { ["$_\@example.org", qq{{"usernames": ["$_\@example.org"]}}] } 'c4', 'never');
same_refusal('a reporter', 'ag1', '/rest/servicedeskapi/request',
    map { [$_, sprintf $raise, '<D1>', '<T1>', qq{, "raiseOnBehalfOf": "$_\@example.org"}] } 'c4', 'never');
is fingerprint(), $untouched, 'nothing was made';

my %leak;
@leaks = grep { !$leak{$_}++ } @leaks;
is join("\n", @leaks[0 .. ($#leaks > 30 ? 30 : $#leaks)]), '', 'nobody reads a word that is not for them';
$desk->finish;
done_testing;
