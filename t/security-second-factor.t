#!/usr/bin/perl
# The second factor: set up, asked for at every door, and what it does when it is lost, guessed or must be there.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use ServiceDesk::Test::Totp;
use Test::More;

my $factor = OWN . '/account/second-factor';
my $session = '/rest/auth/1/session';
my $myself = CORE . '/myself';

my $gate = <<'END';
Alias /s "/nothing"
<Location /s>
    SetHandler None
</Location>
<Location /s/ours>
    AuthType ServiceDesk
    Require servicedesk account
</Location>
<Location /s/provider>
    AuthType Basic
    AuthName x
    AuthBasicProvider servicedesk
    Require valid-user
</Location>
END

sub header { my ($answer, $name) = @_; return $answer->headers->header($name) // '' }
sub server { return ServiceDesk::Test->new(fixture => 1, conf => $gate, @_) }

sub sign_in {
    my ($desk, $name, %more) = @_;
    return $desk->as('')->post($session, {username => $name, password => $desk->person($name)->{password}, %more});
}

sub cookie { my ($answer) = @_; return (header($answer, 'Set-Cookie') =~ /^([^;]+)/)[0] }
sub with { my ($desk, $cookie) = @_; return $desk->as('')->with(Cookie => $cookie) }

# Gives c1 one; the secret, recovery codes and the session's cookie.
sub set_up {
    my ($desk, $name) = @_;
    settle();
    my $caller = with($desk, my $cookie = cookie(sign_in($desk, $name)));
    my $secret = created($caller->post($factor, {}), 'set up')->{secret};
    my $answer = $caller->put($factor, {code => code($secret, -1)});
    my $codes = good($answer, 'activated')->{recoveryCodes};
    return ($secret, $codes, cookie($answer), $cookie);
}

subtest 'set up, and asked for at every door' => sub {
    my $desk = server();
    my $c1 = $desk->as('c1');
    is $c1->get($myself)->code, 200, 'Basic, and remembered';
    is $c1->get("/s/$_/x")->code, 404, "past the gate $_" for qw(ours provider);
    my $before = cookie(sign_in($desk, 'c1'));
    news($desk);
    my $mine = with($desk, cookie(sign_in($desk, 'c1')));
    is_deeply $mine->get($factor)->json, {active => Mojo::JSON::false(), required => Mojo::JSON::false(),
        recoveryCodesLeft => 0}, 'none yet';
    my $made = created($mine->post($factor, {}), 'a secret');
    like $made->{secret}, qr/\A[A-Z2-7]{32}\z/, 'of 160 bits';
    is $made->{uri}, "otpauth://totp/Service%20Desk:c1?secret=$made->{secret}&issuer=Service%20Desk", 'and for apps';
    isnt $mine->post($factor, {})->json->{secret}, $made->{secret}, 'another each time';
    my $secret = $mine->post($factor, {})->json->{secret};
    is sign_in($desk, 'c1')->code, 200, 'it does not count before it is proven';
    refused($mine->put($factor, {code => code($made->{secret})}), 400, 'by a code of the present one', 'code');
    settle();
    my $answer = $mine->put($factor, {code => code($secret, -1)});
    my $codes = good($answer, 'proven')->{recoveryCodes};
    is scalar(grep {/\A(?:[A-Z2-7]{4}-){5}[A-Z2-7]{4}\z/} @$codes), 10, 'ten recovery codes';
    my $cookie = cookie($answer);
    is with($desk, $cookie)->get($myself)->code, 200, 'the session goes on as another one';
    is with($desk, $before)->get($myself)->code, 401, 'others are over';

    is $c1->get($myself)->code, 401, 'a password alone is refused, whatever was remembered';
    is $c1->get("/s/$_/x")->code, 401, "at the gate $_ too" for qw(ours provider);
    is $desk->as('c1', 'bearer')->get($myself)->code, 200, 'a token goes on';
    my $without = sign_in($desk, 'c1');
    core_refused($without, 401, 'no session without a code', 'code');
    is cookie($without), undef, 'no cookie';
    is $c1->get($myself)->code, 401, 'nor does the right password open Basic by having been sent there';
    my $wrong = sign_in($desk, 'c1', code => '000000');
    core_refused($wrong, 401, 'nor with a wrong one', 'code');
    core_refused(sign_in($desk, 'c1', code => code($secret, -1)), 401, 'nor with the one that was used', 'code');
    core_refused(sign_in($desk, 'c1', code => code($secret, $_)), 401, "nor with one $_ periods off", 'code') for -3;
    is $desk->as('')->post($session, {username => 'c1', password => 'wrong', code => code($secret)})->code, 401,
        'nor without the password';
    is sign_in($desk, 'c1', code => code($secret))->code, 200, 'with the right one';
    is sign_in($desk, 'c1', code => code($secret, 1))->code, 200, 'a clock that is ahead';
    core_refused(sign_in($desk, 'c1', code => code($secret)), 401, 'none before it counts any more', 'code');
    refused(with($desk, $cookie)->post($factor, {}), 409, 'no second one beside it');
    is sign_in($desk, 'c2')->code, 200, 'others sign in as ever';

    my $stored = $desk->rows('SELECT * FROM second_factor')->[0];
    my $dump = join '', map { ServiceDesk::Test::slurp($_) } glob $desk->database . '*';
    is index($dump, $secret), -1, 'the secret is not in the database';
    is index($dump, $codes->[0] =~ tr/-//dr), -1, 'nor a recovery code';
    like $stored->{secret}, qr/\A[0-9a-f]{96}\z/, 'but what is encrypted under the pepper';
    ok((grep {/c1 second-factor\.activate account/} news($desk)), 'audited');
    unlike $desk->log . $desk->access_log, qr/\Q$secret\E|\Q$codes->[0]\E/, 'and in no log';
    $desk->finish;
};

subtest 'recovery codes' => sub {
    my $desk = server();
    my ($secret, $codes) = set_up($desk, 'c1');
    is sign_in($desk, 'c1', code => $codes->[0])->code, 200, 'one opens';
    core_refused(sign_in($desk, 'c1', code => $codes->[0]), 401, 'once', 'code');
    is sign_in($desk, 'c1', code => lc $codes->[1] =~ tr/-/ /r)->code, 200, 'typed as people type';
    core_refused(sign_in($desk, 'c1', code => $codes->[2] =~ s/.\z/1/r), 401, 'not one letter off', 'code');
    my $mine = with($desk, cookie(sign_in($desk, 'c1', code => $codes->[3])));
    is $mine->get($factor)->json->{recoveryCodesLeft}, 7, 'seven are left';
    settle();
    news($desk);
    my $more = good($mine->post("$factor/codes", {code => code($secret)}), 'new ones for a code')->{recoveryCodes};
    my $c1 = 'account:' . $desk->person('c1')->{accountId};
    is_deeply [news($desk)], ["internal/c1 second-factor.codes $c1"], 'which is told, once';
    core_refused(sign_in($desk, 'c1', code => $codes->[4]), 401, 'the old ones are void', 'code');
    is sign_in($desk, 'c1', code => $more->[0])->code, 200, 'the new ones are good';
    refused($mine->post("$factor/codes", {code => code($secret)}), 400, 'a used code makes none', 'code');
    $desk->finish;
};

subtest 'guesses' => sub {
    my $desk = server();
    my ($secret, $codes) = set_up($desk, 'c1');
    my @codes = map { sign_in($desk, 'c1', code => sprintf '%06d', $_)->code } 1 .. 7;
    is join(' ', @codes), '401 401 401 401 401 429 429', 'five, then no more';
    is_deeply $desk->rows(q{SELECT result, object_id, source FROM audit WHERE act = 'sign-in.code'}),
        [({result => 'refused', object_id => $desk->person('c1')->{accountId}, source => '127.0.0.1'}) x 5],
        'each is told, once';
    settle();
    my $answer = sign_in($desk, 'c1', code => code($secret));
    is $answer->code, 429, 'the right one waits too';
    like header($answer, 'Retry-After'), qr/^[1-9]\d*\z/, 'and is told for how long';
    ok $desk->graceful, 'a graceful restart';
    is sign_in($desk, 'c1', code => $codes->[0])->code, 429, 'forgets nothing';
    is sign_in($desk, 'c2')->code, 200, 'others are not touched';
    $desk->finish;
};

subtest 'taken away' => sub {
    my $desk = server();
    my ($secret, $codes, $cookie) = set_up($desk, 'c1');
    my $mine = with($desk, $cookie);
    refused($mine->delete($factor, {code => '000000'}), 400, 'not by a wrong code', 'code');
    refused($desk->as('c1', 'bearer')->delete($factor, {code => $codes->[0]}), 400, 'not by a token alone',
        'currentPassword');
    done($mine->delete($factor, {code => $codes->[0]}), 'by a good one');
    is sign_in($desk, 'c1')->code, 200, 'the password is enough again';
    is $desk->as('c1')->get($myself)->code, 200, 'by Basic too';
    is $desk->value('SELECT count(*) FROM recovery_code'), 0, 'nothing is left of it';

    ($secret, $codes, $cookie) = set_up($desk, 'c2');
    $desk->tool_ok('second-factor', 'remove', 'c2');
    is with($desk, $cookie)->get($myself)->code, 401, 'lost, and taken away by an operator: sessions end';
    is sign_in($desk, 'c2')->code, 200, 'the password is enough';
    my ($code) = $desk->tool('second-factor', 'remove', 'c2');
    isnt $code, 0, 'there is none any more';
    $desk->finish;
};

subtest 'a new password does not skip it' => sub {
    my $desk = server();
    my ($secret, $codes) = set_up($desk, 'c1');
    $desk->person('c1')->{password} = $desk->tool_ok('password', 'c1', '--random-password', '--json')->{password};
    core_refused(sign_in($desk, 'c1'), 401, 'a code all the same', 'code');
    is $desk->as('c1')->get($myself)->code, 401, 'and no Basic';
    is sign_in($desk, 'c1', code => $codes->[0])->code, 200, 'with it';
    $desk->finish;
};

# Whom the site requires to have one comes by password into a session that is good for setting one up, and nothing else.
subtest 'required' => sub {
    my $desk = server();
    my %in = map { $_ => cookie(sign_in($desk, $_)) } qw(sa ag2 c1);
    $desk->tool_ok('setting', 'set', 'second_factor', 'agents');
    is $desk->as($_)->get($myself)->code, 401, "$_ by Basic: no" for qw(ag2 da1 sa);
    is $desk->as($_)->get($myself)->code, 200, "$_: as ever" for qw(c1 nobody);
    is $desk->as('ag1')->get($myself)->code, 200, 'an agent of another directory has his there';
    is $desk->as('ag2', 'bearer')->get($myself)->code, 200, 'tokens go on';
    my $r2 = API . '/request/' . $desk->thing('R2')->{key};
    my $answer = sign_in($desk, 'ag2');
    is $answer->code, 200, 'a session';
    my $ag2 = with($desk, cookie($answer));
    for my $call ([GET => $myself], [GET => $r2], [GET => API . '/request'], [GET => API . '/servicedesk'],
        [POST => "$r2/comment", {body => 'x', public => \1}], [GET => OWN . '/account'], [POST => OWN . '/token',
            {label => 'x'}],
        [GET => OWN . '/account/session'], [GET => '/s/ours/x'], [DELETE => OWN . '/session'],
        [PUT => OWN . '/account/password', {newPassword => 'quite another sentence', currentPassword => 'x'}]) {
        is $ag2->call(@$call)->code, 403, "that does nothing: $call->[0] $call->[1]";
    }
    is $ag2->get(API . '/info')->code, 403, 'not even what is public';
    is $ag2->get($factor)->json->{required}, 1, 'but says what is missing';
    settle();
    my $secret = created($ag2->post($factor, {}), 'a secret')->{secret};
    $answer = $ag2->put($factor, {code => code($secret, -1)});
    good($answer, 'proven');
    my $full = with($desk, cookie($answer));
    is $full->get($r2)->code, 200, 'then it is a session like any';
    refused($full->delete($factor, {code => code($secret)}), 409, 'which may not take it away');
    is $ag2->get($factor)->code, 401, 'the other one is over';

    my $limited = with($desk, cookie(sign_in($desk, 'da1')));
    is $limited->delete($session)->code, 204, 'one can leave without';
    $desk->tool_ok('role', 'add', 'agent', 'c1', '--desk', 'D2');
    is with($desk, $in{c1})->get($myself)->code, 401, 'who becomes an agent signs in anew';
    is with($desk, cookie(sign_in($desk, 'c1')))->get($myself)->code, 403, 'and sets one up';
    $desk->tool_ok('setting', 'set', 'second_factor', 'nobody');
    is $desk->as('sa')->get($myself)->code, 200, 'as before';
    $desk->finish;
};

done_testing;
