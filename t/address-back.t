#!/usr/bin/perl
# A change of address can be taken back by whoever reads the old one: while it is only asked for, and for seven days
# afterwards. Cases: security.md 31, 36, 37, 38, 41 to 44, 47 for this kind of link.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Encode ();
use MIME::QuotedPrint ();
use Mojo::Promise ();
use Mojo::UserAgent ();
use ServiceDesk::Test;
use ServiceDesk::Test::Mailed;
use ServiceDesk::Test::Page;
use ServiceDesk::Test::Rest;
use ServiceDesk::Test::Smtp;
use ServiceDesk::Test::Totp;
use Test::More;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output todo_output);

my $own = OWN . '/account';
my $myself = CORE . '/myself';
my $new = 'quite another sentence 7';

sub server { return ServiceDesk::Test->new(fixture => 1, @_) }
sub browser { my ($desk, @more) = @_; return ServiceDesk::Test::Page->new($desk, @more) }
sub password_of { my ($desk, $name) = @_; return $desk->person($name)->{password} }
sub address_of { my ($desk, $name) = @_; return $desk->value('SELECT address FROM account WHERE public_id = ?',
        $desk->person($name)->{accountId}) }

# Asks for another address, and gives the tokens of both mails.
sub ask {
    my ($desk, $name, $address, $password) = @_;
    my $old = address_of($desk, $name);
    my $answer = $desk->as('')->basic($name, $password // password_of($desk, $name))
        ->post("$own/address", {address => $address, currentPassword => $password // password_of($desk, $name)});
    die $answer->body unless $answer->code == 204;
    return (token_to($desk, $address), token_to($desk, $old));
}

# Asks and confirms; gives the tokens of the two mails to the old address.
sub move {
    my ($desk, $name, $address, $password) = @_;
    my $old = address_of($desk, $name);
    my ($token, $first) = ask($desk, $name, $address, $password);
    my $answer = $desk->as('')->put("$own/address", {token => $token});
    die $answer->body unless $answer->code == 204;
    return ($first, token_to($desk, $old));
}

sub take_back {
    my ($desk, $token, %more) = @_;
    return $desk->as('')->post("$own/address/back", {token => $token, %more});
}

# The last row of the audit.
sub told {
    my ($desk) = @_;
    my ($row) = @{$desk->rows('SELECT act, actor, result, object_id FROM audit ORDER BY id DESC LIMIT 1')};
    return join ' ', @$row{qw(act actor result object_id)};
}

sub cookie_of {
    my ($desk, $name, $password) = @_;
    my $answer = $desk->as('')->post('/rest/auth/1/session', {username => $name,
        password => $password // password_of($desk, $name)});
    return ($answer->headers->header('Set-Cookie') =~ /^([^;]+)/)[0];
}

sub is_in { my ($desk, $cookie) = @_; return $desk->as('')->with(Cookie => $cookie)->get($myself)->code == 200 }

subtest 'while it is asked for' => sub {
    my $desk = server();
    my $cookie = cookie_of($desk, 'c1');
    my ($token, $back) = ask($desk, 'c1', 'thief@example.net');
    like $back, qr/\Asdb_[\w-]{43}\z/, 'the mail to the present address has a link';
    my $path = "/account/address-back?token=$back";
    browser($desk)->get($path)->follow for 1 .. 3;
    browser($desk)->request(HEAD => $path, {Purpose => 'prefetch'});
    ok is_in($desk, $cookie), 'looking does nothing';
    my $page = browser($desk)->get($path);
    is $page->location, '/account/address-back', 'the token leaves the address';
    like $page->follow->text, qr/c1\@example\.org keeps this address/, 'the page says what it will do';
    is $page->submit->location, '/account/forgotten?notice=addressback', 'done, and on to a new password';
    like $page->follow->notice, qr/Choose a new password now/, '... as it says';
    is told($desk), 'address.keep anonymous done ' . $desk->person('c1')->{accountId}, 'audited';
    refused($desk->as('')->put("$own/address", {token => $token}), 404, 'nobody confirms it any more');
    is address_of($desk, 'c1'), 'c1@example.org', 'the address stays';
    ok !is_in($desk, $cookie), 'whoever was signed in is out';
    is browser($desk)->get($path)->follow->code, 404, 'the link works once';
    unlike $desk->access_log . $desk->log, qr/sdb_/, 'and is in no log';
    is $desk->value("SELECT count(*) FROM outbox WHERE kind = 'address-back'"), 0, 'nothing was changed back';
    $desk->finish;
};

subtest 'after the change' => sub {
    my $desk = server();
    my ($first, $second) = move($desk, 'c1', 'thief@example.net');
    isnt $first, $second, 'both mails to the old address have a link';
    is address_of($desk, 'c1'), 'thief@example.net', 'it is changed';
    my ($cookie, $copy) = map { cookie_of($desk, 'thief@example.net', password_of($desk, 'c1')) } 1, 2;
    is $desk->as('')->basic('thief@example.net', password_of($desk, 'c1'))->get($myself)->code, 200, 'Basic remembers';
    is $desk->as('')->post("$own/reset", {address => 'thief@example.net'})->code, 204, 'a new password under way';
    my $reset = token_to($desk, 'thief@example.net');
    like browser($desk)->get("/account/address-back?token=$first")->follow->text,
        qr/has the address c1\@example\.org again/, 'the page says what it will do';
    done(take_back($desk, $first, address => 'x@example.org', accountId => $desk->person('c2')->{accountId}),
        'by the link of the first');
    is told($desk), 'address.back anonymous done ' . $desk->person('c1')->{accountId}, 'audited';
    is address_of($desk, 'c1'), 'c1@example.org', 'the old one is back';
    is address_of($desk, 'c2'), 'c2@example.org', 'of the account whose link it is, whatever else is said';
    ok !is_in($desk, $cookie) && !is_in($desk, $copy), 'everybody is signed out';
    is $desk->as('')->basic('thief@example.net', password_of($desk, 'c1'))->get($myself)->code, 401, 'no name any more';
    is $desk->as('')->put("$own/reset", {token => $reset, newPassword => $new})->code, 404, 'no new password';
    refused(take_back($desk, $_), 404, 'either link is dead') for $first, $second;
    is_deeply [grep {/back/} mails_to($desk, 'thief@example.net')], ['address-back queued'],
        'the other address is told';
    is last_mail($desk, 'thief@example.net')->{mailed_token_id}, undef, '... and gets no link back';
    is $desk->as('')->post("$own/reset", {address => 'c1@example.org'})->code, 204, 'its owner gets a new password';
    done($desk->as('')->put("$own/reset", {token => token_to($desk, 'c1@example.org'), newPassword => $new}),
        'and is in');
    is(($desk->tool('check'))[0], 0, 'the database is whole');
    $desk->finish;
};

# Whoever stole an account goes on: another password, another address. The first owner's link works all the same.
subtest 'whatever a thief does meanwhile' => sub {
    my $desk = server();
    my $name = 'zoe@example.org';
    $desk->tool_ok('account', 'add', $name, '--address', $name, '--proven');
    $desk->{world}{people}{zoe} = {accountId => $desk->value('SELECT public_id FROM account WHERE name = ?', $name)};
    my ($password, @words) = ($new, map {"a sentence of a thief $_"} 1 .. 4);
    my $public = $desk->person('zoe')->{accountId};
    $desk->dbh->do(q{UPDATE account SET password_hash = (SELECT password_hash FROM account WHERE name = 'c1')}
        . q{ WHERE public_id = ?}, undef, $public);
    $password = password_of($desk, 'c1');
    my $as = sub { return $desk->as('')->basic($public, $password) };
    for my $word (@words) {
        my $me = $desk->as('')->basic($desk->value('SELECT name FROM account WHERE public_id = ?', $public), $password);
        is $me->put("$own/password", {currentPassword => $password, newPassword => $word})->code, 204, 'a password';
        $password = $word;
    }
    is_deeply [grep {/password/} mails_to($desk, $name)],
        [('password-changed queued') x 3, 'password-changed suppressed'], 'notices have had their hour';
    my $move = sub {
        my ($address) = @_;
        my $old = address_of($desk, 'zoe');
        my $me = $desk->as('')->basic($desk->value('SELECT name FROM account WHERE public_id = ?', $public), $password);
        $me->post("$own/address", {address => $address, currentPassword => $password})->code == 204 or die 'asked';
        my $asked = token_to($desk, $old);
        $desk->as('')->put("$own/address", {token => token_to($desk, $address)})->code == 204 or die 'confirmed';
        return ($asked, token_to($desk, $old));
    };
    my ($asked, $changed) = $move->('one@example.net');
    is_deeply [grep {/address/} mails_to($desk, $name)], ['address-old queued', 'address-changed queued'],
        'which keep none of these away';
    is $desk->value('SELECT name FROM account WHERE public_id = ?', $public), 'one@example.net', 'the name follows';
    my ($thiefs) = $move->('two@example.net');
    my $me = $desk->as('')->basic('two@example.net', $password);
    is $me->put("$own/password", {currentPassword => $password, newPassword => $new})->code, 204, 'once more';
    done(take_back($desk, $changed), 'the owner takes it back');
    is_deeply [$desk->dbh->selectrow_array('SELECT name, address FROM account WHERE public_id = ?', undef, $public)],
        [$name, $name], 'name and address';
    refused(take_back($desk, $thiefs), 404, 'and the thief\'s own link is dead');
    $desk->finish;
};

# The second factor of whom the cookie signs in: what POST and PUT answer, and the recovery codes.
sub set_up {
    my ($desk, $cookie) = @_;
    my $me = $desk->as('')->with(Cookie => $cookie);
    settle();
    my $secret = created($me->post("$own/second-factor", {}), 'set up')->{secret};
    my $answer = $me->put("$own/second-factor", {code => code($secret, -1)});
    my $codes = good($answer, 'and proven')->{recoveryCodes};
    return ($secret, $codes, ($answer->headers->header('Set-Cookie') =~ /^([^;]+)/)[0]);
}

sub sign_in {
    my ($desk, $name, $password, @code) = @_;
    return $desk->as('')->post('/rest/auth/1/session', {username => $name, password => $password, @code})->code;
}

# What somebody has who was in: the password, a session, an API token, a second factor and its codes, links under way.
subtest 'nothing of a thief is left, and the owner is in' => sub {
    my $desk = server();
    my $stolen = password_of($desk, 'c1');
    my (undef, $codes, $cookie) = set_up($desk, cookie_of($desk, 'c1'));
    my $thief = $desk->as('')->with(Cookie => $cookie);
    my $first = created($thief->post(OWN . '/token', {label => 'of the thief'}), 'a token')->{token};
    done($thief->post("$own/confirm", {password => $stolen, code => shift @$codes}), 'the password again');
    done($thief->post("$own/address", {address => 'thief@example.net', currentPassword => $stolen}), 'asked');
    $desk->as('')->with(Cookie => $cookie)->put("$own/address", {token => token_to($desk, 'thief@example.net')})->code
        == 204 or die 'confirmed';
    my $back = token_to($desk, 'c1@example.org');
    is $desk->as('')->bearer($first)->get($myself)->code, 200, 'a token works until then';
    done(take_back($desk, $back), 'taken back');
    is $desk->as('')->bearer($first)->get($myself)->code, 401, 'and not afterwards';
    ok !is_in($desk, $cookie), 'nor does a session';
    is sign_in($desk, $_, $stolen), 401, "the stolen password opens nothing for $_" for 'c1', 'c1@example.org';
    is $desk->value('SELECT count(*) FROM second_factor'), 0, 'the second factor is gone';
    is $desk->value('SELECT count(*) FROM recovery_code'), 0, 'with its codes';
    is $desk->value(q{SELECT count(*) FROM audit WHERE act = 'second-factor.remove'}), 1, 'audited';
    is $desk->as('')->post("$own/reset", {address => 'c1@example.org'})->code, 204, 'the owner asks for a password';
    my $reset = token_to($desk, 'c1@example.org');
    done($desk->as('')->put("$own/reset", {token => $reset, newPassword => $new}), 'sets it');
    is sign_in($desk, 'c1', $new), 200, 'and is in, without a code';
    is(($desk->tool('check'))[0], 0, 'the database is whole');
    $desk->finish;
};

# Else whoever reads a mailbox that somebody has left would be rid of it.
subtest 'a second factor that was there before stays' => sub {
    my $desk = server();
    my (undef, $codes, $cookie) = set_up($desk, cookie_of($desk, 'c1'));
    my $password = password_of($desk, 'c1');
    my $age = sub { $desk->dbh->do('UPDATE second_factor SET created = created - ?, codes_created = codes_created - ?',
            undef, ($_[0]) x 2) };
    my $move = sub {
        my ($address) = @_;
        my $me = $desk->as('')->with(Cookie => $cookie);
        done($me->post("$own/confirm", {password => $password, code => shift @$codes}), 'the password again');
        $me->post("$own/address", {address => $address, currentPassword => $password})->code == 204 or die 'asked';
        return token_to($desk, 'c1@example.org');
    };
    my $in = sub {
        my ($name, $word) = @_;
        $desk->as('')->post("$own/reset", {address => 'c1@example.org'})->code == 204 or die 'reset';
        my $reset = token_to($desk, 'c1@example.org');
        $desk->as('')->put("$own/reset", {token => $reset, newPassword => $word})->code == 204 or die 'a password';
        is sign_in($desk, $name, $word), 401, 'a password alone is not enough';
        $password = $word;
        my $code = shift @$codes;
        my $answer = $desk->as('')->post('/rest/auth/1/session', {username => $name, password => $word, code => $code});
        return $answer->code == 200 ? ($answer->headers->header('Set-Cookie') =~ /^([^;]+)/)[0] : undef;
    };
    $age->(86_400_000 + 60_000);
    done(take_back($desk, $move->('one@example.net')), 'taken back');
    is $desk->value('SELECT count(*) FROM second_factor'), 1, 'older than a day before, it stays';
    ok $cookie = $in->('c1', $new), 'and so do its recovery codes';
    $codes = good($desk->as('')->with(Cookie => $cookie)->post("$own/second-factor/codes", {code => shift @$codes}),
        'new codes')->{recoveryCodes};
    done(take_back($desk, $move->('two@example.net')), 'taken back again');
    is $desk->value('SELECT count(*) FROM second_factor'), 1, 'the factor stays';
    is $desk->value('SELECT count(*) FROM recovery_code'), 0, 'codes that were made lately do not';
    $desk->finish;
};

subtest 'who gets none' => sub {
    my $desk = server();
    $desk->tool_ok('setting', 'set', 'public_signup', 'true');
    $desk->tool_ok('setting', 'set', 'signup_proof', 'at-once');
    $desk->tool_ok('desk', 'access', 'D1', '--access', 'accounts', '--signup');
    is $desk->as('')->post(OWN . '/signup', {desk => 'D1', email => 'victim@example.net', displayName => 'V',
        password => $new})->code, 202, 'an account with the address of somebody else';
    $desk->{world}{people}{v} = {accountId =>
            $desk->value('SELECT public_id FROM account WHERE name = ?', 'victim@example.net')};
    my $mover = $desk->as('')->basic('victim@example.net', $new);
    is $mover->post("$own/address", {address => 'real@example.net', currentPassword => $new})->code, 204, 'moves';
    is last_mail($desk, 'victim@example.net')->{mailed_token_id}, undef, 'no link to an address that nobody proved';
    done($desk->as('')->put("$own/address", {token => token_to($desk, 'real@example.net')}), 'confirmed');
    is last_mail($desk, 'victim@example.net')->{mailed_token_id}, undef, 'nor afterwards';

    my ($first) = move($desk, 'c1', 'moved@example.org');
    $desk->tool_ok('account', 'disable', 'c1');
    refused(take_back($desk, $first), 404, 'a closed account has none');
    $desk->tool_ok('account', 'enable', 'c1');
    refused(take_back($desk, $first), 404, 'nor has it again when it is opened');

    my ($c2) = move($desk, 'c2', 'c2-moved@example.org');
    $desk->tool_ok('account', 'add', 'other', '--address', 'c2@example.org', '--proven');
    refused(take_back($desk, $c2), 409, 'an address that somebody else has by now stays theirs');
    is browser($desk)->get("/account/address-back?token=$c2")->follow->submit->code, 409, '... which the page says';
    is address_of($desk, 'c2'), 'c2-moved@example.org', 'and nothing changes';
    $desk->finish;
};

subtest 'a link like others' => sub {
    my $desk = server();
    my (undef, $back) = ask($desk, 'c1', 'thief@example.net');
    my $dump = join '', map { ServiceDesk::Test::slurp($_) } glob $desk->database . '*';
    is index($dump, substr $back, 4), -1, 'nowhere in the database';
    my $dead = take_back($desk, 'sdb_' . 'A' x 43);
    refused($dead, 404, 'one that is none');
    for my $wrong ('', '%', '_', 'null', "$back ", substr($back, 0, -1), uc $back, 'x' x 20000,
        $back =~ s/^sdb/sda/r, $back =~ s/^sdb/sdr/r) {
        is take_back($desk, $wrong)->body, $dead->body, 'the same for anything else: ' . substr $wrong, 0, 20;
    }
    is $desk->as('')->post("$own/address/back", {token => $_})->code, 400, 'no text at all' for [], {}, undef;
    is $desk->as('')->put("$own/address", {token => $back})->code, 404, 'no link of another kind';
    is $desk->as('')->put("$own/reset", {token => $back, newPassword => $new})->code, 404, '... of none';
    my $agent = Mojo::UserAgent->new(max_connections => 0, inactivity_timeout => 60);
    my @codes;
    my @calls = map {
        $agent->post_p($desk->base . "$own/address/back", json => {token => $back})
            ->then(sub { push @codes, $_[0]->res->code })
    } 1 .. 20;
    Mojo::Promise->all_settled(@calls)->wait;
    is join(' ', sort @codes), join(' ', 204, (404) x 19), 'twenty at once: one';
    my ($late) = move($desk, 'c2', 'c2-moved@example.org');
    my $week = 7 * 86_400_000;
    $desk->dbh->do('UPDATE mailed_token SET created = created - ?, expires = expires - ? WHERE used IS NULL', undef,
        $week, $week);
    refused(take_back($desk, $late), 404, 'a week later it is over');
    my (undef, $in_time) = move($desk, 'c3', 'c3-moved@example.org');
    $desk->dbh->do('UPDATE mailed_token SET created = created - ?, expires = expires - ? WHERE used IS NULL', undef,
        ($week - 60_000) x 2);
    done(take_back($desk, $in_time), 'a minute before it is not');
    $desk->finish;
};

subtest 'the mails' => sub {
    my $sink = ServiceDesk::Test::Smtp->new;
    my $desk = server(conf => "ServiceDeskMailFrom help\@help.example.com\nServiceDeskMailTransport " . $sink->url
            . " starttls=off\n");
    my %language = (c1 => 'en', c2 => 'ko', c3 => 'ja');
    $desk->dbh->do('UPDATE account SET language = ? WHERE name = ?', undef, $language{$_}, $_) for sort keys %language;
    my %says = (c1 => 'It was not me', c2 => '내가 하지 않았습니다', c3 => '自分ではありません');
    my $text_of = sub { return Encode::decode('UTF-8',
            MIME::QuotedPrint::decode_qp(pack('H*', $_[0]{raw}) =~ s/\r\n/\n/gr)) };
    my $quiet = sub {
        $desk->wait_for(sub { !$desk->value("SELECT count(*) FROM outbox WHERE state = 'queued'") }, 20);
    };
    for my $name (sort keys %says) {
        my ($asked, $changed) = ask($desk, $name, "$name\@example.net");
        $quiet->();
        $desk->as('')->put("$own/address", {token => $asked})->code == 204 or die 'confirmed';
        $quiet->();
        my @texts = map { $text_of->($_) } grep { $_->{to} eq "$name\@example.org" } @{$sink->wait_for(3)};
        my $base = $desk->base;
        is scalar(grep {m{^\Q$says{$name}\E:\n\Q$base\E/account/address-back\?token=sdb_[\w-]{43}$}m} @texts), 2,
            "a link in both, for $name";
        is scalar(grep { /UTC/ && /\Q$name\E\@example\.net/ && !/nomail/ } @texts), 2,
            '... until when, which address, and no offer to end such mails';
        done(take_back($desk, $changed), 'taken back');
        $quiet->();
        my ($told) = grep { $_->{to} eq "$name\@example.net" } reverse @{$sink->wait_for(4)};
        unlike $text_of->($told), qr{/account/}, 'the other address is told, without a link';
        $sink->forget;
    }
    is $desk->value("SELECT count(*) FROM outbox WHERE kind = 'address-back' AND state = 'sent'"), 3, 'all of them';
    $desk->dbh->do("UPDATE account SET address_proven = 0 WHERE name = 'c4'");
    is $desk->as('c4')->post("$own/address",
        {address => 'c4@example.net', currentPassword => password_of($desk, 'c4')})->code, 204,
        'of an unproven address';
    $quiet->();
    my ($mail) = grep { $_->{to} eq 'c4@example.org' } @{$sink->wait_for(2)};
    my $text = $text_of->($mail);
    unlike $text, qr/It was not me|address-back/, 'there is no link';
    like $text, qr/tell an administrator of the service desk at once/, 'it says what else there is to do';
    $desk->finish;
};

done_testing;
