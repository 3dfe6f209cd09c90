package ServiceDesk::Test::Ledger;

# Clients that write without a pause, and the book that they keep outside the server: what they asked for, what they
# were told. Afterwards the database is judged by it:
#
#   I1  what was acknowledged exists exactly once and is complete
#   I2  what was not acknowledged exists at most once and is complete
#   I3  no part without its whole, no whole without a line in the book, counters count
#
#     my $ledger = ServiceDesk::Test::Ledger->new($desk, people => ['c1', 'c2'], writers => 6);
#     $ledger->start;  ...  my @events = $ledger->read;  ...  $ledger->stop;
#     is_deeply $ledger->judge, {I1 => [], I2 => [], I3 => []};
#
# Each attempt has a text of its own. A line of the book is time, word, text, act, key or status, id; the words: try
# (before the first byte is sent), ack (a complete 201), no (a complete other answer), lost (no complete answer), away
# (no server).

use strict;
use warnings;
use POSIX ();
use Time::HiRes ();

use ServiceDesk::Test::Connection;

my $api = '/rest/servicedeskapi';
my $count = 0;    # each has books of its own, also beside those of an earlier one of the same desk

sub new {
    my ($class, $desk, %option) = @_;
    my $self = bless {
        desk => $desk, people => ['c1'], writers => 6, %option, pids => [], lines => [], books => {},
    }, $class;
    $self->{first} = 1 + ($desk->value('SELECT MAX(id) FROM request') // 0);
    $desk->dbh->disconnect;
    delete $desk->{dbh};
    return $self;
}

sub start {
    my ($self) = @_;
    $count++;
    for my $number (1 .. $self->{writers}) {
        my $book = $self->{desk}->dir . "/ledger-$count-$number";
        defined(my $pid = fork) or die "fork: $!";
        if (!$pid) {
            eval { $self->write_on($number, $book); 1 } and POSIX::_exit(0);
            warn $@;
            POSIX::_exit(1);
        }
        push @{$self->{pids}}, $pid;
        $self->{books}{$book} = {rest => ''};
    }
    return $self;
}

# Lets each writer end what it is at.
sub stop {
    my ($self) = @_;
    kill TERM => @{$self->{pids}};
    my $died = grep { waitpid $_, 0; $? } @{$self->{pids}};
    $self->{pids} = [];
    die "$died writers died\n" if $died;
    $self->read;
    return;
}

# One writer, until it is told to stop: two requests, then a comment on one of its own.
sub write_on {
    my ($self, $number, $path) = @_;
    my ($desk, $stop) = ($self->{desk}, 0);
    local $SIG{TERM} = sub { $stop = 1 };
    local $SIG{PIPE} = 'IGNORE';
    my $parent = getppid;
    my $person = $desk->person($self->{people}[$number % @{$self->{people}}]);
    my $connection = ServiceDesk::Test::Connection->new($desk->port, Authorization => "Bearer $person->{token}");
    open my $book, '>>', $path or die "$path: $!";
    my $key;
    for (my $n = 1; !$stop && getppid == $parent; $n++) {
        my $text = "marker $number-$n";
        my ($act, $path, $body) = $n % 3 == 0 && $key
            ? ('comment', "$api/request/$key/comment", {body => $text, public => \1})
            : ('create', "$api/request", $self->request($text));
        note_down($book, 'try', $text, $act, $key // '-');
        my ($status, $answer) = $connection->post($path, $body);
        if (!$status) {
            note_down($book, $connection->sent ? 'lost' : 'away', $text, $act);
            Time::HiRes::sleep(0.02);
        } elsif ($status == 201) {
            $key = $answer->{issueKey} if $act eq 'create';
            note_down($book, 'ack', $text, $act, $key, $answer->{issueId} // $answer->{id});
        } else {
            note_down($book, 'no', $text, $act, $status);
        }
    }
    return;
}

sub request {
    my ($self, $text) = @_;
    my $things = $self->{desk}{world}{things};
    return {
        serviceDeskId => $things->{D1}{id}, requestTypeId => $things->{T1}{id},
        requestFieldValues => {summary => $text, description => "about $text"},
    };
}

# One write call a line: a line is there or it is not.
sub note_down {
    my ($book, @words) = @_;
    my $line = join("\t", sprintf('%.6f', Time::HiRes::time()), @words) . "\n";
    syswrite($book, $line) == length $line or die "ledger: $!";
    return;
}

# All lines so far, as [time, word, text, act, key or status, id].
sub read {
    my ($self) = @_;
    for my $path (keys %{$self->{books}}) {
        my $book = $self->{books}{$path};
        $book->{file} //= open_book($path) or next;
        seek $book->{file}, 0, 1;    # past the end that was seen last time
        local $/;
        my @lines = split /\n/, $book->{rest} . (readline($book->{file}) // ''), -1;
        $book->{rest} = pop @lines // '';
        push @{$self->{lines}}, map { [split /\t/] } @lines;
    }
    return @{$self->{lines}};
}

# Those from a number on that `read` gave in scalar context: a long book need not be looked through for its end.
sub read_from {
    my ($self, $mark) = @_;
    $self->read;
    return @{$self->{lines}}[$mark .. $#{$self->{lines}}];
}

sub open_book {
    my ($path) = @_;
    open my $file, '<', $path or return;
    return $file;
}

# What became of each attempt (that has a line from `mark` on): {text, act, key, word, begun, ended}.
sub attempts {
    my ($self, $mark) = @_;
    my %attempts;
    for my $line ($self->read_from($mark // 0)) {
        my ($time, $word, $text, $act, $key, $id) = @$line;
        my $attempt = $attempts{$text} //= {text => $text, act => $act, word => 'lost', begun => $time};
        $attempt->{key} = $key if defined $key && $word ne 'no';
        next if $word eq 'try';
        @$attempt{qw(word ended id)} = ($word, $time, $id);
        $attempt->{status} = $key if $word eq 'no';
    }
    return \%attempts;
}

# What is in the database of each act that leaves something there: text of the attempt -> rows {key, id, faults}.
sub found { my ($self) = @_; return (create => $self->requests, comment => $self->comments) }

# The verdict: {I1 => [complaints], I2 => ..., I3 => ...}. While people write, it is about one moment of the database,
# and what was acknowledged after that counts as not acknowledged yet.
sub judge {
    my ($self) = @_;
    my $dbh = $self->{desk}->dbh;
    my $within = !$dbh->{AutoCommit};
    local $self->{until} = Time::HiRes::time();
    $self->{desk}{db}->begin_look($dbh) unless $within;
    my %found = $self->found;
    my @orphans = $self->orphans;
    $dbh->rollback unless $within;
    my $attempts = $self->attempts;
    my %verdict = (I1 => [], I2 => [], I3 => \@orphans);
    for my $attempt (grep { $found{$_->{act}} } values %$attempts) {
        my @rows = @{$found{$attempt->{act}}{$attempt->{text}} // []};
        my $acked = $attempt->{word} eq 'ack' && $attempt->{ended} <= $self->{until};
        my $rule = $verdict{$acked ? 'I1' : 'I2'};
        my $what = "$attempt->{word}: $attempt->{act} $attempt->{text}";
        push @$rule, "$what is there " . @rows . ' times' if $acked ? @rows != 1 : @rows > 1;
        for my $row (@rows) {
            push @$rule, "$what: $_" for @{$row->{faults}};
            next unless $acked && $attempt->{id};
            push @$rule, "$what has key $row->{key}, not $attempt->{key}" if $row->{key} ne $attempt->{key};
            push @$rule, "$what has id $row->{id}, not $attempt->{id}" if $row->{id} != $attempt->{id};
        }
    }
    for my $act (keys %found) {
        push @{$verdict{I3}}, "$act $_: nobody asked for it" for grep { !$attempts->{$_} } keys %{$found{$act}};
    }
    return \%verdict;
}

# What a whole request has, as counts of its parts.
my %parts = (
    'summary among its values' => q{SELECT COUNT(*) FROM request_value v
        WHERE v.request_id = r.id AND v.field_id = 'summary' AND v.value = '"' || r.summary || '"'},
    'description among its values' => q{SELECT COUNT(*) FROM request_value v
        WHERE v.request_id = r.id AND v.field_id = 'description' AND v.value = '"about ' || r.summary || '"'},
    'first status' => q{SELECT COUNT(*) FROM status_change s
        WHERE s.request_id = r.id AND s.status = 'waiting-for-support' AND s.account_id = r.reporter_id},
    'audit row' => q{SELECT COUNT(*) FROM audit a WHERE a.object_type = 'request' AND a.object_id = r.key
        AND a.act = 'request.create' AND +a.account_id = r.reporter_id AND a.result = 'done'},
);

sub requests {
    my ($self) = @_;
    my @names = sort keys %parts;
    my $counts = join ', ', map {"($parts{$_})"} @names;
    my $rows = $self->{desk}->dbh->selectall_arrayref('SELECT r.summary, r.key, r.id, r.version - (SELECT COUNT(*)'
            . ' FROM comment c WHERE c.request_id = r.id) - (SELECT COUNT(*) FROM status_change s'
            . " WHERE s.request_id = r.id), $counts FROM request r WHERE r.id >= ?", undef, $self->{first});
    my %found;
    for my $row (@$rows) {
        my ($text, $key, $id, $changes, @counts) = @$row;
        my @faults = map { $counts[$_] == 1 ? () : "$counts[$_] times $names[$_]" } 0 .. $#names;
        push @faults, "version and changes differ by $changes" if $changes;
        push @{$found{$text}}, {key => $key, id => $id, faults => \@faults};
    }
    return \%found;
}

sub comments {
    my ($self) = @_;
    my $rows = $self->{desk}->dbh->selectall_arrayref(<<'END', undef, $self->{first});
        SELECT c.body, r.key, c.id, (SELECT COUNT(*) FROM audit a WHERE a.object_type = 'request'
            AND a.object_id = r.key AND a.act = 'comment.create'
            AND a.detail LIKE '%"id":"' || c.id || '"%'), c.author_id = r.reporter_id
        FROM comment c JOIN request r ON r.id = c.request_id WHERE r.id >= ?
END
    my %found;
    for my $row (@$rows) {
        my ($text, $key, $id, $audits, $author) = @$row;
        my @faults = (($audits == 1 ? () : "$audits audit rows"), ($author ? () : 'not by its author'));
        push @{$found{$text}}, {key => $key, id => $id, faults => \@faults};
    }
    return \%found;
}

# Rows that must not be there; each statement answers with what it found.
my %orphans = (
    'audit row without its request' => q{SELECT object_id FROM audit WHERE object_type = 'request'
        AND NOT EXISTS (SELECT 1 FROM request WHERE key = object_id)},
    'audit row without its comment' => q[SELECT id FROM audit WHERE act = 'comment.create'
        AND NOT EXISTS (SELECT 1 FROM comment c WHERE c.id = CAST(REPLACE(REPLACE(REPLACE(detail, '{"id":"', ''),
            '","public":true}', ''), '","public":false}', '') AS BIGINT))],
    'counter that does not count' => q{SELECT n.desk_id || '/' || n.account_id FROM desk_count n
        WHERE n.open_requests <> (SELECT COUNT(*) FROM request r WHERE r.desk_id = n.desk_id
            AND r.reporter_id = n.account_id AND r.open = 1 AND r.deleted = 0)
        OR n.closed_requests <> (SELECT COUNT(*) FROM request r WHERE r.desk_id = n.desk_id
            AND r.reporter_id = n.account_id AND r.open = 0 AND r.deleted = 0)},
    'requests without a counter' => q{SELECT DISTINCT r.reporter_id FROM request r WHERE r.deleted = 0 AND NOT EXISTS
        (SELECT 1 FROM desk_count n WHERE n.desk_id = r.desk_id AND n.account_id = r.reporter_id)},
    'number that was given out twice' => q{SELECT key FROM request GROUP BY key HAVING COUNT(*) > 1},
);
for my $part (qw(comment participant request_value status_change request_organization subscription)) {
    $orphans{"$part without its request"} = "SELECT request_id FROM $part p
        WHERE NOT EXISTS (SELECT 1 FROM request r WHERE r.id = p.request_id)";
}

sub orphans {
    my ($self) = @_;
    my $dbh = $self->{desk}->dbh;
    my @found;
    for my $what (sort keys %orphans) {
        push @found, map {"$what: $_"} @{$dbh->selectcol_arrayref($orphans{$what})};
    }
    for my $desk (@{$dbh->selectall_arrayref('SELECT d.id, d.key, coalesce(MAX(CAST(SUBSTR(r.key, LENGTH(d.key) + 2)'
        . ' AS INTEGER)), 0) FROM desk d LEFT JOIN request r ON r.desk_id = d.id GROUP BY d.id, d.key')}) {
        my ($id, $key, $highest) = @$desk;
        push @found, "desk whose number is behind its requests: $key"
            if $self->{desk}{db}->last_number($dbh, $id) < $highest;
    }
    return @found, $self->{desk}{db}->damage($dbh);
}

1;
