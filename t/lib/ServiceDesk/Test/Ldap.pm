package ServiceDesk::Test::Ldap;

# A private OpenLDAP for one test: slapd as this user, on a free port of 127.0.0.1, its data in a directory that goes.
#
#     my $ldap = ServiceDesk::Test::Ldap->new;
#     $ldap->add("dn: uid=ann,ou=people,dc=example,dc=org\n...");
#     $ldap->url; $ldap->stop; $ldap->start;
#
# ou=people and ou=groups are there, and cn=desk (password file `secret`), which may write people and no more.

use strict;
use warnings;
use File::Path ();
use File::Temp ();
use IO::Socket::INET ();
use POSIX ();
use ServiceDesk::Test;
use Time::HiRes ();

my $base = 'dc=example,dc=org';
my @live;

sub base { return $base }
sub dir  { return $_[0]{dir} }
sub url  { return "ldap://127.0.0.1:$_[0]{port}" }

sub new {
    my ($class) = @_;
    my $self = bless {dir => File::Temp::tempdir('servicedesk-ldap-XXXXXX', TMPDIR => 1)}, $class;
    push @live, $self;
    mkdir "$self->{dir}/data" or die "$self->{dir}/data: $!";
    $self->{port} = ServiceDesk::Test::free_port();
    $self->put('slapd.conf', $self->configuration);
    chmod 0600, $self->put('secret', "the desk's own secret\n");
    $self->start;
    $self->add(<<"END");
dn: $base
objectClass: dcObject
objectClass: organization
o: example
dc: example

dn: ou=people,$base
objectClass: organizationalUnit
ou: people

dn: ou=groups,$base
objectClass: organizationalUnit
ou: groups

dn: cn=desk,$base
objectClass: applicationProcess
objectClass: simpleSecurityObject
cn: desk
userPassword: the desk's own secret
END
    return $self;
}

sub configuration {
    my ($self) = @_;
    my $dir = $self->{dir};
    return <<"END";
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile $dir/slapd.pid
argsfile $dir/slapd.args
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
database mdb
suffix "$base"
rootdn "cn=root,$base"
rootpw root
directory $dir/data
maxsize 10485760
overlay memberof
access to attrs=userPassword by dn.exact="cn=desk,$base" write by anonymous auth by * none
access to dn.subtree="ou=people,$base" by dn.exact="cn=desk,$base" write by * read
access to * by * read
END
}

sub put {
    my ($self, $name, $text) = @_;
    open my $file, '>', "$self->{dir}/$name" or die "$self->{dir}/$name: $!";
    print {$file} $text;
    close $file or die "$self->{dir}/$name: $!";
    return "$self->{dir}/$name";
}

sub start {
    my ($self) = @_;
    my ($setpriv) = grep {-x} qw(/usr/bin/setpriv /bin/setpriv);
    my @command = ('slapd', '-d', '0', '-h', $self->url, '-f', "$self->{dir}/slapd.conf");
    unshift @command, $setpriv, '--pdeathsig', 'TERM', '--' if $setpriv;
    defined(my $pid = fork) or die "fork: $!";
    if (!$pid) {
        open STDIN,  '<',  '/dev/null';
        open STDOUT, '>>', "$self->{dir}/log";
        open STDERR, '>>', "$self->{dir}/log";
        local $ENV{PATH} = "$ENV{PATH}:/usr/local/sbin:/usr/sbin";
        exec {$command[0]} @command or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    for (1 .. 250) {
        return if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}, Proto => 'tcp');
        last if waitpid($pid, POSIX::WNOHANG()) == $pid;
        Time::HiRes::sleep(0.04);
    }
    die 'slapd did not start: ' . ServiceDesk::Test::slurp("$self->{dir}/log") . "\n";
}

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill TERM => $pid;
    waitpid $pid, 0;
    return;
}

# Holds it, so that it takes connections and never answers: all of its threads stand still, the last of them a moment
# after the signal. And lets it go on.
sub hold {
    my ($self) = @_;
    kill STOP => $self->{pid};
    for (1 .. 500) {
        my @states = map { ServiceDesk::Test::slurp($_) =~ /\) (\w)/ } glob "/proc/$self->{pid}/task/*/stat";
        return if !grep { $_ ne 'T' } @states;
        Time::HiRes::sleep(0.01);
    }
    die "the LDAP server does not stand still\n";
}
sub release { kill CONT => $_[0]{pid}; return }

sub run {
    my ($self, $command, $ldif, @words) = @_;
    my ($code, $out, $err) = ServiceDesk::Test::run_command({stdin => $ldif}, $command, '-x', '-H', $self->url, '-D',
        "cn=root,$base", '-w', 'root', @words);
    die "$command: $err\n" if $code;
    return $out;
}

sub add    { my ($self, $ldif) = @_; return $self->run('ldapadd', $ldif) }
sub modify { my ($self, $ldif) = @_; return $self->run('ldapmodify', $ldif) }

# The values of an attribute, by filter.
sub values_of {
    my ($self, $filter, $attribute) = @_;
    my $out = $self->run('ldapsearch', '', '-LLL', '-o', 'ldif-wrap=no', '-b', $base, $filter, $attribute);
    return sort $out =~ /^\Q$attribute\E: (.*)$/mg;
}

sub person {
    my ($self, $uid, $name, $password) = @_;
    my ($last) = $name =~ /(\S+)$/;
    return $self->add(<<"END");
dn: uid=$uid,ou=people,$base
objectClass: inetOrgPerson
uid: $uid
cn: $name
sn: $last
mail: $uid\@example.org
userPassword: $password
END
}

sub group {
    my ($self, $name, @uids) = @_;
    my $members = join '', map {"member: uid=$_,ou=people,$base\n"} @uids;
    my $rdn = $name =~ s/([,;+])/\\$1/gr;
    return $self->add("dn: cn=$rdn,ou=groups,$base\nobjectClass: groupOfNames\ncn: $name\n$members");
}

sub finish {
    my ($self) = @_;
    $self->release if $self->{pid};
    $self->stop;
    File::Path::remove_tree($self->{dir});
    @live = grep { $_ != $self } @live;
    return;
}

END { local $?; $_->finish for @live }

1;
