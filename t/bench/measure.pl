#!/usr/bin/perl
# What people do most, measured over HTTP in a small instance and in a large one, beside a static file of 1 KB that the
# same httpd serves: requests a second, CPU microseconds a request over all children, and the time to the answer at half
# of the requests a second that were possible. Rounds take turns through all cases; what is printed are medians, with
# the spread between the rounds. The last line is the same as JSON.
#
#   BENCH_ROUNDS, BENCH_SECONDS     rounds, and seconds a case in each (3, 2), and half as many at the fixed rate
#   BENCH_REQUESTS                  of the large instance (1000000), with a fifth as many customers
#   DB=sqlite|pgsql                 the goals and the store's own measurement are SQLite's
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use File::Temp ();
use JSON::PP ();

use Pgbench;
use Server;

my $rounds  = $ENV{BENCH_ROUNDS}   // 3;
my $seconds = $ENV{BENCH_SECONDS}  // 2;
my $large   = $ENV{BENCH_REQUESTS} // 1_000_000;
my $clients = 16;
my $api     = '/rest/servicedeskapi';

STDOUT->autoflush(1);

sub median { my @sorted = sort { $a <=> $b } @_; return $sorted[$#sorted / 2] }

# The farthest from the median, in hundredths of it.
sub spread {
    my $middle = median(@_) || 1;
    return (sort { $b <=> $a } map { 100 * abs($_ - $middle) / $middle } @_)[0];
}

# Their outputs; all of them run at the same time.
sub run_good {
    my (@commands) = @_;
    my @outputs;
    my @started = map { [$_, ServiceDesk::Test::start_command({}, @$_)] } @commands;
    for (map { [$_->[0], ServiceDesk::Test::end_command($_->[1])] } @started) {
        my ($command, $code, $out, $err) = @$_;
        die "@$command: $code $out $err\n" if $code;
        push @outputs, $out;
    }
    return @outputs;
}

# What is measured at one server: by one person on all connections, or by the crowd, each on one of them, where people
# write: they do not wait for each other's rows. `goal` names the verdict at the end.
sub cases {
    my ($server) = @_;
    my $things = $server->{world}{things};
    my %bearer = map { $_ => 'Authorization: Bearer ' . $server->person($_)->{token} } qw(reader worker);
    my ($cookie) = @{$server->as('reader', 'session')->cookies};
    my $session = 'Cookie: ' . $cookie->name . '=' . $cookie->value;
    my $basic   = 'Authorization: ' . $server->as('reader')->{headers}{Authorization};
    my $read    = "$api/request/$things->{read}";
    my $desk    = "$api/servicedesk/$things->{desk}";
    my $search  = '/rest/servicedesk/1/search?limit=20&query=';
    my @cases = (
        ['static file, 1 KB', '/static/1k.txt', undef],
        ['sign-in check alone', '/checked/1k.txt', $bearer{reader}],
        ['read a request, Bearer', $read, $bearer{reader}, goal => 'read'],
        ['read a request, session', $read, $session],
        ['read a request, Basic', $read, $basic],
        ['list 20 own', "$api/request?limit=20", $bearer{reader}],
        ['queue page', "$desk/queue/1/issue?limit=50", $bearer{worker}],
        ['customer list page', "$desk/customer?limit=50", $bearer{worker}],
        ['search of desks, 100 hits', $search . 'aquarium', $bearer{worker}],
        ['search of desks, common word', $search . 'printer', $bearer{worker}],
        ['search in one\'s own', "$api/request?limit=20&searchTerm=printer", $bearer{reader}],
    );
    return (
        map({ {name => $_->[0], server => $server, @$_[3 .. $#$_],
            callers => [{path => $_->[1], headers => [$_->[2] // ()]}]} } @cases),
        written($server, 'add a comment', {body => 'It still does, also after the new cable, @.', public => \1},
            sub { "$api/request/$_[0]{key}/comment" }),
        written($server, 'create a request', $server->draft('The printer prints every page twice, @'),
            sub { "$api/request" }, goal => 'create'),
    );
}

# Where `@` stands in the body, wrk puts a text that was not there before.
sub written {
    my ($server, $name, $body, $path, %more) = @_;
    my $json = Mojo::JSON::encode_json($body);
    return {name => $name, server => $server, body => $json, %more, callers => [map { {path => $path->($_),
        headers => ["Authorization: Bearer $_->{token}", 'Content-Type: application/json']} } $server->crowd]};
}

# How many requests, and in how much CPU time of the children.
sub load {
    my ($case, $round, $time) = @_;
    my ($server, $callers) = @$case{qw(server callers)};
    my @command = ('wrk', '-t', 1, '-c', $clients / @$callers, '-d', $time . 's');
    my $number = 0;
    my ($before, $pids) = $server->cpu;
    my @outputs = run_good(map { [@command, ($case->{body} ? ('-s', "$FindBin::Bin/write.lua") : ()),
        (map { ('-H', $_) } @{$_->{headers}}), $server->base . $_->{path}, '--', $case->{body} // '',
        "$round-" . ++$number] } @$callers);
    my ($after, $same) = $server->cpu;
    die "the children changed: $pids, $same\n" if $pids ne $same;
    my ($count, $rate) = (0, 0);
    for my $out (@outputs) {
        die "$case->{name}: $out" if $out =~ /Non-2xx|Socket errors/;
        $count += ($out =~ /(\d+) requests in/)[0]        // die "$case->{name}: $out";
        $rate  += ($out =~ m{Requests/sec:\s*([\d.]+)})[0] // die "$case->{name}: $out";
    }
    return ($count, $rate, $after - $before);
}

# From a closed loop: how much is possible, and what it costs.
sub measure_capacity {
    my ($case, $round) = @_;
    my ($count, $rate, $cpu) = load($case, $round, $seconds);
    push @{$case->{rate}}, $rate;
    push @{$case->{cpu}}, 1e6 * $cpu / $count;
    return;
}

# Times to the answer while requests come at a fixed rate, half of what is possible. A client that does not come to its
# end, as h2load sometimes does not, is an error and not a measurement without end.
sub measure_times {
    my ($case) = @_;
    my $rate = median(@{$case->{rate}}) / 2 / $clients;
    my $time = int(($seconds + 1) / 2);
    my $dir  = File::Temp->newdir('servicedesk-bench-XXXXXX', TMPDIR => 1);
    $case->{server}->put_file("$dir/body", $case->{body}) if $case->{body};
    my @callers = @{$case->{callers}};
    run_good(map { ['timeout', $time + 30, 'h2load', '--h1', '-t', 1, '-c', $clients / @callers, '-D', $time,
        '--rps', sprintf('%.1f', $rate < 1 ? 1 : $rate), "--log-file=$dir/log$_",
        (map { ('-H', $_) } @{$callers[$_]{headers}}), ($case->{body} ? ('-d', "$dir/body") : ()),
        $case->{server}->base . $callers[$_]{path}] } 0 .. $#callers);
    my @rows = map { [split] } map { split /\n/, ServiceDesk::Test::slurp("$dir/log$_") } 0 .. $#callers;
    my @bad = grep { $_->[1] !~ /^2/ } @rows;
    die "$case->{name}: answers " . join(' ', map { $_->[1] } @bad[0 .. ($#bad > 9 ? 9 : $#bad)]) . "\n" if @bad;
    my @times = sort { $a <=> $b } map { $_->[2] / 1000 } @rows or die "$case->{name}: no answers\n";
    push @{$case->{p50}}, $times[$#times * 0.5];
    push @{$case->{p99}}, $times[$#times * 0.99];
    return;
}

# How often the disk was asked to sync for each request that was created, in a server that strace looks at.
sub syncs_a_create {
    my $log = File::Temp->new('servicedesk-bench-XXXXXX', TMPDIR => 1);
    my $server = Server->new_of(requests => 1000, customers => 200,
        wrap => ['strace', '-D', '-f', '--seccomp-bpf', '-qq', '-o', "$log", '-e', 'trace=fdatasync,fsync']);
    my ($case) = grep { ($_->{goal} // '') eq 'create' } cases($server);
    my $syncs = sub { scalar grep {/sync\(/} split /\n/, ServiceDesk::Test::slurp("$log") };
    my $count = sub { $server->value('SELECT count(*) FROM request') };
    my @before = ($syncs->(), $count->());
    measure_capacity($case, 'traced');
    my @after = ($syncs->(), $count->());
    $server->stop;
    $server->forget;
    return ($after[0] - $before[0]) / ($after[1] - $before[1]);
}

# The store's own measurement; the CPU microseconds of the bare program's write.
sub measure_store {
    my ($server) = @_;
    my ($out) = run_good([$server->build . '/bench/store', $seconds, $server->dir]);
    print "\nThe store alone, one thread:\n\n$out\n";
    my ($cpu) = $out =~ /^write\s+bare\b.*?([\d.]+) us CPU/m or die "bench/store has no write of the bare program\n";
    return $cpu;
}

# CPU microseconds that PostgreSQL spends for a create: of ours, and of pgbench with the same statements. Single rounds
# differ by a third, so there are many. Nobody searches here: what was written need not be found by its words, which
# would take most of the time.
sub measure_backends {
    my ($case)  = @_;
    my $server  = $case->{server};
    my $pgbench = Pgbench->new($server);
    my (@ours, @theirs);
    for my $round (1 .. 3 * $rounds) {
        push @theirs, $pgbench->cpu_of_create;
        $server->dbh->do('UPDATE request_text SET pending = 0 WHERE pending > 0');
        $server->start;
        $server->wait_for(sub { $server->children > 1 });
        load($case, "warm$round", 1);
        my $before = $pgbench->cpu;
        my ($count) = load($case, "backend$round", 1);    # the worker comes to the words after two seconds
        push @ours, 1e6 * ($pgbench->cpu - $before) / $count;
        $server->stop;
    }
    printf "\nPostgreSQL's CPU of a create: %.0f us +- %.0f %%, pgbench %.0f us +- %.0f %%\n", median(@ours),
        spread(@ours), median(@theirs), spread(@theirs);
    return median(@ours) / median(@theirs);
}

sub verdict {
    my ($what, $is, $goal) = @_;
    printf "%-44s %8.2f, goal at most %8.2f: %s\n", $what, $is, $goal, $is <= $goal ? 'met' : 'MISSED';
    return;
}

sub print_table {
    my ($static, @cases) = @_;
    printf "%-26s %9s %10s %6s %8s %6s %7s %8s %8s\n", '', 'requests', 'requests/s', '+-', 'CPU us', '+-', 'ratio',
        'p50 ms', 'p99 ms';
    for my $case (@cases) {
        printf "%-26s %9d %10.0f %5.0f%% %8.1f %5.0f%% %7.2f %8.2f %8.2f\n", $case->{name},
            $case->{server}{requests}, median(@{$case->{rate}}), spread(@{$case->{rate}}), median(@{$case->{cpu}}),
            spread(@{$case->{cpu}}), median(@{$case->{cpu}}) / $static, median(@{$case->{p50}}),
            median(@{$case->{p99}});
    }
    return;
}

sub json_of {
    my ($static, @cases) = @_;
    my $number = sub { 0 + sprintf '%.2f', $_[0] };
    return JSON::PP->new->canonical->encode({rows => [map { {
        name => "$_->{name}, of $_->{server}{requests}",
        requests_per_s => $number->(median(@{$_->{rate}})), cpu_us_per_request => $number->(median(@{$_->{cpu}})),
        p50_ms => $number->(median(@{$_->{p50}})), p99_ms => $number->(median(@{$_->{p99}})),
        ratio => $number->(median(@{$_->{cpu}}) / $static),
    } } @cases]});
}

my @servers = map { Server->new_of(requests => $_, customers => $_ / 5) } 1000, $large;
my @cases   = map { cases($_) } @servers;
for my $round (1 .. $rounds) {
    measure_capacity($_, $round) for @cases;
    measure_times($_) for @cases;
}

my $static = median(map { @{$_->{cpu}} } grep { $_->{name} =~ /^static/ } @cases);
printf "%d rounds of %s s a case, %d connections, %s; medians, p50 and p99 at half the rate\n\n", $rounds, $seconds,
    $clients, ServiceDesk::Test::httpd();
print_table($static, @cases);
my $sqlite = ($ENV{DB} || 'sqlite') eq 'sqlite';
my $bare = $sqlite ? measure_store($servers[0]) : 0;
for my $case (grep { $_->{goal} && $sqlite } @cases) {
    my $cpu = median(@{$case->{cpu}});
    my ($goal, $beside, $what) = $case->{goal} eq 'read'
        ? (2, $static, 'the static file')
        : (1.5, $bare + $static, 'bare program and static file');
    verdict("$case->{name}, CPU times $what", $cpu / $beside, $goal);
}
if ($sqlite) {
    verdict('syncs of the disk a created request', syncs_a_create(), 0.25);
} else {
    my ($create) = grep { $_->{goal} } reverse @cases;
    verdict('CPU of PostgreSQL a create times pgbench', measure_backends($create), 1.1);
}
print json_of($static, @cases), "\n";

for my $server (@servers) {
    $server->stop;
    $server->forget;
    my @complaints = $server->complaints;
    die "in the log: @complaints\n" if @complaints;
}
