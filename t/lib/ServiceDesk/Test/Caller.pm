package ServiceDesk::Test::Caller;

# Somebody who talks to the server: one user agent with its own connections and cookies, one way to say who it is.
#
#     my $c1 = $desk->as('c1');
#     my $answer = $c1->post('/rest/servicedeskapi/request/D1-1/comment', {body => 'Hello', public => \1});
#     $answer->code; $answer->json('/id'); $answer->headers->header('ETag');
#
# Answers are Mojo::Message::Response. A body that is a reference is sent as JSON, a string as it is. Paths are sent as
# they are written. What stands after the body are headers.

use strict;
use warnings;
use Mojo::JSON ();
use Mojo::UserAgent ();
use Mojo::Util ();

sub new {
    my ($class, $desk, $name, $how) = @_;
    my $agent = Mojo::UserAgent->new(max_redirects => 0, connect_timeout => 5, inactivity_timeout => 30);
    my $self = bless {desk => $desk, name => $name, headers => {}, agent => $agent}, $class;
    my $person = $name ? $desk->person($name) : undef;
    if ($how eq 'basic') {
        $self->basic($person->{name}, $person->{password});
    } elsif ($how eq 'bearer') {
        $self->{headers}{Authorization} = "Bearer $person->{token}";
    } elsif ($how eq 'reader') {
        $self->{headers}{Authorization} = "Bearer $person->{reader}";
    } elsif ($how eq 'session') {
        my %credentials = (username => $person->{name}, password => $person->{password});
        my $answer = $self->post('/rest/auth/1/session', \%credentials);
        die "$name cannot sign in: " . $answer->code . ' ' . $answer->body . "\n" unless $answer->code == 200;
    }
    return $self;
}

sub basic {
    my ($self, $name, $password) = @_;
    my $bytes = Mojo::Util::encode('UTF-8', "$name:$password");
    $self->{headers}{Authorization} = 'Basic ' . Mojo::Util::b64_encode($bytes, '');
    return $self;
}

sub bearer {
    my ($self, $token) = @_;
    $self->{headers}{Authorization} = "Bearer $token";
    return $self;
}

# Headers that go with every request from now on; undef takes one away.
sub with {
    my ($self, %headers) = @_;
    $self->{headers}{$_} = $headers{$_} for keys %headers;
    return $self;
}

sub agent   { return $_[0]{agent} }
sub cookies { return $_[0]{agent}->cookie_jar->all }

sub get    { my ($self, $path, @more) = @_; return $self->call('GET', $path, undef, @more) }
sub head   { my ($self, $path, @more) = @_; return $self->call('HEAD', $path, undef, @more) }
sub post   { my ($self, $path, $body, @more) = @_; return $self->call('POST', $path, $body, @more) }
sub put    { my ($self, $path, $body, @more) = @_; return $self->call('PUT', $path, $body, @more) }
sub delete { my ($self, $path, $body, @more) = @_; return $self->call('DELETE', $path, $body, @more) }

sub call {
    my ($self, $method, $path, $body, %headers) = @_;
    %headers = (%{$self->{headers}}, %headers);
    if (ref $body) {
        $headers{'Content-Type'} //= 'application/json';
        $body = Mojo::JSON::encode_json($body);
    }
    delete $headers{$_} for grep { !defined $headers{$_} } keys %headers;
    my $url = $path =~ /^http/ ? $path : $self->{desk}->base . $path;
    my $transaction = $self->{agent}->build_tx($method => $url => \%headers => defined $body ? $body : ());
    $transaction = $self->{agent}->start($transaction);
    my $error = $transaction->error;
    die "$method $path: $error->{message}\n" if $error && !$error->{code};
    return $transaction->res;
}

1;
