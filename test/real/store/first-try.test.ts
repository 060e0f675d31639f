import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { openTableRequests, type TableRequests } from '../../../shared/store/dynamo-client.ts';
import { listen } from '../../support/listen.ts';

/** One try as the server saw it: of the SDK, which names itself, or ours. */
type Try = { readonly by: 'us' | 'sdk'; readonly body: unknown };
type Answer = 'reset' | { readonly status: number; readonly body: string };

const done: Answer = { status: 200, body: '{}' };
const key = { pk: { S: 'a' }, sk: { S: 'b' } };
const put = { TableName: 'table', Item: { ...key, bytes: { B: Buffer.from([0, 255, 7]) } } };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Requests to a database that answers as scripted, and then always well. The first request of all is the SDK's. */
async function scripted(...answers: Answer[]): Promise<{ requests: TableRequests; tries: Try[] }> {
  const tries: Try[] = [];
  const server = createServer(async (request, response) => {
    const by = request.headers['user-agent']?.includes('aws-sdk-js') ? 'sdk' : 'us';
    tries.push({ by, body: JSON.parse(await textOf(request)) });
    const answer = tries.length === 1 ? done : (answers.shift() ?? done);
    if (answer === 'reset') return request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
    return response.end(answer.body);
  });
  const port = await listen(server);
  const requests = openTableRequests({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
  });
  closing.push(async () => {
    requests.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  await requests.getItem({ TableName: 'table', Key: key });
  return { requests, tries };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

describe('A request to the table', () => {
  it('goes without the SDK once that has found the address', async () => {
    const { requests, tries } = await scripted();
    await requests.putItem(put);
    expect(tries.map(({ by }) => by)).toEqual(['sdk', 'us']);
  });

  it('says the same with and without the SDK, bytes and what is left out included', async () => {
    const { requests, tries } = await scripted({ status: 500, body: '{}' });
    await requests.putItem({ ...put, ConditionExpression: undefined });
    const [, ours, theirs] = tries;
    expect(tries.map(({ by }) => by)).toEqual(['sdk', 'us', 'sdk']);
    expect(ours?.body).toEqual(theirs?.body);
    expect(ours?.body).toHaveProperty('Item.bytes', { B: 'AP8H' });
  });

  it('gives items as the SDK gives them', async () => {
    const item = {
      ...key,
      n: { N: '1.5' },
      b: { B: 'AP8H' },
      t: { BOOL: true },
      m: { M: { l: { L: [{ S: '' }, { NULL: true }] } } },
    };
    const answer = {
      Items: [item],
      LastEvaluatedKey: key,
      ConsumedCapacity: { TableName: 'table', CapacityUnits: 1.5 },
    };
    const well = { status: 200, body: JSON.stringify(answer) };
    const { requests, tries } = await scripted(well, { status: 503, body: '' }, well);
    const ours = await requests.query({ TableName: 'table' });
    const theirs = await requests.query({ TableName: 'table' });
    expect(tries.map(({ by }) => by)).toEqual(['sdk', 'us', 'us', 'sdk']);
    expect(ours.Items).toEqual(theirs.Items);
    expect(ours.Items?.[0]?.['b']?.B).toEqual(new Uint8Array([0, 255, 7]));
    expect(ours.LastEvaluatedKey).toEqual(theirs.LastEvaluatedKey);
    expect(ours.ConsumedCapacity?.CapacityUnits).toBe(1.5);
  });

  it('is told at once that its condition does not hold', async () => {
    const body = JSON.stringify({
      __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
    });
    const { requests, tries } = await scripted({ status: 400, body });
    await expect(requests.putItem(put)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    expect(tries.map(({ by }) => by)).toEqual(['sdk', 'us']);
  });

  it.each([
    ['breaks the connection', 'reset'],
    ['is in trouble', { status: 503, body: '' }],
    ['throttles', { status: 400, body: '{"__type":"x#ProvisionedThroughputExceededException"}' }],
    ['answers what is no answer', { status: 200, body: 'not JSON' }],
    ['answers in an unknown form', { status: 200, body: '{"Item":{"pk":"no type"}}' }],
  ] as const)('is made anew by the SDK where the database %s', async (_, answer) => {
    const { requests, tries } = await scripted(answer, answer === 'reset' ? 'reset' : done);
    await expect(requests.getItem({ TableName: 'table', Key: key })).resolves.not.toHaveProperty('Item');
    // A connection that broke is broken once more, so that the SDK's own repeat shows too.
    expect(tries.map(({ by }) => by)).toEqual(
      answer === 'reset' ? ['sdk', 'us', 'sdk', 'sdk'] : ['sdk', 'us', 'sdk'],
    );
  });

  it('fails with the error that the SDK makes of it', async () => {
    const refused = { status: 400, body: '{"__type":"x#ResourceNotFoundException","message":"no table"}' };
    const { requests, tries } = await scripted(refused, refused);
    await expect(requests.getItem({ TableName: 'table', Key: key })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    expect(tries.map(({ by }) => by)).toEqual(['sdk', 'us', 'sdk']);
  });
});
