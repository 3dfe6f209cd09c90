package ServiceDesk::Test::Page;

# A browser without JavaScript: cookies, pages, forms.
#
#     my $page = ServiceDesk::Test::Page->new($desk, language => 'ko');
#     $page->get('/account/signin')->submit(name => 'c1', password => $password);
#     is $page->location, '/account', 'sent on';
#     is $page->follow->title, '...';
#
# Answers are not followed by themselves. Addresses are told without scheme and host.

use strict;
use warnings;
use Mojo::UserAgent;

sub new {
    my ($class, $desk, %option) = @_;
    my $ua = Mojo::UserAgent->new(max_redirects => 0, inactivity_timeout => 20);
    return bless {desk => $desk, ua => $ua, headers => {}, %option}, $class;
}

# Signed in by the form.
sub signed_in {
    my ($class, $desk, $name, %option) = @_;
    my $self = $class->new($desk, %option);
    my $person = $desk->person($name);
    $self->get('/account/signin')->submit(name => $person->{name}, password => $person->{password});
    die "$name is not signed in: " . $self->code unless $self->code == 303;
    return $self;
}

sub request {
    my ($self, $method, $path, $headers, @body) = @_;
    my %language = $self->{language} ? ('Accept-Language' => $self->{language}) : ();
    my %all = (%{$self->{headers}}, %language, %{$headers // {}});
    delete $all{$_} for grep { !defined $all{$_} } keys %all;
    my $tx = $self->{ua}->build_tx($method => $self->{desk}->base . $path, \%all, @body);
    $self->{tx} = $self->{ua}->start($tx);
    $self->{path} = $path;
    return $self;
}

sub get { my ($self, $path, $headers) = @_; return $self->request(GET => $path, $headers) }

# Posts fields to a path, as a page of ours would have it sent.
sub post {
    my ($self, $path, $fields, $headers) = @_;
    return $self->request(POST => $path, {Origin => $self->{desk}->base, %{$headers // {}}}, form => $fields);
}

# The form of the page that posts, with its values and these.
sub submit {
    my ($self, %fields) = @_;
    my $form = $self->form or die "no form on $self->{path}: " . $self->text . "\n";
    return $self->post($form->{action}, {%{$self->values}, %fields});
}

sub form { return $_[0]->dom->at('main form[method=post]') }

# What the fields of the form hold now.
sub values {
    my ($self) = @_;
    my %values;
    my $form = $self->form or return {};
    $form->find('input[name], select[name], textarea[name]')->each(sub {
        my $field = shift;
        return if ($field->{type} // '') =~ /^(?:checkbox|radio)$/ && !exists $field->{checked};
        $values{$field->{name}} = $field->val // '';
    });
    return \%values;
}

sub follow {
    my ($self) = @_;
    return $self->get($self->location // die "no Location on $self->{path}: " . $self->code . "\n");
}

sub tx       { return $_[0]{tx} }
sub code     { return $_[0]{tx}->res->code }
sub dom      { return $_[0]{tx}->res->dom }
sub body     { return $_[0]{tx}->res->body }
sub header   { return $_[0]{tx}->res->headers->header($_[1]) }
sub title    { my $title = $_[0]->dom->at('title'); return $title ? $title->text : undef }
sub heading  { my $heading = $_[0]->dom->at('h1'); return $heading ? $heading->text : undef }
sub text     { my $main = $_[0]->dom->at('main'); return squeeze($main ? $main->all_text : $_[0]{tx}->res->text) }
sub problems { return [map { squeeze($_->all_text) } @{$_[0]->dom->find('.problems li')}] }
sub notice   { my $notice = $_[0]->dom->at('.notice'); return $notice ? squeeze($notice->all_text) : undef }

sub squeeze {
    my ($text) = @_;
    $text =~ s/\s+/ /g;
    $text =~ s/^ | $//g;
    return $text;
}

sub location {
    my ($self) = @_;
    my $location = $self->header('Location') // return;
    my $base = $self->{desk}->base;
    $location =~ s/^\Q$base\E//;
    return $location;
}

# The value of a cookie that the server has set, or undef.
sub cookie {
    my ($self, $name) = @_;
    my ($cookie) = grep { $_->name eq $name } @{$self->{ua}->cookie_jar->all};
    return $cookie && length $cookie->value ? $cookie->value : undef;
}

sub forget_cookie {
    my ($self, $name) = @_;
    my @kept = grep { $_->name ne $name } @{$self->{ua}->cookie_jar->all};
    $self->{ua}->cookie_jar->empty;
    $self->{ua}->cookie_jar->add(@kept);
    return $self;
}

1;
