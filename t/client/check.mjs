// The service desk through the eyes of a public client: jira.js checks every answer against the vendor's schemas and
// throws where one does not fit (null anywhere, a relative link, a number for a text). Says TAP. Started by t/client.t
// with the fixture's world and the server's address as JSON on standard input.
//
// With AUDIT_SCHEMAS=true in the environment the client also notes members and values that its schemas do not know;
// those that we send on purpose are named below.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createCloudClient, createServiceDeskClient } from 'jira.js';
import { createClient } from 'jira.js/core';
import * as schemas from 'jira.js/serviceDesk';

const { base, world } = JSON.parse(readFileSync(0, 'utf8'));
const { people, things } = world;
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+\d{4}$/;

function config(name) {
  const person = people[name];
  return {
    host: base,
    auth: { type: 'basic', email: person.email, apiToken: person.password },
    onSchemaMismatch: 'throw',
  };
}

const clients = {};
for (const name of ['sa', 'da2', 'ag2', 'c4', 'c1']) {
  clients[name] = createServiceDeskClient(config(name));
}
const { sa, da2, ag2, c4, c1 } = clients;

// A call that the client has no function for, its answer checked by one of its schemas.
function raw(name, method, url, options = {}) {
  return createClient(config(name)).sendRequest({ method, url, ...options });
}

let count = 0;

function say(passed, name, error) {
  count++;
  console.log(`${passed ? 'ok' : 'not ok'} ${count} - ${name}`);
  if (!passed) {
    const text = `${error?.stack ?? error} ${JSON.stringify(error?.issues ?? error?.body ?? '')}`;
    console.log(text.split('\n').map(line => `# ${line}`).join('\n'));
  }
}

// Runs one check; gives its value, or undefined if it failed.
async function check(name, run) {
  try {
    const value = await run();
    say(true, name);
    return value;
  } catch (error) {
    say(false, name, error);
    return undefined;
  }
}

// The client must understand a refusal: its own kind of error, by status, with our text in it.
async function refused(name, status, run) {
  await check(name, async () => {
    await assert.rejects(run, error => {
      assert.equal(error.status, status);
      assert.equal(typeof error.body.errorMessage, 'string');
      assert.ok(error.body.errorMessage.length > 0);
      return true;
    });
  });
}

function ids(page) {
  return page.values.map(value => value.id);
}

function isPage(page, size) {
  assert.equal(page.size, page.values.length);
  assert.equal(page.start, 0);
  assert.equal(typeof page.isLastPage, 'boolean');
  assert.equal(page._links.base, base);
  if (size !== undefined) {
    assert.equal(page.size, size);
  }
  return page;
}

async function checkSite() {
  await check('info.getInfo', async () => {
    const info = await c4.info.getInfo();
    assert.equal(info.isLicensedForUse, true);
    assert.match(info.buildDate.iso8601, iso);
  });
  await check('info.getInfo, asked by nobody', async () => {
    const anonymous = createServiceDeskClient({ host: base, onSchemaMismatch: 'throw' });
    assert.ok((await anonymous.info.getInfo()).version);
  });
  await check('serverInfo.getServerInfo (/rest/api/3)', async () => {
    const info = await createCloudClient(config('c4')).serverInfo.getServerInfo();
    assert.equal(info.baseUrl, base);
    assert.equal(info.versionNumbers.length, 3);
  });
  for (const name of Object.keys(clients)) {
    await check(`myself.getCurrentUser (/rest/api/3) as ${name}`, async () => {
      const user = await createCloudClient(config(name)).myself.getCurrentUser();
      assert.equal(user.accountId, people[name].accountId);
      assert.equal(user.emailAddress, people[name].email);
    });
  }
  await check('a wrong password', async () => {
    const wrong = config('c4');
    wrong.auth.apiToken = 'not the password';
    await assert.rejects(createServiceDeskClient(wrong).servicedesk.getServiceDesks(), error => error.status === 401);
  });
  await check('a Bearer token', async () => {
    const bearer = { ...config('c4'), auth: { type: 'bearer', token: people.c4.token } };
    isPage(await createServiceDeskClient(bearer).servicedesk.getServiceDesks(), 1);
  });
}

async function checkDesks() {
  for (const [name, size] of [['sa', 2], ['da2', 1], ['ag2', 1], ['c4', 1]]) {
    await check(`servicedesk.getServiceDesks as ${name}`, async () => {
      isPage(await clients[name].servicedesk.getServiceDesks({ start: 0, limit: 100 }), size);
    });
  }
  for (const serviceDeskId of [things.D2.id, 'D2']) {
    await check(`servicedesk.getServiceDeskById ${serviceDeskId}`, async () => {
      const desk = await c4.servicedesk.getServiceDeskById({ serviceDeskId });
      assert.deepEqual([desk.projectKey, desk.id], ['D2', String(things.D2.id)]);
    });
  }
  await refused("somebody else's desk", 404, () => c4.servicedesk.getServiceDeskById({ serviceDeskId: things.D1.id }));
}

async function checkRequestTypes() {
  const serviceDeskId = things.D2.id;
  const type = await check('POST requesttype as its administrator', () =>
    raw('da2', 'POST', `/rest/servicedeskapi/servicedesk/${serviceDeskId}/requesttype`, {
      body: { issueTypeId: '1', name: 'Made by a client', description: 'd', helpText: 'h' },
      schema: schemas.RequestTypeSchema,
    }));
  await check('servicedesk.getRequestTypes', async () => {
    const page = isPage(await c4.servicedesk.getRequestTypes({ serviceDeskId, limit: 100 }));
    assert.ok(ids(page).includes(type.id));
  });
  await check('servicedesk.getRequestTypes, searched and expanded', async () => {
    const page = await c4.servicedesk.getRequestTypes({ serviceDeskId, searchQuery: 'by a client', expand: ['field'] });
    assert.deepEqual(ids(page), [type.id]);
    assert.equal(page.values[0].fields.requestTypeFields[0].fieldId, 'summary');
  });
  await check('servicedesk.getRequestTypes, restricted', async () => {
    isPage(await c4.servicedesk.getRequestTypes({ serviceDeskId, restrictionStatus: 'restricted' }), 0);
  });
  await check('servicedesk.getRequestTypeById', async () => {
    const read = await c4.servicedesk.getRequestTypeById({ serviceDeskId, requestTypeId: type.id });
    assert.deepEqual([read.name, read.helpText, read.restrictionStatus], ['Made by a client', 'h', 'OPEN']);
  });
  await check('PUT fields of every kind, our own', () =>
    raw('da2', 'PUT', `/rest/servicedesk/1/servicedesk/${serviceDeskId}/requesttype/${type.id}/field`, {
      body: { fields: everyKind },
      schema: schemas.CustomerRequestCreateMetaSchema,
    }));
  const meta = await check('servicedesk.getRequestTypeFields', async () => {
    const read = await c4.servicedesk.getRequestTypeFields({ serviceDeskId, requestTypeId: type.id });
    assert.equal(read.canRaiseOnBehalfOf, false);
    assert.equal(read.requestTypeFields.length, 10);
    return read;
  });
  await check('servicedesk.getRequestTypeFields, hidden ones for the administrator', async () => {
    const read = await da2.servicedesk.getRequestTypeFields({ serviceDeskId, requestTypeId: type.id,
      expand: ['hiddenFields'] });
    assert.equal(read.requestTypeFields.length, 11);
  });
  await check('PUT groups, our own; servicedesk.getRequestTypeGroups', async () => {
    await raw('da2', 'PUT', `/rest/servicedesk/1/servicedesk/${serviceDeskId}/requesttypegroup`, {
      body: { groups: [{ name: 'Group', requestTypeIds: [type.id] }] },
    });
    const page = isPage(await c4.servicedesk.getRequestTypeGroups({ serviceDeskId }), 1);
    const listed = await c4.servicedesk.getRequestTypes({ serviceDeskId, groupId: Number(page.values[0].id) });
    assert.deepEqual(ids(listed), [type.id]);
  });
  await check('GET requesttype across desks', async () => {
    const page = await raw('c4', 'GET', '/rest/servicedeskapi/requesttype', { schema: schemas.PagedRequestTypeSchema });
    assert.ok(ids(page).includes(type.id));
  });
  const gone = await raw('da2', 'POST', `/rest/servicedeskapi/servicedesk/${serviceDeskId}/requesttype`, {
    body: { name: 'To be deleted' }, schema: schemas.RequestTypeSchema,
  });
  await check('DELETE requesttype', async () => {
    assert.equal(await raw('da2', 'DELETE', `/rest/servicedeskapi/servicedesk/${serviceDeskId}/requesttype/${gone.id}`),
      undefined);
  });
  await refused('a type that is gone', 404, () => c4.servicedesk.getRequestTypeById({ serviceDeskId,
    requestTypeId: gone.id }));
  return { type, meta };
}

const options = ['Red', 'Green'].map(value => ({ value }));
const everyKind = [
  { fieldId: 'description' },
  { name: 'Text', kind: 'text', defaultValue: 'd' }, { name: 'Number', kind: 'number' }, { name: 'Date', kind: 'date' },
  { name: 'Select', kind: 'select', options }, { name: 'Multi', kind: 'multiselect', options },
  { name: 'Check', kind: 'checkbox', options },
  { name: 'Cascade', kind: 'cascading', options: [{ value: 'Berlin', children: options }, { value: 'Osaka' }] },
  { name: 'User', kind: 'user' },
  { name: 'Hidden', kind: 'select', options, visible: false, presetValue: 'Green' },
];

async function checkRequests({ type, meta }) {
  const least = { serviceDeskId: things.D2.id, requestTypeId: type.id };
  const field = Object.fromEntries(meta.requestTypeFields.map(({ name, fieldId }) => [name, fieldId]));
  const values = {
    summary: 'Raised by a client', description: 'two\n\nparagraphs', [field.Text]: 'text', [field.Number]: 1.5,
    [field.Date]: '2026-12-24', [field.Select]: { value: 'Red' }, [field.Multi]: [{ value: 'Red' }, { value: 'Green' }],
    [field.Check]: [{ value: 'Red' }], [field.Cascade]: { value: 'Berlin', child: { value: 'Red' } },
    [field.User]: { accountId: people.c4.accountId },
  };
  const made = await check('request.createCustomerRequest with a field of every kind', async () => {
    const request = await c4.request.createCustomerRequest({ ...least, requestFieldValues: values });
    assert.match(request.createdDate.iso8601, iso);
    assert.equal(request.currentStatus.statusCategory, 'NEW');
    assert.equal(request.requestFieldValues.length, 10);
    return request;
  });
  await check('request.createCustomerRequest on behalf of a customer, with participants, as agent', async () => {
    const request = await ag2.request.createCustomerRequest({
      ...least, requestFieldValues: { summary: 's' }, raiseOnBehalfOf: people.c4.accountId,
        requestParticipants: [people.ag2.accountId],
    });
    assert.equal(request.reporter.accountId, people.c4.accountId);
    isPage(await c4.request.getRequestParticipants({ issueIdOrKey: request.issueKey }), 1);
  });
  await check('POST request/validate', async () => {
    const answer = await raw('c4', 'POST', '/rest/servicedeskapi/request/validate', { body: { ...least,
      requestFieldValues: values } });
    assert.deepEqual(answer, { valid: true });
  });
  await refused('a request without its fields', 400, () => c4.request.createCustomerRequest({ ...least,
    requestFieldValues: {} }));
  await refused('on behalf of somebody, as customer', 403, () =>
    c4.request.createCustomerRequest({ ...least, requestFieldValues: { summary: 's' },
      raiseOnBehalfOf: people.ag2.accountId }));
  for (const issueIdOrKey of [made.issueKey, made.issueId]) {
    await check(`request.getCustomerRequestByIdOrKey ${issueIdOrKey}`, async () => {
      assert.equal((await c4.request.getCustomerRequestByIdOrKey({ issueIdOrKey })).summary, 'Raised by a client');
    });
  }
  for (const name of ['c4', 'ag2', 'da2']) {
    await check(`request.getCustomerRequestByIdOrKey with everything, as ${name}`, async () => {
      const request = await clients[name].request.getCustomerRequestByIdOrKey({
        issueIdOrKey: things.R2.key,
        expand: ['serviceDesk', 'requestType', 'participant', 'sla', 'status', 'attachment', 'action', 'comment',
          'comment.renderedBody'],
      });
      assert.equal(request.serviceDesk.projectKey, 'D2');
      assert.equal(request.comments.size, name === 'c4' ? 1 : 2);
      assert.ok(request.comments.values[0].renderedBody.html);
      assert.equal(request.actions.addComment.allowed, true);
      assert.ok(request.status.size > 0);
      assert.equal(request.requestType.id, String(things.T2.id));
      assert.equal(request.participants.size, 0);
    });
  }
  await refused("somebody else's request", 404,
    () => c4.request.getCustomerRequestByIdOrKey({ issueIdOrKey: things.R1.key }));
  await refused('the request of another desk, as agent', 404,
    () => ag2.request.getCustomerRequestByIdOrKey({ issueIdOrKey: things.R1.key }));
  return made;
}

async function checkLists() {
  await check('request.getCustomerRequests', async () => {
    const page = isPage(await c4.request.getCustomerRequests());
    assert.ok(page.values.some(request => request.issueKey === things.R2.key));
  });
  await check('request.getCustomerRequests, all filters, arrays repeated', async () => {
    const page = await c4.request.getCustomerRequests({
      searchTerm: 'canary*summary', requestOwnership: ['OWNED_REQUESTS', 'PARTICIPATED_REQUESTS'],
        requestStatus: 'OPEN_REQUESTS',
      serviceDeskId: Number(things.D2.id), requestTypeId: Number(things.T2.id), expand: ['status', 'participant'],
        start: 0, limit: 100,
    });
    assert.deepEqual(page.values.map(request => request.issueKey), [things.R2.key]);
    assert.equal(page.values[0].participants.size, 0);
  });
  await check('request.getCustomerRequests of an organization', async () => {
    const page = await c1.request.getCustomerRequests({ requestOwnership: ['ORGANIZATION'],
      organizationId: Number(things.O1.id) });
    assert.deepEqual(page.values.map(request => request.issueKey), [things.RS.key]);
  });
  await check('request.getCustomerRequests, page by page', async () => {
    const seen = [];
    for (let start = 0, last = false; !last; start++) {
      const page = await c4.request.getCustomerRequests({ start, limit: 1 });
      seen.push(...page.values.map(request => request.issueKey));
      assert.equal('next' in page._links, !page.isLastPage);
      assert.equal('prev' in page._links, start > 0);
      last = page.isLastPage;
    }
    assert.equal(new Set(seen).size, seen.length);
    assert.equal(seen.length, (await c4.request.getCustomerRequests({ limit: 100 })).size);
  });
  await refused('a desk that is not there', 404, () => c4.request.getCustomerRequests({ serviceDeskId: 9999 }));
}

async function checkComments(issueIdOrKey) {
  const comment = await check('request.createRequestComment as customer', async () => {
    const made = await c4.request.createRequestComment({ issueIdOrKey, body: 'Hello <b>', public: true });
    assert.equal(made.author.accountId, people.c4.accountId);
    assert.match(made.created.iso8601, iso);
    return made;
  });
  await check('request.createRequestComment internal, as agent', async () => {
    assert.equal((await ag2.request.createRequestComment({ issueIdOrKey, body: 'inside', public: false })).public,
      false);
  });
  await refused('request.createRequestComment internal, as customer', 403, () =>
    c4.request.createRequestComment({ issueIdOrKey, body: 'x', public: false }));
  await refused('request.createRequestComment without public', 400,
    () => c4.request.createRequestComment({ issueIdOrKey, body: 'x' }));
  for (const [name, size] of [['c4', 1], ['ag2', 2]]) {
    await check(`request.getRequestComments as ${name}`, async () => {
      const page = isPage(await clients[name].request.getRequestComments({ issueIdOrKey, expand: ['renderedBody',
        'attachment'] }), size);
      assert.equal(page.values[0].renderedBody.html, '<p>Hello &lt;b&gt;</p>');
    });
  }
  await check('request.getRequestComments, internal ones only', async () => {
    isPage(await ag2.request.getRequestComments({ issueIdOrKey, public: false, internal: true }), 1);
  });
  await check('request.getRequestCommentById', async () => {
    const read = await c4.request.getRequestCommentById({ issueIdOrKey, commentId: Number(comment.id),
      expand: ['renderedBody'] });
    assert.equal(read.body, 'Hello <b>');
  });
}

async function checkParticipants(issueIdOrKey) {
  const accountIds = [people.ag2.accountId, people.da2.accountId];
  await check('request.addRequestParticipants', async () => {
    isPage(await c4.request.addRequestParticipants({ issueIdOrKey, accountIds }), 2);
  });
  await check('request.getRequestParticipants', async () => {
    const page = isPage(await c4.request.getRequestParticipants({ issueIdOrKey }), 2);
    assert.deepEqual(page.values.map(user => user.accountId), accountIds);
  });
  await check('request.removeRequestParticipants, a DELETE with a body', async () => {
    isPage(await c4.request.removeRequestParticipants({ issueIdOrKey, accountIds: [people.da2.accountId] }), 1);
  });
  await check('request.removeRequestParticipants by name', async () => {
    isPage(await ag2.request.removeRequestParticipants({ issueIdOrKey, usernames: [people.ag2.name] }), 0);
  });
  await refused('removing the reporter', 400, () => c4.request.removeRequestParticipants({ issueIdOrKey,
    accountIds: [people.c4.accountId] }));
  await refused('adding a stranger', 400, () => c4.request.addRequestParticipants({ issueIdOrKey,
    accountIds: [people.c1.accountId] }));
}

async function checkTransitions(issueIdOrKey) {
  const ways = await check('request.getCustomerTransitions as agent', async () => {
    const page = isPage(await ag2.request.getCustomerTransitions({ issueIdOrKey }));
    return Object.fromEntries(page.values.map(({ name, id }) => [name, id]));
  });
  await check('request.performCustomerTransition with a comment', async () => {
    const additionalComment = { body: 'In hand.' };
    assert.equal(await ag2.request.performCustomerTransition({ issueIdOrKey, id: ways['Start progress'],
      additionalComment }), undefined);
  });
  await check('request.getCustomerRequestStatus', async () => {
    const page = isPage(await c4.request.getCustomerRequestStatus({ issueIdOrKey }));
    assert.equal(page.values[0].status, 'In progress');
    assert.match(page.values[0].statusDate.iso8601, iso);
  });
  await check('request.performCustomerTransition as customer', async () => {
    const page = await c4.request.getCustomerTransitions({ issueIdOrKey });
    const { id } = page.values.find(({ name }) => name === 'Resolve');
    await c4.request.performCustomerTransition({ issueIdOrKey, id });
    const [closed] = (await c4.request.getCustomerRequests({ requestStatus: 'CLOSED_REQUESTS' })).values;
    assert.deepEqual([closed.issueKey, closed.currentStatus.statusCategory], [issueIdOrKey, 'DONE']);
  });
  await refused('a transition that does not begin here', 400,
    () => ag2.request.performCustomerTransition({ issueIdOrKey, id: ways.Escalate }));
}

async function checkNotification(issueIdOrKey) {
  const subscribed = async name => (await clients[name].request.getSubscriptionStatus({ issueIdOrKey })).subscribed;
  await check('request.getSubscriptionStatus', async () => {
    assert.deepEqual([await subscribed('c4'), await subscribed('ag2')], [true, false]);
  });
  await check('request.unsubscribe, a DELETE without a body', async () => {
    await c4.request.unsubscribe({ issueIdOrKey });
    assert.equal(await subscribed('c4'), false);
  });
  await check('request.subscribe, a PUT without a body', async () => {
    await c4.request.subscribe({ issueIdOrKey });
    assert.equal(await subscribed('c4'), true);
  });
}

async function checkQueues() {
  const serviceDeskId = Number(things.D2.id);
  const queue = await check('servicedesk.getQueues with counts', async () => {
    const page = isPage(await ag2.servicedesk.getQueues({ serviceDeskId, includeCount: true }), 3);
    assert.ok(page.values.every(one => Number.isInteger(one.issueCount)));
    return page.values[0];
  });
  await check('servicedesk.getQueues without', async () => {
    assert.ok((await ag2.servicedesk.getQueues({ serviceDeskId })).values.every(one => !('issueCount' in one)));
  });
  await check('servicedesk.getQueue', async () => {
    const read = await ag2.servicedesk.getQueue({ serviceDeskId, queueId: Number(queue.id), includeCount: true });
    assert.deepEqual([read.name, read.issueCount], [queue.name, queue.issueCount]);
  });
  await check('PUT assignee, our own', () =>
    raw('ag2', 'PUT', `/rest/servicedesk/1/request/${things.R2.key}/assignee`,
      { body: { accountId: people.ag2.accountId } }));
  await check('servicedesk.getIssuesInQueue', async () => {
    const page = isPage(await ag2.servicedesk.getIssuesInQueue({ serviceDeskId, queueId: Number(queue.id) }),
      queue.issueCount);
    const issue = page.values.find(({ key }) => key === things.R2.key);
    assert.equal(issue.fields.assignee.accountId, people.ag2.accountId);
    assert.ok(issue.self.startsWith(base));
  });
  await check('DELETE assignee', () => raw('ag2', 'DELETE', `/rest/servicedesk/1/request/${things.R2.key}/assignee`));
  await check('GET issue of the core API', async () => {
    const issue = await raw('c4', 'GET', `/rest/api/3/issue/${things.R2.key}`, { schema: schemas.IssueSchema });
    assert.equal(issue.fields.summary, 'canary_R2_summary');
  });
  await refused('queues as customer', 403, () => c4.servicedesk.getQueues({ serviceDeskId }));
}

async function checkCustomers() {
  const serviceDeskId = things.D2.id;
  const path = `/rest/servicedeskapi/servicedesk/${serviceDeskId}/customer`;
  const user = await check('customer.createCustomer as system administrator', async () => {
    const made = await sa.customer.createCustomer({ email: 'client@example.org', displayName: 'By a Client' });
    assert.equal(made.emailAddress, 'client@example.org');
    return made;
  });
  await refused('the same again', 400, () => sa.customer.createCustomer({ email: 'client@example.org',
    displayName: 'x' }));
  await refused('the same again, strictly', 409, () =>
    sa.customer.createCustomer({ email: 'client@example.org', displayName: 'x', strictConflictStatusCode: true }));
  await refused('as agent', 403, () => ag2.customer.createCustomer({ email: 'other@example.org', displayName: 'x' }));
  await check('servicedesk.addCustomers', () => da2.servicedesk.addCustomers({ serviceDeskId,
    accountIds: [user.accountId] }));
  await check('GET customers of a desk', async () => {
    const options = { searchParams: { query: 'client' }, schema: schemas.PagedUserSchema };
    const page = isPage(await raw('ag2', 'GET', path, options), 1);
    assert.equal(page.values[0].accountId, user.accountId);
  });
  await check('DELETE customers of a desk', () => raw('da2', 'DELETE', path,
    { body: { accountIds: [user.accountId] } }));
  await refused('an unknown customer', 400, () => da2.servicedesk.addCustomers({ serviceDeskId,
    accountIds: ['nobody-at-all'] }));
  return user;
}

async function checkOrganizations(user) {
  const serviceDeskId = things.D2.id;
  const made = await check('organization.createOrganization',
    () => ag2.organization.createOrganization({ name: 'Client & Söhne' }));
  const organizationId = Number(made.id);
  await check('the same again is the same', async () => {
    assert.equal((await ag2.organization.createOrganization({ name: 'Client & Söhne' })).id, made.id);
  });
  await check('organization.getOrganization', async () => {
    assert.equal((await ag2.organization.getOrganization({ organizationId })).name, 'Client & Söhne');
  });
  await check('organization.addUsersToOrganization', () =>
    ag2.organization.addUsersToOrganization({ organizationId, body: { accountIds: [user.accountId, people.c4.accountId],
      usernames: [] } }));
  await check('organization.getUsersInOrganization', async () => {
    isPage(await ag2.organization.getUsersInOrganization({ organizationId }), 2);
  });
  for (const [name, size] of [['ag2', undefined], ['sa', undefined], ['c4', 2], ['c1', 1]]) {
    await check(`organization.getOrganizations as ${name}`, async () => {
      isPage(await clients[name].organization.getOrganizations({ limit: 100 }), size);
    });
  }
  await check('organization.getOrganizations of somebody', async () => {
    assert.deepEqual(ids(await ag2.organization.getOrganizations({ accountId: user.accountId })), [made.id]);
  });
  await check('organization.removeUsersFromOrganization, a DELETE with a body', async () => {
    await ag2.organization.removeUsersFromOrganization({ organizationId, body: { accountIds: [user.accountId] } });
    isPage(await ag2.organization.getUsersInOrganization({ organizationId }), 1);
  });
  await check('organization.addOrganization to a desk', () => ag2.organization.addOrganization({ serviceDeskId,
    body: { organizationId } }));
  await check('organization.getServiceDeskOrganizations', async () => {
    assert.ok(ids(await ag2.organization.getServiceDeskOrganizations({ serviceDeskId })).includes(made.id));
  });
  await check('organization.removeOrganization from a desk', async () => {
    await ag2.organization.removeOrganization({ serviceDeskId, body: { organizationId } });
    assert.ok(!ids(await ag2.organization.getServiceDeskOrganizations({ serviceDeskId })).includes(made.id));
  });
  await checkProperties(made.id);
  await refused('organization.deleteOrganization as agent', 403,
    () => ag2.organization.deleteOrganization({ organizationId }));
  await check('organization.deleteOrganization', () => sa.organization.deleteOrganization({ organizationId }));
  await refused('an organization that is gone', 404, () => sa.organization.getOrganization({ organizationId }));
}

async function checkProperties(organizationId) {
  const property = { organizationId, propertyKey: 'client.key' };
  for (const value of [{ level: 'gold' }, { level: 'silver', deep: [1, { a: null }] }]) {
    await check('organization.setProperty and getProperty', async () => {
      await ag2.organization.setProperty({ ...property, body: value });
      const read = await c4.organization.getProperty(property);
      assert.deepEqual([read.key, read.value], ['client.key', value]);
    });
  }
  await check('organization.getPropertiesKeys', async () => {
    const { keys } = await c4.organization.getPropertiesKeys({ organizationId });
    assert.deepEqual(keys.map(({ key }) => key), ['client.key']);
  });
  await check('organization.deleteProperty', () => ag2.organization.deleteProperty(property));
  await refused('a property that is gone', 404, () => c4.organization.getProperty(property));
}

// What the Server and Data Center API has and the vendor's Cloud schemas do not: see contract 1.6 and 2.
const onPurpose = new Set(['name', 'key']);

async function checkDrift() {
  const drift = globalThis[Symbol.for('apis-code-gen.schemaAudit')] ?? [];
  await check('nothing but what we send on purpose is unknown to the schemas', () => {
    const unexpected = drift
      .filter(finding => !(finding.kind === 'keys' && finding.keys.every(key => onPurpose.has(key))))
      .map(({ endpoint, path, keys, value }) => `${endpoint} at "${path}": ${keys ?? value}`);
    assert.deepEqual(unexpected, []);
  });
}

await checkSite();
await checkDesks();
const made = await checkRequests(await checkRequestTypes());
await checkLists();
await checkComments(made.issueKey);
await checkParticipants(made.issueKey);
await checkTransitions(made.issueKey);
await checkNotification(made.issueKey);
await checkQueues();
await checkOrganizations(await checkCustomers());
if (process.env.AUDIT_SCHEMAS) {
  await checkDrift();
}
console.log(`1..${count}`);
