#!/usr/bin/perl
# `make -f apxs.mk run` as a new user meets it: conf/run on an empty directory and a free port.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Fcntl ();
use File::Temp ();
use IO::Socket::INET ();
use JSON::PP ();
use Mojo::UserAgent ();
use Mojo::Util ();
use POSIX ();
use ServiceDesk::Test;
use Test::More;
use Time::HiRes ();

plan skip_all => 'run as an ordinary user: t/as-nobody prove t/run.t' if $> == 0;

my $home = File::Temp::tempdir('servicedesk-run-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $run  = "$home/a place of its own";
my $port = ServiceDesk::Test::free_port();
my $base = "http://127.0.0.1:$port";
my $output = "$home/output";
my $pid;

sub start {
    my (%env) = @_;
    %env = (PORT => $port, RUN_DIR => $run, SD_TOP => ServiceDesk::Test::top(), SD_BUILD => ServiceDesk::Test::build(),
        %env);
    open my $file, '>', $output or die "$output: $!";
    defined(my $child = fork) or die "fork: $!";
    if (!$child) {
        POSIX::setpgid(0, 0);
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>', $output;
        open STDERR, '>&', \*STDOUT;
        @ENV{keys %env} = values %env;
        exec ServiceDesk::Test::top() . '/conf/run' or POSIX::_exit(127);
    }
    return $child;
}

sub said { return ServiceDesk::Test::slurp($output) }

sub wait_until {
    my ($seconds, $function) = @_;
    my $end = Time::HiRes::time() + $seconds;
    until ($function->()) {
        return 0 if Time::HiRes::time() > $end;
        Time::HiRes::sleep(0.02);
    }
    return 1;
}

# Exit status of a child, or undef if it takes longer.
sub status_of {
    my ($child, $seconds) = @_;
    return wait_until($seconds, sub { waitpid($child, POSIX::WNOHANG()) == $child }) ? $? : undef;
}

sub port_is_open { return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 2) ? 1 : 0 }

# Processes that have the run directory in their command line.
sub processes {
    my @found;
    for my $file (glob '/proc/[0-9]*/cmdline') {
        push @found, $file =~ m{(\d+)} if index(ServiceDesk::Test::slurp($file), "$run/httpd.conf") >= 0;
    }
    return @found;
}

sub start_and_wait {
    my ($seconds) = @_;
    $pid = start();
    my $ended = 0;
    wait_until($seconds, sub { said() =~ /Names and passwords/ || ($ended = waitpid($pid, POSIX::WNOHANG()) == $pid) });
    return !$ended && said() =~ /Names and passwords/;
}

END {
    my $status = $?;
    if ($pid) { kill TERM => $pid; waitpid $pid, 0 }
    $? = $status;
}

sub accounts { return JSON::PP->new->utf8->decode(ServiceDesk::Test::slurp("$run/accounts.json")) }

my $agent = Mojo::UserAgent->new(inactivity_timeout => 20);

sub ask {
    my ($who, $method, $path, $json) = @_;
    my %headers = $who ? (Authorization => 'Basic ' . Mojo::Util::b64_encode("$who->[0]:$who->[1]", '')) : ();
    my $answer = $agent->start($agent->build_tx($method, "$base$path", \%headers, $json ? (json => $json) : ()))->res;
    return $answer;
}

# The first start

ok start_and_wait(90), 'the first start makes everything and says where it is' or die said();
like said(), qr{\Q$base\E/}, 'the address is printed';
like said(), qr{\Q$run\E/accounts\.json}, 'and where the accounts are';

my @stat = stat "$run/accounts.json";
is sprintf('%04o', $stat[2] & 07777), '0600', 'accounts.json is for its owner alone';
my $accounts = accounts();
is $accounts->{base_url}, $base, 'base_url';
is_deeply [map {"$_->{role} " . ($_->{desk} // '-') . ' ' . ($_->{directory} // '-')} @{$accounts->{accounts}}], [
    'system-admin - -', 'desk-admin HELP -',
    'customer HELP -', 'customer HELP -', 'customer HELP -', 'customer HR -',
    'agent HELP -', 'agent HELP htpasswd', 'agent HR -',
], 'who is in it, in this order';
my @short = grep { length $_->{password} < 20 } @{$accounts->{accounts}};
is scalar(@short), 0, 'every password has 20 characters or more';
my %passwords = map { $_->{password} => 1 } @{$accounts->{accounts}};
is scalar(keys %passwords), 9, 'and there are no two alike';
ok -d "$run/mail/new", 'mail has a place to land';
sub mails {
    opendir my $handle, "$run/mail/new" or return;
    return map {"$run/mail/new/$_"} grep { !/^\./ } readdir $handle;
}

for (1 .. 150) {
    last if mails();
    select undef, undef, undef, 0.1;
}
my ($invitation) = map { open my $file, '<', $_ or die "$_: $!"; local $/; <$file> } mails();
like $invitation // '', qr/^To: erin\@example\.com\r$/m, 'and an invitation is there';
like +($invitation // '') =~ s/=\r\n//gr, qr{^\Q$base\E/account/invitation\?token=3D}m, 'with a link to this server';

for my $account (@{$accounts->{accounts}}) {
    my ($name, $email, $password, $directory) = @$account{qw(name email password directory)};
    my $answer = ask([$name, $password], GET => '/rest/api/2/myself');
    is $answer->code . ' ' . ($answer->json('/name') // ''), "200 $name", "$name is let in by name";
    next if $directory;
    $answer = ask([$email, $password], GET => '/rest/api/2/myself');
    is $answer->code . ' ' . ($answer->json('/name') // ''), "200 $name", "$name is let in by address";
}
my %who = map { $_->{name} => [$_->{name}, $_->{password}] } @{$accounts->{accounts}};
my ($admin, $desk_admin, @others) = map { [$_->{name}, $_->{password}] } @{$accounts->{accounts}};
my ($first, $second, $alone, $people, $agent_help, $agent_htpasswd, $agent_hr) = @others;
is ask([$first->[0], 'not the password'], GET => '/rest/api/2/myself')->code, 401, 'a wrong password is not let in';
is ask(undef, GET => '/rest/api/2/myself')->code, 401, 'nor is anybody without one';

# Demo data

my $api = '/rest/servicedeskapi';
sub values_of { my ($who, $path) = @_; return ask($who, GET => "$api$path")->json('/values') // [] }
sub keys_of { my ($who) = @_; return join ' ', sort map { $_->{projectKey} } @{values_of($who, '/servicedesk')} }

is keys_of($first), 'HELP', 'a customer of HELP enters HELP';
is keys_of($alone), 'HELP', 'so does one without organization';
is keys_of($people), 'HELP HR', 'HR takes those on its list, HELP everyone with an account';
is keys_of($admin), 'HELP HR', 'the system administrator sees both';
my %desk = map { $_->{projectKey} => $_ } @{values_of($admin, '/servicedesk')};
is $desk{HELP}{projectName}, 'IT Help', 'the name of HELP';
is $desk{HR}{projectName}, 'People', 'the name of HR';

for my $key (qw(HELP HR)) {
    my $types  = values_of($admin, "/servicedesk/$desk{$key}{id}/requesttype");
    my $groups = values_of($admin, "/servicedesk/$desk{$key}{id}/requesttypegroup");
    cmp_ok scalar(@$types), '>=', 2, "$key has request types";
    cmp_ok scalar(@$groups), '>=', 2, "$key has groups";
    is scalar(grep { !@{$_->{groupIds}} } @$types), 0, "every request type of $key is in a group";
    my @fields = map { @{ask($admin, GET => "$api/servicedesk/$desk{$key}{id}/requesttype/$_->{id}/field")
        ->json('/requestTypeFields')} } @$types;
    cmp_ok scalar(@fields), '>', 2 * @$types, "the request types of $key ask for more than summary and description";
}

my $organizations = values_of($first, '/organization');
is scalar(@$organizations), 1, 'the first customer is in an organization';
is_deeply values_of($second, '/organization'), $organizations, 'the second is in the same';
is_deeply values_of($_, '/organization'), [], 'the others are in none' for $alone, $people;
is_deeply [map { $_->{id} } @{values_of($agent_help, "/servicedesk/$desk{HELP}{id}/organization")}],
    [map { $_->{id} } @$organizations], 'it is attached to HELP';

my %requests;
for my $customer ($first, $second, $alone, $people) {
    my $mine = values_of($customer, '/request?requestOwnership=OWNED_REQUESTS');
    cmp_ok scalar(@$mine), '>', 0, "$customer->[0] has requests";
    $requests{$_->{issueKey}} = $_ for @$mine;
}
cmp_ok scalar(keys %requests), '>=', 12, 'a dozen requests';
my %states = map { $_->{currentStatus}{status} => 1 } values %requests;
cmp_ok scalar(keys %states), '>=', 5, 'in several states: ' . join ', ', sort keys %states;
my (%public, %internal, %seen);
for my $key (sort keys %requests) {
    my $worker = $key =~ /^HR-/ ? $agent_hr : $agent_htpasswd;
    for my $comment (@{values_of($worker, "/request/$key/comment")}) {
        ($comment->{public} ? \%public : \%internal)->{$key}++;
    }
    my ($reporter) = $who{$requests{$key}{reporter}{name}};
    $seen{$key}++ for grep { !$_->{public} } @{values_of($reporter, "/request/$key/comment")};
}
cmp_ok scalar(keys %public), '>=', 4, 'public comments';
cmp_ok scalar(keys %internal), '>=', 3, 'internal comments';
is join(' ', sort keys %seen), '', 'which no reporter sees';
is ask($agent_htpasswd, GET => "$api/servicedesk/$desk{HR}{id}")->code, 404, 'an agent of HELP does not enter HR';
my ($queue) = @{values_of($agent_htpasswd, "/servicedesk/$desk{HELP}{id}/queue?includeCount=true")};
cmp_ok $queue->{issueCount}, '>', 0, 'the agent from htpasswd finds requests in a queue';

# A customer asks, the agent who came in through httpd's own authentication answers.

my ($type) = grep { $_->{name} eq 'Get help' } @{values_of($alone, "/servicedesk/$desk{HELP}{id}/requesttype")};
my ($bad) = grep { $_->{name} eq 'How bad is it?' }
    @{ask($alone, GET => "$api/servicedesk/$desk{HELP}{id}/requesttype/$type->{id}/field")->json('/requestTypeFields')};
my $raised = ask($alone, POST => "$api/request", {
    serviceDeskId => $desk{HELP}{id}, requestTypeId => $type->{id},
    requestFieldValues => {summary => 'A word to keep', $bad->{fieldId} => {id => $bad->{validValues}[0]{value}}},
});
is $raised->code, 201, 'a customer raises a request' or diag $raised->body;
my $key = $raised->json('/issueKey') // '';
my $answered = ask($agent_htpasswd, POST => "$api/request/$key/comment", {body => 'An answer to keep', public => \1});
is $answered->code, 201, 'the agent from htpasswd answers it' or diag $answered->body;

# The sign-in bridge lets in whom the htpasswd file knows, and nobody else.

is ask(undef, GET => '/signin')->code, 401, 'the bridge asks who it is';
is ask($agent_help, GET => '/signin')->code, 401, 'an account of the module does not cross it';
my $page = ask($agent_htpasswd, GET => '/signin');
is $page->code, 200, 'the agent from htpasswd is shown the page';
my ($token) = $page->body =~ /name="token" value="([^"]+)"/;
my %credentials = (Authorization => 'Basic ' . Mojo::Util::b64_encode(join(':', @$agent_htpasswd), ''));
my $crossed = $agent->post("$base/signin" => \%credentials => form => {token => $token // ''})->res;
is $crossed->code, 303, 'and is let through';
is ask(undef, GET => '/rest/api/2/myself')->json('/name'), $agent_htpasswd->[0], 'with a session, not a password';
$agent->cookie_jar->empty;

# The server is not disturbed

kill WINCH => -$pid;
Time::HiRes::sleep(0.5);
is ask($first, GET => '/rest/api/2/myself')->code, 200, 'a terminal that is resized does not stop it';

sub refused {
    my ($what, $pattern, %env) = @_;
    my $before = said();
    my $child = start(%env);
    my $status = status_of($child, 20);
    kill KILL => $child unless defined $status;
    is $status, 256, "refused: $what";
    like said(), $pattern, 'and says why';
    open my $file, '>', $output;
    print {$file} $before;
    close $file;
    return;
}

refused('a second server in the same place', qr/another server runs/);
refused('a port that is taken', qr/cannot listen on port $port/, RUN_DIR => "$home/other");
ok !-e "$home/other/accounts.json", 'nothing was made for it';
mkdir "$home/foreign";
mkdir "$home/foreign/data";
ServiceDesk::Test->can('put_file')->({dir => $home}, 'foreign/data/letter', "Dear reader\n");
refused('a directory with something in it', qr/not empty/, RUN_DIR => "$home/foreign",
    PORT => ServiceDesk::Test::free_port());
is ServiceDesk::Test::slurp("$home/foreign/data/letter"), "Dear reader\n", 'which is left as it was';
is_deeply [map {m{([^/]+)$}} glob "$home/foreign/*"], ['data'], 'whole';
refused('a port that is none', qr/not a port/, PORT => 'http', RUN_DIR => "$home/other");

# Its end, and the next start

kill TERM => $pid;
is status_of($pid, 15), 0, 'TERM stops it cleanly';
undef $pid;
ok !port_is_open(), 'the port is closed';
is join(' ', processes()), '', 'no process is left';
my @bad = grep { /:(?:emerg|alert|crit|error)\]|exit signal/ && !/AH01618/ }
    split /\n/, ServiceDesk::Test::slurp("$run/logs/error.log");
is join("\n", @bad), '', 'the log has nothing bad but the name that the bridge does not know';

my $before = Time::HiRes::time();
$pid = start();
my $up = wait_until(20, sub { port_is_open() && ask(undef, GET => "$api/info")->code == 200 });
my $took = Time::HiRes::time() - $before;
ok $up, 'it starts again';
cmp_ok $took, '<', 3, sprintf 'within three seconds (%.2f)', $took;
is_deeply accounts(), $accounts, 'with the same accounts';
is ask($alone, GET => "$api/request/$key")->json('/requestFieldValues/0/value'), 'A word to keep',
    'the request is there';
is ask($alone, GET => "$api/request/$key/comment")->json('/values/0/body'), 'An answer to keep', 'and its answer';

kill INT => -$pid;
is status_of($pid, 15), 0, 'Ctrl-C stops it cleanly';
undef $pid;
ok wait_until(5, sub { !processes() }), 'no process is left';

# Another port, and a killed starter

$port = ServiceDesk::Test::free_port();
$base = "http://127.0.0.1:$port";
ok start_and_wait(20), 'it starts on another port' or diag said();
is accounts()->{base_url}, $base, 'accounts.json follows';
is ask($first, GET => "$api/info")->json('/_links/self'), "$base$api/info", 'and so do links';
kill KILL => $pid;
waitpid $pid, 0;
undef $pid;
ok wait_until(15, sub { !processes() && !port_is_open() }), 'httpd does not outlive its starter';

# A first start that was interrupted

unlink "$run/complete";
ok start_and_wait(90), 'what an interrupted first start left is made anew' or diag said();
isnt accounts()->{accounts}[0]{password}, $accounts->{accounts}[0]{password}, 'with other passwords';
($first) = map { [$_->{name}, $_->{password}] } grep { $_->{role} eq 'customer' } @{accounts()->{accounts}};
is ask($first, GET => '/rest/api/2/myself')->code, 200, 'that work';
kill TERM => $pid;
is status_of($pid, 15), 0, 'and it stops';
undef $pid;

done_testing;
