#!/usr/bin/perl
# The module in a copy of Debian's stock configuration, with mod_ssl, http2, deflate and rewrite, beside a second host
# that has its own Basic authentication out of its own mod_dbd database: that host must not notice, whatever the desk
# does and whatever becomes of the desk's database.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

# A server whose httpd.conf is the copy of the stock configuration.
package Stock;

use File::Find ();
use File::Path ();
our @ISA = ('ServiceDesk::Test');

# What a2enmod and a2enconf have enabled on a new machine, and what this site adds.
my @stock_modules = qw(alias auth_basic authn_core authn_file authz_core authz_host
    authz_user autoindex deflate dir env filter mime mpm_event
    negotiation reqtimeout setenvif status);
my @added_modules = qw(ssl socache_shmcb http2 rewrite headers dbd authn_dbd);
my @stock_confs   = qw(charset localized-error-pages other-vhosts-access-log security serve-cgi-bin);

sub write_stock {
    my ($self) = @_;
    my $etc  = "$self->{dir}/etc";
    File::Path::remove_tree($etc);
    File::Find::find({no_chdir => 1, wanted => sub {
        my $name = substr($File::Find::name, length $self->{stock});
        return mkdir "$etc$name" if -d $File::Find::name;
        my $text = ServiceDesk::Test::slurp($File::Find::name);
        $text =~ s{/var/www/html}{$self->{dir}/htdocs}g;
        $text =~ s{/var/www/}{$self->{dir}/}g;
        $text =~ s{/etc/mime\.types}{$self->{dir}/mime.types}g unless -e '/etc/mime.types';
        $text =~ s{exec:/usr/share/apache2/ask-for-passphrase}{builtin}g;    # the package is unpacked in part only
        $text =~ s{^(\s*SSLCertificate(Key)?File\s).*}{$1 . "$self->{dir}/" . ($2 ? 'key.pem' : 'cert.pem')}gme;
        $text =~ s/^(\s*)Listen 80$/$1Listen 127.0.0.1:$self->{port}/mg;
        $text =~ s/^(\s*)Listen 443$/$1Listen 127.0.0.1:$self->{tls}/mg;
        $text =~ s/<VirtualHost \*:80>/<VirtualHost *:$self->{port}>/;
        $text =~ s/<VirtualHost \*:443>/<VirtualHost *:$self->{tls}>/;
        $self->put_file("$etc$name", $text);
    }}, $self->{stock});
    return;
}

# What a2enmod, a2enconf and a2ensite do.
sub enable {
    my ($self) = @_;
    my $etc = "$self->{dir}/etc";
    for my $pair ((map { ['mods', $_] } @stock_modules, @added_modules, $self->{enabled} ? 'servicedesk' : ()),
        (map { ['conf', $_] } @stock_confs), map { ['sites', $_] } '000-default', 'default-ssl', 'other',
            $self->{enabled} ? 'desk' : ()) {
        my ($kind, $name) = @$pair;
        for my $ending (qw(load conf)) {
            symlink "../$kind-available/$name.$ending",
                "$etc/$kind-enabled/$name.$ending" if -e "$etc/$kind-available/$name.$ending";
        }
    }
    return;
}

# The two hosts of this site. The desk is the README's block and the pepper file of the fixture.
sub write_sites {
    my ($self) = @_;
    my ($dir, $port, $tls) = @$self{qw(dir port tls)};
    my $secure = "SSLEngine on\nSSLCertificateFile $dir/cert.pem\nSSLCertificateKeyFile $dir/key.pem\n"
        . "Protocols h2 http/1.1\n";
    my $other = <<"END";
    ServerName other.example
    DocumentRoot $dir/other
    DBDriver sqlite3
    DBDParams $dir/other.db
    DBDKeep 2
    RewriteEngine On
    RewriteRule ^/old\$ /new [R=301,L]
    Header set X-Site other
    <Directory $dir/other>
        Options Indexes FollowSymLinks
        Require all granted
    </Directory>
    <Location /private>
        AuthType Basic
        AuthName other
        AuthBasicProvider dbd
        AuthDBDUserPWQuery "SELECT password FROM users WHERE name = %s"
        Require valid-user
    </Location>
END
    $self->put_file('etc/sites-available/other.conf',
        "<VirtualHost *:$port>\n$other</VirtualHost>\n<VirtualHost *:$tls>\n$secure$other</VirtualHost>\n");
    $self->put_file('etc/mods-available/servicedesk.load',
        '# Depends: dbd' . "\nLoadModule servicedesk_module " . $self->build . "/mod_servicedesk.so\n");
    $self->put_file('etc/sites-available/desk.conf', <<"END");
<VirtualHost *:$tls>
    ServerName desk.example
    DocumentRoot $dir/htdocs
    $secure
    DBDriver sqlite3
    DBDParams $self->{desk_database}
    ServiceDesk On
    ServiceDeskBaseURL https://desk.example:$tls
    ServiceDeskPepperFile @{[$self->pepper]}
    RewriteEngine On
    AddOutputFilterByType DEFLATE application/json
    RewriteRule ^/whoami\$ /rest/api/2/myself [PT,L]
    <Location />
        SetHandler servicedesk
        Require all granted
    </Location>
    <Location /plain>
        SetHandler none
    </Location>
</VirtualHost>
END
    return;
}

sub configuration {
    my ($self) = @_;
    my $dir = $self->{dir};
    $self->{desk_database} //= $self->database;
    $self->{tls} //= ServiceDesk::Test::free_port();
    $self->write_stock;
    $self->write_sites;
    $self->enable;
    $self->{env} = {
        APACHE_RUN_USER => scalar getpwuid $>, APACHE_RUN_GROUP => scalar getgrgid $) + 0,
            APACHE_PID_FILE => "$dir/httpd.pid",
        APACHE_RUN_DIR => $dir, APACHE_LOCK_DIR => $dir, APACHE_LOG_DIR => "$dir/logs", LANG => 'C',
    };
    return "ServerRoot \"$dir/etc\"\nServerName 127.0.0.1\nInclude apache2.conf\n";
}

package main;

my $stock = ServiceDesk::Test::top() . '/t/stock/etc/apache2';
if (!-e "$stock/apache2.conf") {
    diag "THE STOCK CONFIGURATION IS NOT THERE: t/deps test unpacks Debian's package apache2 into t/stock/";
    plan skip_all => "Debian's stock configuration is not in t/stock/";
}

my $desk = Stock->new(fixture => 1, start => 0, stock => $stock);
my $dir  = $desk->dir;
prepare_files();
# Wrong passwords, users that there are not, a method that is none; and a database that is not there.
$desk->allow(qr/AH0161[478]|AH00135/, qr/AH00629: Can't connect to sqlite3: unable to open|AH00633|AH00636|SD00011/);

sub prepare_files {
    mkdir "$dir/$_" or die "$dir/$_: $!" for qw(other other/private other/list other/rest htdocs/plain);
    $desk->put_file('other/index.html', "<p>other\n" . "<p>more\n" x 200);
    $desk->put_file('other/new', "new\n");
    $desk->put_file('other/private/index.html', "private\n");
    $desk->put_file('other/list/file.txt', "file\n");
    $desk->put_file('other/rest/index.html', "a page that is called rest\n");
    $desk->put_file('htdocs/plain/index.html', "plain\n");
    # What was written a moment ago has a weak entity tag.
    utime time - 3600, time - 3600, glob("$dir/htdocs/* $dir/htdocs/*/* $dir/other/* $dir/other/*/*"),
        glob "$dir/other $dir/htdocs";
    my ($code, $hash) = ServiceDesk::Test::run_command({stdin => "their own password\n"}, 'htpasswd', '-inBC', 5,
        'kim');
    die "htpasswd failed\n" if $code;
    $hash =~ s/^kim:|\s+$//g;
    my $dbh = DBI->connect("dbi:SQLite:dbname=$dir/other.db", '', '', {RaiseError => 1});
    $dbh->do('CREATE TABLE users (name TEXT PRIMARY KEY, password TEXT NOT NULL)');
    $dbh->do('INSERT INTO users VALUES (?, ?)', undef, 'kim', $hash);
    $dbh->disconnect;
    my @openssl = ('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', 2, '-subj', '/CN=desk.example',
        '-keyout', "$dir/key.pem", '-out', "$dir/cert.pem");
    my ($failed, undef, $why) = ServiceDesk::Test::run_command({}, @openssl);
    die "openssl: $why\n" if $failed;
    return;
}

# Asks over curl, which speaks HTTP/2 and names the host it wants: one process for all rows of [path, options of curl].
# Gives for each: version, status, headers, body.
sub ask_all {
    my ($host, $scheme, @rows) = @_;
    my $port = $scheme eq 'https' ? $desk->{tls} : $desk->port;
    my $end  = "\n<<< end of an answer >>>\n";
    my @words;
    for my $row (@rows) {
        my ($path, @options) = @$row;
        push @words, @words ? '--next' : (), '-sS', '-i', '-k', '--max-time', 20, '--path-as-is', '--noproxy', '*',
            '-w', $end,
            '--resolve', "$host:$port:127.0.0.1", @options, "$scheme://$host:$port$path";
    }
    my ($code, $out, $err) = ServiceDesk::Test::run_command({}, 'curl', '-q', @words);
    die "curl $host: $err\n" if $code;
    my @answers = split /\Q$end\E/, $out;
    die "curl $host: " . @answers . ' answers to ' . @rows . " questions\n" if @answers != @rows;
    return map { parse($answers[$_]) // die "curl $host @{$rows[$_]}: no answer\n" } 0 .. $#rows;
}

sub parse {
    my ($text) = @_;
    my ($head, $body) = split /\r\n\r\n/, $text, 2;
    my ($first, @headers) = split /\r\n/, $head // '';
    $first //= '';
    my ($version, $status) = $first =~ m{^HTTP/([\d.]+) (\d+)} or return;
    return {version => $version, status => $status, headers => \@headers, body => $body // '',
        header => {map { /^([^:]+):\s*(.*)$/ ? (lc $1 => $2) : () } @headers}};
}

sub ask {
    my ($host, $scheme, @row) = @_;
    return (ask_all($host, $scheme, \@row))[0];
}

my $c1 = $desk->person('c1');

# What is asked of the other host, over plain HTTP, TLS and HTTP/2.
my @asked = (
    ['/'], ['/', '-H', 'Accept-Encoding: gzip'], ['/', '-I'], ['/', '-H', 'Range: bytes=0-3'], ['/missing'], ['/list/'],
        ['/old'], ['/new'], ['/rest/'],
    ['/private/'], ['/private/', '-u', 'kim:their own password'], ['/private/', '-u', 'kim:wrong'], ['/private/', '-u',
        "$c1->{name}:$c1->{password}"],
    ['/private/', '-H', "Authorization: Bearer $c1->{token}"], ['/private/missing', '-u', 'kim:their own password'],
    (map { [$_] } qw(/rest/servicedeskapi/info /rest/api/2/serverInfo /portal/ /agent/ /admin/ /mail/
        /signin /rest/servicedesk/1/avatar)),
    ['/', '-H', "Authorization: Bearer $c1->{token}"], ['/', '-H',
        'Cookie: JSESSIONID=abcdefghijklmnopqrstuvwxyz0123456789abcdefg; other=1'],
    ['/rest/auth/1/session', '-H', 'Content-Type: application/json', '--data-binary',
        '{"username":"c1","password":"x"}'],
    ['/', '-X', 'OPTIONS'], ['/', '-X', 'PUT', '--data-binary', 'x'], ['/', '-X', 'DELETE'], ['/', '-X', 'BREW'],
        ['/..%2f..%2fetc'], ['/a//b'],
    ['/', '-H', 'Origin: https://desk.example', '-H', 'Sec-Fetch-Site: cross-site'],
);

sub answers {
    my ($host) = @_;
    my @answers;
    for my $way (['http', '--http1.1'], ['https', '--http1.1'], ['https', '--http2']) {
        my ($scheme, $version) = @$way;
        # Not one connection for all: what closes it would decide what comes after. And in HTTP/2 a body that is
        # answered before it was read ends now with an answer, now with a reset stream.
        my @rows = $version eq '--http2' ? map { [@$_, $version] } grep { "@$_" !~ /--data/ } @asked
            : map { [@$_, $version, '-H', 'Connection: close'] } @asked;
        for my $answer (ask_all($host, $scheme, @rows)) {
            # httpd lists methods in no order of its own; how long a connection is kept is not the answer's.
            my @headers = sort map { /^(allow: )(.*)/i ? $1 . join ',', sort split /,/, $2 : $_ }
                grep { !/^(?:date|keep-alive|connection):/i } @{$answer->{headers}};
            push @answers, join "\n", "$scheme @{shift @rows}", "$answer->{version} $answer->{status}", @headers, '',
                $answer->{body};
        }
    }
    return \@answers;
}

# What differs from the answers of before, told as the first of it.
sub same {
    my ($before, $after, $name) = @_;
    my @different = map { join "\n", 'WAS', substr($before->[$_], 0, 900), 'IS', substr($after->[$_], 0,
        900) } grep { $before->[$_] ne $after->[$_] } 0 .. $#$before;
    return is @different . (@different ? " differ, the first: $different[0]" : ''), '0', $name;
}

sub configtest {
    my ($code, undef, $err) = ServiceDesk::Test::run_command({env => $desk->{env}}, ServiceDesk::Test::httpd(), '-t',
        '-f', "$dir/httpd.conf");
    return $code ? $err : '';
}

my (@other, @default);

subtest 'the site without the module' => sub {
    $desk->start;
    @other   = @{answers('other.example')};
    @default = @{answers('unnamed.example')};
    is ask('other.example', 'http', '/private/', '-u', 'kim:their own password')->{body}, "private\n",
        'their user gets in';
    is ask('other.example', 'http', '/private/', '-u', "c1:$c1->{password}")->{status}, 401, 'ours does not';
    is ask('other.example', 'https', '/', '--http2')->{version}, '2', 'HTTP/2 works';
    is ask('other.example', 'http', '/', '-H', 'Accept-Encoding: gzip')->{header}{'content-encoding'}, 'gzip',
        'deflate works';
    is ask('other.example', 'http', '/old')->{status}, 301, 'rewrite works';
    same(\@other, answers('other.example'), 'asked twice, the answers are the same: they can be compared');
};

subtest 'with the module enabled and a desk on a host of its own' => sub {
    $desk->{enabled} = 1;
    $desk->restart;
    is configtest(), '', 'configtest is content';
    same(\@other, answers('other.example'), 'the other host answers as before');
    same(\@default, answers('unnamed.example'), 'so does the default host');
};

subtest 'the desk works there' => sub {
    my @c1 = ('-u', "c1:$c1->{password}");
    for my $version ('--http1.1', '--http2') {
        my $info = ask('desk.example', 'https', API . '/info', $version);
        is_deeply [@$info{qw(status version)}, $info->{header}{'content-type'}], [200,
            $version eq '--http2' ? '2' : '1.1', JSON_TYPE], "info, $version";
        is $info->{header}{'strict-transport-security'}, 'max-age=31536000', 'by mod_ssl\'s TLS';
        my $list = ask('desk.example', 'https', API . '/request', $version, @c1, '-H', 'Accept-Encoding: gzip');
        is_deeply [$list->{status}, $list->{header}{'content-encoding'}], [200, 'gzip'], 'compressed by mod_deflate';
        my $again = ask('desk.example', 'https', API . '/request', $version, @c1, '-H', 'Accept-Encoding: gzip', '-H',
            "If-None-Match: $list->{header}{etag}");
        is $again->{status}, 304, 'and known again';
        my $made = ask('desk.example', 'https', API . '/request', $version, @c1, '-H', 'Content-Type: application/json',
            '--data-binary',
            Mojo::JSON::encode_json({serviceDeskId => $desk->thing('D1')->{id},
                requestTypeId => $desk->thing('T1')->{id},
                requestFieldValues => {summary => 'over TLS'}}));
        is $made->{status}, 201, 'a request is raised';
        like Mojo::JSON::decode_json($made->{body})->{_links}{self},
            qr{^https://desk\.example:$desk->{tls}/rest/servicedeskapi/request/\d+$},
            'its links begin with the base URL';
    }
    is Mojo::JSON::decode_json(ask('desk.example', 'https', '/whoami', @c1)->{body})->{name}, 'c1',
        'mod_rewrite leads to it';
    is ask('desk.example', 'https', '/plain/')->{body}, "plain\n", 'a directory beside it is httpd\'s';
    my $signed = ask('desk.example', 'https', '/rest/auth/1/session', '-H', 'Content-Type: application/json',
        '--data-binary',
        Mojo::JSON::encode_json({username => 'c1', password => $c1->{password}}));
    like $signed->{header}{'set-cookie'}, qr/^__Host-[^;]+;(?=.*\bSecure\b)(?=.*\bHttpOnly\b)(?!.*\bDomain=)/i,
        'its cookie is for this host and for TLS only';
    is ask('desk.example', 'https', '/rest/api/2/myself', '-u', 'kim:their own password')->{status}, 401,
        "the other host's user is nobody here";
    my $dbh = DBI->connect("dbi:SQLite:dbname=$dir/other.db", '', '', {RaiseError => 1});
    is_deeply $dbh->selectcol_arrayref("SELECT name FROM sqlite_master WHERE type = 'table'"), ['users'],
        'nothing of the desk is in the other database';
    same(\@other, answers('other.example'), 'and the other host still answers as before');
};

# The desk cannot work then, and says so; httpd starts, reloads and serves everybody else.
sub without_database {
    my ($what, $database) = @_;
    subtest "the desk's database: $what" => sub {
        $desk->{desk_database} = $database;
        ok $desk->graceful, 'a reload goes well';
        is configtest(), '', 'configtest is content';
        my $list = ask('desk.example', 'https', API . '/servicedesk', '-u', "c1:$c1->{password}");
        is_deeply [$list->{status}, $list->{header}{'content-type'}], [503, JSON_TYPE], 'the desk says 503';
        like $list->{header}{'retry-after'}, qr/^\d+$/, 'and when to come back';
        is ask('desk.example', 'https', API . '/info')->{status}, 200, 'what needs no database works';
        same(\@other, answers('other.example'), 'the other host answers as before');
        same(\@default, answers('unnamed.example'), 'so does the default host');
        $desk->stop;
        ok $desk->start, 'a new start goes well';
        is ask('desk.example', 'https', API . '/servicedesk', '-u', "c1:$c1->{password}")->{status}, 503,
            'the desk says 503';
        same(\@other, answers('other.example'), 'the other host answers as before');
    };
    return;
}

without_database('its directory is not there', "$dir/nowhere/servicedesk.db");
without_database('it is no database', $desk->put_file('state/garbage.db', "This is no database.\n" x 500));

subtest 'and back' => sub {
    $desk->{desk_database} = $desk->database;
    ok $desk->graceful, 'a reload';
    is ask('desk.example', 'https', API . '/servicedesk', '-u', "c1:$c1->{password}")->{status}, 200,
        'the desk is back';
    same(\@other, answers('other.example'), 'the other host answers as before');
};

$desk->finish;
done_testing;
