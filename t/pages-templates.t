#!/usr/bin/perl
# ServiceDeskTemplates: an administrator's files stand in for single ones, and nothing breaks because of them (rules 49,
# 50).
use strict;
use warnings;
use utf8;
use Encode ();
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Page;
use Test::More;

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output, Test::More->builder->failure_output;

my $desk = ServiceDesk::Test->new(fixture => 1, start => 0, conf => "ServiceDeskTemplates templates\n");

sub browser { return ServiceDesk::Test::Page->new($desk, @_) }
sub put { my ($name, $text) = @_; return $desk->put_file("templates/$name", Encode::encode('UTF-8', $text)) }
sub complaints { return scalar(() = $desk->log =~ /SD00004: ServiceDeskTemplates: \Q$_[0]\E/g) }

mkdir $desk->dir . "/templates$_" or die $! for '', qw(/portal /static /languages /mail);
put('portal/signin.mustache', '{{#never}}{{broken');
put('portal/error.mustache', "{{>top}}\n<title>Ours</title>\n{{>head}}\n<h1>{{t.own.sorry}}</h1>{{>gone}}\n"
        . "<p class=\"own\">{{what}}</p>\n{{>foot}}\n");
put('static/desk.css', "body { color: teal }\n");
put('languages/en.json', '{"own.sorry": "Sorry, {{me.displayName}}!", "site.name": "Kim & Co", "signin.title": ""}');
put('languages/ko.json', '{"signin.title": ');
put('languages/de.json', '{"language.name": "Deutsch", "language.plural": "one", "signin.title": "Anmelden"}');
put('languages/notes.txt', 'no language');
$desk->start;

subtest 'what is whole is used' => sub {
    my $page = browser()->get('/account/nothing');
    is $page->code . ' ' . $page->title, '404 Ours', 'a page of their own';
    is $page->heading, 'Sorry, !', 'with a message of their own';
    like $page->dom->at('.own')->text, qr/does not exist/, '... and what the built-in one is told';
    like $page->dom->at('.brand')->all_text, qr/Kim & Co/, 'a name of their own, on every page';
    my $css = $page->dom->at('link[rel=stylesheet]')->{href};
    is $page->get($css)->body, "body { color: teal }\n", 'a style of their own';
};

subtest 'what is broken is not, and the log says so once' => sub {
    my $page;
    $page = browser()->get('/account/signin') for 1 .. 3;
    is $page->code . ' ' . $page->heading, '200 Sign in', 'the built-in page serves';
    is browser(language => 'ko')->get('/account/signin')->heading, '로그인', '... and the built-in messages';
    browser()->get('/account/nothing') for 1 .. 3;
    is complaints('portal/signin.mustache: line 1: '), 1, 'the broken page';
    is complaints('portal/error: there is no partial gone; it is left out'), 1, 'the partial that is nowhere';
    is complaints('languages/ko.json: '), 1, 'the broken catalogue';
    is complaints('languages/en.json: signin.title: '), 1, 'the empty message';
    is scalar(() = $desk->log =~ /SD00004/g), 4, 'and nothing else';
};

subtest 'a language is a file' => sub {
    my $page = browser(language => 'de-AT,de;q=0.9,en;q=0.5')->get('/account/signin');
    is $page->heading, 'Anmelden', 'it is spoken';
    is $page->dom->at('html')->{lang}, 'de', '... and named';
    is $page->dom->at('label[for=password]')->text, 'Password', 'what it lacks is said in English';
    my $account = ServiceDesk::Test::Page->signed_in($desk, 'c1')->get('/account');
    is_deeply [map { $_->text } @{$account->dom->find('option')}],
        ['As the browser asks for', 'Deutsch', 'English', '日本語', '한국어'], 'people can choose it';
    is $account->submit(language => 'de')->location, '/account?notice=language', '... and do';
};

subtest 'read again at a graceful restart, and not before' => sub {
    put('portal/signin.mustache', "{{>top}}\n<title>Own</title>{{>head}}<h1>{{t.signin.button}} here</h1>{{>foot}}");
    unlink $desk->dir . '/templates/portal/error.mustache' or die $!;
    is browser()->get('/account/signin')->heading, 'Sign in', 'not before';
    ok $desk->graceful, 'restarted';
    $desk->wait_for(sub { browser()->get('/account/signin')->heading eq 'Sign in here' }, 10);
    is browser()->get('/account/signin')->heading, 'Sign in here', 'the new page';
    is browser()->get('/account/nothing')->heading, 'That did not work', 'the built-in one is back';
};

subtest 'a directory that is not there' => sub {
    $desk->{conf} = "ServiceDeskTemplates nowhere\n";
    ok $desk->graceful, 'restarted';
    $desk->wait_for(sub { browser()->get('/account/signin')->heading eq 'Sign in' }, 10);
    is browser()->get('/account/signin')->code, 200, 'the pages are there';
    is complaints($desk->dir . '/nowhere: there is no such directory'), 1, 'the log says so';
};

$desk->finish;
done_testing;
