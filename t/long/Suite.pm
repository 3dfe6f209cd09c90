package Suite;

# Runs the whole suite once more in another environment, and says in a line what came of it.

use strict;
use warnings;
use Cwd ();
use File::Temp ();
use Test::More;

our $top   = $ENV{SD_TOP}   // Cwd::abs_path(__FILE__) =~ s{/t/long/Suite\.pm$}{}r;
our $build = $ENV{SD_BUILD} // "$top/.build";

# The AddressSanitizer of gcc, or undef.
sub sanitizer {
    my $path = Cwd::abs_path(`gcc -print-file-name=libasan.so 2>&1` =~ s/\s+\z//r);
    return $path && -e $path ? $path : undef;
}

# Debian's httpd knows nothing of AddressSanitizer, and whoever starts it asks apxs where it is: this apxs names one
# that loads the sanitizer first, before what a test has httpd load.
sub stand_in {
    my ($apxs, $sanitizer) = ($ENV{APXS} // 'apxs', sanitizer());
    my ($httpd) = map { chomp; $_ } `echo \$($apxs -q sbindir)/\$($apxs -q progname)`;
    my $dir = File::Temp::tempdir('servicedesk-apxs-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my %script = (
        apxs  => "case \$2 in sbindir|SBINDIR) echo '$dir' ;; progname|PROGNAME) echo httpd ;;"
            . " *) exec $apxs \"\$@\" ;; esac",
        httpd => "LD_PRELOAD='$sanitizer'\${LD_PRELOAD:+:\$LD_PRELOAD} exec '$httpd' \"\$@\"",
    );
    for my $name (keys %script) {
        open my $file, '>', "$dir/$name" or die "$dir/$name: $!";
        print {$file} "#!/bin/sh\n$script{$name}\n";
        close $file or die "$dir/$name: $!";
        chmod 0755, "$dir/$name";
    }
    return "$dir/apxs";
}

# What both suites need; leaks are looked for where we end the process ourselves.
sub environment {
    my ($leaks) = @_;
    return (
        SD_BUILD => "$build/long/asan", APXS => stand_in(),
        ASAN_OPTIONS => "detect_leaks=$leaks:abort_on_error=0:strict_string_checks=1:detect_stack_use_after_return=1",
        UBSAN_OPTIONS => 'print_stacktrace=1',
        CMOCKA_MESSAGE_OUTPUT => 'TAP',
    );
}

sub units      { return map {m{([^/]+)\.c$} ? "$build/long/asan/unit/$1" : ()} sort glob "$top/t/unit/*.c" }
# Without those that look at the tree and not at the server, and without the one whose httpd is given another clock:
# libfaketime and the sanitizer both want to be loaded first.
sub http_tests { return grep { !m{/(?:house|security-clock)\.t$} } sort glob "$top/t/*.t" }

# What a prove said about these files on one database, and whether it was content.
sub prove {
    my ($db, @files) = @_;
    my $jobs = $ENV{SD_JOBS} // `nproc` + 0;
    open my $prove, '-|', "cd '$top' && DB=$db t/with-cluster prove -j$jobs --timer -Q @files 2>&1" or die "prove: $!";
    my $text = do { local $/; <$prove> };
    my $good = close $prove;
    return ($text, $good && $text =~ /^Files=\d+/m && $text !~ /ERROR: \w+Sanitizer|runtime error:/);
}

# One test: all of these files pass, and no sanitizer had a word to say. On failure everything is shown. Those that are
# about PostgreSQL have one, the others run on SQLite.
sub passes {
    my ($name, $environment, @files) = @_;
    local @ENV{keys %$environment} = values %$environment;
    my %of;
    push @{$of{m{/pgsql[^/]*$} ? 'pgsql' : 'sqlite'}}, $_ for @files;
    for my $db (sort keys %of) {
        my ($text, $good) = prove($db, @{$of{$db}});
        my ($count) = $text =~ /^(Files=\d+, Tests=\d+)/m;
        ok $good, "$name on $db: " . ($count // 'nothing ran') or diag $text;
    }
    return;
}

1;
