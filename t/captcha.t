#!/usr/bin/perl
# The captcha of signup over HTTP: the picture of a word, the way of those who cannot see it, and a captcha of another
# module in its place. Rules row 32; rules 1.10 case 16; security.md 179 to 182.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Copy ();
use Mojo::JSON ();
use Mojo::UserAgent ();
use ServiceDesk::Test;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Rest;
use Test::More;

my $signup   = OWN . '/signup';
my $password = 'nine lanterns on a bridge';
my $limits   = "RemoteIPHeader X-Test-From\nRemoteIPInternalProxy 127.0.0.1\nServiceDeskPasswordCost 4\n";

my $desk = ServiceDesk::Test->new(fixture => 1, modules => ['remoteip'], conf => $limits);
my $an = $desk->as('');

sub open_signup {
    my ($of) = @_;
    $of->tool_ok('desk', 'add', 'OPEN', 'Open Desk', '--access', 'accounts');
    $of->tool_ok('setting', 'set', 'public_signup', 'true');
    $of->tool_ok('setting', 'set', 'captcha', 'true');
    $of->tool_ok('desk', 'access', 'OPEN', '--signup');
    return;
}

my $network = 0;
sub source { $network++; return ('X-Test-From' => '10.8.' . int($network / 250) . '.' . $network % 250) }

sub form {
    my ($name, %more) = @_;
    return {desk => 'OPEN', email => "$name\@example.org", displayName => 'Zoe', password => $password, %more};
}
sub sign_up { my ($name, %more) = @_; return $an->post($signup, form($name, %more), source()) }
sub question { return good($an->get("$signup?desk=OPEN"), 'a question')->{captcha} }

sub answered {
    my ($name, %more) = @_;
    my $challenge = question()->{challenge};
    return sign_up($name, captchaChallenge => $challenge, captcha => word_of($desk, $challenge), %more);
}

sub accounts { return $desk->value('SELECT count(*) FROM signup') . ' ' . $desk->value('SELECT count(*) FROM account') }

subtest 'off and on follow the one setting' => sub {
    $desk->tool_ok('desk', 'add', 'OPEN', 'Open Desk', '--access', 'accounts');
    $desk->tool_ok('setting', 'set', 'public_signup', 'true');
    $desk->tool_ok('desk', 'access', 'OPEN', '--signup');
    is question(), undef, 'off: no question';
    good(sign_up('off'), 'and none to answer', 202);
    $desk->tool_ok('setting', 'set', 'captcha', 'true');
    my $question = question();
    is_deeply [sort keys %$question], [qw(challenge picture)], 'on: a picture';
    is $question->{picture}, $desk->base . OWN . "/captcha/picture?challenge=$question->{challenge}", 'has an address';
    refused(sign_up('on'), 400, 'and has to be answered', 'captcha');
};

subtest 'the picture' => sub {
    my $question = question();
    my $picture = $an->get($question->{picture} =~ s/^\Q@{[$desk->base]}\E//r, source());
    is $picture->code . ' ' . $picture->headers->content_type, '200 image/png', 'is one';
    is substr($picture->body, 0, 8), "\x89PNG\r\n\x1a\n", 'of that type';
    my ($width, $height) = unpack 'x16 N2', $picture->body;
    is "$width x $height", '300 x 100', 'of its size';
    is $an->get($question->{picture} =~ s/^\Q@{[$desk->base]}\E//r, source())->body, $picture->body,
        'looks the same when it is asked for again';
    my $word = word_of($desk, $question->{challenge});
    unlike $question->{challenge}, qr/$word/i, 'the challenge does not say the word';
    refused($an->get(OWN . "/captcha/picture$_"), 404, "none for '$_'")
        for '', '?challenge=', '?challenge=1.2.3.4.5', '?challenge=%25', "?challenge=$question->{challenge}0";
    my @from = source();
    budget_is(sub { $an->get(OWN . "/captcha/picture?challenge=$question->{challenge}", @from)->code }, 200, 60, 5,
        'a source has sixty in five minutes');
};

subtest 'an answer' => sub {
    $desk->tool_ok('desk', 'add', 'TWO', 'Two', '--access', 'accounts');
    $desk->tool_ok('desk', 'access', 'TWO', '--signup');
    my $challenge = question()->{challenge};
    my $word = word_of($desk, $challenge);
    my $before = accounts();
    my %wrong = (
        'no challenge' => {captcha => $word}, 'no answer' => {captchaChallenge => $challenge . ''},
        'empty' => {captchaChallenge => question()->{challenge}, captcha => ''},
        'wrong' => {captchaChallenge => question()->{challenge}, captcha => 'AAAAA'},
        'of another form' => {captchaChallenge => $challenge, captcha => $word, desk => 'TWO'},
    );
    # One that was answered wrongly is over, so each has a challenge of its own, but for those that share $challenge.
    refused(sign_up('a', %{$wrong{$_}}), 400, $_, 'captcha') for sort keys %wrong;
    is accounts(), $before, 'nobody came in';
    refused(sign_up('a', captchaChallenge => $challenge, captcha => $word), 400, 'a second guess', 'captcha');

    $challenge = question()->{challenge};
    $word = lc word_of($desk, $challenge);
    refused(sign_up('', captchaChallenge => question()->{challenge}, captcha => 'AAAAA'), 400,
        'a wrong one is told beside the other fields', 'captcha', 'email');
    refused(sign_up('', captchaChallenge => $challenge, captcha => $word), 400, 'refused for another reason', 'email');
    good(sign_up('a', captchaChallenge => $challenge, captcha => " $word "), 'is not used up by that', 202);
    refused(sign_up('b', captchaChallenge => $challenge, captcha => $word), 400, 'once', 'captcha');
    $desk->restart;
    refused(sign_up('b', captchaChallenge => $challenge, captcha => $word), 400, 'also after a restart', 'captcha');
    good(answered('b'), 'a new one', 202);
    is $an->post($signup, form('c', captcha => []))->code, 400, 'no text';
    is $an->post($signup, form('c', captchaChallenge => 1))->code, 400, 'no text either';
    refused(sign_up('c', captchaChallenge => 'x' x 20_000, captcha => 'ABDEF'), 400, 'far too long', 'captcha');
};

subtest 'fifty at once with one solution' => sub {
    my $challenge = question()->{challenge};
    my $agent = Mojo::UserAgent->new(max_connections => 50);
    my %codes;
    Mojo::Promise->all(map {
        $agent->post_p($desk->base . $signup, {source()},
            json => form("fifty$_", captchaChallenge => $challenge, captcha => word_of($desk, $challenge)))
            ->then(sub { $codes{$_[0]->res->code}++ })
    } 1 .. 50)->wait;
    is $codes{202}, 1, 'one comes in';
    is $desk->value(q{SELECT count(*) FROM signup WHERE address LIKE 'fifty%'}), 1, 'and there is one row';
};

subtest 'who cannot see the picture asks for people' => sub {
    good(sign_up('blind', askPeople => Mojo::JSON->true), 'no word', 202);
    my $verify = $an->post("$signup/verify", {token => token_to($desk, 'blind@example.org'), password => $password});
    is_deeply good($verify, 'proven'), {state => 'waiting', desk => 'OPEN'}, 'and waits for an agent';
    is $desk->as('')->basic('blind@example.org', $password)->get(CORE . '/myself')->code, 401, 'nobody yet';
    my $waiting = OWN . '/servicedesk/OPEN/signup';
    $desk->tool_ok('role', 'add', 'agent', 'ag2', '--desk', 'OPEN');
    my ($row) = @{good($desk->as('ag2')->get($waiting), 'an agent sees')->{values}};
    is $row->{emailAddress}, 'blind@example.org', 'who';
    good($desk->as('ag2')->post("$waiting/$row->{id}", {}), 'and lets them in');
    is $desk->as('')->basic('blind@example.org', $password)->get(CORE . '/myself')->code, 200, 'there';
    $desk->tool_ok('setting', 'set', 'signup_proof', 'at-once');
    good(sign_up('hasty', askPeople => Mojo::JSON->true), 'at once', 202);
    is $desk->value(q{SELECT count(*) FROM account WHERE name = 'hasty@example.org'}), 0, 'is not for them';
    good(answered('seen'), 'but for who answered', 202);
    is $desk->value(q{SELECT count(*) FROM account WHERE name = 'seen@example.org'}), 1, 'it is';
    $desk->tool_ok('setting', 'set', 'signup_proof', 'address-first');
};

subtest 'not for an account that is made for somebody' => sub {
    created($desk->as('sa')->post(API . '/customer', {email => 'by.hand@example.org', fullName => 'By Hand'}),
        'an administrator is no program');
};

# ---- another module's captcha ----

sub build_module {
    my $folder = $desk->dir . '/captcha';
    mkdir $folder or die "$folder: $!";
    File::Copy::copy("$FindBin::Bin/captcha/mod_captcha_sum.c", $folder) or die $!;
    my $include = ($ENV{SD_TOP} // "$FindBin::Bin/..") . '/include';
    my $log = qx(cd '$folder' && '@{[$ENV{APXS} // 'apxs']}' -c -I '$include' mod_captcha_sum.c 2>&1);
    return -e "$folder/.libs/mod_captcha_sum.so" ? "$folder/.libs/mod_captcha_sum.so" : die $log;
}

subtest 'another kind' => sub {
    my $module = build_module();
    my $other = ServiceDesk::Test->new(fixture => 1, modules => ['remoteip'],
        conf => "LoadModule captcha_sum_module $module\n${limits}ServiceDeskCaptcha sum\n");
    open_signup($other);
    my $guest = $other->as('');
    my $question = good($guest->get("$signup?desk=OPEN"), 'asks')->{captcha};
    is_deeply $question, {challenge => '2+3 signup|OPEN', markup => '<b>2 + 3</b>'}, 'its own question';
    my %form = (captchaChallenge => $question->{challenge});
    refused($guest->post($signup, form('a', %form)), 400, 'judges', 'captcha');
    $other->dbh->do('DELETE FROM captcha_use');
    good($guest->post($signup, form('a', %form, captcha => '5')), 'its own way', 202);
    refused($guest->post($signup, form('b', %form, captcha => '5')), 400, 'and once', 'captcha');
    refused($guest->post($signup, form('c', %form, captcha => 'down')), 503, 'out of order: nobody comes in');
    is $other->value(q{SELECT count(*) FROM signup WHERE address = 'c@example.org'}), 0, 'not a row';
    $other->tool_ok('desk', 'add', 'DOWN', 'Down', '--access', 'accounts');
    $other->tool_ok('desk', 'access', 'DOWN', '--signup');
    refused($guest->get("$signup?desk=DOWN"), 503, 'no question: no form');
    like $other->log, qr/the captcha does not answer: [A-Z][a-z]+/, 'and the log says why';
    $other->allow(qr/the captcha does not answer/);
    $other->finish;
};

$desk->finish;
done_testing;
