package ServiceDesk::Test::Changes;

# Each kind of change that people make over REST, and what it leaves in the database: for tests that let it fail.
#
#     my $changes = ServiceDesk::Test::Changes->new($desk);    # a desk with the fixture; opens signup in it
#     for my $name ($changes->names) {
#         my $given  = $changes->prepare($name);               # what must be there before
#         my $before = $changes->state;
#         my $answer = $changes->make($name, $given);
#         my $shape  = shape($before, $changes->state);        # "audit+1 request+1": the tables and their new rows
#     }

use strict;
use warnings;
use Exporter 'import';
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Rest;

our @EXPORT = qw(shape changed);

my $password = 'nine lanterns on a bridge';
my $number = 0;

sub fresh { return 'n' . ++$number }

sub new {
    my ($class, $desk) = @_;
    my $self = bless {
        desk => $desk, id => {map { $_ => $desk->thing($_)->{id} } qw(D1 T1)},
        who => {map { $_ => $desk->as($_, 'bearer') } qw(c1 c2 ag1 da1 sa)},
    }, $class;
    $desk->tool_ok('setting', 'set', 'public_signup', 'true');
    $desk->tool_ok('desk', 'add', 'OPEN', 'Open Desk', '--access', 'accounts', '--signup');
    $desk->tool_ok('setting', 'set', $_, '900000000') for qw(signup_source_hour mail_source_hour
        mail_total_hour audit_seal_seconds);    # what is sealed is sealed in the background, whenever it likes
    return $self;
}

# ---- what the database is like ----

# What somebody does without changing anything that matters: the last use of a token.
# The worker puts the words of requests in their place by itself, whatever else happens.
my %ignored = (api_token => ['last_used'], request_text => ['pending']);
my $by_worker = 'request_word';

sub tables {
    my ($self) = @_;
    my $desk = $self->{desk};
    my $dbh = $desk->dbh;
    return $self->{tables} //= {map {
        my $table = $_;
        my %not = map { $_ => 1 } @{$ignored{$table} // []};
        $table => join ', ', grep { !$not{$_} } $desk->{db}->columns($dbh, $table)
    } grep { $_ ne $by_worker } $desk->{db}->tables($dbh)};
}

# Table => [number of rows, all of them].
sub state {
    my ($self) = @_;
    my $tables = $self->tables;
    my %state;
    for my $table (sort keys %$tables) {
        my $rows = $self->{desk}->dbh->selectall_arrayref("SELECT $tables->{$table} FROM $table ORDER BY 1, 2");
        $state{$table} = [scalar(@$rows), join "\n", map { join "\t", map { $_ // '' } @$_ } @$rows];
    }
    return \%state;
}

sub changed { my ($before, $after) = @_; return grep { $before->{$_}[1] ne $after->{$_}[1] } sort keys %$before }

# "audit+1 request+1": the shape of a change.
sub shape {
    my ($before, $after) = @_;
    return join ' ', map {
        sprintf '%s%+d', $_, $after->{$_}[0] - $before->{$_}[0]
    } changed($before, $after);
}

# ---- the changes ----

sub fresh_request {
    my ($self) = @_;
    return raise($self->{who}{c1}, $self->{id}{D1}, $self->{id}{T1}, organizationIds => [])->{issueKey};
}

sub signed_up {
    my ($self) = @_;
    my $address = fresh() . '@disk.example';
    $self->{desk}->as('')->post(OWN . '/signup', {desk => 'OPEN', email => $address, displayName => 'Zoe',
        password => $password})->code == 202 or die 'no signup';
    return token_to($self->{desk}, $address);
}

sub invited {
    my ($self) = @_;
    my $address = fresh() . '@disk.example';
    $self->{who}{da1}->post(OWN . '/servicedesk/D1/invitation', {addresses => $address})->code == 200
        or die 'no invitation';
    return token_to($self->{desk}, $address);
}

# Name => [what must be there before, the call].
my %change = (
    'raise a request' => [undef, sub {
        my ($self) = @_;
        $self->{who}{c1}->post(API . '/request', {serviceDeskId => $self->{id}{D1},
            requestTypeId => $self->{id}{T1}, requestFieldValues => {summary => fresh(), description => 'x' x 6000}});
    }],
    'comment' => [\&fresh_request, sub {
        my ($self, $key) = @_;
        $self->{who}{c1}->post(API . "/request/$key/comment", {body => fresh(), public => \1});
    }],
    'take a transition' => [\&fresh_request, sub {
        my ($self, $key) = @_;
        my $way = $self->{desk}->value(q{SELECT MIN(id) FROM transition WHERE desk_id = ? AND from_status =
            'waiting-for-support'}, $self->{id}{D1});
        $self->{who}{ag1}->post(API . "/request/$key/transition",
            {id => $way, additionalComment => {body => fresh()}});
    }],
    'share a request' => [\&fresh_request, sub {
        my ($self, $key) = @_;
        $self->{who}{c1}->post(API . "/request/$key/participant", {usernames => ['c2']});
    }],
    'assign a request' => [\&fresh_request, sub {
        my ($self, $key) = @_;
        $self->{who}{ag1}->put(OWN . "/request/$key/assignee", {username => 'ag1'});
    }],
    'sign in' => [undef, sub {
        my $desk = $_[0]{desk};
        $desk->as('')->post('/rest/auth/1/session', {username => 'c3', password => $desk->person('c3')->{password}});
    }],
    'sign out' => [sub { $_[0]{desk}->as('c3', 'session') }, sub { $_[1]->delete('/rest/auth/1/session') }],
    'make a token' => [undef, sub { $_[0]{who}{c2}->post(OWN . '/token', {label => fresh()}) }],
    'sign up' => [undef, sub {
        $_[0]{desk}->as('')->post(OWN . '/signup', {desk => 'OPEN', email => fresh() . '@disk.example',
            displayName => 'Zoe', password => $password});
    }],
    'prove the address' => [\&signed_up, sub {
        $_[0]{desk}->as('')->post(OWN . '/signup/verify', {token => $_[1], password => $password});
    }],
    'invite' => [undef, sub {
        $_[0]{who}{da1}->post(OWN . '/servicedesk/D1/invitation', {addresses => fresh() . '@disk.example'});
    }],
    'accept an invitation' => [\&invited, sub {
        $_[0]{desk}->as('')->post(OWN . '/invitation/accept',
            {token => $_[1], displayName => 'Zoe', password => $password});
    }],
    'describe a desk' => [undef, sub { $_[0]{who}{da1}->put(OWN . '/servicedesk/D1', {description => fresh()}) }],
    'make an organization' => [undef, sub { $_[0]{who}{ag1}->post(API . '/organization', {name => fresh()}) }],
    'make a request type' => [undef, sub {
        $_[0]{who}{da1}->post(API . "/servicedesk/$_[0]{id}{D1}/requesttype",
            {issueTypeId => '1', name => fresh(), description => '', helpText => ''});
    }],
    'make a group' => [undef, sub { $_[0]{who}{sa}->post(OWN . '/group', {name => fresh()}) }],
    'make a customer' => [undef, sub {
        $_[0]{who}{sa}->post(API . '/customer', {email => fresh() . '@disk.example', fullName => 'Yan'});
    }],
);

sub names { return sort keys %change }

sub prepare {
    my ($self, $name) = @_;
    my $before_it = $change{$name}[0];
    return $before_it ? $before_it->($self) : undef;
}

sub make { my ($self, $name, $given) = @_; return $change{$name}[1]->($self, $given) }

# The shape of the change without a fault; twice, so that what is made for the first time is there.
sub usual_shape {
    my ($self, $name) = @_;
    my $shape;
    for (1 .. 2) {
        my $given = $self->prepare($name);
        my $before = $self->state;
        my $code = $self->make($name, $given)->code;
        die "$name: $code\n" if $code >= 300;
        $shape = shape($before, $self->state);
    }
    return $shape;
}

1;
