#!/usr/bin/perl
# Many who sign up and many who are invited, while children are killed: nothing is there in part, nobody gets more mail
# than the budgets say, and what is over is swept. SD_NEWCOMERS (200) says how many. Cases: security.md 183, 189, 190.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib", "$FindBin::RealBin/../lib";
use List::Util ();
use Mojo::IOLoop ();
use Mojo::Promise ();
use Mojo::UserAgent ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;
use Time::HiRes ();

my $many = $ENV{SD_NEWCOMERS} // 200;
my $kills = $many >= 2000 ? 8 : 3;

my $desk = ServiceDesk::Test->new(
    fixture => 1, modules => ['remoteip'],
    conf => "RemoteIPHeader X-Test-From\nRemoteIPInternalProxy 127.0.0.1\n"
);
$desk->allow(qr/exit signal Killed \(9\)/);
$desk->tool_ok('setting', 'set', 'public_signup', 'true');
$desk->tool_ok('desk', 'add', 'OPEN', 'Open Desk', '--access', 'accounts', '--signup');
my $password = 'nine lanterns on a bridge';

# Runs calls side by side; each is a function that gives a promise of a transaction. Every so many a child is killed.
sub run_all {
    my ($width, $each, @calls) = @_;
    my ($done, $next) = (0, 0);
    my $worker;
    $worker = sub {
        my $call = shift @calls or return Mojo::Promise->resolve;
        if ($each && ++$next % $each == 0) {
            my @children = $desk->children;
            kill KILL => $children[rand @children] if @children;
        }
        return $call->()->catch(sub { })->then(sub { $done++; $worker->() });
    };
    Mojo::Promise->all(map { $worker->() } 1 .. $width)->wait;
    return $done;
}

# What is there in part: SQL that finds it, and what it is.
sub parts {
    my @found;
    my %part = (
        'a signup without its link' => 'FROM signup s WHERE NOT EXISTS (SELECT 1 FROM mailed_token m'
            . ' WHERE m.signup_id = s.id)',
        'a link without its mail' => q{FROM mailed_token m WHERE m.signup_id IS NOT NULL AND NOT EXISTS}
            . ' (SELECT 1 FROM outbox o WHERE o.mailed_token_id = m.id)',
        'a mail without its link' => q{FROM outbox o WHERE o.kind IN ('verify', 'invite') AND NOT EXISTS}
            . ' (SELECT 1 FROM mailed_token m WHERE m.id = o.mailed_token_id)',
        'two signups of an address' => 'FROM signup GROUP BY address_key HAVING count(*) > 1',
        'an invited account without invitation' => q{FROM account a WHERE a.state = 'invited' AND NOT EXISTS}
            . ' (SELECT 1 FROM invitation i WHERE i.account_id = a.id)',
        'an invitation without membership' => 'FROM invitation i WHERE NOT EXISTS (SELECT 1 FROM desk_role r'
            . q{ WHERE r.account_id = i.account_id AND r.desk_id = i.desk_id AND r.role = 'customer')},
        'an invitation without its link' => 'FROM invitation i WHERE NOT EXISTS (SELECT 1 FROM mailed_token m'
            . ' WHERE m.invitation_id = i.id AND m.revoked IS NULL)',
    );
    for my $what (sort keys %part) {
        my $count = $desk->value("SELECT count(*) FROM (SELECT 1 $part{$what}) found");
        push @found, "$what: $count" if $count;
    }
    return join "\n", @found;
}

# The median of what somebody else waits for a page of requests.
sub waits {
    my $c1 = $desk->as('c1');
    my @times;
    for (1 .. 60) {
        my $start = Time::HiRes::time();
        $c1->get(API . '/request')->code == 200 or die 'c1 cannot read';
        push @times, Time::HiRes::time() - $start;
    }
    return (sort { $a <=> $b } @times)[30];
}

# Of PostgreSQL, which undoes a write that another has overtaken; nothing is overtaken where there is one writer.
sub rollbacks {
    return 0 if ($ENV{DB} // '') ne 'pgsql';
    sleep 1;    # until sessions have told what they did
    return $desk->value('SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()');
}

my $before = waits();

subtest 'they sign up' => sub {
    $desk->tool_ok('setting', 'set', 'signup_source_hour', '1000000');
    $desk->tool_ok('setting', 'set', 'mail_source_hour', '1000000');
    my $agent = Mojo::UserAgent->new(max_connections => 16, inactivity_timeout => 60);
    my (%code, %acked);
    my $form = sub {
        my ($address) = @_;
        return {desk => 'OPEN', email => $address, displayName => 'New Comer', password => $password};
    };
    my $call_for = sub {
        my ($address) = @_;
        return sub {
            return $agent->post_p($desk->base . OWN . '/signup', json => $form->($address))->then(sub {
                my $code = $_[0]->res->code // 0;
                $code{$code}++;
                $acked{$address}++ if $code == 202;
            });
        };
    };
    # Nobody is killed here: a try that dies has taken its part of the mailbox's budget and sends nothing.
    run_all(8, 0, map { $call_for->("vic.tim+$_\@third.example") } 1 .. $many / 20);
    is scalar(keys %acked), $many / 20, 'who floods a mailbox is not told that it had enough';
    my @calls = map { $call_for->("new$_\@many.example") } 1 .. $many;
    my $undone = rollbacks();
    my $start = Time::HiRes::time();
    run_all(8, int(@calls / $kills), @calls);
    diag sprintf '%d signups in %.1f s', scalar(@calls), Time::HiRes::time() - $start;
    cmp_ok rollbacks() - $undone, '<', $many / 10 + 50, 'they do not undo each other';
    is join(' ', grep { $_ ne 202 } sort keys %code), '', 'every answer is the same';
    my @acked = grep {/^new/} sort keys %acked;
    cmp_ok scalar(@acked), '>', 0.8 * @calls, scalar(@acked) . ' were acknowledged';
    my %there = map { $_ => 1 } @{$desk->dbh->selectcol_arrayref('SELECT address FROM signup')};
    is join(' ', List::Util::head(5, grep { !$there{$_} } @acked)), '', 'all of those are there';
    is parts(), '', 'nothing in part';
    is $desk->value(q{SELECT count(*) FROM outbox WHERE mailbox = 'victim@third.example'}),
        3, 'a mailbox gets three mails, however it is spelled';
    is $desk->value('SELECT max(n) FROM (SELECT count(*) AS n FROM outbox GROUP BY mailbox) m'), 3, 'none gets more';
};

# A bound for busy machines; what it is about is a table that somebody walks through, ten thousand rows each time.
sub others_do_not_wait {
    my $now = waits();
    diag sprintf 'somebody else waits %.1f ms, %.1f ms before', 1000 * $now, 1000 * $before;
    cmp_ok $now, '<', 4 * $before + 0.01, 'nobody else waits longer than before';
    return;
}

subtest 'the server stays fast' => \&others_do_not_wait;

subtest 'and are swept' => sub {
    my $rows = $desk->value('SELECT count(*) FROM signup');
    $desk->dbh->do('UPDATE signup SET expires = 1');
    $desk->dbh->do('UPDATE mailed_token SET expires = 1');
    my $start = Time::HiRes::time();
    my ($swept) = $desk->tool_ok('signup', 'purge') =~ /(\d+)/;
    diag sprintf '%d rows swept in %.1f s', $swept, Time::HiRes::time() - $start;
    cmp_ok $swept, '>=', $rows, 'each signup';
    is $desk->value("SELECT count(*) FROM $_"), 0, "no $_ is left" for qw(signup mailed_token);
};

subtest 'they are invited' => sub {
    $desk->dbh->do('DELETE FROM outbox');
    my $ag1 = $desk->as('ag1');
    my $path = $desk->base . OWN . '/servicedesk/D1/invitation';
    my $agent = Mojo::UserAgent->new(max_connections => 4, inactivity_timeout => 120);
    my $credentials = $ag1->{headers}{Authorization};
    my $bunch = List::Util::min(1000, int $many / 4);
    my %invited;
    my @calls = map {
        my $from = $_ * $bunch;
        sub {
            my $pasted = join "\n", map {"Guest $_ <guest$_\@many.example>"} $from + 1 .. $from + $bunch;
            return $agent->post_p($path, {Authorization => $credentials}, json => {addresses => $pasted})->then(sub {
                my $json = $_[0]->res->json // {};
                $invited{$_->{address}} = $_->{result} for @{$json->{results} // []};
            });
        }
    } 0 .. int($many / $bunch) - 1;
    my $start = Time::HiRes::time();
    run_all(2, 3, @calls);
    diag sprintf '%d invitations in %.1f s', $many, Time::HiRes::time() - $start;
    cmp_ok scalar(keys %invited), '>=', $bunch, scalar(keys %invited) . ' were acknowledged';
    my $there = $desk->value('SELECT count(*) FROM invitation');
    cmp_ok $there, '>=', scalar(keys %invited), 'all of those are there';
    is parts(), '', 'nothing in part';
    is $desk->value('SELECT max(n) FROM (SELECT count(*) AS n FROM outbox GROUP BY mailbox) m'), 1, 'a mail each';
    others_do_not_wait();
};

is $desk->tool_ok('check'), '', 'the database is sound';
$desk->finish;
done_testing;
