#!/usr/bin/perl
# By which way mails leave: a directory, a server that wants a name and password, TLS; and what a configuration may say.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes ();

use ServiceDesk::Test;
use ServiceDesk::Test::Smtp;

my $from   = "ServiceDeskMailFrom help\@help.example.com\n";
my $secret = 'canary-of-the-mail-password';

sub server { return ServiceDesk::Test->new(fixture => 1, conf => $from . join '', map {"$_\n"} @_) }

# One mail is caused; gives how the server noted it once it is no longer just queued, or after some seconds.
sub cause {
    my ($desk, $seconds) = @_;
    $desk->tool_ok('account', 'disable', 'c1');
    $desk->wait_for(sub { $desk->value('SELECT count(*) FROM outbox WHERE answer IS NOT NULL') }, $seconds // 20);
    return $desk->rows('SELECT * FROM outbox')->[0];
}

subtest 'a directory' => sub {
    my $desk = server('ServiceDeskMailTransport dir:post');
    my $row = cause($desk);
    is $row->{state}, 'sent', 'the mail is sent';
    my @files = glob $desk->dir . '/post/new/*';
    is_deeply [map {m{([^/]+)$}} @files], [$row->{message_id}], 'into new/, named after its Message-ID';
    is_deeply [glob $desk->dir . '/post/tmp/*'], [], 'nothing is left in tmp/';
    like ServiceDesk::Test::slurp($files[0]), qr/^Subject: Your account was closed\r$/m, 'as a whole mail';
    is sprintf('%o', (stat $files[0])[2] & 0777), '600', 'for its owner alone';
    chmod 0500, $desk->dir . '/post/new';
    $desk->tool_ok('account', 'enable', 'c1');
    $desk->wait_for(sub { $desk->log =~ /SD00050/ }, 10);
    like $desk->log, qr/SD00050: .*Permission denied/, 'a directory that cannot be written is told of';
    chmod 0700, $desk->dir . '/post/new';
    $desk->wait_for(sub { $desk->value("SELECT count(*) FROM outbox WHERE state = 'sent'") == 2 }, 30);
    is scalar(my @two = glob $desk->dir . '/post/new/*'), 2, 'and the mail arrives when it can be';
    $desk->finish;
};

subtest 'a name and a password' => sub {
    my $sink = ServiceDesk::Test::Smtp->new(auth => 1);
    my $desk = ServiceDesk::Test->new(fixture => 1, start => 0);
    $desk->put_file('credentials', "postmaster:$secret\n");
    $desk->{conf} = $from . 'ServiceDeskMailTransport ' . $sink->url . " starttls=off\n"
        . "ServiceDeskMailCredentials credentials\nLogLevel trace8\n";
    $desk->start;
    is cause($desk)->{state}, 'sent', 'the mail is sent';
    like $sink->commands, qr/^AUTH PLAIN\r\n\S{20,}\r\nMAIL/m, 'after the name and password';
    $sink->behave(auth => '535 5.7.8 no');
    $desk->tool_ok('account', 'enable', 'c1');
    $desk->wait_for(sub { $desk->log =~ /SD00050/ }, 10);
    is $desk->value("SELECT state FROM outbox WHERE kind = 'enabled'"), 'queued', 'a wrong password loses no mail';
    unlike $desk->errors, qr/\Q$secret\E/, 'the password is in no log at any level';
    $desk->finish;
};

SKIP: {
    my $dir = File::Temp::tempdir('servicedesk-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    system "openssl req -x509 -newkey rsa:2048 -nodes -keyout $dir/key -out $dir/cert -days 2 -subj /CN=127.0.0.1"
        . " -addext subjectAltName=IP:127.0.0.1 >/dev/null 2>&1";
    system "cat $dir/key $dir/cert > $dir/both";
    skip 'openssl made no certificate', 1 unless -s "$dir/both";

    subtest 'STARTTLS' => sub {
        my $sink = ServiceDesk::Test::Smtp->new(tls => "$dir/both");
        my $desk = server('ServiceDeskMailTransport ' . $sink->url, "ServiceDeskMailCAFile $dir/cert");
        is cause($desk)->{state}, 'sent', 'the mail is sent';
        like $sink->commands, qr/STARTTLS\r\n\(TLS\)\r\n.*MAIL FROM/s, 'over TLS';
        $desk->finish;

        $sink->forget;
        $desk = server('ServiceDeskMailTransport ' . $sink->url);
        is cause($desk)->{state}, 'queued', 'a certificate that nobody vouches for: it waits';
        like $desk->log, qr/SD00050: .*certificate/i, 'and the log says why';
        unlike $sink->commands, qr/MAIL FROM/, 'nothing was said';
        $desk->finish;
    };

    subtest 'a server without STARTTLS' => sub {
        my $sink = ServiceDesk::Test::Smtp->new;
        my $desk = server('ServiceDeskMailTransport ' . $sink->url);
        is cause($desk)->{state}, 'queued', 'by default: the mail waits';
        unlike $sink->commands, qr/MAIL FROM/, 'nothing leaves in the clear';
        $desk->finish;

        $desk = server('ServiceDeskMailTransport ' . $sink->url . ' starttls=try');
        is cause($desk)->{state}, 'sent', 'starttls=try: it is sent';
        $desk->finish;
    };
}

subtest 'no transport' => sub {
    my $desk = ServiceDesk::Test->new(fixture => 1);
    is cause($desk, 2)->{state}, 'queued', 'mails are kept';
    $desk->put_file('credentials', "nothing\n");
    $desk->{conf} = $from . "ServiceDeskMailTransport smtp://127.0.0.1\nServiceDeskMailCredentials credentials\n";
    $desk->graceful;
    like $desk->log, qr/SD00005: no mail is sent: .*is not name:password/, 'a bad file of credentials is told of';
    unlike $desk->log, qr/nothing\n/, 'without what is in it';
    is $desk->as('c2')->get('/rest/api/2/myself')->code, 200, 'and the desk works';
    $desk->{conf} = $from . "ServiceDeskMailTransport dir:post\n";
    $desk->graceful;
    $desk->wait_for(sub { glob $desk->dir . '/post/new/*' }, 15);
    is scalar(my @files = glob $desk->dir . '/post/new/*'), 1, 'they leave when there is one';
    $desk->allow(qr/SD00005/);
    $desk->finish;
};

subtest 'what a configuration may say' => sub {
    my $desk = ServiceDesk::Test->new(fixture => 1);
    my $try = sub {
        my ($conf) = @_;
        $desk->{conf} = $conf;
        $desk->put_file('try.conf', $desk->configuration);
        my ($code, $out, $err) = ServiceDesk::Test::run_command({}, ServiceDesk::Test::httpd(), '-t', '-d', $desk->dir,
            '-f', $desk->dir . '/try.conf');
        return $code ? "$out$err" : '';
    };
    for my $good ('smtp://mail', 'smtp://mail:25', 'smtps://mail.example.com:465', 'smtp://[::1]:25 starttls=try',
        'dir:/var/spool/mail', 'smtp://127.0.0.1 starttls=off') {
        is $try->("${from}ServiceDeskMailTransport $good\n"), '', "accepted: $good";
    }
    for my $bad ('http://mail', 'mail', 'smtp://', 'smtp://user:word@mail', 'smtp://mail/path', 'smtp://mail:0',
        'smtp://mail:99999', 'smtp://mail starttls=perhaps', 'smtps://mail starttls=off', 'dir:', 'dir:x starttls=off',
        'smtp://[::1', '"smtp://mail x"') {
        like $try->("${from}ServiceDeskMailTransport $bad\n"), qr/ServiceDeskMailTransport/, "refused: $bad";
    }
    for my $good ('help@example.com', '"Help <help@example.com>"', "'\"Help, Desk\" <help\@example.com>'") {
        is $try->("ServiceDeskMailFrom $good\nServiceDeskMailTransport dir:x\n"), '', "accepted: $good";
    }
    for my $bad ('help', '"Help <help>"', '"<a@example.com> x"', '"a@example.com, b@example.com"') {
        like $try->("ServiceDeskMailFrom $bad\nServiceDeskMailTransport dir:x\n"), qr/ServiceDeskMailFrom/,
            "refused: $bad";
    }
    like $try->("ServiceDeskMailTransport dir:x\n"), qr/ServiceDeskMailFrom is missing/, 'a sender is required';
    like $try->("${from}ServiceDeskMailTimeout 0\n"), qr/ServiceDeskMailTimeout/, 'a timeout has its bounds';
    $desk->finish;
};

done_testing;
