#!/usr/bin/perl
# The catalogues: every language has every message with the same parameters and its own plural forms, nothing is empty,
# nothing is asked for that is not there, nothing is there that nobody asks for.
use strict;
use warnings;
use FindBin;
use JSON::PP ();
use Test::More;

my $top = $ENV{SD_TOP} // "$FindBin::Bin/..";
chdir $top or die "$top: $!";

my %forms = (none => ['other'], one => [qw(one other)], few => [qw(one other)], slavic => [qw(few many one other)]);

sub slurp {
    my ($path) = @_;
    open my $file, '<:raw', $path or die "$path: $!";
    local $/;
    return scalar <$file>;
}

my %catalogue = map { m{(\w+)\.json$} => JSON::PP->new->utf8->decode(slurp($_)) }
    glob 'mod_servicedesk/portal/languages/*.json';
my $english = $catalogue{en};
my %source = map { $_ => slurp($_) } glob 'mod_servicedesk/*.c mod_servicedesk/*/*.c';

sub texts { my ($message) = @_; return ref $message ? map { $message->{$_} } sort keys %$message : $message }

sub parameters {
    my ($message) = @_;
    my %seen = map { $_ => 1 } map { /\{\{\s*([\w.]+)\s*\}\}/g } texts($message);
    return join ' ', sort keys %seen;
}

# A plural may leave its number out of one form ("one day"), so the number is counted as there.
sub same_parameters {
    my ($key, $one, $other) = @_;
    my ($mine, $theirs) = map { join ' ', grep { $_ ne 'count' } split / /, parameters($_) } $one, $other;
    # Each language writes a date from the parts it wants.
    return $theirs =~ /^(?:(?:day|month|monthName|year|time) ?)*$/ if $key =~ /^date\.(?:day|moment)$/;
    return $mine eq $theirs;
}

is_deeply [sort keys %catalogue], [qw(en ja ko)], 'the languages that are built in';

for my $language (sort keys %catalogue) {
    my $own = $catalogue{$language};
    is_deeply [grep { !exists $own->{$_} } sort keys %$english], [], "$language: no message is missing";
    is_deeply [grep { !exists $english->{$_} } sort keys %$own], [], "$language: no message is of no use";
    is_deeply [grep { grep { !/\S/ } texts($own->{$_}) } sort keys %$own], [], "$language: no message is empty";
    is_deeply [grep { exists $english->{$_} && !same_parameters($_, $english->{$_}, $own->{$_}) } sort keys %$own], [],
        "$language: the parameters are the same";
    my $forms = $forms{$own->{'language.plural'}};
    ok $forms, "$language: its plural rule is known";
    is_deeply [grep { ref $own->{$_} && "@{[sort keys %{$own->{$_}}]}" ne "@$forms" } sort keys %$own], [],
        "$language: plurals have the forms of the language";
    is_deeply [grep { exists $english->{$_} && ref $english->{$_} ne ref $own->{$_} } sort keys %$own], [],
        "$language: the same messages have plurals";
    is_deeply [grep { grep { /[<>]|&\w+;/ } texts($own->{$_}) } sort keys %$own], [],
        "$language: messages are text, not markup";
}

# Names that the code makes: "date.month.%d" stands for all months, "error." for the keys of errors.
my %literal = map { $_ => 1 } map { $source{$_} =~ /"([\w.%-]+)"/g } keys %source;
my @patterns = map { my $pattern = quotemeta s/%[ds]/\0/gr; $pattern =~ s/\\\0/[\\w.-]+/g; qr/^$pattern$/ }
    grep {/^[a-z]+\.[\w.]*%[ds]/} keys %literal;
my %template = map { $_ => slurp($_) } glob 'mod_servicedesk/*/templates/*.mustache';
my %asked = map { $_ => 1 } map {/\{\{[{&]?\s*t\.([\w.-]+)/g} values %template;

sub is_used {
    my ($key) = @_;
    return 1 if $key =~ /^language\.(?:name|plural)$/ || $asked{$key} || $literal{$key}
        || grep { $key =~ $_ } @patterns;
    # What a page is told by its address, and what the fields of a form are called.
    return grep {/[?&]notice=$1"/} values %source if $key =~ /^notice\.(.+)/;
    return grep {/ name="$1"/} values %template if $key =~ /^field\.(.+)/;
    return $key =~ /^error\.(.+)/ && $literal{$1};
}

is_deeply [grep { !is_used($_) } sort keys %$english], [], 'every message is asked for by a template or by code';
is_deeply [grep { !exists $english->{$_} } sort keys %asked], [], 'every message that a template asks for is there';

done_testing;
