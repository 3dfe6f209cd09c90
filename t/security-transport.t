#!/usr/bin/perl
# Plain http to a desk whose address is https, Strict-Transport-Security, and a proxy in front that ends TLS. Case:
# security.md 241.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $myself = CORE . '/myself';
my $url = 'https://help.example.org';
sub header { my ($answer, $name) = @_; return $answer->headers->header($name) // '' }

sub server {
    my ($more, %option) = @_;
    my $desk = ServiceDesk::Test->new(fixture => 1, start => 0, %option);
    my $dir = $desk->dir;
    $desk->{conf} = <<"END";
ServiceDeskBaseURL $url
Alias /handbook "$dir/htdocs"
<Location /handbook>
    SetHandler None
    AuthType ServiceDesk
    Require servicedesk account
</Location>
<Location /signin>
    SetHandler servicedesk-signin
    AuthType Basic
    AuthName x
    AuthBasicProvider htpasswd
    Require valid-user
    ServiceDeskDirectory htpasswd
</Location>
$more
END
    return $desk->start;
}

subtest 'plain http' => sub {
    my $desk = server('');
    my $key = $desk->thing('R1')->{key};
    news($desk);
    for my $path ($myself, API . '/info', API . "/request/$key", '/rest', OWN . '/token', '/rest/nothing') {
        for my $caller ($desk->as(''), $desk->as('c1'), $desk->as('c1', 'bearer')) {
            my $answer = $caller->get($path);
            is $answer->code, 403, "$path: 403";
            is header($answer, 'Location'), '', 'and no way on';
            is header($answer, 'WWW-Authenticate'), '', 'nor a challenge';
            is header($answer, 'Strict-Transport-Security'), '', 'nor a promise, which counts only over TLS';
            like $answer->body, qr/by https only/, 'but the reason';
            unlike $answer->body, qr/canary/, 'alone';
        }
    }
    core_refused($desk->as('c1')->get($myself), 403, 'in the shape of the core API');
    refused($desk->as('c1')->get(API . '/info'), 403, 'in that of the desk\'s');
    my $raised = $desk->as('c1')->post(API . '/request', {serviceDeskId => $desk->thing('D1')->{id},
        requestTypeId => $desk->thing('T1')->{id}, requestFieldValues => {summary => 'x'}});
    is $raised->code, 403, 'a POST';
    my $in = $desk->as('')->post('/rest/auth/1/session',
        {username => 'c1', password => $desk->person('c1')->{password}});
    is $in->code . header($in, 'Set-Cookie'), '403', 'nobody signs in';
    is_deeply [news($desk)], [], 'nothing was done';

    my $answer = $desk->as('')->get('/?a=1&b=%22');
    is $answer->code . ' ' . header($answer, 'Location'), "301 $url/?a=1&b=%22", 'a page is elsewhere';
    like header($answer, 'Content-Security-Policy'), qr/default-src 'none'/, 'with the headers of every answer';
    $answer = $desk->as('')->get('/%0d%0aX-Evil:%20y/%22%3E', Host => 'evil.example');
    is $answer->code . ' ' . header($answer, 'Location'), "301 $url/%0d%0aX-Evil:%20y/%22%3e",
        'by the fixed address' or diag header($answer, 'Location');
    is header($answer, 'X-Evil'), '', 'whatever is in the path';
    is $desk->as('')->post('/', 'a=b')->code, 403, 'a form is not sent on';
    for my $path ('/handbook/index.html', '/signin') {
        $answer = $desk->as('ag1')->get($path);
        is $answer->code . ' ' . header($answer, 'Location'), "301 $url$path", "$path as well";
    }
    is $desk->as('c1')->post('/handbook/index.html', '')->code, 403, 'POST there: no';
    is header($desk->as('')->get('/handbook/index.html'), 'WWW-Authenticate'), '', 'nobody is asked for a password';
    $desk->finish;
};

subtest 'behind a proxy that ends TLS' => sub {
    my $desk = server("ServerName $url:443");
    my $answer = $desk->as('c1')->get($myself);
    is $answer->code, 200, 'ServerName says https';
    is header($answer, 'Strict-Transport-Security'), 'max-age=31536000', 'and browsers are told so';
    is header($desk->as('')->get($_), 'Strict-Transport-Security'), 'max-age=31536000', "at $_"
        for '/', $myself, '/nothing', API . '/info', '/handbook/index.html';
    my $in = $desk->as('')->post('/rest/auth/1/session',
        {username => 'c1', password => $desk->person('c1')->{password}});
    like header($in, 'Set-Cookie'), qr/^__Host-servicedesk=.*; Secure\z/, 'one signs in';
    my ($cookie) = header($in, 'Set-Cookie') =~ /^([^;]+)/;
    is $desk->as('')->get($myself, Cookie => $cookie)->code, 200, 'and is known';

    $desk->{conf} =~ s{^ServerName .*}{ServerName http://help.example.org}m;
    $desk->restart;
    is $desk->as('')->get($myself, Cookie => $cookie)->code, 403, 'a session by plain http is none';
    is $desk->as('')->get('/handbook/index.html', Cookie => $cookie)->code, 301, 'there neither';
    $desk->{conf} =~ s{^ServerName .*}{ServerName $url\nServiceDeskStrictTransport 0}m;
    $desk->restart;
    is header($desk->as('')->get('/'), 'Strict-Transport-Security'), '', 'the promise can be left out';
    $desk->{conf} =~ s{StrictTransport 0}{StrictTransport 24h}m;
    $desk->restart;
    is header($desk->as('')->get('/'), 'Strict-Transport-Security'), 'max-age=86400', 'or be shorter';
    $desk->finish;
};

subtest 'a desk whose address is http' => sub {
    my $desk = ServiceDesk::Test->new(fixture => 1);
    my $answer = $desk->as('c1')->get($myself);
    is $answer->code . header($answer, 'Strict-Transport-Security'), '200', 'is served, and promises nothing';
    $desk->finish;
};

# A window of the browser's own for name and password: for somebody at the address line, and for no script.
subtest 'who is asked by a challenge' => sub {
    my $desk = ServiceDesk::Test->new(fixture => 1);
    my @asked = ([], ['Sec-Fetch-Mode' => 'navigate'], [Cookie => 'other=1'], [Authorization => 'Basic YTpi']);
    my @spared = (
        ['Sec-Fetch-Mode' => 'cors'], ['Sec-Fetch-Mode' => 'same-origin'], ['Sec-Fetch-Mode' => 'no-cors'],
        ['X-Requested-With' => 'XMLHttpRequest'], [Cookie => 'servicedesk=sds_' . 'A' x 43],
        [Cookie => 'a=b; servicedesk=x; servicedesk=y'],
    );
    for my $path ($myself, API . '/request', OWN . '/token') {
        is header($desk->as('')->get($path, @$_), 'WWW-Authenticate'),
            'Basic realm="Service Desk", charset="UTF-8"', "$path: asked with @$_" for @asked;
        is $desk->as('')->get($path, @$_)->code . header($desk->as('')->get($path, @$_), 'WWW-Authenticate'), '401',
            "spared with @$_" for @spared;
    }
    $desk->finish;
};

done_testing;
