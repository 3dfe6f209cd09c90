package ServiceDesk::Test::Canary;

# A word of its own in every text of two desks, and who may see which.
#
#     my $canary = ServiceDesk::Test::Canary->plant($desk);    # over the fixture; then a snapshot
#     for my $who ($canary->people) { ... }
#     my @words = $canary->words($text);                       # the words in it
#     $canary->may('R1_summary', 'c3');                        # by the table below, which is made by hand
#     my @all = $canary->of('c3');                             # all that c3 may see
#
# Beside the people of the fixture there are
#
#   c5      customer of D1 and member of another organization (O3, attached to D1) than c1 and c3
#   gone    a customer of D1 who was disabled; has a token and a session from before
#   guest   invited to D1 by ag1, has not accepted; holds the link
#   an      anonymous
#   c1r, ag1r, da1r, sar    tokens of c1, ag1, da1 and sa that may only read; c1w one of c1 that may only write

use strict;
use warnings;
use ServiceDesk::Test;
use ServiceDesk::Test::Mailed;

my @accounts = qw(nobody c1 c2 c3 c4 c5 ag1 ag2 da1 da2 sa);
my %narrow = (c1r => ['c1', 'read'], ag1r => ['ag1', 'read'], da1r => ['da1', 'read'], sar => ['sa', 'read'],
    c1w => ['c1', 'write']);
my @staff = qw(ag1 ag2 da1 da2 sa);
my @crew1 = qw(ag1 da1);
my @crew2 = qw(ag2 da2);

# Who may see which word, by the permission matrix of the rules. c1 reported R1, RS and RP; RS is shared with O1, which
# c1 and c3 belong to; c2 takes part in RP; ag1 answered all of D1, ag2 all of D2. A system administrator has no part in
# requests. Whoever works at some desk may look people and organizations up.
my @table = (
    ['R1_summary R1_description R1_public R1_value R1_label', 'c1', @crew1],
    ['RS_summary RS_description RS_public RS_value RS_label', 'c1', 'c3', @crew1],
    ['RP_summary RP_description RP_public RP_value RP_label', 'c1', 'c2', @crew1],
    ['R1_internal RS_internal RP_internal', @crew1],
    ['R2_summary R2_description R2_public R2_value R2_label', 'c4', @crew2],
    ['R2_internal', @crew2],
    ['RX_summary RX_description RX_public RX_internal RX_value RX_label RX_hidden'],
    ['D1_name', qw(c1 c2 c3 c5 sa guest), @crew1],
    ['T1_name T1_description T1_help T1_field T1_about T1_option T1_default G1_name', qw(c1 c2 c3 c5 sa), @crew1],
    ['D2_name T2_name T2_description T2_help T2_field T2_about T2_option T2_default G2_name', qw(c4 sa), @crew2],
    # Fields that the form does not show are of no face yet.
    ['T1_unseen T2_unseen R1_hidden RS_hidden RP_hidden R2_hidden'],
    ['TX_name TX_description TX_help TX_field TX_about TX_unseen TX_option TX_default'],
    # What a desk is described as, its administrators read where they write it.
    ['D1_description', qw(da1 sa)],
    ['D2_description', qw(da2 sa)],
    ['D1_way', 'c1', @crew1],    # a customer takes steps of his own requests alone
    ['D2_way', 'c4', @crew2],
    ['D1_step', @crew1],
    ['D2_step', @crew2],
    ['O1_name O1_property', 'c1', 'c3', @staff],
    ['O2_name O2_property', 'c4', @staff],
    ['O3_name O3_property', 'c5', @staff],
    # People: who meets whom in a request learns a name to call the other by, never an address.
    ['nobody_display nobody_address', 'nobody', @staff],
    ['c1_display', qw(c1 c2 c3), @staff],
    ['c2_display', qw(c1 c2), @staff],
    ['c3_display', 'c3', @staff],
    ['c4_display', 'c4', @staff],
    ['c5_display', 'c5', @staff],
    map({ ["${_}_address", $_, @staff] } qw(c1 c2 c3 c4 c5)),
    ['ag1_display', qw(c1 c2 c3), @staff],
    ['ag2_display', 'c4', @staff],
    map({ ["${_}_display", @staff] } qw(da1 da2 sa)),
    map({ ["${_}_address", @staff] } @staff),
    ['guest_display guest_address', 'guest', @staff],
    ['gone_display gone_address', @staff],
    # Who waits to be let in is seen by who may let them in.
    ['W1_display W1_address', 'sa', @crew1],
    ['W2_display W2_address', 'sa', @crew2],
    ['W0_display W0_address', 'sa'],
    # Groups are the site's, like people: whoever works at some desk may look them up.
    ['UG1_name UG1_about UG2_name UG2_about', @staff],
    # One's own, and nobody else's.
    map({ ["${_}_token ${_}_source", $_] } grep { $_ ne 'nobody' } @accounts),
    ['nobody_token nobody_source', 'nobody'],
    ['gone_token gone_source'],
    # What administrators look after: of a desk, of the site.
    ['D1_domain', qw(da1 sa)],
    ['D2_domain', qw(da2 sa)],
    ['D0_domain O1_domain N_subject N_detail DIR_name M_address M_answer', 'sa'],
    ['A1_actor A1_detail A1_directory', qw(da1 sa)],
    ['A2_actor A2_detail A2_directory', qw(da2 sa)],
    ['A0_actor A0_detail A0_directory A0_source A1_source A2_source', 'sa'],
    # What is kept for the worker, and said to nobody.
    ['M_content M_source'],
);

my %readers;
for my $row (@table) {
    my ($words, @who) = @$row;
    $readers{$_} = {map { $_ => 1 } @who} for split ' ', $words;
}

# What a token that may only read shows: the same, but for what one has to manage to see (web/route.h, the scope of the
# route): one's own tokens and what only an export tells, the audit, mails, notices of the site.
sub needs_to_manage {
    my ($word) = @_;
    return $word =~ /_token$/ || $word =~ /^(?:A|M_)/;
}

sub may {
    my ($self, $word, $who, $method) = @_;
    my $narrow = $narrow{$who} or return $readers{$word}{$who};
    my ($owner, $scope) = @$narrow;
    return 1 if $word eq "${owner}_display";    # each page says who is signed in
    return $readers{$word}{$owner} && ($scope eq 'read' ? !needs_to_manage($word) : ($method // 'GET') ne 'GET');
}

# What somebody's export holds: the profile, what was reported and said, where one is a member.
my %exported = (
    c1 => [map({ my $r = $_; map {"${r}_$_"} qw(summary description value label) } qw(R1 RS RP)), qw(T1_name O1_name)],
    c3 => ['O1_name'], c5 => ['O3_name'],
    c4 => [map({"R2_$_"} qw(summary description value label)), qw(T2_name O2_name)],
    ag1 => [qw(R1_public RS_public RP_public)], ag2 => ['R2_public'],
);

sub exported {
    my ($self, $who) = @_;
    my @own = map {"${who}_$_"} qw(display address), $who eq 'guest' ? () : qw(token source);
    return sort @own, @{$exported{$who} // []};
}

# What opens something, and is never shown to anybody.
sub secrets {
    my ($self) = @_;
    my @people = values %{$self->{desk}{world}{people}};
    return grep {defined} map({ @$_{qw(password token reader)} } @people), values %{$self->{narrow}}, $self->{link},
        $self->{stale} =~ s/^[^=]*=//r;
}

sub of { my ($self, $who) = @_; return grep { $self->may($_, $who) } sort keys %readers }
sub people { return ('an', 'guest', 'gone', @accounts, sort keys %narrow) }
sub accounts { return @accounts }
sub all { return sort keys %readers }
sub known { my ($self, $word) = @_; return exists $readers{$word} }

sub words {
    my ($self, $text) = @_;
    my %words = map { $_ => 1 } $text =~ /canary_([A-Za-z0-9]+_[a-z]+)/gi;
    return sort keys %words;
}

sub slurp { return ServiceDesk::Test::slurp(@_) }
sub put { my ($self, $sql, @values) = @_; $self->{dbh}->do($sql, undef, @values); return }
sub thing { my ($self, $name) = @_; return $self->{desk}->thing($name) }
sub person { my ($self, $name) = @_; return $self->{desk}->person($name) }

# How somebody calls: of what the narrow ones and those who are not let in have.
sub caller {
    my ($self, $who) = @_;
    my $desk = $self->{desk};
    my $caller;
    if ($who eq 'guest') {
        $caller = $desk->as('')->with(Cookie => "servicedesk-link=$self->{link}");
    } elsif ($who eq 'gone') {
        $caller = $desk->as('')->bearer($self->person('gone')->{token});
    } elsif ($narrow{$who}) {
        $caller = $desk->as('')->bearer($self->{narrow}{$who});
    } else {
        $caller = $desk->as($who eq 'an' ? '' : $who);
    }
    $caller->agent->cookie_jar->ignore(sub { 1 });
    return $caller;
}

sub plant {
    my ($class, $desk) = @_;
    my $self = bless {desk => $desk, dbh => $desk->dbh}, $class;
    $self->add_people;
    $self->mark_desks;
    $self->mark_types;
    $self->mark_requests;
    $self->mark_people;
    $self->mark_groups;
    $self->mark_site;
    $desk->{db}->snapshot($self->{dbh});
    return $self;
}

# ---- people that the fixture has not ----

sub add_person {
    my ($self, $name, @options) = @_;
    my $desk = $self->{desk};
    my $made = $desk->tool_ok('account', 'add', $name, '--address', "$name\@example.org", '--proven',
        '--random-password', '--json');
    my $token = $desk->tool_ok('token', 'create', $name, '--scopes', 'read,write,manage', '--json');
    $desk->{world}{people}{$name} = {name => $name, password => $made->{password}, accountId => $made->{id},
        token => $token->{token}, tokenId => $token->{id},
        id => $desk->value('SELECT id FROM account WHERE public_id = ?', $made->{id})};
    $desk->tool_ok('role', 'add', 'customer', $name, '--desk', 'D1');
    return;
}

sub add_people {
    my ($self) = @_;
    my $desk = $self->{desk};
    $self->add_person($_) for qw(c5 gone);
    ($self->{stale}) = map { $_->name . '=' . $_->value } @{$desk->as('gone', 'session')->cookies};
    $desk->tool_ok('account', 'disable', 'gone');
    for my $who (sort keys %narrow) {
        my ($owner, $scope) = @{$narrow{$who}};
        my $named = $self->person($owner)->{directory} . "/$owner";
        $self->{narrow}{$who} = $desk->tool_ok('token', 'create', $named, '--scopes', $scope, '--json')->{token};
    }
    my $answer = $desk->as('ag1')->post('/rest/servicedesk/1/servicedesk/D1/invitation',
        {addresses => 'canary_guest_display <canary_guest_address@example.org>'});
    die 'not invited: ' . $answer->body unless $answer->code == 200;
    $self->{link} = token_to($desk, 'canary_guest_address@example.org') // die 'no link';
    # It has left, or need not.
    $self->put(q{UPDATE outbox SET state = 'sent', done = created WHERE state = 'queued'});
    my $id = $desk->value(q{SELECT id FROM account WHERE name LIKE 'canary_guest%'});
    $desk->{world}{people}{guest} = {id => $id, name => 'guest',
        accountId => $desk->value('SELECT public_id FROM account WHERE id = ?', $id)};
    # Another organization of the same desk.
    $self->{o3} = $desk->as('ag1')->post('/rest/servicedeskapi/organization', {name => 'canary_O3_name'})->json('/id');
    my %calls = (
        "organization/$self->{o3}/user" => {usernames => ['c5']},
        'servicedesk/' . $self->thing('D1')->{id} . '/organization' => {organizationId => $self->{o3}},
    );
    $desk->as('ag1')->post("/rest/servicedeskapi/$_", $calls{$_})->is_success or die $_ for sort keys %calls;
    $desk->as('ag1')->put("/rest/servicedeskapi/organization/$self->{o3}/property/tier", {level => 'x'});
    return;
}

# ---- words ----

sub mark_desks {
    my ($self) = @_;
    for my $key (qw(D1 D2)) {
        my $id = $self->thing($key)->{id};
        $self->put('UPDATE desk SET name = ?, description = ? WHERE id = ?',
            map({"canary_${key}_$_"} qw(name description)), $id);
        # Ways that customers may take, and those that they may not.
        $self->put('UPDATE transition SET name = ? WHERE desk_id = ? AND customer = ?', "canary_${key}_$_->[0]", $id,
            $_->[1])
            for ['way', 1], ['step', 0];
    }
    my %organization = (O1 => $self->thing('O1')->{id}, O2 => $self->thing('O2')->{id}, O3 => $self->{o3});
    $self->put('UPDATE organization_property SET value = ? WHERE organization_id = ?',
        qq({"level":"canary_${_}_property"}), $organization{$_})
        for sort keys %organization;
    return;
}

sub mark_types {
    my ($self) = @_;
    for my $row (['T1', 'D1', 'G1'], ['T2', 'D2', 'G2'], ['TX', 'D1', undef]) {
        my ($type, $key, $group) = @$row;
        my $id = $self->thing($type)->{id};
        $self->put('UPDATE request_type SET name = ?, description = ?, help_text = ?, search_key = ? WHERE id = ?',
            map({"canary_${type}_$_"} qw(name description help)),
            lc "canary_${type}_name canary_${type}_description", $id);
        $self->put('UPDATE request_field SET name = ?, description = ? WHERE request_type_id = ?',
            "canary_${type}_field", "canary_${type}_about", $id);
        $self->put('INSERT INTO request_field (request_type_id, field_id, name, description, kind, required, visible,'
            . " position, preset_value) VALUES (?, 'customfield_99', ?, ?, 'text', 0, 0, 9, ?)",
            $id, ("canary_${type}_unseen") x 2, qq{"canary_${type}_unseen"});
        $self->put('INSERT INTO request_field (request_type_id, field_id, name, kind, required, visible, position,'
            . " options, default_value) VALUES (?, 'customfield_98', ?, 'select', 0, 1, 8, ?, ?)", $id,
            "canary_${type}_field", qq([{"id":"1","value":"canary_${type}_option"}]),
            qq({"id":"1","value":"canary_${type}_default"}));
        next unless $group;
        $self->put('INSERT INTO request_type_group (desk_id, name, position) VALUES (?, ?, 1)',
            $self->thing($key)->{id}, "canary_${group}_name");
        $self->put('INSERT INTO request_type_group_member (group_id, request_type_id, position)'
            . ' SELECT id, ?, 1 FROM request_type_group WHERE name = ?', $id, "canary_${group}_name");
    }
    return;
}

sub mark_requests {
    my ($self) = @_;
    for my $name (qw(R1 RS RP R2 RX)) {
        $self->put('INSERT INTO request_value (request_id, position, field_id, label, kind, visible, value)'
            . " VALUES (?, ?, ?, ?, 'text', ?, ?)", $self->thing($name)->{id}, @$_)
            for [90, 'customfield_90', "canary_${name}_label", 1, qq{"canary_${name}_value"}],
                [91, 'customfield_91', "canary_${name}_hidden", 0, qq{"canary_${name}_hidden"}];
    }
    return;
}

sub mark_people {
    my ($self) = @_;
    for my $who (@accounts, 'gone', 'guest') {
        my $id = $self->person($who)->{id};
        my ($display, $address) = ("canary_${who}_display", "canary_${who}_address\@example.org");
        $self->put('UPDATE account SET display_name = ?, address = ?, address_key = ? WHERE id = ?', $display, $address,
            $address, $id);
        $self->put('INSERT INTO account_word (word, account_id) VALUES (?, ?) ON CONFLICT DO NOTHING', $_, $id)
            for lc $display, "canary_${who}_address";
        $self->put('INSERT INTO account_part (part, account_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
            substr($_, 0, 8), $id)
            for map { my $text = $_; map { substr $text, $_ } 0 .. length($text) - 1 } lc $display, lc $address;
        next if $who eq 'guest';
        $self->put('UPDATE token SET label = ? WHERE account_id = ?', "canary_${who}_token", $id);
        $self->put('INSERT INTO session (hash, account_id, kind, directory, generation, created, last_seen, idle,'
            . q{ expires, csrf, source) SELECT ?, id, 'password', 'internal', generation, 1, ?, ?, ?, 'x', ?}
            . ' FROM account WHERE id = ?', "hash of $who", (9e12) x 3, "canary_${who}_source", $id);
    }
    for my $n (0, 1, 2) {
        $self->put('INSERT INTO signup (id, desk_id, address, address_key, display_name, password_hash, state, created,'
            . q{ expires) VALUES (?, ?, ?, ?, ?, 'x', 'waiting', 1, 99999999999999)}, 800 + $n,
            $n ? $self->thing("D$n")->{id} : undef, ("canary_W${n}_address\@example.net") x 2, "canary_W${n}_display");
    }
    return;
}

sub mark_groups {
    my ($self) = @_;
    for my $n (1, 2) {
        $self->put('INSERT INTO user_group (id, directory_id, name, name_key, description, created)'
            . ' VALUES (?, 1, ?, ?, ?, 1)', 700 + $n, "canary_UG${n}_name", lc "canary_UG${n}_name",
            "canary_UG${n}_about");
        $self->put("INSERT INTO desk_role_group (desk_id, group_id, role, created) VALUES (?, ?, 'customer', 1)",
            $self->thing("D$n")->{id}, 700 + $n);
    }
    return;
}

sub mark_site {
    my ($self) = @_;
    $self->put(q{INSERT INTO directory (id, name, kind, writable, position, created)
        VALUES (77, 'canary_DIR_name', 'external', 0, 9, 1)});
    $self->put(q{INSERT INTO notice (kind, subject, detail, first_at, last_at, times)
        VALUES ('licence.seat', 'canary_N_subject', '{"seats":"canary_N_detail"}', 1, 1, 1)});
    for my $n (0, 1, 2) {
        my $desk = $n ? $self->thing("D$n")->{id} : 0;
        $self->put(q{INSERT INTO domain_rule (desk_id, verdict, pattern) VALUES (?, 'block', ?)}, $desk,
            "canary_D${n}_domain.example");
        $self->put('INSERT INTO audit (at, actor, directory, face, source, act, object_type, desk_id, result, detail)'
            . q{ VALUES (1, ?, ?, 'rest', ?, 'test', 'desk', ?, 'done', ?)},
            map({"canary_A${n}_$_"} qw(actor directory source)), $desk || undef, qq({"a":"canary_A${n}_detail"}));
    }
    $self->put('INSERT INTO organization_domain (domain, organization_id) VALUES (?, ?)', 'canary_O1_domain.example',
        $self->thing('O1')->{id});
    $self->put('INSERT INTO outbox (message_id, kind, address, mailbox, proven, content, source, counted, urgent,'
        . q{ state, answer, created, due, done) VALUES ('m', 'welcome', ?, ?, 0, ?, ?, 0, 0, 'dead', ?, 1, 1, 1)},
        ('canary_M_address@example.net') x 2, '{"inviter":"canary_M_content"}', 'canary_M_source', 'canary_M_answer');
    return;
}

1;
