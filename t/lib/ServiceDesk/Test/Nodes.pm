package ServiceDesk::Test::Nodes;

# Several httpd nodes on one database, and a balancer in front of them that sends each request to the next one, wherever
# the one before went: the balancer of conf/postgresql.conf. People talk to the balancer, or to one node:
#
#     my $nodes = ServiceDesk::Test::Nodes->new(2, conf => 'LogLevel debug');
#     $nodes->balancer->as('c1')->get(...);  $nodes->node(0)->as('c1')->get(...);
#     $nodes->finish;

use strict;
use warnings;
use File::Copy ();

use ServiceDesk::Test;
use ServiceDesk::Test::Example;

sub new {
    my ($class, $count, %option) = @_;
    my $balancer = ServiceDesk::Test::Nodes::Balancer->new(bare => 1, start => 0);
    $balancer->{port} = ServiceDesk::Test::free_port();
    my $conf = "ServiceDeskBaseURL http://127.0.0.1:$balancer->{port}\n" . ($option{conf} // '');
    my $first = ServiceDesk::Test->new(%option, fixture => 1, conf => $conf);
    my $self = bless {balancer => $balancer, nodes => [$first]}, $class;
    $self->add(%option, conf => $conf) for 2 .. $count;
    $balancer->{nodes} = $self->{nodes};
    @$balancer{qw(db world)} = @$first{qw(db world)};
    $balancer->start;
    return $self;
}

# Another node: the same database, the same secrets.
sub add {
    my ($self, %option) = @_;
    my $first = $self->{nodes}[0];
    my $node = ServiceDesk::Test->new(%option, bare => 1, start => 0);
    @$node{qw(db world)} = @$first{qw(db world)};
    File::Copy::copy($first->pepper, $node->pepper) or die 'pepper: ' . $!;
    chmod 0600, $node->pepper;
    File::Copy::copy($first->dir . '/htpasswd', $node->dir . '/htpasswd') or die "htpasswd: $!";
    $node->start;
    push @{$self->{nodes}}, $node;
    return $node;
}

sub balancer { return $_[0]{balancer} }
sub node     { return $_[0]{nodes}[$_[1]] }
sub nodes    { return @{$_[0]{nodes}} }

# The database goes with the first of them, so that one is the last to end.
sub finish {
    my ($self) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    for my $server ($self->{balancer}, reverse @{$self->{nodes}}) {
        $server->{db} = ServiceDesk::Test::Database->new($server->dir) if $server != $self->{nodes}[0];
        $server->finish;
    }
    return;
}

package ServiceDesk::Test::Nodes::Balancer;

our @ISA = ('ServiceDesk::Test');

sub configuration {
    my ($self) = @_;
    my ($dir, $port) = @$self{qw(dir port)};
    my $modules = ServiceDesk::Test::load_modules(qw(mpm_event unixd log_config authz_core proxy proxy_http
        proxy_balancer slotmem_shm lbmethod_byrequests));
    my ($one, @others) = map { $_->{port} } @{$self->{nodes}};
    my $proxy = ServiceDesk::Test::Example::block('<Proxy balancer://desk>', '10.0.0.11:8080' => "127.0.0.1:$one",
        "    BalancerMember http://10.0.0.12:8080 retry=5 disablereuse=on\n" =>
            join '', map {"    BalancerMember http://127.0.0.1:$_ retry=5 disablereuse=on\n"} @others);
    return <<"END";
ServerRoot "$dir"
ServerName 127.0.0.1
Listen 127.0.0.1:$port
PidFile "$dir/httpd.pid"
DefaultRuntimeDir "$dir"
$modules
ErrorLog "$dir/logs/error.log"
LogLevel warn
<Location />
    Require all granted
</Location>
$proxy
END
}

1;
