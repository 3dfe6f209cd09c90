#!/usr/bin/perl
# A statement in the middle of a change fails, at each table that the change writes to, and the database may drop the
# whole transaction over it: nobody is told that the change was made, and the database is as it was to the last row.
# And where only the COMMIT fails. Both databases; cases: security.md 196.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;

use ServiceDesk::Test;
use ServiceDesk::Test::Changes;

my $on_sqlite = ($ENV{DB} || 'sqlite') eq 'sqlite';
my $desk = ServiceDesk::Test->new(fixture => 1, allow => [qr/broken on purpose/]);
my $changes = ServiceDesk::Test::Changes->new($desk);

# How a table fails: the name of the way, and what SQLite's trigger does, or when PostgreSQL's is run.
my @ways = $on_sqlite ? (['a statement fails', 'ABORT'], ['the transaction is dropped', 'ROLLBACK'])
    : (['a statement fails', ''], ['the COMMIT fails', 'DEFERRABLE INITIALLY DEFERRED']);

sub spoil {
    my ($table, $how) = @_;
    my $dbh = $desk->dbh;
    if ($on_sqlite) {
        $dbh->do("CREATE TRIGGER broken_$_ BEFORE $_ ON $table BEGIN SELECT RAISE($how, 'broken on purpose'); END")
            for qw(INSERT UPDATE DELETE);
        return;
    }
    $dbh->do('CREATE OR REPLACE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS'
        . q{ $$ BEGIN RAISE EXCEPTION 'broken on purpose'; END $$});
    $dbh->do("CREATE CONSTRAINT TRIGGER broken AFTER INSERT OR UPDATE OR DELETE ON $table $how"
        . ' FOR EACH ROW EXECUTE FUNCTION broken()');
    return;
}

sub mend {
    my ($table) = @_;
    $desk->dbh->do($_) for $on_sqlite ? map {"DROP TRIGGER broken_$_"} qw(INSERT UPDATE DELETE)
        : "DROP TRIGGER broken ON $table";
    return;
}

# What is wrong with a change while a table fails. On PostgreSQL a place in a budget is taken before the change begins,
# for every node, and stays taken.
sub tried {
    my ($name, $table, $how) = @_;
    my $given = $changes->prepare($name);
    my $before = $changes->state;
    spoil($table, $how);
    my $code = $changes->make($name, $given)->code;
    mend($table);
    my $made = shape($before, $changes->state) =~ s/^attempt_budget\+1\z//r;
    return ($code == 500 || $code == 503 ? () : "$table: $code", $made eq '' ? () : "$table: there is $made");
}

for my $name ($changes->names) {
    my $shape = $changes->usual_shape($name);
    my @tables = $shape =~ /(\w+)[+-]\d+/g;
    for my $way (@ways) {
        my ($what, $how) = @$way;
        is join("\n", map { tried($name, $_, $how) } @tables), '', "$name, $what: all or nothing at each of @tables";
    }
    is $changes->usual_shape($name), $shape, "$name: then as ever";
}
is +($desk->tool('check'))[1], '', 'servicedeskctl check';
$desk->finish;
done_testing;
