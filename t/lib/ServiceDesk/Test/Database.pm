package ServiceDesk::Test::Database;

# The database of one test server: a file, or a database of its own in the cluster that all tests of a run share. The
# environment says which: DB=sqlite (the default) or DB=pgsql; SD_CLUSTER is where the cluster is (t/with-cluster), and
# a test that finds none starts its own. SD_POOLER is where a PgBouncer in front of it is, for httpd alone.
#
#   place      what DBDParams and servicedeskctl are told      driver   what DBDriver is
#   connect    a DBI handle beside the server's                 lines    more lines for httpd's configuration
#   keep(name), copy(name)    puts it aside under a name as the fixture; starts as a copy of that
#   remove     after the test
#   references(dbh, table, other)         the columns of a table whose foreign key is the id of another
#   texts(dbh, table)                     the columns that hold texts
#   home       a name for where it is: databases of the same home can be copied into one another
#   begin_look(dbh)    a transaction that sees one moment and is in nobody's way
#   tables(dbh), columns(dbh, table)      names       last_number(dbh, desk)    the last request number of a desk's id
#   snapshot(dbh), restore(dbh, except)   all tables as they are; as they were then, but for those named
#   damage(dbh)                           what the database itself finds wrong with it, a line each

use strict;
use warnings;

sub new {
    my ($class, $dir) = @_;
    my $db = $ENV{DB} || 'sqlite';
    my $kind = {sqlite => 'SQLite', pgsql => 'PgSQL'}->{$db} or die "DB=$db: it is sqlite or pgsql\n";
    return "ServiceDesk::Test::Database::$kind"->make($dir);
}

sub without {
    my ($except, @names) = @_;
    my %except = map { $_ => 1 } @$except;
    return grep { !$except{$_} } @names;
}

package ServiceDesk::Test::Database::SQLite;

use DBI ();
use File::Copy ();

sub make { my ($class, $dir) = @_; return bless {dir => $dir}, $class }
sub place  { return "$_[0]{dir}/state/servicedesk.db" }
sub driver { return 'sqlite3' }
sub home   { return 'file' }
sub lines  { return '' }
sub remove { return }

sub begin_look {
    my ($self, $dbh) = @_;
    local $dbh->{sqlite_use_immediate_transaction} = 0;
    $dbh->begin_work;
    $dbh->selectrow_array('SELECT COUNT(*) FROM schema_step');    # begins here, and not before
    return;
}

sub connect {
    my ($self) = @_;
    return DBI->connect('dbi:SQLite:dbname=' . $self->place, '', '', {
        RaiseError => 1, PrintError => 0, AutoCommit => 1, sqlite_use_immediate_transaction => 1,
        sqlite_busy_timeout => 5000, sqlite_unicode => 1,
    });
}

# Ids of a table go on behind `id`.
sub set_last_id {
    my ($self, $dbh, $table, $id) = @_;
    $dbh->do('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)', undef, $table, $id);
    return;
}

sub tables {
    my ($self, $dbh) = @_;
    return grep { !/^sqlite_/ }
        @{$dbh->selectcol_arrayref(q{SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name})};
}

sub columns {
    my ($self, $dbh, $table) = @_;
    return map { $_->[1] } @{$dbh->selectall_arrayref("PRAGMA table_info($table)")};
}

sub references {
    my ($self, $dbh, $table, $other) = @_;
    return map { $_->[3] } grep { $_->[2] eq $other } @{$dbh->selectall_arrayref("PRAGMA foreign_key_list($table)")};
}

sub texts {
    my ($self, $dbh, $table) = @_;
    return map { $_->[1] } grep { $_->[2] eq 'TEXT' } @{$dbh->selectall_arrayref("PRAGMA table_info($table)")};
}

sub last_number {
    my ($self, $dbh, $desk) = @_;
    return scalar $dbh->selectrow_array('SELECT last FROM desk_number WHERE desk_id = ?', undef, $desk);
}

sub snapshot {
    my ($self, $dbh) = @_;
    my $path = "$self->{dir}/snapshot.db";
    $dbh->do('DETACH DATABASE snapshot') if $self->{snapshot}++;
    unlink $path;
    $dbh->sqlite_backup_to_file($path);
    $dbh->do('ATTACH DATABASE ? AS snapshot', undef, $path);
    return;
}

sub restore {
    my ($self, $dbh, @except) = @_;
    $dbh->do('PRAGMA foreign_keys = OFF');
    $dbh->begin_work;
    for my $table (ServiceDesk::Test::Database::without(\@except, $self->tables($dbh)), 'sqlite_sequence') {
        $dbh->do("DELETE FROM main.$table");
        $dbh->do("INSERT INTO main.$table SELECT * FROM snapshot.$table");
    }
    $dbh->commit;
    return;
}

sub damage {
    my ($self, $dbh) = @_;
    return (
        map({"foreign key: $_->[0] $_->[1]"} @{$dbh->selectall_arrayref('PRAGMA foreign_key_check')}),
        map({"integrity: $_"} grep { $_ ne 'ok' } @{$dbh->selectcol_arrayref('PRAGMA integrity_check')}),
    );
}

sub keep {
    my ($self, $store) = @_;
    my $dbh = $self->connect;
    $dbh->do('PRAGMA wal_checkpoint(TRUNCATE)');
    $dbh->disconnect;
    File::Copy::copy($self->place, "$store/servicedesk.db") or die "$store: $!";
    return;
}

sub copy {
    my ($self, $store) = @_;
    File::Copy::copy("$store/servicedesk.db", $self->place) or die "$store: $!";
    chmod 0600, $self->place;
    return;
}

package ServiceDesk::Test::Database::PgSQL;

use Cwd ();
use DBI ();
use Digest::SHA ();
use File::Temp ();
use IPC::Open2 ();

my $hold;       # our end of the pipe that keeps our own cluster alive
my $made = 0;

# libpq's words for the cluster.
sub cluster {
    return $ENV{SD_CLUSTER} if $ENV{SD_CLUSTER};
    my $top = Cwd::abs_path(__FILE__) =~ s{/t/lib/ServiceDesk/Test/Database\.pm$}{}r;
    my $dir = File::Temp::tempdir('servicedesk-cluster-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $pid = IPC::Open2::open2(my $out, $hold, "$top/conf/cluster", "$dir/c", 'fsync=off', 'max_connections=200');
    chomp(my $where = <$out> // die "no PostgreSQL\n");
    return $ENV{SD_CLUSTER} = $where;
}

sub make {
    my ($class, $dir) = @_;
    return bless {cluster => cluster(), name => "t_${$}_" . ++$made}, $class;
}

sub place {
    my ($self) = @_;
    $self->{created} //= $self->run("CREATE DATABASE $self->{name}");
    return "$self->{cluster} dbname=$self->{name}";
}

sub driver { return 'pgsql' }
sub home   { return substr Digest::SHA::sha1_hex($_[0]{cluster}), 0, 8 }

sub begin_look {
    my ($self, $dbh) = @_;
    $dbh->begin_work;
    $dbh->do('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    return;
}

sub lines {
    my ($self) = @_;
    return $ENV{SD_POOLER} ? "DBDParams \"$ENV{SD_POOLER} dbname=$self->{name}\"\nServiceDeskPrepare Off" : '';
}

sub handle {
    my ($self, $name) = @_;
    my $where = "$self->{cluster} dbname=$name";
    $where =~ s/ /;/g;
    return DBI->connect("dbi:Pg:$where", '', '', {RaiseError => 1, PrintError => 0, AutoCommit => 1});
}

sub connect { my ($self) = @_; $self->place; return $self->handle($self->{name}) }

# A statement that concerns databases as such. Two of them that copy one at the same time wait for each other.
sub run {
    my ($self, $sql) = @_;
    my $dbh = $self->handle('postgres');
    $dbh->do('SET client_min_messages = error');
    $dbh->do($sql);
    $dbh->disconnect;
    return 1;
}

sub set_last_id {
    my ($self, $dbh, $table, $id) = @_;
    $dbh->do("SELECT setval(pg_get_serial_sequence(?, 'id'), ?)", undef, $table, $id);
    return;
}

sub tables {
    my ($self, $dbh) = @_;
    return @{$dbh->selectcol_arrayref(
        q{SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename COLLATE "C"})};
}

sub columns {
    my ($self, $dbh, $table) = @_;
    return @{$dbh->selectcol_arrayref('SELECT attname FROM pg_attribute WHERE attrelid = ?::regclass AND attnum > 0'
        . ' AND NOT attisdropped ORDER BY attnum', undef, $table)};
}

sub references {
    my ($self, $dbh, $table, $other) = @_;
    return @{$dbh->selectcol_arrayref(q{SELECT a.attname FROM pg_constraint c JOIN pg_attribute a
        ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey) WHERE c.contype = 'f' AND c.conrelid = ?::regclass
        AND c.confrelid = ?::regclass}, undef, $table, $other)};
}

sub texts {
    my ($self, $dbh, $table) = @_;
    return @{$dbh->selectcol_arrayref(q{SELECT attname FROM pg_attribute WHERE attrelid = ?::regclass AND attnum > 0
        AND NOT attisdropped AND atttypid = 'text'::regtype ORDER BY attnum}, undef, $table)};
}

sub last_number {
    my ($self, $dbh, $desk) = @_;
    return scalar $dbh->selectrow_array(
        "SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END FROM desk_number_$desk");
}

sub sequences {
    my ($dbh) = @_;
    return @{$dbh->selectall_arrayref(q{SELECT sequencename, coalesce(last_value, start_value), last_value IS NOT NULL
        FROM pg_sequences WHERE schemaname = 'public'})};
}

sub snapshot {
    my ($self, $dbh) = @_;
    $self->{sequences} = [sequences($dbh)];
    $dbh->do('SET client_min_messages = error');
    $dbh->do('DROP SCHEMA IF EXISTS snapshot CASCADE');
    $dbh->do('CREATE SCHEMA snapshot');
    $dbh->do("CREATE TABLE snapshot.$_ AS TABLE public.$_") for $self->tables($dbh);
    return;
}

# The server's own worker may write meanwhile: of two that wait for each other PostgreSQL ends one, and this one begins
# anew then, as the server does.
sub restore {
    my ($self, $dbh, @except) = @_;
    for my $try (1 .. 10) {
        return if eval { $self->restore_once($dbh, @except); 1 };
        my ($state, $error) = ($dbh->state, $@);
        $dbh->rollback;
        die $error if $state ne '40P01' || $try == 10;
    }
    return;
}

sub restore_once {
    my ($self, $dbh, @except) = @_;
    my %kept = map { $_->[0] => 1 } @{$self->{sequences}};
    $dbh->begin_work;
    $dbh->do('SET LOCAL session_replication_role = replica');    # no triggers, no foreign keys
    for my $table (ServiceDesk::Test::Database::without(\@except, $self->tables($dbh))) {
        $dbh->do("DELETE FROM $table");
        $dbh->do("INSERT INTO $table SELECT * FROM snapshot.$table");
    }
    my %except = map { $_ . '_id_seq' => 1 } @except;
    $dbh->do('SELECT setval(?::regclass, ?, ?)', undef, @$_) for grep { !$except{$_->[0]} } @{$self->{sequences}};
    $dbh->do("DROP SEQUENCE $_->[0]") for grep { !$kept{$_->[0]} } sequences($dbh);
    $dbh->commit;
    return;
}

sub damage { return }    # no row can lack what its foreign key names, and amcheck is for a superuser's own hands

sub template { my ($store) = @_; return 'fixture_' . ($store =~ s/.*-fixture-//r =~ s/\W/_/gr) }

sub keep {
    my ($self, $store) = @_;
    # A pooler keeps its sessions for longer than httpd.
    $self->run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$self->{name}'");
    $self->run("ALTER DATABASE $self->{name} RENAME TO " . template($store));
    $self->{created} = 0;
    return;
}

sub copy {
    my ($self, $store) = @_;
    $self->{created} = $self->run("CREATE DATABASE $self->{name} TEMPLATE " . template($store));
    return;
}

sub remove {
    my ($self) = @_;
    $self->run("DROP DATABASE IF EXISTS $self->{name} WITH (FORCE)") if delete $self->{created};
    return;
}

END { close $hold if $hold }

1;
