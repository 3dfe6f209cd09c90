#!/usr/bin/perl
# Makes C of the files that are part of the module: embed.pl FILE... (see embedded.h)
use strict;
use warnings;

my %kind = ('portal/templates' => 'portal', 'mail/templates' => 'mail', 'portal/static' => 'static',
    'portal/languages' => 'languages');

# String literals, a line of the file each, so that no compiler finds one too long.
sub literal {
    my ($line) = @_;
    $line =~ s/([\\"])/\\$1/g;
    $line =~ s/\n/\\n/g;
    $line =~ s/([^ -~])/sprintf '\\%03o', ord $1/ge;
    $line =~ s/\?\?/?\\?/g;
    return "    \"$line\"\n";
}

my %text;
for my $path (@ARGV) {
    my ($directory, $file) = $path =~ m{(\w+/\w+)/([\w.-]+)$} or die "$path: not a name that can be embedded\n";
    my $kind = $kind{$directory} or die "$path: not in a directory whose files are embedded\n";
    open my $in, '<:raw', $path or die "$path: $!\n";
    $text{"$kind/$file"} = do { local $/; <$in> } // '';
}

print qq{/* Made by web/embed.pl. */\n#include "web/embedded.h"\n\n};
my @names = sort keys %text;
for my $i (0 .. $#names) {
    my @lines = $text{$names[$i]} =~ /[^\n]{0,1000}\n|[^\n]{1,1000}/g;
    print "static const char text_$i\[] =\n    \"\"\n", map({ literal($_) } @lines), ";\n";
}
print "\nconst sd_embedded_t sd_embedded[] = {\n";
print qq(    {"$names[$_]", text_$_, sizeof text_$_ - 1},\n) for 0 .. $#names;
print "};\nconst apr_size_t sd_embedded_count = ", scalar(@names), ";\n";
