#!/usr/bin/perl
# Require servicedesk before a static directory, CGI programs and a proxied application: who gets in, what those behind
# it are told, and that no client can tell them anything in the module's name.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Socket::INET ();
use Mojo::Util ();
use ServiceDesk::Test;
use Test::More;

# An application that says which headers it got.
sub application {
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 16, Proto => 'tcp', ReuseAddr => 1)
        or die "listen: $!";
    defined(my $pid = fork) or die "fork: $!";
    return ($listener->sockport, $pid) if $pid;
    $SIG{TERM} = 'DEFAULT';
    open STDOUT, '>', '/dev/null';    # prove waits for whoever holds it
    open STDERR, '>', '/dev/null';
    while (my $socket = $listener->accept) {
        my $head = '';
        while ($head !~ /\r\n\r\n/ && sysread $socket, $head, 65536, length $head) { }
        my $length = $head =~ /^Content-Length: (\d+)/mi ? $1 : 0;
        my $chunked = $head =~ /^Transfer-Encoding: chunked/mi;
        my $body = $head =~ s/\r\n\r\n(.*)\z//s ? $1 : '';
        my $whole = sub { $chunked ? $body =~ /^0\r\n.*\r\n\r?\z/ms : length $body >= $length };
        while (!$whole->() && sysread $socket, $body, 65536, length $body) { }
        $head = "[application]\n" . $head =~ s/\r//gr . "\n";
        syswrite $socket,
              "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: "
            . length($head)
            . "\r\n\r\n$head";
        close $socket;
    }
    exit 0;
}

my %form = (
    'account' => 'account',
    'customer' => 'customer',
    'customer-D1' => 'customer desk=D1',
    'agent' => 'agent',
    'agent-D1' => 'agent desk=D1',
    'admin' => 'admin',
    'admin-D1' => 'admin desk=D1',
    'organization' => 'organization "canary_O1_name"',
    'organization-unknown' => 'organization "Canary_O1_name"',
    'customer-D9' => 'customer desk=D9',
    'group' => 'group staff',
);

my ($app_port, $app_pid) = application();
END { local $?; kill(TERM => $app_pid), waitpid $app_pid, 0 if $app_pid }
my $desk = ServiceDesk::Test->new(fixture => 1, start => 0, modules => [qw(proxy proxy_http cgid rewrite include)]);
my $dir = $desk->dir;

sub section {
    my ($path, @lines) = @_;
    return join "\n", "<Location \"$path\">", 'SetHandler None', @lines, "</Location>\n";
}

my $conf = "MergeTrailers On\nScriptSock \"$dir/cgid.sock\"\nAlias /s \"$dir/htdocs\"\n";
for my $name (sort keys %form) {
    mkdir "$dir/htdocs/$name";
    $desk->put_file("htdocs/$name/index.html", "inside $name\n");
    $conf .= section("/s/$name", 'AuthType ServiceDesk', "Require servicedesk $form{$name}");
}
$desk->put_file('htdocs/env.cgi',
    "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\ncat >/dev/null\necho '[cgi]'\nenv\n");
chmod 0755, "$dir/htdocs/env.cgi" or die $!;
$conf .= "<Directory \"$dir/htdocs\">\nOptions +ExecCGI\n</Directory>\nDirectoryIndex index.html\n";
my $cgi = "AddHandler cgi-script .cgi";
for my $way (['cgi', "Alias %s \"$dir/htdocs\"\n"], ['app', "ProxyPass %s http://127.0.0.1:$app_port/\n"]) {
    my ($kind, $mount) = @$way;
    my %lines = (
        open => ['Require all granted'],
        account => ['AuthType ServiceDesk', 'Require servicedesk account'],
        D1 => ['AuthType ServiceDesk', 'Require servicedesk customer desk=D1'],
        either => [
            'AuthType ServiceDesk', '<RequireAny>', 'Require servicedesk agent', 'Require method POST',
            '</RequireAny>'
        ],
        foreign => [
            'AuthType Basic', 'AuthName x', 'AuthBasicProvider htpasswd',
            'ServiceDeskDirectory htpasswd address=%{REMOTE_USER}@example.org '
                . 'display=Foreign-%{REMOTE_USER} groups=staff;%{REMOTE_USER}s',
            'Require servicedesk account',
        ],
        provider => ['AuthType Basic', 'AuthName x', 'AuthBasicProvider servicedesk', 'Require valid-user'],
    );
    for my $name (sort keys %lines) {
        $conf .= sprintf($mount, "/$kind/$name") . section("/$kind/$name", @{$lines{$name}});
    }
}
$conf .= "AddHandler cgi-script .cgi\n" . section(
    '/s/foreign-group', 'AuthType Basic', 'AuthName x', 'AuthBasicProvider htpasswd',
    'ServiceDeskDirectory htpasswd groups=staff', 'Require servicedesk group staff'
    )
    . section(
    '/s/foreign-D1', 'AuthType Basic', 'AuthName x', 'AuthBasicProvider htpasswd',
    'ServiceDeskDirectory htpasswd', 'Require servicedesk agent desk=D1'
    )
    . section(
    '/s/provider-D1', 'AuthType Basic', 'AuthName x', 'AuthBasicProvider servicedesk',
    'Require servicedesk customer desk=D1'
    );
for my $name (qw(foreign-group foreign-D1 provider-D1)) {
    mkdir "$dir/htdocs/$name";
    $desk->put_file("htdocs/$name/index.html", "inside $name\n");
}
# "Ghost" is known to httpd and to nobody else; it is seen here for the first time.
my ($code) =
    ServiceDesk::Test::run_command({stdin => "ghost of htpasswd\n"}, 'htpasswd', '-iBC', 5, "$dir/htpasswd",
    'ghost');
is $code, 0, 'one more user of htpasswd';
$desk->{conf} = $conf;
$desk->start;

my @people = qw(c1 c2 c3 c4 nobody ag1 ag2 da1 da2 sa);

sub who_gets_in {
    my ($path, $how) = @_;
    my @in;
    for my $name (@people) {
        my $code = $desk->as($name, $how)->get($path)->code;
        push @in, $code == 200 ? $name : $code == 403 ? () : "$name:$code";
    }
    return "@in";
}

my %expected = (
    'account' => 'c1 c2 c3 c4 nobody ag1 ag2 da1 da2 sa',
    'customer' => 'c1 c2 c3 c4 ag1 ag2 da1 da2 sa',
    'customer-D1' => 'c1 c2 c3 ag1 da1 sa',
    'agent' => 'ag1 ag2 da1 da2 sa',
    'agent-D1' => 'ag1 da1',
    'admin' => 'sa',
    'admin-D1' => 'da1 sa',
    'organization' => 'c1 c3',
    'organization-unknown' => '',
    'customer-D9' => '',
    'group' => '',
);

subtest 'a static directory: who gets in' => sub {
    for my $name (sort keys %form) {
        is who_gets_in("/s/$name/", $_), $expected{$name}, "Require servicedesk $form{$name}: $_"
            for qw(basic bearer);
        my $answer = $desk->as('')->get("/s/$name/");
        is $answer->code, 401, 'nobody is asked who it is';
        like $answer->headers->header('WWW-Authenticate'), qr/^Basic realm=/, 'by a challenge';
        unlike $answer->body, qr/inside/, 'and sees nothing';
    }
    is who_gets_in('/s/customer-D1/', 'session'), $expected{'customer-D1'}, 'by session';
    is $desk->as('c1')->get('/s/customer-D1/')->body, "inside customer-D1\n", 'and the file is there';
    my $c1 = $desk->as('c1', 'bearer');
    for my $path ('/s/agent-D1/../agent-D1/', '/s//agent-D1/', '/s/%61gent-D1/index.html',
        '/s/agent-D1/./index.html') {
        is $c1->get($path)->code, 403, "no way round: $path";
    }
};

subtest 'wrong credentials' => sub {
    my %wrong = (
        'a wrong password' => $desk->as('')->basic('c1', 'not the password'),
        'an empty one' => $desk->as('')->basic('c1', ''),
        'a token of nobody' => $desk->as('')->bearer('sdp_' . 'A' x 43),
        'two headers at once' => $desk->as('')->with(Authorization => 'Basic YTpi, Bearer x'),
        'a scheme that is not there' => $desk->as('')->with(Authorization => 'Negotiate YTpi'),
    );
    for my $what (sort keys %wrong) {
        is $wrong{$what}->get('/s/account/')->code, 401, $what;
    }
    my $both = $desk->as('c1', 'session')->bearer('sdp_' . 'A' x 43);
    is $both->get('/s/account/')->code, 401, 'a bad token is not saved by a good session';
};

subtest 'what was granted ends at once' => sub {
    my $c2 = $desk->as('c2', 'session');
    my $basic = $desk->as('c2');
    is $_->get('/s/customer-D1/')->code, 200, 'c2 is in' for $c2, $basic;
    $desk->tool_ok('role', 'remove', 'customer', 'c2', '--desk', 'D1');
    is $_->get('/s/customer-D1/')->code == 200, '', 'c2 is out' for $c2, $basic, $desk->as('c2', 'bearer');
    $desk->tool_ok('role', 'add', 'customer', 'c2', '--desk', 'D1');
    is $basic->get('/s/customer-D1/')->code, 200, 'and in again';
};

subtest 'a token\'s scopes hold here too' => sub {
    my $reader = $desk->as('c1', 'reader');
    is $reader->get('/app/D1/x')->code, 200, 'one that may read reads';
    is $reader->call($_, '/app/D1/x', 'x')->code, 403, "and does not $_" for qw(POST PUT DELETE PATCH PROPFIND);
    is $desk->as('c1', 'bearer')->post('/app/D1/x', 'x')->code, 200, 'one that may write posts';
};

# Whose name the thing behind the module was told; what it was told in all.
sub told {
    my ($answer) = @_;
    my $text = $answer->body;
    my %told;
    while ($text =~ /^(?:HTTP_)?(servicedesk[-_]\w+)[=:] ?(.*)$/gmi) {
        my ($name, $value) = ($1, $2);
        $told{uc $name =~ tr/-/_/r} = $value;
    }
    return \%told;
}

subtest 'what a program behind it is told' => sub {
    my %c1 = (
        SERVICEDESK_ACCOUNT => 'c1', SERVICEDESK_DIRECTORY => 'internal', SERVICEDESK_ROLE => 'customer',
        SERVICEDESK_ORGANIZATIONS => 'canary_O1_name'
    );
    my %path = (cgi => 'env.cgi', app => 'x');
    for my $kind (qw(cgi app)) {
        for my $how (qw(basic bearer session)) {
            my $answer = $desk->as('c1', $how)->with('Cookie' => undef)->get("/$kind/D1/$path{$kind}");
            like $answer->body, qr/^\[(?:cgi|application)\]/, "$kind by $how: it is reached";
            is_deeply told($answer), \%c1, 'and told who it is';
            unlike $answer->body, qr/^(?:HTTP_)?Authorization[=:]/mi, 'the credentials stay here';
            my $password = $desk->person('c1')->{password};
            unlike $answer->body, qr/\Q$password\E|sdp_|sds_/, 'in whatever form';
        }
        is_deeply told($desk->as('c4')->get("/$kind/account/$path{$kind}")),
            {%c1, SERVICEDESK_ACCOUNT => 'c4', SERVICEDESK_ORGANIZATIONS => 'canary_O2_name'}, 'another is another';
        is told($desk->as('ag1')->get("/$kind/D1/$path{$kind}"))->{SERVICEDESK_ROLE}, 'agent', 'an agent';
        is told($desk->as('sa')->get("/$kind/D1/$path{$kind}"))->{SERVICEDESK_ROLE}, 'admin', 'an administrator';
        my $foreign = told($desk->as('ag1')->get("/$kind/foreign/$path{$kind}"));
        is "$foreign->{SERVICEDESK_DIRECTORY}/$foreign->{SERVICEDESK_ACCOUNT}", 'htpasswd/ag1', 'whom httpd let in';
        my $own = $desk->as('c1')->get("/$kind/provider/$path{$kind}");
        is told($own)->{SERVICEDESK_ACCOUNT}, 'c1', 'whom the provider let in';
        is_deeply told($desk->as('c1')->get("/$kind/open/$path{$kind}")), {}, 'nothing where nobody asks who it is';
    }
    like $desk->as('c1')->get('/cgi/D1/env.cgi')->body, qr/^REMOTE_USER=c1$/m, 'REMOTE_USER is the name too';
};

# Names that an application may take for the module's.
my @names = map {
    my $name = $_;
    (
        "ServiceDesk-$name", "servicedesk-$name", "SERVICEDESK_\U$name", "ServiceDesk_$name",
        "Servicedesk.$name", "X-ServiceDesk-$name", "HTTP_SERVICEDESK_\U$name", "Redirect-ServiceDesk-$name",
        "X-HTTP-ServiceDesk-$name"
    )
} qw(Account Role Organizations Directory);
my @lies = map { ($_ => 'liar') } @names;

subtest 'a client tells nothing in its name' => sub {
    for my $path ('/cgi/open/env.cgi', '/app/open/x') {
        my $answer = $desk->as('')->get($path, @lies, 'Remote-User' => 'liar');
        is $answer->code, 200, "$path is open";
        my @heard = grep {/^[^=:]*servicedesk/i} split /\n/, $answer->body;
        is "@heard", '', 'and hears none of it';
    }
    for my $path ('/cgi/D1/env.cgi', '/app/D1/x', '/cgi/foreign/env.cgi', '/app/foreign/x') {
        my $answer = $desk->as($path =~ /foreign/ ? 'ag1' : 'c1')->get($path, @lies);
        is $answer->code, 200, "$path lets in";
        my @heard = grep {/^[^=:]*servicedesk.*liar/i} split /\n/, $answer->body;
        is "@heard", '', 'and hears none of it';
        isnt told($answer)->{SERVICEDESK_ACCOUNT} // 'nobody', 'nobody', 'but the truth';
    }
    for my $path ('/cgi/D1/env.cgi', '/app/D1/x') {
        my $code = $desk->as('')->get(
            $path, @lies, 'Remote-User' => 'sa', 'X-Forwarded-User' => 'sa', 'Session' => 'user=sa',
            'X-Remote-User' => 'sa', 'REMOTE_USER' => 'sa'
        )->code;
        is $code, 401, "$path: they let nobody in";
    }
};

# A header that Connection names goes no further than this server: a client must not have the truth taken away.
subtest 'nor does it silence the module' => sub {
    for my $list ('ServiceDesk-Account', 'close, servicedesk-role, ServiceDesk-Account',
        "servicedesk-organizations ,\tServiceDesk-Role") {
        my $told = told($desk->as('c1')->get('/app/D1/x', Connection => $list));
        is_deeply [sort keys %$told], [map {"SERVICEDESK_$_"} qw(ACCOUNT DIRECTORY ORGANIZATIONS ROLE)],
            "Connection: $list";
    }
};

subtest 'nor in trailers' => sub {
    my $basic = Mojo::Util::b64_encode('c1:' . $desk->person('c1')->{password}, '');
    for my $path ('/cgi/open/env.cgi', '/app/open/x', '/app/D1/x') {
        my $text =
            $desk->raw("POST $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic $basic\r\n"
                . "Transfer-Encoding: chunked\r\nTrailer: "
                    . "ServiceDesk-Role\r\n\r\n1\r\nx\r\n0\r\nServiceDesk-Role: "
                        . "liar\r\nServiceDesk-Account: liar\r\n\r\n"
            );
        like $text, qr{^HTTP/1\.1 200.*\[(?:cgi|application)\]}s, "$path is reached";
        unlike $text, qr/liar/, 'and hears nothing of it';
    }
};

subtest 'the session cookie stays here' => sub {
    my $c1 = $desk->as('c1', 'session');
    my ($cookie) = @{$c1->cookies};
    my $pair = $cookie->name . '=' . $cookie->value;
    for my $path ('/cgi/D1/env.cgi', '/app/D1/x', '/cgi/open/env.cgi', '/app/open/x') {
        for my $header ($pair, "a=1; $pair; b=2", "$pair; a=1", "a=1;$pair", "$pair; $pair") {
            my $answer = $desk->as('')->get($path, Cookie => $header);
            my $value = $cookie->value;
            unlike $answer->body, qr/\Q$value\E/, "$path: gone";
            like $answer->body, qr/a=1/, 'the others are there' if $header =~ /a=1/ && $answer->code == 200;
        }
    }
};

subtest 'AuthType Basic in front' => sub {
    my $in = who_gets_in('/s/provider-D1/', 'basic') =~ s/ ?\b\w+:401\b//gr;    # what httpd answers behind Basic
    is $in, 'c1 c2 c3 da1 sa', 'the provider servicedesk';
    is $desk->as('ag1')->get('/s/provider-D1/')->code, 401, 'knows nobody of htpasswd';
    is $desk->as('ag1')->get('/s/foreign-D1/')->code, 200, 'an agent whom htpasswd let in';
    my $ghost = $desk->as('')->basic('ghost', 'ghost of htpasswd');
    is $ghost->get('/s/foreign-D1/')->code == 200, '', 'one who is no agent';
    is $ghost->get('/s/foreign-group/')->code, 200, 'is in a group by expression';
    is $desk->as('c1', 'session')->get('/s/foreign-group/')->code, 401,
        'a session of the module does not pass AuthType Basic';
    is $desk->value(
        "SELECT count(*) FROM account a JOIN directory d ON d.id = a.directory_id WHERE d.name = 'htpasswd' "
            . "AND a.name = 'ghost'"
        ),
        1, 'one account was made at first sight';
};

# Lines of configuration that must not pass configtest, and what it says.
sub configtest {
    my ($lines) = @_;
    my $text = $desk->configuration;
    my $path = $desk->put_file('test.conf', "$text\n$lines\n");
    my ($code, $out, $err) =
        ServiceDesk::Test::run_command({}, ServiceDesk::Test::httpd(), '-t', '-d', $dir, '-f', $path);
    return ($code, "$out$err");
}

subtest 'syntax' => sub {
    my $within = sub {"<Location /x>\nAuthType ServiceDesk\n$_[0]\n</Location>"};
    for my $form (
        '', 'agents', 'Agent', 'account x', 'agent desk', 'agent desk=', 'agent desk=d1', 'agent desk=D',
        'agent desk=D-1',
        'agent desk=ABCDEFGHIJK', 'agent key=D1', 'agent desk=D1 desk=D2', 'customer D1', 'admin D1',
        'organization', 'organization ""',
        'organization Two Words', 'group', 'group a b', '"agent desk=D1"'
    ) {
        my ($code, $text) = configtest($within->("Require servicedesk $form"));
        isnt $code, 0, "Require servicedesk $form";
        like $text, qr/Require servicedesk|takes nothing else/i, 'and why';
    }
    for my $line (
        'ServiceDeskBasicProvider nosuch', 'ServiceDeskDirectory', 'ServiceDeskDirectory internal',
        'ServiceDeskDirectory servicedesk',
        'ServiceDeskDirectory "a b"', 'ServiceDeskDirectory a/b', 'ServiceDeskDirectory a color=red',
        'ServiceDeskDirectory a groups-below=nonsense', 'ServiceDeskDirectory a address=%{nosuch:x}',
        'ServiceDeskSignInTarget //evil.example', 'ServiceDeskSignInTarget https://evil.example',
        'ServiceDeskSignInTarget /a/../b',
        'ServiceDeskBodyLimit 0', 'ServiceDeskBodyLimit x', 'ServiceDeskBodyLimit -1', 'ServiceDesk On',
        'ServiceDeskPepperFile x'
    ) {
        my ($code, $text) = configtest($within->($line));
        isnt $code, 0, $line;
        my ($name) = $line =~ /^(\w+)/;
        like $text, qr/$name/, 'and which';
    }
    for my $line (
        'ServiceDeskBaseURL help', 'ServiceDeskBaseURL ftp://x', 'ServiceDeskBaseURL https://u:p@x',
        'ServiceDeskBaseURL https://x/?q',
        'ServiceDeskBaseURL https://x/a//b', 'ServiceDesk Maybe', 'ServiceDeskPasswordCost 3',
        'ServiceDeskPasswordCost 16',
        'ServiceDeskPasswordCost ten', 'ServiceDeskSessionIdle', 'ServiceDeskSessionIdle 0',
        'ServiceDeskSessionIdle 91d', 'ServiceDeskSessionIdle -1s',
        'ServiceDeskSignInLifetime 2d', 'ServiceDeskDatabaseSlots 0', 'ServiceDeskThrottleTable 1',
        'ServiceDeskPasswordCache x'
    ) {
        my ($code, $text) = configtest($line);
        isnt $code, 0, $line;
        like $text, qr/ServiceDesk/, 'and which';
    }
    my @fine = (
        (map {"Require servicedesk $_"} values %form), 'Require servicedesk agent desk=A1',
        'Require servicedesk group "a b"',
        'Require not servicedesk agent', 'ServiceDeskDirectory ldap trusted address=%{env:MAIL}'
    );
    my ($code, $text) = configtest(
        $within->('Require all granted') . join '',
        map {"\n<Location /y>\n<RequireAll>\nRequire all granted\n$_\n</RequireAll>\n</Location>"}
            grep { !/^ServiceDeskDirectory/ } @fine
    );
    is $code, 0, 'and these are fine' or diag $text;
};

$desk->allow(qr/AH01618|AH01617|AH01630|AH01631|AH01797|SD0002/);
$desk->finish;
done_testing;
