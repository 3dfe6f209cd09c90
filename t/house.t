#!/usr/bin/perl
# The house rules as tests. A rule is a function from text to complaints; each is first shown a bad example that it must
# complain about and a good one that it must not, then the tree. The rules are those of README.md, "How to add".
use strict;
use warnings;
use FindBin;
use File::Find ();
use Test::More;

my $top   = $ENV{SD_TOP} // "$FindBin::Bin/..";
my $build = $ENV{SD_BUILD} // "$top/.build";
chdir $top or die "$top: $!";

my %rank = (base => 0, store => 1, desk => 2, web => 3, rest => 4, portal => 4, mail => 4, server => 5, tool => 6);

sub slurp {
    my ($path) = @_;
    open my $file, '<:encoding(UTF-8)', $path or die "$path: $!";
    local $/;
    return scalar <$file>;
}

# Files below the given places; what npm and dpkg brought is not ours.
sub files {
    my ($pattern, @places) = @_;
    my @found;
    my $wanted = sub {
        $File::Find::prune = 1 if -d && m{^t/(?:(?:client|browser)/node_modules|stock)$};
        push @found, $_ if -f && /$pattern/;
    };
    @places = grep { -e } @places;
    File::Find::find({wanted => $wanted, no_chdir => 1}, @places) if @places;
    return sort @found;
}

my $string  = qr/"(?:[^"\\\n]|\\.)*"/s;
my $char    = qr/'(?:[^'\\\n]|\\.)*'/s;
my $comment = qr{/\*.*?\*/|//[^\n]*}s;

# C without its comments, and with its strings emptied; lines stay where they are.
sub code {
    my ($text) = @_;
    $text =~ s{($string)|($char)|($comment)}{defined $1 ? '""' : defined $2 ? "' '" : newlines($3)}ge;
    return $text;
}

sub uncommented {
    my ($text) = @_;
    $text =~ s{($string|$char)|($comment)}{$1 // newlines($2)}ge;
    return $text;
}

sub newlines {
    my ($text) = @_;
    return ' ' . "\n" x ($text =~ tr/\n//);
}

# The string literals of C, neighbours joined as the compiler joins them.
sub strings {
    my ($text) = @_;
    my @strings;
    $text = uncommented($text);
    $text =~ s{$char}{' '}g;
    while ($text =~ /($string(?:\s*$string)*)/g) {
        my $joined = join '', map { substr $_, 1, -1 } $1 =~ /$string/g;
        push @strings, $joined;
    }
    return @strings;
}

sub room {
    my ($path) = @_;
    return $path =~ m{^mod_servicedesk/(\w+)/} ? $1 : $path =~ m{^mod_servicedesk/} ? 'top' : '';
}

sub label {
    my ($text) = @_;
    $text =~ s/\s+/ /g;
    return length($text) > 60 ? substr($text, 0, 57) . '...' : $text;
}

# Shows a rule its examples, then every file; `where` chooses the files by path.
sub rule {
    my ($name, %rule) = @_;
    subtest $name => sub {
        for my $bad (@{$rule{bad}}) {
            my ($path, $text) = @$bad;
            my @complaints = $rule{check}->($text, $path);
            cmp_ok scalar(@complaints), '>', 0, 'complains about: ' . label($text);
        }
        for my $good (@{$rule{good}}) {
            my ($path, $text) = @$good;
            is_deeply [$rule{check}->($text, $path)], [], 'accepts: ' . label($text);
        }
        my @files = grep { !$rule{where} || $rule{where}->($_) } @{$rule{files}};
        my @complaints = map { my $path = $_; map {"$path: $_"} $rule{check}->(slurp($path), $path) } @files;
        is join("\n", @complaints), '', scalar(@files) . ' files keep it';
    };
    return;
}

my @product = files(qr/\.[ch]$/, 'mod_servicedesk', 'include');
my @c_files = (@product, files(qr/\.[ch]$/, 't'));
my @sources = (files(qr/\.(?:[ch]|pl|pm|t|js|mjs|css|html|mustache|conf|mk|sh)$|\/[\w-]+$/,
        'mod_servicedesk', 'include', 'conf', 't', '.ci'), 'apxs.mk');

# Who may know what

my $glue = qr/^(?:server|web|rest|portal|mail|top)$/;

sub httpd_names {
    my ($text) = @_;
    my @names = code($text) =~ /\b((?:request|server|conn|process)_rec|cmd_parms|command_rec|ap_\w+|AP_[A-Z]\w*)\b/g;
    my $header = qr{[<"](?:apache2/|httpd|http_|ap_|mod_|util_|scoreboard|mpm_).*};
    push @names, uncommented($text) =~ m{^\s*\#\s*include\s*($header)}mg;
    return @names;
}

rule 'no httpd type below the glue',
    files => \@product,
    where => sub { my $room = room($_[0]); $room && $room !~ $glue },
    check => \&httpd_names,
    bad   => [
        ['desk/a.c', 'int a(request_rec *r);'], ['desk/a.c', 'ap_log_error();'],
        ['desk/a.c', '#include <httpd.h>'], ['desk/a.c', '#include "apache2/http_log.h"'],
    ],
    good => [['desk/a.c', "/* no request_rec here */ #include <apr_pools.h>\nconst char *a = \"ap_x\";"]];

sub sql_texts {
    my ($text) = @_;
    return grep {
        /\b(?:SELECT\s|INSERT\s+(?:OR\s+\w+\s+)?INTO\b|UPDATE\s+\w+\s+SET\b|DELETE\s+FROM\b)/
            || /\b(?:PRAGMA\s|CREATE\s+(?:TABLE|INDEX)\b)/
            || /^\s*(?:select\s.*\bfrom|insert\s+into|update\s+\w+\s+set|delete\s+from|pragma)\s/
    } strings($text);
}

rule 'SQL only in store/',
    files => \@product,
    where => sub { room($_[0]) ne 'store' },
    check => \&sql_texts,
    bad   => [
        ['desk/a.c', 'x = "SELECT 1";'], ['desk/a.c', qq{x = "UPDATE request "\n    "SET a = 1";}],
        ['desk/a.c', 'x = "insert into request values (1)";'], ['desk/a.c', 'x = "DELETE FROM request";'],
        ['desk/a.c', 'x = "PRAGMA foreign_keys";'],
    ],
    good => [['desk/a.c', '/* SELECT 1 */ x = "Select a request type.";']];

rule 'SQLite\'s names only in its driver',
    files => \@product,
    where => sub { $_[0] !~ m{^mod_servicedesk/store/sqlite(?:_\w+)?\.c$} },
    check => sub {
        my ($text) = @_;
        return (code($text) =~ /\b(sqlite3_\w+|sqlite3|SQLITE_\w+)\b/g, $text =~ /(\#\s*include\s*[<"]sqlite.*)/g);
    },
    bad  => [['desk/a.c', 'sqlite3 *db;'], ['desk/a.c', 'return SQLITE_BUSY;'], ['desk/a.c', '#include <sqlite3.h>']],
    good => [['desk/a.c', 'sd_driver_sqlite.name = "sqlite3"; /* sqlite3_open */']];

rule 'libpq\'s names only in its driver',
    files => \@product,
    where => sub { $_[0] !~ m{^mod_servicedesk/store/pgsql} },
    check => sub {
        my ($text) = @_;
        return (
            code($text) =~ /\b(PQ[a-z]\w+|PGconn|PGresult)\b/g,
            $text =~ /(\#\s*include\s*[<"](?:libpq|postgres).*)/g,
        );
    },
    bad  => [['desk/a.c', 'PGconn *c;'], ['desk/a.c', 'PQexec(c, x);'], ['desk/a.c', '#include <libpq-fe.h>']],
    good => [['desk/a.c', 'sd_driver_pgsql.name = "pgsql"; /* PGconn * */']];

sub upward_includes {
    my ($text, $path) = @_;
    my @complaints;
    my $room = room($path);
    for my $header (uncommented($text) =~ /^\s*\#\s*include\s*"([^"]+)"/mg) {
        my ($from) = $header =~ m{^(\w+)/\w+\.h$};
        if ($header eq 'mod_servicedesk.h') {
            push @complaints, "includes $header" unless $room =~ /^(?:server|top)$/;
        } elsif (!defined $from || !exists $rank{$from}) {
            push @complaints, "includes $header, which is not room/file.h";
        } elsif ($room eq '' || ($room ne 'top' && ($rank{$from} > $rank{$room}
                    || ($rank{$from} == $rank{$room} && $from ne $room)))
            || ($room eq 'tool' && $rank{$from} > $rank{desk} && $from ne 'tool')) {
            push @complaints, "includes $header";
        }
    }
    return @complaints;
}

rule 'includes point down only',
    files => \@product,
    check => \&upward_includes,
    bad   => [
        ['mod_servicedesk/base/a.c', '#include "store/store.h"'],
        ['mod_servicedesk/desk/a.c', '#include "web/route.h"'],
        ['mod_servicedesk/rest/a.c', '#include "portal/page.h"'],
        ['mod_servicedesk/desk/a.c', '#include "work.h"'],
        ['mod_servicedesk/tool/a.c', '#include "web/route.h"'],
        ['include/a.h', '#include "base/error.h"'],
    ],
    good => [
        ['mod_servicedesk/desk/a.c', qq{#include "desk/work.h"\n#include "base/error.h"\n#include <apr.h>}],
        ['mod_servicedesk/a.c', '#include "server/config.h"'],
    ];

# How a file looks

my @banned = qw(strcpy strcat sprintf vsprintf strtok gets system popen);

rule 'no banned functions',
    files => \@c_files,
    check => sub { my $names = join '|', @banned; return code($_[0]) =~ /(?<![.>\w])($names)\s*\(/g },
    bad   => [map { ['a.c', "$_(x);"] } @banned],
    good  => [['a.c', '/* system() */ apr_snprintf(x); "popen("; my_system(1);']];

rule 'lines of at most 120 columns',
    files => \@sources,
    check => sub { my $n = 0; return map { $n++; length($_) > 120 ? "line $n" : () } split /\n/, $_[0] },
    bad   => [['a.c', 'x' x 121]],
    good  => [['a.c', "\x{e9}" x 120]];

rule 'files of at most 600 lines',
    files => \@sources,
    check => sub { my $lines = $_[0] =~ tr/\n//; return $lines > 600 ? "$lines lines" : () },
    bad   => [['a.c', "\n" x 601]],
    good  => [['a.c', "\n" x 600]];

rule 'functions of at most 60 lines',
    files => \@c_files,
    check => sub {
        my ($text) = @_;
        my @complaints;
        while ($text =~ /^([^\n]*\))\n\{\n(.*?)^\}/msg) {
            my ($head, $lines) = ($1, $2 =~ tr/\n//);
            push @complaints, "$head: $lines lines" if $lines > 60;
        }
        return @complaints;
    },
    bad  => [['a.c', "int a(void)\n{\n" . "    x();\n" x 61 . "}\n"]],
    good => [['a.c', "int a(void)\n{\n" . "    x();\n" x 60 . "}\n"]];

rule 'guards are named after their file',
    files => [grep {/\.h$/} @product],
    check => sub {
        my ($text, $path) = @_;
        my ($name) = $path =~ m{^(?:mod_servicedesk|include)/(.*)\.h$};
        my $guard = 'SD_' . uc($name =~ tr{/}{_}r) . '_H';
        return $text =~ /^#ifndef $guard\n#define $guard$/m ? () : "guard is not $guard";
    },
    bad  => [['mod_servicedesk/desk/a.h', "#ifndef A_H\n#define A_H\n"]],
    good => [['mod_servicedesk/desk/a.h', "#ifndef SD_DESK_A_H\n#define SD_DESK_A_H\n"]];

# Spelled in pieces, so that this file keeps the rule itself.
my @forbidden = (map({"/$_/"} qw(work tmp root home)),
    map({ join '.', @$_ } [qw(deb debian org)], [qw(snapshot debian org)], [qw(registry npmjs org)],
        [qw(registry yarnpkg com)], ["deb", "node" . "source", "com"]),
    map({ join '', @$_ } [qw(TO DO)], [qw(FIX ME)]));
my @texts = files(qr/\.(?:json|tsv|csv|txt|md)$/, 'mod_servicedesk', 'include', 'conf', 't');
my @habits = grep {-e} qw(README.md .gitignore .clang-format .clang-tidy .editorconfig);

rule 'no path of a machine, no package host, nothing left for later',
    files => [@sources, @texts, @habits],
    check => sub { my $words = join '|', map {quotemeta} @forbidden; return $_[0] =~ /(?<![\w.*])($words)/g },
    bad   => [map { ['a.c', "a $_ b"] } @forbidden],
    good  => [['a.c', 'network/, /var/tmp/mod_servicedesk, https://example.com/home/']];

rule 'the lock file of npm carries no addresses',
    files => [glob 't/*/package-lock.json'],
    check => sub { return $_[0] =~ m{("\w+": "\w+://[^"]*")}g },
    bad   => [['package-lock.json', '"resolved": "https://registry.example/a.tgz"']],
    good  => [['package-lock.json', '"version": "1.0.0"']];

# Rows that must be complete

sub arguments {
    my ($row) = @_;
    my @arguments = ('');
    my $depth = 0;
    for my $token ($row =~ /($string|$char|[(){},]|[^(){},"']+)/g) {
        $depth++ if $token =~ /^[({]$/;
        $depth-- if $token =~ /^[)}]$/;
        if ($token eq ',' && !$depth) { push @arguments, '' }
        else                          { $arguments[-1] .= $token }
    }
    s/^\s+|\s+$//g for @arguments;
    return @arguments;
}

# Calls of a macro with the text between its parentheses; its definition is no call.
sub macro_rows {
    my ($text, $macro) = @_;
    $text = uncommented($text);
    $text =~ s/^\s*\#\s*define(?:[^\n\\]|\\.)*//msg;
    my ($nested, @rows);
    $nested = qr/(?:[^()"']|$string|$char|\((??{$nested})\))*/;
    push @rows, $1 while $text =~ /\b$macro\s*\(($nested)\)/g;
    return @rows;
}

# Rows are SD_ROUTE(method, path, right, scope, handler) or SD_ROUTE_WITH(..., flags); a bare row would hide its right.
sub route_complaints {
    my ($text, $rights) = @_;
    my @complaints = map {"$_...: a row without SD_ROUTE"} uncommented($text) =~ /(\{\s*"(?:GET|POST|PUT|DELETE)")/g;
    my @rows = (map({ [5, arguments($_)] } macro_rows($text, 'SD_ROUTE')),
        map({ [6, arguments($_)] } macro_rows($text, 'SD_ROUTE_WITH')));
    for my $row (@rows) {
        my ($expected, @arguments) = @$row;
        my ($method, $path, $right, $scope, $handler) = map { $_ // '' } @arguments[0 .. 4];
        my $what = "$method $path";
        push @complaints, "$what: " . @arguments . " arguments, not $expected" if @arguments != $expected;
        push @complaints, "$what: no method" unless $method =~ /^"(?:GET|POST|PUT|DELETE)"$/;
        push @complaints, "$what: no path" unless $path =~ m{^"/};
        push @complaints, "$what: names no right" unless $rights->{$right};
        push @complaints, "$what: no scope" unless $scope =~ /^SD_SCOPE_\w+$/;
        push @complaints, "$what: no handler" unless $handler =~ /^[a-z]\w+$/;
    }
    return (scalar(@rows), @complaints);
}

subtest 'every route names its right' => sub {
    my %example = (SD_MAY_READ => 1);
    my $row = 'SD_ROUTE("GET", "/request/{id}", %s, SD_SCOPE_READ, request_get),';
    is_deeply [route_complaints(sprintf($row, 'SD_MAY_READ'), \%example)], [1], 'a row with a right is accepted';
    for my $right ('NULL', '0', '', 'SD_MAY_COUNT', 'SD_MAY_REED') {
        my ($count, @complaints) = route_complaints(sprintf($row, $right), \%example);
        cmp_ok scalar(@complaints), '>', 0, "the right '$right' is not";
    }
    for my $bad ('SD_ROUTE("GET", "/a", SD_MAY_READ, a)', 'SD_ROUTE_WITH("GET", "/a", SD_MAY_READ, SD_SCOPE_READ, a)',
        '{"GET", "/a", 0, 0, a, 0}') {
        my ($count, @complaints) = route_complaints($bad, \%example);
        cmp_ok scalar(@complaints), '>', 0, "complains about: $bad";
    }

    there('mod_servicedesk/rest/routes.c', 'mod_servicedesk/desk/policy.h') or return;
    my %rights = map { $_ => 1 } code(slurp('mod_servicedesk/desk/policy.h')) =~ /\b(SD_MAY_\w+)\b/g;
    delete $rights{SD_MAY_COUNT};
    my ($rows, @all) = 0;
    for my $path (grep {/\.c$/} @product) {
        my ($count, @complaints) = route_complaints(slurp($path), \%rights);
        $rows += $count;
        push @all, map {"$path: $_"} @complaints;
    }
    cmp_ok $rows, '>', 0, "$rows routes found";
    is join("\n", @all), '', 'all of them';
};

# True if the files are there; else one skipped test says which are not.
sub there {
    my @absent = grep { !-e } @_;
    return 1 unless @absent;
    SKIP: { skip "@absent: not there", 1 }
    return 0;
}

# Members of the configuration structs that no merge function names. A merge function may name them through a macro
# of the same two files (one row a member): its body counts then.
sub unmerged {
    my ($header, $source) = map { code($_) } @_;
    my %macros;
    for my $text ($header, $source) {
        $macros{$1} = $2 while $text =~ /^\s*\#\s*define\s+(\w+)((?:[^\n\\]|\\.)*)/msg;
    }
    my $merged = '';
    $merged .= $1 while $source =~ /^\w[^\n;{]*\w*merge\w*\([^;{]*\)\s*(\{.*?^\})/msg;
    my %seen;
    my @queue = $merged =~ /\w+/g;
    while (defined(my $word = shift @queue)) {
        next if $seen{$word}++;
        push @queue, $macros{$word} =~ /\w+/g if exists $macros{$word};
    }
    my @members;
    while ($header =~ /struct\s+(sd_\w*config_t)\s*\{(.*?)^\}/msg) {
        my ($struct, $body) = ($1, $2);
        for my $declaration (split /;/, $body) {
            push @members, [$struct, $1] if $declaration =~ /(\w+)\s*(?:\[[^\]]*\])*\s*(?:\)\s*\(.*\))?\s*$/s;
        }
    }
    return (scalar(@members), map {"$_->[0].$_->[1]"} grep { !$seen{$_->[1]} } @members);
}

# The numbers by which an administrator finds a message in the error log, each of one message.

sub repeated_numbers {
    my ($text) = @_;
    my %count;
    $count{$_}++ for map {/\b(SD\d{5})\b/g} strings($text);
    return grep { $count{$_} > 1 } sort keys %count;
}

subtest 'every message of the error log has a number of its own' => sub {
    is_deeply [repeated_numbers('a("SD00001: x"); b("SD00002: y"); c("SD00001: z");')], ['SD00001'], 'finds one twice';
    is_deeply [repeated_numbers('/* SD00001 */ a("SD00001: x"); b("SD00002: y");')], [], 'and not in a comment';
    my $all = join "\n", map { slurp($_) } @product;
    cmp_ok scalar(my @numbers = map {/\bSD\d{5}\b/g} strings($all)), '>', 20, 'they are found';
    is join(' ', repeated_numbers($all)), '', 'none of them twice';
};

subtest 'every directive has a merge rule' => sub {
    my $header = "struct sd_server_config_t {\n    int on; /* x */\n    const char *url;\n    int list[2];\n};\n";
    my $source = "static void *server_merge(apr_pool_t *p, void *base, void *add)\n{\n    MERGE(on);\n%s}\n";
    my ($url, $list) = ("    MERGE(url);\n", "    MERGE(list);\n");
    is_deeply [unmerged($header, sprintf $source, $url . $list)], [3], 'all merged is accepted';
    is_deeply [unmerged($header, sprintf $source, $url)], [3, 'sd_server_config_t.list'], 'a member forgotten is named';
    my $macro = "#define MEMBERS(X) \\\n    X(url) \\\n    X(list)\n";
    is_deeply [unmerged($header, $macro . sprintf $source, "    MEMBERS(MERGE)\n")], [3], 'a macro table counts';

    there('mod_servicedesk/server/config.h', 'mod_servicedesk/server/config.c') or return;
    my ($count, @unmerged) = unmerged(map { slurp("mod_servicedesk/server/config.$_") } 'h', 'c');
    cmp_ok $count, '>', 0, "$count members found";
    is "@unmerged", '', 'all of them';
};

sub directives_of_source {
    my ($text) = @_;
    return map { (arguments($_))[0] =~ /^"(\w+)"$/ ? $1 : () } macro_rows($text, 'AP_INIT_\w+');
}

# Directives that the annotated configuration shows, set or commented out, at the start of a line.
sub directives_of_conf {
    my ($text) = @_;
    my %shown = map { $_ => 1 } $text =~ /^[ \t]*(?:\#[ \t]*)?(ServiceDesk\w*)[ \t]+\S/mg;
    return sort keys %shown;
}

subtest 'directives and conf/servicedesk.conf agree' => sub {
    is_deeply [directives_of_source('AP_INIT_FLAG("ServiceDesk", set, NULL, RSRC_CONF, "On or Off"), AP_INIT_TAKE1('
            . '"ServiceDeskBaseURL", url, (void *)APR_OFFSETOF(a, b), RSRC_CONF, "an address")')],
        ['ServiceDesk', 'ServiceDeskBaseURL'], 'directives are read from the source';
    is_deeply [directives_of_conf("ServiceDesk On\n# ServiceDeskBaseURL https://a/\n# The ServiceDeskX ...\n")],
        ['ServiceDesk', 'ServiceDeskBaseURL'], 'directives are read from the configuration';

    there('mod_servicedesk/server/directives.c', 'conf/servicedesk.conf') or return;
    my @source = directives_of_source(slurp('mod_servicedesk/server/directives.c'));
    cmp_ok scalar(@source), '>', 0, @source . ' directives found';
    is_deeply [directives_of_conf(slurp('conf/servicedesk.conf'))], [sort @source], 'the same on both sides';
    my @lines = map { split /\n/, slurp($_) } 'conf/servicedesk.conf', 'README.md';
    is_deeply [grep {/^#?\s*[A-Z]\w+\s.*\s#\s/} @lines], [],
        'no comment behind a directive: httpd takes it for an argument';
};

sub exported {
    my ($path) = @_;
    open my $nm, '-|', 'nm', '-D', '--defined-only', $path or die "nm: $!";
    my @names = map { (split)[-1] } <$nm>;
    close $nm or die "nm $path failed";
    return sort @names;
}

subtest 'only servicedesk_module is exported' => sub {
    my $library = (glob '/usr/lib/*/libapr-1.so.0')[0];
    my @more = $library ? exported($library) : ();
    cmp_ok scalar(@more), '>', 1, 'the names of a library that exports more are seen' if $library;
    SKIP: {
        skip "$build/mod_servicedesk.so: not there", 1 unless -e "$build/mod_servicedesk.so";
        is_deeply [exported("$build/mod_servicedesk.so")], ['servicedesk_module'], 'nothing else';
    }
};

done_testing;
