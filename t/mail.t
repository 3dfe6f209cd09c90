#!/usr/bin/perl
# Account mail from the outbox to a mail server: what a mail looks like, and what becomes of it when the server
# misbehaves. (That none is lost or sent by two is the matter of mail-lease.t.)
use strict;
use warnings;
use utf8;
use Encode ();
use FindBin;
use lib "$FindBin::Bin/lib";
use MIME::QuotedPrint ();
use Test::More;
use Time::HiRes ();

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output todo_output);

use ServiceDesk::Test;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Smtp;

my $host = 'help.example.com';

sub conf {
    my ($sink, @more) = @_;
    return Encode::encode 'UTF-8', join '', map {"$_\n"} "ServiceDeskMailFrom \"도움 센터 <help\@$host>\"",
        'ServiceDeskMailTransport ' . (ref $sink ? $sink->url . ' starttls=off' : $sink), @more;
}

# Gives the Message-ID.
sub queue_mail { return '<' . queue(@_) . "\@$host>" }

sub row { my ($desk, $id) = @_; return $desk->rows('SELECT * FROM outbox WHERE message_id = ?', $id =~ /(\w+)/)->[0] }

# Whatever waits for another try is due now.
sub hurry {
    my ($desk) = @_;
    $desk->dbh->do("UPDATE outbox SET due = 0 WHERE state = 'queued' AND lease IS NULL");
    return;
}

sub state_becomes {
    my ($desk, $id, $state, $what) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $desk->wait_for(sub { row($desk, $id)->{state} eq $state }, 20);
    return is row($desk, $id)->{state}, $state, $what // "the mail is $state";
}

sub raw { my ($mail) = @_; return pack 'H*', $mail->{raw} }

sub header {
    my ($mail, $name) = @_;
    return Encode::decode('MIME-Header', ServiceDesk::Test::Smtp::head(raw($mail), $name) // '');
}

# Both parts, decoded.
sub parts {
    my ($mail) = @_;
    my ($boundary) = raw($mail) =~ /boundary="(.*?)"/;
    my (undef, @parts) = split /^--\Q$boundary\E.*?\r\n/m, raw($mail);
    my @decoded = map { Encode::decode('UTF-8', MIME::QuotedPrint::decode_qp(s/\r\n/\n/gr)) } @parts;
    return map { s/\A.*?\r?\n\r?\n//sr } @decoded;
}

sub ids { my ($mails) = @_; my %seen; $seen{$_->{'Message-Id'}}++ for @$mails; return \%seen }

my $sink = ServiceDesk::Test::Smtp->new;
my $desk = ServiceDesk::Test->new(fixture => 1, conf => conf($sink, 'ServiceDeskMailTimeout 2s'));

subtest 'a mail' => sub {
    $desk->tool_ok('account', 'disable', 'c1');
    my ($mail) = @{$sink->wait_for(1)};
    my $raw = raw($mail);
    is $mail->{from}, "help\@$host", 'envelope sender';
    is $mail->{to}, 'c1@example.org', 'envelope recipient';
    is header($mail, 'From'), "도움 센터 <help\@$host>", 'From, in UTF-8';
    is header($mail, 'To'), 'c1@example.org', 'To: the address alone';
    is header($mail, 'Subject'), 'Your account was closed', 'Subject';
    like header($mail, 'Message-ID'), qr/^<[0-9a-f]{32}\@\Q$host\E>$/, 'Message-ID';
    is header($mail, 'Auto-Submitted'), 'auto-generated', 'Auto-Submitted';
    is header($mail, 'X-Auto-Response-Suppress'), 'All', 'X-Auto-Response-Suppress';
    is header($mail, 'List-Id'), "<servicedesk.$host>", 'List-Id';
    like header($mail, 'X-ServiceDesk-Loop'), qr/^[0-9a-f]{32}$/, 'a loop id of its own';
    like header($mail, 'Date'), qr/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/, 'Date';
    is header($mail, $_), '', "no $_" for qw(Precedence List-Unsubscribe Bcc Reply-To);
    unlike $raw, qr/(?<!\r)\n|\r(?!\n)/, 'every line ends with CR LF';
    cmp_ok length($_), '<=', 998, 'no line is too long' for sort { length $b <=> length $a } (split /\r\n/, $raw)[0];
    my ($text, $html) = parts($mail);
    like $text, qr/^Hello Customer One,\s+An administrator has closed/, 'plain text';
    like $html, qr{<p>Hello Customer One,</p>\s*<p>An administrator has closed}, 'HTML';
    unlike $html, qr/<img|<script|<link|url\(|src=/i, 'nothing is fetched from anywhere';
    state_becomes($desk, $mail->{'Message-Id'}, 'sent');
    is row($desk, $mail->{'Message-Id'})->{answer}, '250 kept', 'what the server said is kept';
};

subtest 'languages, and texts that want to be headers' => sub {
    $sink->forget;
    $desk->dbh->do("UPDATE account SET display_name = ? WHERE name = 'c2'", undef,
        "아나\r\nBcc: evil\@example.com\r\n\r\n.");
    my $c2 = $desk->value("SELECT id FROM account WHERE name = 'c2'");
    my $id = queue_mail($desk, address => 'c2@example.org', language => 'ko', account_id => $c2, proven => 1,
        kind => 'invite-known', content => '{"inviter":"<b>Kim</b> {{url}} ${7*7} %n"}',
        desk_id => $desk->value('SELECT min(id) FROM desk'));
    my ($mail) = @{$sink->wait_for(1)};
    is header($mail, 'Subject'), '서비스 데스크를 쓸 수 있습니다', 'a subject in Korean';
    is header($mail, 'Content-Language'), 'ko', 'and its language is said';
    is header($mail, 'Bcc'), '', 'no header comes from a name';
    is $mail->{to}, 'c2@example.org', 'no recipient either';
    my ($text, $html) = parts($mail);
    like $text, qr/초대한 사람: <b>Kim<\/b> \{\{url\}\} \$\{7\*7\} %n\r?$/m, 'what somebody wrote is text, and only text';
    like $html, qr/&lt;b&gt;Kim&lt;\/b&gt; \{\{url\}\} \$\{7\*7\} %n/, 'also in HTML';
    like $text, qr{^\Q@{[$desk->base]}\E/account\r?$}m, 'the link is that of the base URL, and leads to a page';
};

subtest 'to an address that nobody has proven' => sub {
    $sink->forget;
    my $c1 = $desk->value("SELECT id FROM account WHERE name = 'c1'");
    queue_mail($desk, kind => 'enabled', account_id => $c1, proven => 0);
    my ($mail) = @{$sink->wait_for(1)};
    unlike join("\n", parts($mail)), qr/Customer/, 'no name is in it';
};

subtest 'refused for now' => sub {
    $sink->forget;
    $sink->behave(rcpt => '450 4.2.0 greylisted', times => 1);
    my $id = queue_mail($desk);
    $desk->wait_for(sub { (row($desk, $id)->{answer} // '') =~ /greylisted/ }, 20);
    my $row = row($desk, $id);
    is $row->{state}, 'queued', 'it waits';
    is $row->{attempts}, 1, 'after one attempt';
    my $wait = $row->{due} - 1000 * Time::HiRes::time();
    cmp_ok $wait, '<', 7000, 'for some seconds';
    cmp_ok $wait, '>', 1000, 'not less';
    hurry($desk);
    my $mails = $sink->wait_for(1);
    is_deeply ids($mails), {$id => 1}, 'then it arrives, under its Message-ID';
    state_becomes($desk, $id, 'sent');
};

subtest 'refused for good' => sub {
    $sink->forget;
    $sink->behave(rcpt_of => {'nobody@example.net' => '550 5.1.1 no such user'});
    my $bad = queue_mail($desk, address => 'nobody@example.net');
    my @good = map { queue_mail($desk) } 1 .. 3;
    state_becomes($desk, $bad, 'dead', 'the one recipient');
    is row($desk, $bad)->{reason}, 'refused', 'with the reason';
    is row($desk, $bad)->{answer}, '550 5.1.1 no such user', 'and what the server said';
    is_deeply ids($sink->wait_for(3)), {map { $_ => 1 } @good}, 'the others arrive';
    is $desk->value("SELECT count(*) FROM audit WHERE act = 'mail.dead'"), 1, 'the audit knows';
    is $desk->value("SELECT actor FROM audit WHERE act = 'mail.dead'"), 'worker', 'who it was';
    like $desk->log, qr/SD00052: .*no such user/, 'and the error log';
    $sink->behave;
};

subtest 'refused after the letter' => sub {
    $sink->forget;
    $sink->behave(end => '554 5.7.1 spam');
    my $id = queue_mail($desk);
    state_becomes($desk, $id, 'dead');
    $sink->behave(mail => '550 5.7.1 we do not know you', times => 1);
    $id = queue_mail($desk);
    $desk->wait_for(sub { (row($desk, $id)->{answer} // '') =~ /know you/ }, 20);
    is row($desk, $id)->{state}, 'queued', 'a refused sender is not the fault of one mail';
    hurry($desk);
    is_deeply ids($sink->wait_for(1)), {$id => 1}, 'it arrives when that is put right';
    $sink->behave;
};

subtest 'closed on the way' => sub {
    for my $where (qw(greeting mail rcpt data body)) {
        $sink->forget;
        $sink->behave(close => $where, times => 1);
        my $id = queue_mail($desk);
        $desk->wait_for(sub { row($desk, $id)->{answer} }, 20);
        hurry($desk);
        is_deeply ids($sink->wait_for(1)), {$id => 1}, "at $where: it arrives once";
        state_becomes($desk, $id, 'sent');
    }
    $sink->forget;
    $sink->behave(close => 'end', times => 1);
    my $id = queue_mail($desk);
    $desk->wait_for(sub { row($desk, $id)->{answer} }, 20);
    hurry($desk);
    is_deeply ids($sink->wait_for(2)), {$id => 2}, 'after the letter: twice, and the two are one by their Message-ID';
};

subtest 'a slow server' => sub {
    $sink->forget;
    $sink->behave(slow => 3, times => 1);
    my $id = queue_mail($desk);
    $desk->wait_for(sub { row($desk, $id)->{answer} }, 20);
    like row($desk, $id)->{answer}, qr/timed out/i, 'is not waited for longer than ServiceDeskMailTimeout';
    is $desk->as('c3')->get('/rest/api/2/myself')->code, 200, 'and nobody else waits for it';
    $sink->behave;
    hurry($desk);
    is_deeply ids($sink->wait_for(1)), {$id => 1}, 'then it arrives';
};

subtest 'no server at all' => sub {
    $sink->forget;
    $sink->stop;
    my @ids = map { queue_mail($desk) } 1 .. 30;
    $desk->wait_for(sub {
        $desk->value("SELECT count(*) FROM outbox WHERE answer LIKE '%onnect%'")
            && !$desk->value("SELECT count(*) FROM outbox WHERE lease IS NOT NULL AND state = 'queued'");
    }, 20);
    is $desk->value("SELECT max(attempts) FROM outbox WHERE state = 'queued'"), 0, 'that counts as no attempt';
    is $desk->value("SELECT count(*) FROM outbox WHERE state = 'queued'"), 30, 'all wait';
    $sink->start;
    hurry($desk);
    is_deeply ids($sink->wait_for(30, 40)), {map { $_ => 1 } @ids}, 'and arrive, each once';
};

subtest 'the site\'s own budget' => sub {
    $sink->forget;
    $desk->tool_ok('setting', 'set', 'mail_total_hour', '0');
    my $id = queue_mail($desk);
    $desk->wait_for(sub { $desk->log =~ /mail_total_hour is used up/ }, 20);
    like $desk->log, qr/mails wait: mail_total_hour is used up/, 'over it the error log says so';
    is row($desk, $id)->{state}, 'queued', 'and mails wait';
    $desk->tool_ok('setting', 'set', 'mail_total_hour', '10000');
    is_deeply ids($sink->wait_for(1)), {$id => 1}, 'until there is room';
};

subtest 'pointless by now' => sub {
    $sink->forget;
    my $token = queue_mail($desk, kind => 'reset', mailed_token_id => 999, urgent => 1);
    state_becomes($desk, $token, 'obsolete', 'a mail whose token is gone');
    is row($desk, $token)->{reason}, 'token', 'with the reason';
    my $gone = queue_mail($desk, account_id => $desk->value("SELECT id FROM account WHERE name = 'c4'"));
    $desk->dbh->do("UPDATE account SET state = 'anonymised' WHERE name = 'c4'");
    $gone = queue_mail($desk, account_id => $desk->value("SELECT id FROM account WHERE name = 'c4'"), content => '{}');
    state_becomes($desk, $gone, 'obsolete', 'a mail to somebody who is gone');
    is row($desk, $gone)->{content}, undef, 'keeps nothing';
    $desk->tool_ok('setting', 'set', 'mail_welcome', 'false');
    my $off = queue_mail($desk);
    state_becomes($desk, $off, 'obsolete', 'a mail of a kind that was switched off');
    $desk->tool_ok('setting', 'set', 'mail_welcome', 'true');
};

$desk->finish;

done_testing;
