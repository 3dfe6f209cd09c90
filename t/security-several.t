#!/usr/bin/perl
# Several identities in one request: a session or a token of a customer beside a client certificate (mod_ssl's
# FakeBasicAuth and SSLUserName) or a Kerberos ticket (as mod_auth_gssapi hands it on: r->user is the principal, and
# GSS_NAME; another authentication stands in for the module here). Whom httpd let in is who it is, alone: the rights are
# never those of both, and the audit names that one and where it came from. Cases: security.md 16, 17.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::UserAgent;
use Mojo::Util ();
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1, start => 0, modules => ['ssl']);
my $dir  = $desk->dir;
my $tls  = ServiceDesk::Test::free_port();
my $site = "https://127.0.0.1:$tls";

sub run_good {
    my ($stdin, @command) = @_;
    my ($code, $out, $err) = ServiceDesk::Test::run_command({stdin => $stdin}, @command);
    die "@command: $code $out $err\n" if $code;
    return;
}

my @key = ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes');

# A certificate of that name by itself.
sub certificate {
    my ($file, $name) = @_;
    run_good('', 'openssl', 'req', '-x509', @key, '-days', 2, '-subj', "/CN=$name", '-keyout', "$dir/$file.key",
        '-out', "$dir/$file.crt");
    return;
}

# One that an authority has signed.
sub signed {
    my ($file, $name, $authority) = @_;
    run_good('', 'openssl', 'req', @key, '-subj', "/CN=$name", '-keyout', "$dir/$file.key", '-out', "$dir/$file.csr");
    run_good('', 'openssl', 'x509', '-req', '-in', "$dir/$file.csr", '-CA', "$dir/$authority.crt", '-CAkey',
        "$dir/$authority.key", '-CAcreateserial', '-days', 2, '-out', "$dir/$file.crt");
    return;
}

certificate($_, $_) for qw(authority elsewhere server);
signed('ag1', 'ag1', 'authority');
signed('forged', 'ag1', 'elsewhere');
# What FakeBasicAuth makes of a certificate: its subject as the name, "password" as the password.
run_good("password\n", 'htpasswd', '-ciBC', 4, "$dir/subjects", '/CN=ag1');
run_good("ticket\n", 'htpasswd', '-ciBC', 4, "$dir/principals", 'ag1@EXAMPLE.COM');
run_good("ticket\n", 'htpasswd', '-iBC', 4, "$dir/principals", 'ag1@OTHER.COM');

my $api = '/rest/servicedeskapi';
$desk->{conf} = <<"END";
Listen 127.0.0.1:$tls
<VirtualHost 127.0.0.1:$tls>
    ServiceDeskBaseURL $site
    SSLEngine on
    SSLCertificateFile "$dir/server.crt"
    SSLCertificateKeyFile "$dir/server.key"
    SSLCACertificateFile "$dir/authority.crt"
    SSLVerifyClient optional
    <Location /rest/api/2>
        SSLUserName SSL_CLIENT_S_DN_CN
        Require ssl-verify-client
        ServiceDeskDirectory certificates display=%{SSL_CLIENT_S_DN_CN}
    </Location>
    <Location $api>
        SSLUserName SSL_CLIENT_S_DN_CN
        Require ssl-verify-client
        ServiceDeskDirectory certificates display=%{SSL_CLIENT_S_DN_CN}
    </Location>
    <Location /rest/api/3>
        SSLOptions +FakeBasicAuth
        AuthType Basic
        AuthName x
        AuthBasicProvider file
        AuthUserFile "$dir/subjects"
        Require valid-user
        ServiceDeskDirectory subjects display=%{SSL_CLIENT_S_DN_CN}
    </Location>
    <Location /rest/api/latest>
        AuthType Basic
        AuthName x
        AuthBasicProvider file
        AuthUserFile "$dir/principals"
        Require valid-user
        SetEnvIf Authorization "." GSS_NAME=ag1\@EXAMPLE.COM
        ServiceDeskDirectory kerberos display=%{env:GSS_NAME}
    </Location>
</VirtualHost>
END
$desk->start;

my $c1 = $desk->person('c1');
my %bearer = (Authorization => "Bearer $c1->{token}");
my %ticket = map {
    $_ => 'Basic ' . Mojo::Util::b64_encode("ag1\@$_:ticket", '')
} qw(EXAMPLE.COM OTHER.COM);

# A browser with this certificate, or none.
sub browser {
    my ($name) = @_;
    my $agent = Mojo::UserAgent->new(insecure => 1, max_redirects => 0);
    $agent->cert("$dir/$name.crt")->key("$dir/$name.key") if $name;
    return $agent;
}

# The session of c1, at the very host.
sub session_of_c1 {
    my $agent = browser();
    my $answer = $agent->post("$site/rest/auth/1/session",
        json => {username => 'c1', password => $c1->{password}})->result;
    is $answer->code, 200, 'c1 has a session';
    my ($cookie) = ($answer->headers->set_cookie // '') =~ /^([^;]+)/;
    return (Cookie => $cookie);
}

my %session = session_of_c1();

sub myself {
    my ($agent, $api, @headers) = @_;
    my $answer = $agent->get("$site/rest/api/$api/myself", {@headers})->result;
    return $answer->code == 200 ? $answer->json->{name} . ' ' . $answer->json->{displayName} : $answer->code;
}

sub audit { return $desk->rows('SELECT * FROM audit ORDER BY id DESC LIMIT 1')->[0] }

subtest 'a client certificate by SSLUserName' => sub {
    my $ag1 = browser('ag1');
    my @beside = ([], [%session], [%bearer], [Authorization => $ticket{'EXAMPLE.COM'}], [%session, %bearer]);
    is myself($ag1, 2, @$_), 'ag1 ag1', 'the certificate is who it is, beside ' . join(' ', grep {/^[A-Z]\w+$/} @$_)
        for @beside;
    is myself(browser(), 2, @$_), 403, 'without one nobody comes in' for @beside;
    is eval { myself(browser('forged'), 2, %session) } // 'refused', 'refused', 'one of another authority ends at TLS';
    is $desk->value("SELECT count(*) FROM account a JOIN directory d ON d.id = a.directory_id"
        . " WHERE d.name = 'certificates'"), 1, 'one account came of it';
};

subtest 'its rights are its own' => sub {
    my $ag1 = browser('ag1');
    my %path = map { $_ => "$site$api/request/" . $desk->thing($_)->{key} } qw(R1 RP);
    for my $headers ([], [%session], [%bearer]) {
        is $ag1->get($path{R1}, {@$headers})->result->code, 404, 'nothing of what the customer has';
        is $ag1->get("$site$api/servicedesk/" . $desk->thing('D1')->{id} . '/queue', {@$headers})->result->code, 404,
            'nor of the agent of that name in another directory';
    }
    $desk->tool_ok('role', 'add', 'agent', 'certificates/ag1', '--desk', 'D1');
    is $ag1->get($path{R1}, {%session})->result->code, 200, 'a role of its own counts';
    my $made = $ag1->post("$path{R1}/comment", {%session}, json => {body => 'by certificate', public => \0})->result;
    is $made->code, 201, 'an internal comment, which the customer could not write';
    my $row = audit();
    is join(' ', @$row{qw(act actor directory source)}), 'comment.create ag1 certificates 127.0.0.1',
        'the audit names who it was, by which way, from where';
    my $author = $made->json->{author};
    is $author->{displayName}, 'ag1', 'so does the comment';
    $desk->tool_ok('role', 'remove', 'agent', 'certificates/ag1', '--desk', 'D1');
    is $ag1->get($path{R1}, {%session, %bearer})->result->code, 404, 'and what was taken is not had by the other one';
};

subtest 'a client certificate by FakeBasicAuth' => sub {
    my $ag1 = browser('ag1');
    for my $headers ([], [%session], [%bearer], [Authorization => 'Basic ' . Mojo::Util::b64_encode('c1:x', '')]) {
        is myself($ag1, 3, @$headers), '/CN=ag1 ag1', 'the certificate is who it is';
    }
    # mod_ssl knows only the older spelling for a forgery: whoever lets in without a certificate hopes for that.
    my $forged = 'Basic ' . Mojo::Util::b64_encode('/CN=ag1:password', '');
    is myself(browser(), 3, Authorization => $forged, %session), 403, 'the header alone, as mod_ssl would write it';
    is myself(browser(), 3, %session), 401, 'nor does the session of somebody else help';
    is myself(browser(), 3, %bearer), 401, 'or his token';
};

subtest 'a Kerberos ticket' => sub {
    my $any = browser();
    is myself($any, 'latest', Authorization => $ticket{'EXAMPLE.COM'}, @$_), 'ag1@EXAMPLE.COM ag1@EXAMPLE.COM',
        'the principal is who it is' for [], [%session];
    is myself($any, 'latest', Authorization => $ticket{'OTHER.COM'}, %session) =~ /^ag1\@OTHER\.COM /, 1,
        'of another realm: somebody else';
    is myself($any, 'latest', %session), 401, 'without a ticket the session opens nothing here';
    is myself($any, 'latest', %bearer), 401, 'nor does a token';
    is $desk->value("SELECT count(*) FROM account a JOIN directory d ON d.id = a.directory_id"
        . " WHERE d.name = 'kerberos'"), 2, 'two accounts came of it';
    is $desk->value("SELECT count(*) FROM account WHERE name = 'c1'"), 1, 'and the customer is whom he was';
};

$desk->allow(qr/AH0161[478]|AH01630|AH02\d\d\d/);
$desk->finish;
done_testing;
