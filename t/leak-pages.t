#!/usr/bin/perl
# The leak test for pages: everybody, signed in as a browser does it, opens every page and sends every form there is,
# well and badly, and sees only the words of the table in ServiceDesk/Test/Canary.pm.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;

use ServiceDesk::Test;
use ServiceDesk::Test::Canary;
use ServiceDesk::Test::Page;

my $desk   = ServiceDesk::Test->new(fixture => 1);
my $canary = ServiceDesk::Test::Canary->plant($desk);
my $secret = join '|', map {quotemeta} $canary->secrets;

sub routes_of {
    my ($file) = @_;
    my $text = ServiceDesk::Test::slurp($desk->top . "/mod_servicedesk/$file") =~ s{/\*.*?\*/}{}gsr;
    my @routes;
    push @routes, [$1, $2] while $text =~ /\bSD_ROUTE(?:_WITH)?\(\s*"(\w+)",\s*"([^"]+)"/g;
    return @routes;
}

my %values = (desk => ['D1', 'D2', 'NONE'], file => ['none'], issue => [map { $desk->thing($_)->{key} } qw(R1 R2)]);

sub fill {
    my ($path) = @_;
    return $path unless $path =~ /\{(\w+)\}/;
    my $name = $1;
    return map { fill($path =~ s/\{\Q$name\E\}/$_/r) } @{$values{$name} // [9999]};
}

my (%seen, @leaks, %codes);

sub look {
    my ($who, $what, $page, $said) = @_;
    $codes{$page->code}++;
    my $text = $page->tx->res->headers->to_string . $page->body;
    for my $word ($canary->words($text)) {
        next if $said =~ /canary_\Q$word\E/i;
        push @leaks, "$who: $what (" . $page->code . "): $word" unless $canary->may($word, $who);
        $seen{$who}{$word} = 1;
    }
    push @leaks, "$who: $what: a secret" if $text =~ /$secret/;
    return;
}

# What somebody types who wants to know about somebody else.
my $other = 'canary_c4_address@example.org';
my %typed = (email => $other, address => $other, displayName => 'x', name => $other, newPassword => 'x',
    currentPassword => 'x', password => 'x', id => 'f' x 24, code => '000000', captcha => 'x');

my @paths = map { fill($_->[1]) } grep { $_->[0] eq 'GET' } routes_of('portal/routes.c');
cmp_ok scalar(@paths), '>', 15, @paths . ' pages';
# Signup is open, or its pages would say nothing.
$desk->tool_ok('setting', 'set', 'site_signup', 'public');
$desk->{db}->snapshot($desk->dbh);

sub browser_of {
    my ($who) = @_;
    return ServiceDesk::Test::Page->new($desk) if $who eq 'an';
    return ServiceDesk::Test::Page->new($desk, headers => {Cookie => $canary->{stale}}) if $who eq 'gone';
    return ServiceDesk::Test::Page->new($desk)->get("/account/invitation?token=$canary->{link}") if $who eq 'guest';
    return ServiceDesk::Test::Page->signed_in($desk, $who);
}

for my $who ('an', 'gone', 'guest', $canary->accounts) {
    my $browser = browser_of($who);
    for my $path (@paths) {
        look($who, "GET $path", $browser->get($path), $path);
        my $form = $browser->form or next;
        my %values = %{$browser->values};
        my %fields = map { $_ => $typed{$_} // $values{$_} } keys %values;
        for my $fields ({%values}, \%fields, {%fields, csrf => 'x'}) {
            next if $form->{action} =~ /signout/ && $fields->{csrf} && $fields->{csrf} ne 'x';
            my $said = join ' ', map { $_ // '' } %$fields;
            look($who, "POST $form->{action}", $browser->post($form->{action}, $fields), $said);
            look($who, "POST $form->{action}, followed", $browser->follow, $said)
                if $browser->location && $browser->location !~ m{^http};
        }
        # Whatever it did: the next page finds everything as it was.
        $desk->{db}->restore($desk->dbh);
        $browser = browser_of($who);
    }
}

my %told;
@leaks = grep { !$told{$_}++ } @leaks;
is join("\n", @leaks[0 .. ($#leaks > 30 ? 30 : $#leaks)]), '', 'nobody saw a word that is not for them: '
    . join ', ', map {"$codes{$_} times $_"} sort keys %codes;
for my $who ($canary->accounts) {
    my @own = map {"${who}_$_"} qw(display address source);
    is join(' ', grep { !$seen{$who}{$_} } @own), '', "$who saw name, address and where the session is from";
}
is join(' ', grep { !$seen{guest}{$_} } $canary->of('guest')), '', 'the guest saw where the invitation leads to';
is join(' ', sort keys %{$seen{$_} // {}}), '', "$_ saw nothing" for 'an', 'gone';
unlike $desk->log, qr/canary|$secret/i, 'no word and no secret is in the error log';
unlike $desk->access_log, qr/canary|$secret/i, 'nor in the access log';
$desk->finish;
done_testing;
