#!/usr/bin/perl
# "No more of these mails": the link in mails to addresses that nobody has proven, the page behind it, and what follows.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use MIME::QuotedPrint ();
use Test::More;

use ServiceDesk::Test;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Page;

my $desk = ServiceDesk::Test->new(fixture => 1,
    conf => "ServiceDeskMailFrom help\@help.example.com\nServiceDeskMailTransport dir:post\n");

# A mail leaves; gives its text.
sub mail {
    my (%row) = @_;
    my $id = queue($desk, kind => 'known-address', address => 'victim@third.example', counted => 1, urgent => 1, %row);
    my $path = $desk->dir . "/post/new/$id";
    $desk->wait_for(sub { -e $path }, 20);
    return MIME::QuotedPrint::decode_qp(ServiceDesk::Test::slurp($path) =~ s/\r\n/\n/gr);
}

sub link_of { my ($mail) = @_; return $mail =~ m{^\Q@{[$desk->base]}\E(/account/nomail\?token=\S+)}m ? $1 : undef }

my $link = link_of(mail());
ok $link, 'a mail to an address that nobody has proven has the link';
unlike $link, qr/victim|third/, 'which does not tell the address';
is link_of(mail(address => 'c1@example.org', mailbox => 'c1@example.org', proven => 1)), undef,
    'one to a proven address has not';

my $page = ServiceDesk::Test::Page->new($desk);
is $page->get($link)->location, '/account/nomail', 'the token leaves the address';
is $page->follow->code, 200, 'the page';
is $page->heading, 'No more mails', 'asks first';
like $page->text, qr/victim\@third\.example/, 'and names the address';
is $desk->value('SELECT count(*) FROM mail_stop'), 0, 'looking at it changes nothing';
is $page->submit->location, '/account/signin?notice=mailstop', 'yes';
is $page->follow->notice, 'No more such mails will be sent to that address.', 'it says so';
is $desk->value('SELECT count(*) FROM mail_stop'), 1, 'it is noted';
unlike join('|', map { values %$_ } @{$desk->rows('SELECT * FROM mail_stop')}), qr/victim/, 'by a digest only';
is $page->get($link)->follow->submit->code, 303, 'twice is once';
is $desk->value("SELECT count(*) FROM audit WHERE act = 'mail.stop'"), 1, 'one row of the audit';
unlike $desk->access_log, qr/sdu_/, 'the token is in no log';

my ($token) = $link =~ /token=(.*)/;
for my $bad ('', 'sdu_', substr($token, 0, -1), $token =~ s/.$/g/r, $token =~ s/^sdu_0/sdu_1/r, uc $token, "$token ",
    'x' x 2000) {
    my $other = ServiceDesk::Test::Page->new($desk);
    $other->get('/account/nomail?token=' . Mojo::Util::url_escape($bad));
    is $other->follow->code, 404,
        'no token: ' . substr $bad, 0, 40;
}

my $before = $desk->value('SELECT count(*) FROM outbox');
my ($code) = $desk->tool('mail', 'allow', 'someone@third.example');
is $code, 1, 'an address that nobody stopped';
$desk->tool_ok('mail', 'allow', 'Vic.tim+x@third.example');
is $desk->value('SELECT count(*) FROM mail_stop'), 0, 'an administrator lifts it, by any spelling of the mailbox';
is $desk->value("SELECT count(*) FROM audit WHERE act = 'mail.allow' AND actor = 'operator'"), 1,
    'and it is told, once';
$desk->finish;
done_testing;
