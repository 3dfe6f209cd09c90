package ServiceDesk::Test::Day;

# The people of a site's day, and the book of what they asked for: customers raise, comment, take transitions, read,
# list and search; an agent looks at queues and customers; newcomers sign up by mail or are invited; people sign in and
# out; administrators change settings, descriptions and memberships. Each role is a process or some, all write the book
# of ServiceDesk::Test::Ledger, and what reads is in it too, so that an error of anybody is known by its time.
#
#     my $day = ServiceDesk::Test::Day->new($desk, sink => $sink, open => 'OPEN')->start;
#     ...;  $day->stop;
#     $day->judge;                       # I1, I2, I3 of all acts
#     $day->mail_faults;                 # I4
#     $day->misses([$from, $to], ...);   # attempts that failed outside of these times, or in a way that nothing excuses
#
# One more word in the book: `wrong`, an answer that contradicts what the same person knows to be true.

use strict;
use warnings;
use Mojo::JSON ();
use Time::HiRes ();

use ServiceDesk::Test::Connection;
use ServiceDesk::Test::Ledger;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Smtp;

our @ISA = ('ServiceDesk::Test::Ledger');

my ($api, $own) = ('/rest/servicedeskapi', '/rest/servicedesk/1');
my $password = 'nine lanterns on a bridge';
my @roles = qw(customer customer customer customer agent newcomer host visitor administrator);

sub new {
    my ($class, $desk, %option) = @_;
    return $class->SUPER::new($desk, people => ['c1', 'c2'], writers => scalar(@roles), pause => 0.07, %option);
}

# One person, until it is told to stop.
sub write_on {
    my ($self, $number, $path) = @_;
    my ($stop, $parent) = (0, getppid);
    local $SIG{TERM} = sub { $stop = 1 };
    local $SIG{PIPE} = 'IGNORE';
    srand(($self->{seed} // 0) * 100 + $number);
    open my $book, '>>', $path or die "$path: $!";
    my $role = $roles[$number - 1];
    my $person = bless {day => $self, number => $number, book => $book, count => 0}, 'ServiceDesk::Test::Day::Person';
    my $act = $person->can($role);
    until ($stop || getppid != $parent) {
        $person->$act;
        Time::HiRes::sleep(rand 2 * $self->{pause});
    }
    return;
}

# ---- the verdict ----

# Newcomers, by the mark that their address carries.
my %newcomers = (
    signup => q{SELECT o.address, (SELECT COUNT(*) FROM signup s WHERE s.address = o.address)
        + (SELECT COUNT(*) FROM account a WHERE a.name = o.address) AS whole FROM outbox o WHERE o.kind = 'verify'},
    verify => q{SELECT a.name, CASE WHEN a.state = 'active' AND a.password_hash IS NOT NULL THEN 1 ELSE 0 END
        FROM account a WHERE a.name LIKE 'signup%' AND a.state = 'active'},
    invite => q{SELECT o.address, (SELECT COUNT(*) FROM account a JOIN desk_role r ON r.account_id = a.id
        AND r.role = 'customer' WHERE a.name = o.address) FROM outbox o WHERE o.kind = 'invite'},
    accept => q{SELECT a.name, CASE WHEN a.password_hash IS NOT NULL THEN 1 ELSE 0 END FROM account a
        WHERE a.name LIKE 'invite%' AND a.state = 'active'},
);

sub found {
    my ($self) = @_;
    my %found = $self->SUPER::found;
    my $comments = delete $found{comment};
    my $moved = {map { $_ => 1 } @{$self->{desk}->dbh->selectcol_arrayref(<<'END', undef, $self->{first})}};
        SELECT c.body FROM comment c JOIN request r ON r.id = c.request_id WHERE r.id >= ? AND r.open = 0
            AND (SELECT COUNT(*) FROM audit a WHERE a.object_type = 'request' AND a.object_id = r.key
            AND a.act = 'request.transition') = 1
            AND (SELECT COUNT(*) FROM status_change s WHERE s.request_id = r.id) = 2
END
    for my $text (keys %$comments) {
        my $act = $text =~ /^transition/ ? 'transition' : 'comment';
        $found{$act}{$text} = $comments->{$text};
        push @{$_->{faults}}, 'its request was not moved' for $act eq 'transition' && !$moved->{$text}
            ? @{$comments->{$text}} : ();
    }
    for my $act (keys %newcomers) {
        for my $row (@{$self->{desk}->dbh->selectall_arrayref($newcomers{$act})}) {
            my ($address, $whole) = @$row;
            my $text = ($act eq 'verify' || $act eq 'accept' ? "$act of " : '') . $address =~ s/\@.*//r;
            push @{$found{$act}{$text}}, {key => $address, faults => $whole == 1 ? [] : ["$whole times what it is of"]};
        }
    }
    return %found;
}

my %in_part = (
    'a signup without its link' => q{SELECT s.address FROM signup s WHERE NOT EXISTS
        (SELECT 1 FROM mailed_token m WHERE m.signup_id = s.id)},
    'two signups of an address' => 'SELECT address_key FROM signup GROUP BY address_key HAVING COUNT(*) > 1',
    'an invited account without invitation' => q{SELECT a.name FROM account a WHERE a.state = 'invited' AND NOT EXISTS
        (SELECT 1 FROM invitation i WHERE i.account_id = a.id)},
    'an account without audit' => q{SELECT a.name FROM account a WHERE (a.name LIKE 'signup%' OR a.name LIKE 'invite%')
        AND NOT EXISTS (SELECT 1 FROM audit t WHERE t.object_type IN ('account', 'signup', 'invitation')
        AND (t.object_id = a.public_id OR t.account_id = a.id))},
);

sub orphans {
    my ($self) = @_;
    my $dbh = $self->{desk}->dbh;
    my @found = $self->SUPER::orphans;
    for my $what (sort keys %in_part) {
        push @found, map {"$what: $_"} @{$dbh->selectcol_arrayref($in_part{$what})};
    }
    return @found, $self->registers;
}

# What stands in a place that one person writes: the last value acknowledged, or a later one that was tried.
my %register = (
    setting => q{SELECT coalesce((SELECT value FROM setting WHERE name = 'invite_new_accounts'), 'agents')},
    description => q{SELECT description FROM desk WHERE key = 'D2'},
    member => q{SELECT COUNT(*) FROM desk_role r JOIN account a ON a.id = r.account_id
        JOIN desk d ON d.id = r.desk_id WHERE a.name = 'nobody' AND d.key = 'D2' AND r.role = 'customer'},
);

sub registers {
    my ($self) = @_;
    my (%may, @found);
    for my $attempt (sort { $a->{begun} <=> $b->{begun} } values %{$self->attempts}) {
        my $act = $attempt->{act};
        next unless $register{$act};
        my ($value) = $attempt->{text} =~ /=(.*)/;
        my $sure = $attempt->{word} eq 'ack' && $attempt->{ended} <= ($self->{until} // 9e99);
        $may{$act} = {} if $sure;
        $may{$act}{$value} = 1 if $may{$act};
    }
    for my $act (sort keys %may) {
        my ($value) = $self->{desk}->dbh->selectrow_array($register{$act});
        push @found, "$act is $value and not " . join ' or ', sort keys %{$may{$act}}
            unless $may{$act}{$value // ''};
    }
    return @found;
}

# I4: a mail that was sent arrived, under its Message-ID, and no other arrived.
sub mail_faults {
    my ($self) = @_;
    my (%arrived, @faults);
    push @{$arrived{$_->{'Message-Id'} =~ /<(\w+)\@/ ? $1 : '?'}}, $_->{to} for @{$self->{sink}->mails};
    my $rows = $self->{desk}->rows('SELECT message_id, address, state FROM outbox');
    for my $row (@$rows) {
        my @to = @{delete $arrived{$row->{message_id}} // []};
        push @faults, "$row->{address}: $row->{state}" if $row->{state} ne 'sent';
        push @faults, "$row->{address}: never arrived" if !@to;
        push @faults, "$row->{address}: its Message-ID came to $_" for grep { $_ ne $row->{address} } @to;
        $self->{twice}++ if @to > 1;
    }
    push @faults, map {"nobody sent $_"} keys %arrived;
    return @faults;
}

# Attempts that failed while nothing else did. Each window is [from, to]; 4xx and 500 are excused by nothing.
sub misses {
    my ($self, @windows) = @_;
    my @misses;
    for my $attempt (values %{$self->attempts}) {
        my ($word, $status) = ($attempt->{word}, $attempt->{status} // '');
        next if $word eq 'ack';
        my $excusable = $word eq 'lost' || $word eq 'away' || $word eq 'no' && $status =~ /^50[23]$/;
        my ($begun, $ended) = ($attempt->{begun}, $attempt->{ended} // 9e99);
        next if $excusable && grep { $begun <= $_->[1] && $ended >= $_->[0] } @windows;
        push @misses, sprintf '%.3f to %.3f: %s %s %s', $begun, $ended, $word, $status, $attempt->{text};
    }
    return sort @misses;
}

package ServiceDesk::Test::Day::Person;

# A connection for each call, as curl has it: one that is kept may be closed by the server at the moment of the call,
# and then nobody knows what became of it.
sub connection {
    my ($self, %headers) = @_;
    my $desk = $self->{day}{desk};
    return ServiceDesk::Test::Connection->new($desk->port, Connection => 'close',
        'X-Forwarded-For' => "10.1.$self->{number}." . int(1 + rand 250), %headers);
}

sub as {
    my ($self, $name) = @_;
    return $self->connection(Authorization => 'Bearer ' . $self->{day}{desk}->person($name)->{token});
}

sub mark { my ($self, $act) = @_; return "$act " . $self->{number} . '-' . ++$self->{count} }
sub thing { my ($self, $name) = @_; return $self->{day}{desk}->thing($name)->{id} }

sub note { my ($self, @words) = @_; return ServiceDesk::Test::Ledger::note_down($self->{book}, @words) }

# One call in the book; its answer if it is what was expected, nothing otherwise. `key` is the request that it is about.
sub call {
    my ($self, $connection, $act, $text, $expected, $method, $path, $body, $key) = @_;
    $self->note('try', $text, $act, $key // '-');
    my ($status, $answer) = $connection->call($method, $path, defined $body ? Mojo::JSON::encode_json($body) : undef);
    if (!$status) {
        $self->note($connection->sent ? 'lost' : 'away', $text, $act);
        Time::HiRes::sleep(0.05);
        return;
    }
    if ($status != $expected) {
        # Two things nobody may be told wrongly: that something is not there, and that something is.
        $self->note($status < 500 ? 'wrong' : 'no', $text, $act, $status);
        return;
    }
    my %told = ref $answer ? %$answer : ();
    $self->note('ack', $text, $act, $told{issueKey} // $key // '-', $told{issueId} // $told{id} // '');
    return \%told;
}

sub wrong { my ($self, $text, $what) = @_; return $self->note('wrong', $text, 'read', $what) }

# ---- customers and agents ----

my @words = qw(printer paper screen network password account mouse keyboard);

sub customer {
    my ($self) = @_;
    my $name = $self->{day}{people}[$self->{number} % 2];
    my $me = $self->{me} //= $self->as($name);
    my $mine = $self->{mine} //= [];
    my $dice = rand 100;
    return $self->raise($me) if !@$mine || $dice < 25;
    return $self->comment($me) if $dice < 45;
    return $self->move($me) if $dice < 52;
    my $own = $mine->[rand @$mine];
    my ($text, $path) = ($self->mark('read'), "$api/request/$own->{key}");
    if ($dice < 75) {
        my $seen = $self->call($me, 'read', $text, 200, 'GET', $path) // return;
        my ($summary) = map { $_->{value} } grep { $_->{fieldId} eq 'summary' } @{$seen->{requestFieldValues}};
        return $self->wrong($text, "$own->{key} is not what was raised") if ($summary // '') ne $own->{text};
    } elsif ($dice < 82) {
        my $seen = $self->call($me, 'read', $text, 200, 'GET', "$path/comment?limit=100") // return;
        return $self->wrong($text, "$own->{key} has not $own->{comments} comments")
            if @{$seen->{values}} < $own->{comments};
    } elsif ($dice < 90) {
        $self->call($me, 'read', $text, 200, 'GET', "$api/request?limit=20");
    } elsif ($dice < 96) {
        $self->call($me, 'read', $text, 200, 'GET', "$api/request?searchTerm=$words[rand @words]");
    } else {
        $self->call($me, 'read', $text, 200, 'GET', '/rest/api/2/myself');
    }
    return;
}

sub raise {
    my ($self, $me) = @_;
    my $text = $self->mark("create $words[rand @words]");
    my $made = $self->call($me, 'create', $text, 201, 'POST', "$api/request", $self->{day}->request($text)) // return;
    push @{$self->{mine}}, {key => $made->{issueKey}, text => $text, comments => 0};
    shift @{$self->{mine}} if @{$self->{mine}} > 20;
    return;
}

# A request gets a handful of comments: what one call shows does not grow with the day.
sub comment {
    my ($self, $me) = @_;
    my ($own) = grep { $_->{comments} < 8 } sort { rand() <=> 0.5 } @{$self->{mine}};
    return $self->raise($me) unless $own;
    my $text = $self->mark('comment');
    my $made = $self->call($me, 'comment', $text, 201, 'POST', "$api/request/$own->{key}/comment",
        {body => $text, public => Mojo::JSON->true}, $own->{key});
    $own->{comments}++ if $made;
    return;
}

# Any way out of the first status; the request is left alone then.
sub move {
    my ($self, $me) = @_;
    my $own = shift @{$self->{mine}};
    my $path = "$api/request/$own->{key}/transition";
    my $ways = $self->call($me, 'read', $self->mark('read'), 200, 'GET', $path) // return;
    my ($way) = grep { $_->{name} =~ /cancel|resolve/i } @{$ways->{values}};
    return unless $way;
    my $text = $self->mark('transition');
    $self->call($me, 'transition', $text, 204, 'POST', $path,
        {id => $way->{id}, additionalComment => {body => $text}}, $own->{key});
    return;
}

sub agent {
    my ($self) = @_;
    my $me = $self->{me} //= $self->as('ag1');
    my $desk = "$api/servicedesk/" . $self->thing('D1');
    my @paths = ("$desk/queue?includeCount=true", "$desk/queue/1/issue?limit=20",
        "$own/servicedesk/D1/customer?limit=20", "$own/servicedesk/D1/customer?query=c1", "$desk/requesttype",
        "$api/request?searchTerm=$words[rand @words]&limit=10");
    $self->{queue} //= do {
        my $queues = $self->call($me, 'read', $self->mark('read'), 200, 'GET', $paths[0]);
        $queues && $queues->{values}[0]{id};
    };
    $paths[1] =~ s{queue/1}{queue/$self->{queue}} if $self->{queue};
    splice @paths, 1, 1 unless $self->{queue};
    $self->call($me, 'read', $self->mark('read'), 200, 'GET', $paths[rand @paths]);
    return;
}

# ---- newcomers ----

# Tokens of the mails that came since the last look, by address.
sub mail {
    my ($self) = @_;
    my $dir = "$self->{day}{sink}{dir}/mails";
    opendir my $handle, $dir or return;
    for my $name (grep { /\.json$/ && !$self->{seen}{$_} } readdir $handle) {
        $self->{seen}{$name} = 1;
        my $mail = Mojo::JSON::decode_json(ServiceDesk::Test::Smtp::read_file("$dir/$name"));
        my $text = pack('H*', $mail->{raw}) =~ s/=\r?\n//gr;
        $self->{token}{$mail->{to}} = $1 if $text =~ /(sd[iv]_[\w-]{43})/;
    }
    return;
}

# Somebody whose mail has come: address and token.
sub next_letter {
    my ($self) = @_;
    $self->mail;
    for my $address (@{$self->{waiting} //= []}) {
        my $token = delete $self->{token}{$address} or next;
        @{$self->{waiting}} = grep { $_ ne $address } @{$self->{waiting}};
        return ($address, $token);
    }
    return;
}

sub address { my ($self, $act) = @_; return "$act$self->{number}-" . ++$self->{count} . '@day.example' }

sub newcomer {
    my ($self) = @_;
    if (my ($address, $token) = $self->next_letter) {
        my $text = 'verify of ' . $address =~ s/\@.*//r;
        $self->call($self->connection, 'verify', $text, 200, 'POST', "$own/signup/verify",
            {token => $token, password => $password}) // return;
        return $self->session($address, $password, 0);
    }
    return Time::HiRes::sleep(0.1) if rand() < 0.7;
    my $address = $self->address('signup');
    my $made = $self->call($self->connection, 'signup', $address =~ s/\@.*//r, 202, 'POST', "$own/signup",
        {desk => $self->{day}{open}, email => $address, displayName => 'New Comer', password => $password});
    push @{$self->{waiting}}, $address if $made;
    return;
}

# An administrator of the desk invites, and is whoever comes too.
sub host {
    my ($self) = @_;
    if (my ($address, $token) = $self->next_letter) {
        my $text = 'accept of ' . $address =~ s/\@.*//r;
        $self->call($self->connection, 'accept', $text, 200, 'POST', "$own/invitation/accept",
            {token => $token, displayName => 'Guest', password => $password}) // return;
        return $self->session($address, $password, 0);
    }
    return Time::HiRes::sleep(0.1) if rand() < 0.7;
    my $address = $self->address('invite');
    my $made = $self->call($self->as('da1'), 'invite', $address =~ s/\@.*//r, 200, 'POST',
        "$own/servicedesk/D1/invitation", {addresses => $address}) // return;
    $self->wrong("invitation of $address", $made->{results}[0]{result}) if $made->{results}[0]{result} ne 'invited';
    push @{$self->{waiting}}, $address;
    return;
}

# ---- sessions ----

# In, looked around, out; a session that has ended is none any more.
sub session {
    my ($self, $name, $secret, $stay) = @_;
    my $door = $self->connection;
    my $text = $self->mark('sign-in');
    $self->call($door, 'sign-in', $text, 200, 'POST', '/rest/auth/1/session', {username => $name, password => $secret})
        // return;
    my ($cookie) = $door->head =~ /^Set-Cookie: ([^;\r]+)/mi or return $self->wrong($text, 'no cookie');
    my $inside = $self->connection(Cookie => $cookie);
    my $me = $self->call($inside, 'read', $self->mark('read'), 200, 'GET', '/rest/api/2/myself');
    $self->wrong($text, "the session is $me->{name}'s") if $me && $me->{name} ne $name;
    return $inside if $stay;
    $self->call($inside, 'sign-out', $self->mark('sign-out'), 204, 'DELETE', '/rest/auth/1/session') // return;
    $self->call($inside, 'read', $self->mark('read'), 401, 'GET', '/rest/api/2/myself');
    return;
}

sub visitor {
    my ($self) = @_;
    my $c3 = $self->{day}{desk}->person('c3');
    $self->{stays} //= $self->session($c3->{name}, $c3->{password}, 1);
    $self->call($self->{stays}, 'read', $self->mark('read'), 200, 'GET', "$api/request?limit=10") if $self->{stays};
    $self->session($c3->{name}, $c3->{password}, 0) if rand() < 0.3;
    return;
}

# ---- administrators ----

sub administrator {
    my ($self) = @_;
    my $dice = rand 100;
    return Time::HiRes::sleep(0.1) if $dice < 50;
    return $self->change_member if $dice < 75;
    if ($dice < 88) {
        my $value = $self->{setting} = ($self->{setting} // '') eq 'agents' ? 'desk-admins' : 'agents';
        $self->call($self->as('sa'), 'setting', $self->mark('setting') . "=$value", 200, 'PUT', "$own/signup/settings",
            {inviteNewAccounts => $value});
        return;
    }
    my $value = "described $self->{count}";
    $self->call($self->as('da2'), 'description', $self->mark('description') . "=$value", 200, 'PUT',
        "$own/servicedesk/D2", {description => $value});
    return;
}

# Who was let in is in with the next call, at whichever node, and who was put out is out.
sub change_member {
    my ($self) = @_;
    my $in = $self->{in} = $self->{in} ? 0 : 1;
    my $desk = $self->thing('D2');
    $self->call($self->as('da2'), 'member', $self->mark('member') . "=$in", 204, $in ? 'POST' : 'DELETE',
        "$api/servicedesk/$desk/customer", {usernames => ['nobody']}) // return;
    $self->call($self->as('nobody'), 'read', $self->mark('read'), $in ? 200 : 404, 'GET', "$api/servicedesk/$desk");
    return;
}

1;
