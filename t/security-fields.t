#!/usr/bin/perl
# What a customer's JSON is made of: every member of every answer to a GET is one of those below, whatever is built
# next. (What the texts in them say is t/leak.t's business.) Case: security.md 90.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use ServiceDesk::Test;
use ServiceDesk::Test::Rest;
use Test::More;

my $desk = ServiceDesk::Test->new(fixture => 1);
my %thing = %{$desk->{world}{things}};
my %value = (issue => $thing{R1}{key}, desk => $thing{D1}{id}, serviceDesk => $thing{D1}{id}, type => $thing{T1}{id},
    comment => $thing{R1}{public}, organization => $thing{O1}{id}, property => 'tier', queue => 1,
    account => $desk->person('c1')->{accountId}, group => $thing{G1}{id}, role => 'customer', directory => 'internal');

# The contract's, and those of one's own account. An export of one's own data has more, and is left out.
my %known = map { $_ => 1 } qw(
    _expands _links accountId actions active addComment addParticipant allowed applicationRoles author available
    avatarUrls 16x16 24x24 32x32 48x48 base baseUrl body buildChangeSet buildDate buildNumber canAddRequestParticipants
    canRaiseOnBehalfOf clauseNames comments confirmed context created createdDate currentStatus custom defaultValues
    deploymentType description directory displayName emailAddress epochMillis expand expires failedLoginCount fieldId
    fields friendly groupIds groups helpText html icon iconUrls id isLastPage isLicensedForUse iso8601 issueId issueKey
    issuetype items jira jiraRest jiraSchema key keys label lastSeen kind current captcha lastUsed level limit links
    locale loginCount loginInfo name navigable orderable organizations participants platformVersion portalId prefix
    presetValues previousLoginTime lastFailedLoginTime project projectId projectKey projectName projectTypeKey public
    recoveryCodesLeft removeParticipant renderedValue reporter requestFieldValues requestType requestTypeFields
    requestTypeId required resolution restrictionStatus schema scmInfo scopes searchable secondFactor
    secondFactorRequired self serverTime serverTitle serviceDesk serviceDeskId size source start state status
    statusCategory statusDate subscribed summary system timeZone type updated validValues value values version
    versionNumbers visible web signIns lastSignIn previousSignIn failedSignIns lastFailedSignIn tokens sessions
);

my @routes = grep { !m{/export\z} } map {
    ServiceDesk::Test::slurp($_) =~ /\bSD_ROUTE(?:_WITH)?\(\s*"GET",\s*"([^"]+)"/g
} glob $desk->top . '/mod_servicedesk/rest/routes*.c';

# Names of members; what stands for a place in an array, or for a field by its id, is none.
sub names {
    my ($json) = @_;
    my %leaf = flat($json);
    my %name;
    $name{$_} = 1 for grep { length && !/\A(?:customfield_)?\d+\z/ } map { split m{/} } keys %leaf;
    return %name;
}

my %seen;
my $c1 = $desk->as('c1', 'bearer');
my $read = 0;
for my $route (@routes) {
    my $path = $route =~ s/\{(\w+)\}/$value{$1} \/\/ 'x'/ger;
    for my $query ('', '?expand=participant,status,comment,requestType,serviceDesk,action,sla,attachment,field') {
        my $answer = $c1->get($path . $query);
        next if $answer->code != 200 || !$answer->json;
        $read++;
        my %name = names($answer->json);
        $seen{$_}{$route} = 1 for keys %name;
    }
}
cmp_ok $read, '>', 70, "$read answers";
my @strange = grep { !$known{$_} } sort keys %seen;
is join(', ', map { "$_ in " . join ' ', sort keys %{$seen{$_}} } @strange), '', 'no member that nobody has judged';
is scalar(grep { $seen{$_} } qw(hash password_hash deleted generation failures)), 0, 'and none of the tables';

$desk->finish;
done_testing;
