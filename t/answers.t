#!/usr/bin/perl
# Errors of httpd that the module corrects: whoever is signed in is told 403, a budget that ran out 429, a database that
# is away 503. The ErrorDocument of the status that it would have been does not run: it would be a page to sign in for
# somebody who is.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1, start => 0, modules => ['cgid', 'rewrite']);
my $dir = $desk->dir;
$desk->put_file('htdocs/sign-in.html', "please sign in\n");
$desk->put_file('htdocs/sorry.html', "sorry\n");
$desk->{conf} = <<"END";
Alias /s "$dir/htdocs"
ErrorDocument 401 /s/sign-in.html
ErrorDocument 500 /s/sorry.html
<Location /s>
    SetHandler None
</Location>
<Location /s/admin>
    AuthType ServiceDesk
    Require servicedesk admin
</Location>
<Location /s/basic>
    AuthType Basic
    AuthName x
    AuthBasicProvider servicedesk
    Require valid-user
</Location>
<Location /s/text>
    AuthType ServiceDesk
    Require servicedesk admin
    ErrorDocument 401 "please sign in"
</Location>
<If "-n req('X-Keep-Out')">
    Require all denied
</If>
END
$desk->start;

sub header { my ($answer, $name) = @_; return $answer->headers->header($name) // '' }

# An error as it must be: its own status in the page, no challenge, no word of another status's document.
sub is_corrected {
    my ($answer, $code, $text, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is $answer->code, $code, $name;
    like $answer->body, qr/<title>$code \Q$text\E/, 'a page that says so';
    unlike $answer->body, qr/please sign in|sorry/, 'and no other';
    is header($answer, 'WWW-Authenticate'), '', 'no challenge';
    return;
}

subtest 'signed in, and not let in' => sub {
    for my $how (qw(basic bearer session)) {
        for my $path ('/s/admin/x', '/s/text/x') {
            is_corrected($desk->as('c1', $how)->get($path), 403, 'Forbidden', "$path by $how");
        }
    }
    is $desk->as('sa')->get('/s/admin/x')->code, 404, 'who is let in finds nothing there';
};

subtest 'an error of httpd\'s own' => sub {
    for my $path ('/rest', '/rest/', '/rest/servicedeskapi/info') {
        my $answer = $desk->as('c1')->get($path, 'X-Keep-Out' => 'yes');
        is $answer->code . ' ' . header($answer, 'Content-Type'), '403 application/json;charset=UTF-8', "$path: JSON";
    }
    my $answer = $desk->as('c1')->get('/account', 'X-Keep-Out' => 'yes');
    like $answer->code . ' ' . header($answer, 'Content-Type'), qr{^403 text/html}, 'elsewhere a page';
};

subtest 'nobody yet' => sub {
    for my $caller ($desk->as(''), $desk->as('')->basic('c1', 'wrong'), $desk->as('')->bearer('sdp_none')) {
        my $answer = $caller->get('/s/admin/x');
        is $answer->code, 401, 'is asked who it is';
        like $answer->body, qr/please sign in/, 'by the ErrorDocument';
        like header($answer, 'WWW-Authenticate'), qr/^Basic /, 'and a challenge';
    }
};

subtest 'too many tries' => sub {
    for my $path ('/s/admin/x', '/s/basic/x') {
        my $name = $path =~ /basic/ ? 'c2' : 'c3';
        $desk->as('')->basic($name, "wrong $_")->get($path) for 1 .. 10;
        my $answer = $desk->as('')->basic($name, 'wrong')->get($path);
        is_corrected($answer, 429, 'Too Many Requests', $path);
        like header($answer, 'Retry-After'), qr/^[1-9]\d*\z/, 'and when to come again';
    }
};

subtest 'the database is away' => sub {
    $desk->stop;
    rename $desk->database, $desk->database . '.away' or die $!;
    mkdir $desk->database or die $!;
    $desk->start;
    my %path = ('/s/admin/x' => $desk->as('c1', 'bearer'), '/s/basic/x' => $desk->as('c1'));
    for my $path (sort keys %path) {
        my $answer = $path{$path}->get($path);
        is_corrected($answer, 503, 'Service Unavailable', $path);
        like header($answer, 'Retry-After'), qr/^[1-9]\d*\z/, 'and when to come again';
    }
};

$desk->allow(qr/AH01617|AH006\d\d|SD000\d\d|AH01630|AH01631|unable to open database/);
$desk->finish;
done_testing;
