#!/usr/bin/perl
# Fields of a request type: each kind's good and bad answers, defaults, presets, hidden fields; every bad answer of a
# request is named at once. And the definition of fields, which is checked as a whole too.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my %id   = map { $_ => $desk->thing($_)->{id} } qw(D1 T1 T2);
my %who  = map { $_ => $desk->as($_) } qw(da1 ag1 c1 c4);
my ($true, $false) = (\1, \0);
my $c2 = $desk->person('c2');

# Makes a type with these fields; gives its id, and the ids of the fields by name.
sub type_with {
    my (@fields) = @_;
    my $type = $who{da1}->post(API . "/servicedesk/$id{D1}/requesttype", {name => 'Fields'})->json->{id};
    my $answer = $who{da1}->put(OWN . "/servicedesk/$id{D1}/requesttype/$type/field", {fields => \@fields});
    my $made = good($answer, 'the fields are defined');
    return ($type, {map { $_->{name} => $_->{fieldId} } @{$made->{requestTypeFields}}});
}

sub ask_with {
    my ($caller, $type, %values) = @_;
    return $caller->post(API . '/request', {serviceDeskId => $id{D1}, requestTypeId => $type,
        requestFieldValues => {summary => 'A summary', %values}});
}

my @colours = map { {value => $_} } qw(Red Green Blue);
my ($type, $field) = type_with(
    {name => 'Text', kind => 'text', description => 'One line'},
    {name => 'Paragraph', kind => 'paragraph'},
    {name => 'Number', kind => 'number'},
    {name => 'Date', kind => 'date'},
    {name => 'Select', kind => 'select', options => \@colours},
    {name => 'Multi', kind => 'multiselect', options => \@colours},
    {name => 'Check', kind => 'checkbox', options => \@colours},
    {name => 'Cascade', kind => 'cascading', options => [
        {value => 'Berlin', children => [map { {value => $_} } qw(Ground First)]}, {value => 'Osaka'},
    ]},
    {name => 'User', kind => 'user'},
);

my %option;    # by field and label

subtest 'what clients are told' => sub {
    my $told = good($who{c1}->get(API . "/servicedesk/$id{D1}/requesttype/$type/field"), 'the fields of the type');
    is_deeply [@$told{qw(canRaiseOnBehalfOf canAddRequestParticipants)}], [Mojo::JSON::false(), Mojo::JSON::true()],
        'a customer raises for herself and shares';
    is $who{ag1}->get(API . "/servicedesk/$id{D1}/requesttype/$type/field")->json->{canRaiseOnBehalfOf}, 1,
        'an agent for others';
    my %told = map { $_->{name} => $_ } @{$told->{requestTypeFields}};
    is_deeply [map { $_->{name} } @{$told->{requestTypeFields}}],
        [qw(Summary Text Paragraph Number Date Select Multi Check Cascade User)],
        'in the order of the definition; a definition that says nothing of the summary leaves it in front';
    is_deeply $told{Summary}{jiraSchema}, {type => 'string', system => 'summary'}, 'the summary is a system field';
    is_deeply [@{$told{Summary}}{qw(required visible)}], [Mojo::JSON::true(), Mojo::JSON::true()], 'and required';
    my %schema = (
        Text => 'string', Paragraph => 'string', Number => 'number', Date => 'date', Select => 'option',
            Multi => 'array',
        Check => 'array', Cascade => 'option-with-child', User => 'user',
    );
    for my $name (sort keys %schema) {
        my $schema = $told{$name}{jiraSchema};
        is $schema->{type}, $schema{$name}, "$name is a $schema{$name}";
        is "customfield_$schema->{customId}", $told{$name}{fieldId}, "$name: custom, its number in the id";
        like $who{c1}->get(API . "/servicedesk/$id{D1}/requesttype/$type/field")->body,
            qr/"customId":\Q$schema->{customId}\E\b(?!")/,
            'which is a number';
        is_deeply [@{$told{$name}}{qw(required visible defaultValues presetValues)}],
            [Mojo::JSON::false(), Mojo::JSON::true(), [], []], "$name: optional, visible, empty";
        next unless @{$told{$name}{validValues}};
        $option{$name}{$_->{label}} = $_->{value} for map { ($_, @{$_->{children}}) } @{$told{$name}{validValues}};
    }
    is $told{Multi}{jiraSchema}{items}, 'option', 'several options';
    is_deeply [map { $_->{label} } @{$told{Select}{validValues}}], [qw(Red Green Blue)], 'options with their labels';
    is_deeply [map { $_->{label} } @{$told{Cascade}{validValues}[0]{children}}], [qw(Ground First)], 'and children';
    is_deeply $told{Cascade}{validValues}[1]{children}, [], 'an option without children has an empty list';
    is_deeply $told{Text}{validValues}, [], 'a text has no options';
};

# [name of the field, what is sent, what is kept]; undef: nothing is kept.
my ($red, $blue) = map { my $label = $_; +{map { $_ => {id => $option{$_}{$label},
    value => $label} } qw(Select Multi Check)} } qw(Red Blue);
my @good = (
    [Text => ' a "quoted" grüße ', 'a "quoted" grüße'], [Text => '', undef], [Text => undef, undef], [Text => '   ',
        undef],
    [Text => 'ü' x 255, 'ü' x 255],
    [Paragraph => "two\nlines\tand <b>", "two\nlines\tand <b>"], [Paragraph => 'x' x 32767, 'x' x 32767],
    [Number => 5, 5], [Number => '5', 5], [Number => 0.1, 0.1], [Number => '-12.50', -12.5], [Number => 0, 0],
        [Number => '', undef],
    [Number => 9007199254740993, 9007199254740993],
    [Date => '2026-02-28', '2026-02-28'], [Date => '2028-02-29', '2028-02-29'],
    [Select => {value => 'Red'}, $red->{Select}], [Select => {id => $option{Select}{Blue}}, $blue->{Select}],
    [Select => {id => $option{Select}{Blue} + 0}, $blue->{Select}], [Select => 'Red', $red->{Select}],
    [Multi => [{value => 'Blue'}, {id => $option{Multi}{Red}}], [$blue->{Multi}, $red->{Multi}]],
    [Multi => [{value => 'Red'}, {value => 'Red'}], [$red->{Multi}]], [Multi => [], undef],
    [Check => [{value => 'Red'}], [$red->{Check}]],
    [Cascade => {value => 'Berlin', child => {value => 'First'}}, {
        id => $option{Cascade}{Berlin}, value => 'Berlin', child => {id => $option{Cascade}{First}, value => 'First'},
    }],
    [Cascade => {value => 'Osaka'}, {id => $option{Cascade}{Osaka}, value => 'Osaka'}],
    [Cascade => {value => 'Berlin', child => undef}, {id => $option{Cascade}{Berlin}, value => 'Berlin'}],
    (map { [User => $_, {accountId => $c2->{accountId}}] } {accountId => $c2->{accountId}}, {name => 'c2'},
        $c2->{email},
        {emailAddress => uc $c2->{email}}),
);

subtest 'good answers' => sub {
    for my $row (@good) {
        my ($name, $sent, $kept) = @$row;
        my $text = substr Mojo::Util::decode('UTF-8', Mojo::JSON::encode_json([$sent])), 0, 60;
        my $made = created(ask_with($who{c1}, $type, $field->{$name} => $sent), "$name takes $text");
        is_deeply fields_of($made)->{$field->{$name}}, $kept, "and keeps it so";
        my $row = $desk->value('SELECT value FROM request_value WHERE request_id = ? AND field_id = ?',
            $made->{issueId}, $field->{$name});
        is defined $row, defined $kept, 'with a row where there is something';
    }
};

# Numbers are numbers, whatever they were sent as; long values come back whole.
subtest 'numbers on the wire' => sub {
    for my $sent (5, '5', '-0.25', '9007199254740993') {
        my $answer = ask_with($who{c1}, $type, $field->{Number} => $sent);
        like $answer->body, qr/"value":\Q$sent\E\b(?!")/, "$sent comes back as a number";
    }
};

my %bad = (
    Text      => [5, ["x"], {value => 'x'}, "two\nlines", "tab\there", "bell\x{7}", 'x' x 256, \1],
    Paragraph => [5, {}, "bell\x{7}", 'x' x 32768],
    Number    => ['five', '1e5', '+5', '05', '.5', '5.', ' 5', '0x10', {}, [5], \1, '-'],
    Date      => ['2026-02-29', '2026-13-01', '26-01-01', '2026-1-1', '2026-01-01T00:00:00', 20260101, 'today', {}],
    Select    => [{value => 'Pink'}, {id => 9999}, {}, {value => undef}, [{value => 'Red'}], 'Pink', {value => 'red'}],
    Multi     => [[{value => 'Pink'}], [{value => 'Red'}, {value => 'Pink'}], {value => 'Pink'}, [undef], [[]]],
    Check     => [[{value => 'Pink'}], ['Red', 9999], 7],
    Cascade   => [{value => 'First'}, {value => 'Osaka', child => {value => 'First'}}, {value => 'Berlin',
        child => {value => 'Second'}},
        {child => {value => 'First'}}, 'Rome'],
    User      => [{name => 'noone'}, {accountId => 'x'}, {name => 'c4'}, {name => 'nobody'}, 5, [{name => 'c2'}], {}],
);

subtest 'bad answers' => sub {
    my $before = $desk->value('SELECT count(*) FROM request');
    for my $name (sort keys %bad) {
        for my $sent (@{$bad{$name}}) {
            my $text = substr Mojo::Util::decode('UTF-8', Mojo::JSON::encode_json([$sent])), 0, 60;
            refused(ask_with($who{c1}, $type, $field->{$name} => $sent), 400, "$name refuses $text", $field->{$name});
        }
    }
    is $desk->value('SELECT count(*) FROM request'), $before, 'no request came of it';
};

subtest 'all that is wrong, at once' => sub {
    my @names = sort keys %bad;
    my %values = map { $field->{$_} => $bad{$_}[0] } @names;
    my $told = refused(ask_with($who{c1}, $type, %values, summary => '', nothing => 1, customfield_1 => 2), 400,
        'nine bad answers, no summary, two fields that there are not', (map { $field->{$_} } @names),
            qw(summary nothing customfield_1));
    is scalar @{$told->{errorMessages}}, 12, 'a text for each';
    is_deeply refused($who{c1}->post(API . '/request/validate', {serviceDeskId => $id{D1}, requestTypeId => $type,
        requestFieldValues => {%values, nothing => 1, customfield_1 => 2}}), 400, 'validate says the same',
        (map { $field->{$_} } @names), qw(summary nothing customfield_1))->{errors}, $told->{errors},
            'in the same words';
    refused($who{c1}->post(API . '/request', {serviceDeskId => $id{D1}, requestTypeId => $type,
        requestFieldValues => [1]}), 400,
        'values that are no object', 'requestFieldValues');
    my %many = map { ("field$_" => 1) } 1 .. 1000;
    is scalar(keys %{$who{c1}->post(API . '/request', {serviceDeskId => $id{D1}, requestTypeId => $type,
        requestFieldValues => {summary => 'x', %many}})->json->{errors}}), 1000,
            'a thousand unknown fields are a thousand errors';
};

subtest 'required, default, preset, hidden' => sub {
    my ($strict, $f) = type_with(
        {fieldId => 'description', required => $true},
        {fieldId => 'summary', name => 'What is it?'},
        {name => 'Must', kind => 'select', required => 'true', options => ['Yes', 'No']},
        {name => 'Default', kind => 'number', required => $true, defaultValue => '7'},
        {name => 'Preset', kind => 'text', presetValue => 'always'},
        {name => 'Hidden', kind => 'multiselect', visible => $false, options => ['A', 'B'], presetValue => ['B']},
        {name => 'Inside', kind => 'text', visible => 0, defaultValue => 'inside default'},
    );
    my $path = API . "/servicedesk/$id{D1}/requesttype/$strict/field";
    is_deeply [map { $_->{name} } @{$who{c1}->get($path)->json->{requestTypeFields}}],
        ['Description', 'What is it?', qw(Must Default Preset)], 'hidden fields are not told';
    is_deeply [map { $_->{name} } @{$who{c1}->get("$path?expand=hiddenFields")->json->{requestTypeFields}}],
        ['Description', 'What is it?', qw(Must Default Preset)], 'a customer does not get them by asking';
    my %told = map { $_->{name} => $_ } @{$who{da1}->get("$path?expand=hiddenFields")->json->{requestTypeFields}};
    is_deeply [sort keys %told], [sort 'Description', 'What is it?', qw(Must Default Preset Hidden Inside)],
        'the administrator does';
    is_deeply $told{Default}{defaultValues}, [{value => '7', label => '7', children => []}], 'a default as a choice';
    is_deeply $told{Preset}{presetValues}, ['always'], 'a preset as a text';
    is_deeply $told{Hidden}{presetValues}, [$told{Hidden}{validValues}[1]{value}],
        'the preset of a select by the id of its option';

    refused(ask_with($who{c1}, $strict, description => ' '), 400, 'what is required and missing', 'description',
        $f->{Must});
    my %least = (description => 'd', $f->{Must} => 'Yes');
    my $made = created(ask_with($who{c1}, $strict, %least), 'the least');
    is_deeply [map { $_->{label} } @{$made->{requestFieldValues}}], ['Description', 'What is it?',
        qw(Must Default Preset)],
        'the answers in the order of the fields, hidden ones not among them';
    is fields_of($made)->{$f->{Default}}, 7, 'the default';
    is fields_of($made)->{$f->{Preset}}, 'always', 'the preset';
    is_deeply $desk->rows('SELECT label, visible, value FROM request_value'
        . ' WHERE request_id = ? AND visible = 0 ORDER BY position', $made->{issueId}),
        [{label => 'Hidden', visible => 0, value => Mojo::Util::decode('UTF-8',
            Mojo::JSON::encode_json([{id => $told{Hidden}{validValues}[1]{value}, value => 'B'}]))},
            {label => 'Inside', visible => 0, value => '"inside default"'}], 'hidden ones are kept';
    is fields_of($who{ag1}->get(API . "/request/$made->{issueKey}")->json)->{$f->{Hidden}}, undef,
        'an agent\'s portal view has no hidden field either';
    my $other = created(ask_with($who{c1}, $strict, %least, $f->{Default} => 8, $f->{Preset} => 'mine'),
        'answered otherwise');
    is fields_of($other)->{$f->{Default}}, 8, 'a default gives way';
    is fields_of($other)->{$f->{Preset}}, 'always', 'a preset does not';
    refused(ask_with($who{c1}, $strict, %least, $f->{Inside} => 'x'), 400,
        'a customer cannot set a hidden field: it is not there', $f->{Inside});
    my $agents = created(ask_with($who{ag1}, $strict, %least, $f->{Inside} => 'by agent'), 'an agent can');
    is $desk->value('SELECT value FROM request_value WHERE request_id = ? AND field_id = ?', $agents->{issueId},
        $f->{Inside}), '"by agent"', 'it is kept';
};

subtest 'definitions' => sub {
    my ($again, $f) = type_with({name => 'Colour', kind => 'select', options => ['Red', 'Green']}, {name => 'Gone',
        kind => 'text'});
    my $path = OWN . "/servicedesk/$id{D1}/requesttype/$again/field";
    my $request = created(ask_with($who{c1}, $again, $f->{Colour} => 'Green', $f->{Gone} => 'kept'),
        'a request before');
    my $green = fields_of($request)->{$f->{Colour}}{id};
    news($desk);
    my $after = good($who{da1}->put($path, {fields => [{fieldId => 'summary'},
        {fieldId => $f->{Colour}, name => 'Farbe', kind => 'select', options => ['Green', 'Blue']},
            {fieldId => 'description'}]}), 'changed');
    is_deeply [news($desk)], ["internal/da1 request-type.define request-type:$again"], 'audited';
    is_deeply [map { $_->{fieldId} } @{$after->{requestTypeFields}}], ['summary', $f->{Colour}, 'description'],
        'a field that is named keeps its id';
    my %options = map { $_->{label} => $_->{value} } @{$after->{requestTypeFields}[1]{validValues}};
    is $options{Green}, $green, 'so does an option';
    isnt $options{Blue}, 1, 'and the id of one that went away does not come back';
    my $old = fields_of($who{c1}->get(API . "/request/$request->{issueKey}")->json);
    is_deeply [$old->{$f->{Colour}}{value}, $old->{$f->{Gone}}], ['Green', 'kept'], 'the old request is as it was';

    my @wrong = (
        [{kind => 'text'} => 'name'], [{name => 'x'} => 'kind'], [{name => 'x', kind => 'colour'} => 'kind'],
        [{name => 'x', kind => 'select'} => 'options'], [{name => 'x', kind => 'select', options => []} => 'options'],
        [{name => 'x', kind => 'text', options => ['a']} => 'options'], [{name => 'x', kind => 'select',
            options => ['a', 'a']} => 'options[1]'],
        [{name => 'x', kind => 'select', options => [{value => 'a', children => ['b']}]} => 'options[0].children'],
        [{name => 'x', kind => 'cascading', options => [{value => 'a', children => [{value => 'b',
            children => ['c']}]}]}
            => 'options[0].children[0].children'],
        [{name => 'x', kind => 'number', defaultValue => 'many'} => 'defaultValue'],
        [{name => 'x', kind => 'date', presetValue => 'soon'} => 'presetValue'],
        [{name => 'x', kind => 'text', required => 1, visible => $false} => 'presetValue'],
        [{fieldId => 'customfield_1', name => 'x', kind => 'text'} => 'fieldId'], [{name => 'x', kind => 'text',
            visible => 'maybe'} => 'visible'],
        [{fieldId => 'summary', kind => 'paragraph'} => 'kind'], [{name => 'x' x 256, kind => 'text'} => 'name'],
    );
    news($desk);
    for my $row (@wrong) {
        my ($definition, $member) = @$row;
        refused($who{da1}->put($path, {fields => [$definition]}), 400,
            "$member is refused: " . substr(Mojo::JSON::encode_json($definition), 0, 60),
            "fields[0].$member");
    }
    refused($who{da1}->put($path, {fields => [map { $_->[0] } @wrong]}), 400, 'all of them at once',
        map { "fields[$_].$wrong[$_][1]" } 0 .. $#wrong);
    refused($who{da1}->put($path, {fields => [1, {fieldId => 'summary'}, {fieldId => 'summary'}]}), 400,
        'no object; one twice', 'fields[0]', 'fields[2].fieldId');
    refused($who{da1}->put($path, {fields => {}}), 400, 'no array', 'fields');
    refused($who{da1}->put($path, {}), 400, 'nothing', 'fields');
    refused($who{da1}->put($path), 400, 'no body', 'fields');
    refused($who{ag1}->put($path, {fields => []}), 403, 'by an agent');
    refused($who{c1}->put($path, {fields => []}), 403, 'by a customer');
    refused($who{c4}->put($path, {fields => []}), 404, 'by a stranger');
    refused($who{da1}->put(OWN . "/servicedesk/$id{D1}/requesttype/$id{T2}/field", {fields => []}), 404,
        'a type of another desk');
    is_deeply [news($desk)], [map { denied($_, OWN . '/servicedesk/{desk}/requesttype/{type}/field') }
        qw(htpasswd/ag1 internal/c1)], 'audited: what was forbidden';
    is_deeply [map { $_->{fieldId} } @{$who{c1}->get(API
        . "/servicedesk/$id{D1}/requesttype/$again/field")->json->{requestTypeFields}}],
        ['summary', $f->{Colour}, 'description'], 'nothing changed';
};

$desk->finish;
done_testing;
