package ServiceDesk::Test::Rest;

# What the tests of the REST API have in common: answers judged as a whole, and the audit read beside them.
#
#     my $request = good($c1->get(API . "/request/$key"), 'c1 reads it');       # decoded; status 200, no null ...
#     refused($c1->post(API . '/request', {}), 400, 'nothing is named', 'serviceDeskId');   # ... and the bad fields
#     is_deeply [news($desk)], ["internal/c1 request.create request:$key"], 'the audit says so';

use strict;
use warnings;
use Exporter 'import';
use Mojo::JSON ();
use Mojo::Promise ();
use Mojo::UserAgent ();
use Test::More ();
use Time::HiRes ();

our @EXPORT = qw(
    API CORE OWN JSON_TYPE flat good created done refused core_refused values_of column fields_of news denied raise
    at_once budget_is contents_of
);

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output todo_output);

use constant {
    API       => '/rest/servicedeskapi',
    CORE      => '/rest/api/2',
    OWN       => '/rest/servicedesk/1',
    JSON_TYPE => 'application/json;charset=UTF-8',
};

# Each leaf of a JSON value as "/path" => value; an empty object or array is a leaf of its own.
sub flat {
    my ($value, $path) = (@_, '');
    return map { flat($value->{$_}, "$path/$_") } sort keys %$value if ref $value eq 'HASH' && %$value;
    return map { flat($value->[$_], "$path/$_") } 0 .. $#$value if ref $value eq 'ARRAY' && @$value;
    return ($path => $value);
}

sub wrong_in {
    my ($answer, $code) = @_;
    my @wrong;
    push @wrong, 'status ' . $answer->code . ', not ' . $code if $answer->code != $code;
    push @wrong, 'body: ' . substr $answer->body, 0, 300 if @wrong;
    my $type = $answer->headers->content_type // 'none';
    push @wrong, "content type $type" if $type ne JSON_TYPE;
    my $json = eval { Mojo::JSON::decode_json($answer->body) };
    push @wrong, "no JSON: $@" unless defined $json;
    my %leaf = defined $json ? flat($json) : ();
    push @wrong, "$_ is null" for grep { !defined $leaf{$_} } sort keys %leaf;
    return ($json, @wrong);
}

# An answer that went well; gives what is in it.
sub good {
    my ($answer, $name, $code) = @_;
    my ($json, @wrong) = wrong_in($answer, $code // 200);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    Test::More::is(join('; ', @wrong), '', $name);
    return $json;
}

sub created {
    my ($answer, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return good($answer, $name, 201);
}

# 204 and not a byte.
sub done {
    my ($answer, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return Test::More::is($answer->code . ' ' . $answer->body, '204 ', $name);
}

sub is_text { my ($value) = @_; return defined $value && !ref $value && length $value }

sub texts_missing {
    my ($errors, $messages, @fields) = @_;
    my @wrong;
    push @wrong, 'errors names ' . join(' ', sort keys %$errors) . ', not ' . join(' ', sort @fields)
        if join(' ', sort keys %$errors) ne join ' ', sort @fields;
    push @wrong, 'a field without a text' if grep { !is_text($_) } values %$errors, @$messages;
    return @wrong;
}

sub wrong_core_error {
    my ($json, @fields) = @_;
    return 'no object' if ref $json ne 'HASH';
    return 'members ' . join ' ', sort keys %$json if join(' ', sort keys %$json) ne 'errorMessages errors';
    return 'says nothing' unless @{$json->{errorMessages}} || %{$json->{errors}};
    return texts_missing($json->{errors}, $json->{errorMessages}, @fields);
}

sub wrong_error {
    my ($json, @fields) = @_;
    return 'no object' if ref $json ne 'HASH';
    my $i18n = $json->{i18nErrorMessage};
    return 'no errorMessage' unless is_text($json->{errorMessage});
    return 'no i18nErrorMessage' unless ref $i18n eq 'HASH' && is_text($i18n->{i18nKey})
        && ref $i18n->{parameters} eq 'ARRAY';
    return 'errors where no field is bad' if !@fields && ($json->{errors} || $json->{errorMessages});
    return unless @fields;
    return 'fewer errorMessages than fields' if @{$json->{errorMessages} // []} < @fields;
    return texts_missing($json->{errors} // {}, $json->{errorMessages}, @fields);
}

# An answer that refuses; `fields` are all that it names. Gives what is in it.
sub refused {
    my ($answer, $code, $name, @fields) = @_;
    my ($json, @wrong) = wrong_in($answer, $code);
    push @wrong, wrong_error($json, @fields) unless @wrong;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    Test::More::is(join('; ', @wrong), '', $name);
    return $json;
}

# The same in the core API's shape.
sub core_refused {
    my ($answer, $code, $name, @fields) = @_;
    my ($json, @wrong) = wrong_in($answer, $code);
    push @wrong, wrong_core_error($json, @fields) unless @wrong;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    Test::More::is(join('; ', @wrong), '', $name);
    return $json;
}

# The rows of a page, and one member of each.
sub values_of { my ($answer) = @_; return @{$answer->json->{values} // []} }
sub column { my ($member, $answer) = @_; return map { $_->{$member} } values_of($answer) }

# The values of a request by field id.
sub fields_of { my ($request) = @_; return {map { $_->{fieldId} => $_->{value} } @{$request->{requestFieldValues}}} }

# What the audit says since it was last asked: "directory/who act type:id". Every row must say when, from where, by
# which face and under which log id; what somebody had no right to is "permission.denied address:/rest/...". The first
# call of a file only remembers where the audit stands. That the callers of a test come in by Basic is no news.
my %read;

sub news {
    my ($desk) = @_;
    my $from = $read{$desk->database};
    if (!defined $from) {
        $read{$desk->database} = $desk->value('SELECT coalesce(max(id), 0) FROM audit');
        return;
    }
    my $rows = $desk->rows('SELECT a.*, p.name AS account, d.name AS home FROM audit a LEFT JOIN account p'
        . ' ON p.id = a.account_id LEFT JOIN directory d ON d.id = p.directory_id WHERE a.id > ?'
        . " AND NOT (a.act = 'sign-in' AND a.result = 'done') ORDER BY a.id", $from);
    $read{$desk->database} = $rows->[-1]{id} if @$rows;
    my @told;
    for my $row (@$rows) {
        my @wrong = grep { !is_text($row->{$_}) } qw(at source log_id account directory);
        push @wrong, "face $row->{face}" if $row->{face} ne 'rest';
        my $result = $row->{act} eq 'permission.denied' ? 'refused' : 'done';
        push @wrong, "result $row->{result}" if $row->{result} ne $result;
        push @wrong, "actor $row->{actor}" if $row->{actor} ne ($row->{account} // '');
        push @wrong, "directory $row->{directory}" if ($row->{directory} // '') ne ($row->{home} // '');
        push @wrong, "at $row->{at}" if abs($row->{at} / 1000 - time) > 120;
        my $who = join '/', map { $_ // '?' } @$row{qw(home account)};
        push @told, "$who $row->{act} $row->{object_type}:" . ($row->{object_id} // '')
            . (@wrong ? " BUT @wrong" : '');
    }
    return @told;
}

# The audit's rows of what somebody ("directory/who") had no right to, one for each address.
sub denied { my ($who, @addresses) = @_; return map {"$who permission.denied address:$_"} @addresses }

# All that is in the tables, but for these, for when something was last used, and for what the worker makes of the words
# of requests meanwhile: a list of rows.
sub contents_of {
    my ($desk, @except) = @_;
    my %except = map { $_ => 1 } @except, 'request_word';
    my @all;
    for my $table (sort grep { !$except{$_} } $desk->{db}->tables($desk->dbh)) {
        for my $row (@{$desk->rows("SELECT * FROM $table ORDER BY 1, 2")}) {
            my @columns = grep { !/^(?:last_used|last_seen|last_sign_in|pending)$/ } sort keys %$row;
            push @all, join '|', $table, map { $row->{$_} // '' } @columns;
        }
    }
    return \@all;
}

# A request, raised; gives the answer's JSON.
sub raise {
    my ($caller, $desk, $type, %more) = @_;
    my $answer = $caller->post(API . '/request',
        {serviceDeskId => $desk, requestTypeId => $type, requestFieldValues => {summary => 'A summary'}, %more});
    die 'cannot raise: ' . $answer->code . ' ' . $answer->body . "\n" unless $answer->code == 201;
    return $answer->json;
}

# The same POST by so many connections at the same time; gives how often each answer came ("status body"). A server
# whose threads are all busy closes connections whose request it has not begun to read: those send it again.
sub at_once {
    my ($desk, $count, $path, $body, %headers) = @_;
    my $agent = Mojo::UserAgent->new(max_connections => $count);
    my $post;
    $post = sub {
        my ($left) = @_;
        return $agent->post_p($desk->base . $path, \%headers, json => $body)
            ->catch(sub { $left ? $post->($left - 1) : die @_ });
    };
    my %answers;
    my @all = map {
        $post->(5)->then(sub { my $answer = $_[0]->res; $answers{$answer->code . ' ' . $answer->body}++ })
    } 1 .. $count;
    Mojo::Promise->all(@all)->wait;
    return \%answers;
}

# Tries until one is refused for being one too many. All before it were answered with `code`, and there were as many as
# the budget has, and one more for each `step` seconds that they took: a slow machine is no fault.
sub budget_is {
    my ($try, $code, $budget, $step, $name) = @_;
    my $begun = Time::HiRes::time();
    my @codes;
    do { push @codes, $try->(@codes + 1) } while $codes[-1] == $code && @codes < 2 * $budget;
    my $last  = pop @codes;
    my $again = int((Time::HiRes::time() - $begun) / $step);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return Test::More::ok($last == 429 && @codes >= $budget && @codes <= $budget + $again, $name)
        || Test::More::diag(scalar(@codes) . " times $code, then $last; a budget of $budget, and $again for the time");
}

1;
