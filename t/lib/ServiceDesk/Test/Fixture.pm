package ServiceDesk::Test::Fixture;

# The people and things that tests speak of. They are made once, by servicedeskctl and over REST, and kept beside the
# temporary directories of this run; each test file starts with a copy.
#
#   D1, D2         desks, for listed customers; T1, T2 their request types, TX one of D1 that was deleted
#   O1, O2         organizations: c1 and c3 are in O1 (attached to D1), c4 is in O2 (attached to D2); OX was deleted;
#                  each has a property `tier`
#   c1, c2, c3     customers of D1; c4 a customer of D2 only
#   ag1, da1       agent and administrator of D1; ag1 comes from htpasswd, everybody else is an account of the module
#   ag2, da2       agent and administrator of D2
#   sa             system administrator without a role on a desk; `nobody` has an account and nothing else
#   R1             c1's own in D1, seen by no other customer
#   RS             c1's in D1, shared with O1
#   RP             c1's in D1, with c2 as participant
#   R2             c4's in D2, seen by no other customer
#   RX             c1's in D1, deleted
#   G1             a group of the module with c4 in it and no role anywhere
#
# A thing is a hash: `id`, `name` or `key`; a desk also has `cancel` and `escalate`, ids of ways on from "waiting for
# customer", where all requests stand; a request `public` and `internal`, the ids of its two comments by the agent. Each
# text of a request holds a word of its own: canary_<thing>_<summary|description|public|internal>.
#
# All have 15 characters of password and more, a token that may do all (`token`) and one that may only read (`reader`).

use strict;
use warnings;
use File::Copy ();
use Fcntl ();
use File::Spec ();
use JSON::PP ();

my $json = JSON::PP->new->utf8->canonical->pretty;

my @accounts = (
    # name, display name, options
    ['c1', 'Customer One'], ['c2', 'Customer Two'], ['c3', 'Customer Three'], ['c4', 'Customer Four'],
    ['ag1', 'Agent One', '--directory', 'htpasswd'], ['ag2', 'Agent Two'],
    ['da1', 'Admin One'], ['da2', 'Admin Two'], ['sa', 'System Admin', '--system-admin'], ['nobody', 'No Body'],
);

my @roles = (
    ['customer', 'D1', qw(c1 c2 c3)], ['customer', 'D2', 'c4'], ['agent', 'D1', 'htpasswd/ag1'], ['agent', 'D2', 'ag2'],
    ['administrator', 'D1', 'da1'], ['administrator', 'D2', 'da2'],
);

# Puts database, pepper and htpasswd of the fixture into a test's directory; gives what is in it.
sub copy_into {
    my ($desk) = @_;
    my $store = prepared($desk);
    $desk->{db}->copy($store);
    for my $file (grep {-f} glob "$store/state/*") {
        my ($name) = $file =~ m{([^/]+)$};
        File::Copy::copy($file, $desk->dir . "/state/$name") or die "$file: $!";
        chmod 0600, $desk->dir . "/state/$name";
    }
    File::Copy::copy("$store/htpasswd", $desk->dir . '/htpasswd') or die "$store/htpasswd: $!";
    return $json->decode(ServiceDesk::Test::slurp("$store/world.json"));
}

# One process of the run makes it, the others wait. A rebuilt module or tool gets a new one.
sub prepared {
    my ($desk) = @_;
    my $age = join '-', map { int((stat $desk->build . "/$_")[9] // 0) } qw(mod_servicedesk.so servicedeskctl);
    my $store = join '-', File::Spec->tmpdir . '/servicedesk-fixture', $>, $desk->{db}->driver, $desk->{db}->home, $age;
    mkdir $store, 0700 or $!{EEXIST} or die "$store: $!";
    my @stat = lstat $store;
    die "$store: not a directory of mine\n" unless -d _ && $stat[4] == $> && !($stat[2] & 022);
    open my $lock, '>', "$store/lock" or die "$store/lock: $!";
    flock $lock, Fcntl::LOCK_EX() or die "$store/lock: $!";
    make($store) unless -e "$store/world.json";
    return $store;
}

sub make {
    my ($store) = @_;
    my $desk = ServiceDesk::Test->new(start => 0);
    my $world = {people => {}, things => {}};
    make_people($desk, $world);
    $desk->{world} = $world;
    $desk->start;
    make_types($desk, $world->{things});
    make_requests($desk, $world->{things});
    $desk->stop;
    finish($desk, $world);
    $desk->{db}->keep($store);
    -d "$store/state" or mkdir "$store/state" or die "$store/state: $!";
    for my $file (grep { -f && !/servicedesk\.db/ } glob $desk->dir . '/state/*') {
        my ($name) = $file =~ m{([^/]+)$};
        File::Copy::copy($file, "$store/state/$name") or die "$file: $!";
    }
    File::Copy::copy($desk->dir . '/htpasswd', "$store/htpasswd") or die "htpasswd: $!";
    open my $out, '>', "$store/world.new" or die "$store: $!";
    print {$out} $json->encode($world);
    close $out or die "$store: $!";
    rename "$store/world.new", "$store/world.json" or die "$store: $!";
    return;
}

# Ids of different kinds do not meet, so that one in the place of another is found out.
my %first_id = (desk => 40, user_group => 50, organization => 60, request_type => 80, transition => 300,
    request => 10_000, comment => 20_000);

sub make_people {
    my ($desk, $world) = @_;
    $desk->{db}->set_last_id($desk->dbh, $_, $first_id{$_}) for sort keys %first_id;
    $desk->tool_ok('desk', 'add', $_, "Desk $_") for qw(D1 D2);
    for my $row (@accounts) {
        my ($name, $display_name, @options) = @$row;
        my $foreign = grep { $_ eq 'htpasswd' } @options;
        my $made = $desk->tool_ok('account', 'add', $name, '--address', "$name\@example.org", '--display-name',
            $display_name, '--json', @options, $foreign ? () : qw(--proven --random-password));
        my $password = $made->{password} // foreign_password($desk, $name);
        my $named = "$made->{directory}/$name";
        my ($token, $reader) = map { $desk->tool_ok('token', 'create', $named, '--scopes', $_, '--json') }
            'read,write,manage', 'read';
        $world->{people}{$name} = {
            name => $name, password => $password, email => "$name\@example.org", directory => $made->{directory},
            displayName => $display_name, accountId => $made->{id}, token => $token->{token},
            tokenId => $token->{id}, reader => $reader->{token},
            id => $desk->value('SELECT id FROM account WHERE public_id = ?', $made->{id}),
        };
    }
    $world->{things}{G1} = {name => 'G1', id => $desk->tool_ok('group', 'add', 'G1', '--json')->{id}};
    $desk->tool_ok('group', 'join', 'G1', 'c4');
    for my $row (@roles) {
        my ($role, $key, @names) = @$row;
        $desk->tool_ok('role', 'add', $role, $_, '--desk', $key) for @names;
    }
    for my $key (qw(D1 D2)) {
        $world->{things}{$key} = {key => $key, id => $desk->value('SELECT id FROM desk WHERE key = ?', $key)};
    }
    return;
}

sub foreign_password {
    my ($desk, $name) = @_;
    my $password = "htpasswd of $name " . int rand 1e9;
    my ($code, $out, $err) = ServiceDesk::Test::run_command({stdin => "$password\n"}, 'htpasswd', '-iBC', 5,
        $desk->dir . '/htpasswd', $name);
    die "htpasswd: $err\n" if $code;
    return $password;
}

sub ask {
    my ($desk, $name, $method, $path, $body) = @_;
    my $answer = $desk->as($name)->call($method, $path, $body);
    die "$name: $method $path: " . $answer->code . ' ' . $answer->body . "\n" unless $answer->is_success;
    return $answer->body eq '' ? undef : $answer->json;
}

my $api = '/rest/servicedeskapi';

sub make_types {
    my ($desk, $things) = @_;
    for my $row (['T1', 'D1', 'da1'], ['TX', 'D1', 'da1'], ['T2', 'D2', 'da2']) {
        my ($name, $key, $admin) = @$row;
        my $type = ask($desk, $admin, POST => "$api/servicedesk/$things->{$key}{id}/requesttype",
            {issueTypeId => '1', name => "Type $name", description => "canary_${name}_description", helpText => ''});
        $things->{$name} = {id => $type->{id}, name => "Type $name"};
    }
    ask($desk, 'da1', DELETE => "$api/servicedesk/$things->{D1}{id}/requesttype/$things->{TX}{id}");
    return;
}

sub make_organization {
    my ($desk, $things, $name, $agent, $key, @members) = @_;
    my $made = ask($desk, $agent, POST => "$api/organization", {name => "canary_${name}_name"});
    $things->{$name} = {id => $made->{id}, name => $made->{name}};
    ask($desk, $agent, POST => "$api/organization/$made->{id}/user", {usernames => \@members});
    ask($desk, $agent, POST => "$api/servicedesk/$things->{$key}{id}/organization", {organizationId => $made->{id}});
    ask($desk, $agent, PUT => "$api/organization/$made->{id}/property/tier", {level => 'gold'});
    return;
}

# A request of a member of one organization is shared with it: those that are not are raised before there is one.
sub make_requests {
    my ($desk, $things) = @_;
    make_request($desk, $things, 'R1', 'c1', 'D1', 'T1', 'ag1');
    make_request($desk, $things, 'RP', 'c1', 'D1', 'T1', 'ag1');
    make_request($desk, $things, 'RX', 'c1', 'D1', 'T1', 'ag1');
    make_request($desk, $things, 'R2', 'c4', 'D2', 'T2', 'ag2');
    ask($desk, 'ag1', POST => "$api/request/$things->{RP}{key}/participant", {usernames => ['c2']});
    make_organization($desk, $things, 'O1', 'ag1', 'D1', 'c1', 'c3');
    make_organization($desk, $things, 'O2', 'ag2', 'D2', 'c4');
    make_organization($desk, $things, 'OX', 'ag1', 'D1', 'c1');
    ask($desk, 'sa', DELETE => "$api/organization/$things->{OX}{id}");
    make_request($desk, $things, 'RS', 'c1', 'D1', 'T1', 'ag1');
    return;
}

sub make_request {
    my ($desk, $things, $name, $reporter, $desk_name, $type, $agent) = @_;
    my $made = ask($desk, $reporter, POST => "$api/request", {
        serviceDeskId => $things->{$desk_name}{id}, requestTypeId => $things->{$type}{id},
        requestFieldValues => {summary => "canary_${name}_summary", description => "canary_${name}_description"},
    });
    my %comments = map {
        my ($kind, $public) = @$_;
        my $comment = ask($desk, $agent, POST => "$api/request/$made->{issueKey}/comment",
            {body => "canary_${name}_$kind", public => $public});
        $kind => $comment->{id};
    } ['public', JSON::PP::true], ['internal', JSON::PP::false];
    $things->{$name} = {id => $made->{issueId}, key => $made->{issueKey}, %comments};
    return;
}

# What no face can do: a deleted request. The log of the making must be clean, too.
sub finish {
    my ($desk, $world) = @_;
    $desk->dbh->do('UPDATE request SET deleted = 1 WHERE key = ?', undef, $world->{things}{RX}{key});
    $desk->dbh->do("DELETE FROM $_ WHERE request_id = (SELECT id FROM request WHERE key = ?)", undef,
        $world->{things}{RX}{key})
        for qw(request_text request_word);
    $desk->dbh->do('UPDATE desk_count SET open_requests = open_requests - 1 WHERE (desk_id, account_id) ='
        . ' (SELECT desk_id, reporter_id FROM request WHERE key = ?)', undef, $world->{things}{RX}{key});
    my $way = 'SELECT id FROM transition WHERE desk_id = ? AND from_status = ? AND name = ?';
    for my $thing (@{$world->{things}}{qw(D1 D2)}) {
        $thing->{lc $_} = $desk->value($way, $thing->{id}, 'waiting-for-customer', $_) for qw(Cancel Escalate);
    }
    my $shared = $desk->value('SELECT COUNT(*) FROM request_organization WHERE request_id <> ?',
        $world->{things}{RS}{id});
    die "requests raised outside of organizations are shared\n" if $shared;
    my @complaints = $desk->complaints;
    die "the log of the fixture: @complaints\n" if @complaints;
    $desk->dbh->disconnect;
    $desk->{dbh} = undef;
    $desk->forget;
    return;
}

1;
