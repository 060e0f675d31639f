import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionDefinitions } from '../../../functions/definitions.ts';
import { limits } from '../../../shared/core/limits.ts';
import { findAccountByEmail } from '../../../shared/store/account.ts';
import { type ApiClient, signIn } from '../../support/api-client.ts';
import { type DeclaredFunctions, startDeclaredFunctions } from '../../support/deployed/declared-functions.ts';
import { startHttpApi } from '../../support/deployed/http-api.ts';
import type { LambdaFunction } from '../../support/deployed/lambda-function.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { check } from '../../support/watched-account.ts';

/** Bytes that are no UTF-8, in a part that says it is text. */
const latin = Buffer.from('Gr\xfc\xdfe\r\n', 'latin1');

describe.skipIf(!hasMailServers)('the API as a function', () => {
  let functions: DeclaredFunctions;
  let api: LambdaFunction;
  let http: { url: string; close(): Promise<void> };
  let client: ApiClient;
  let email: string;

  beforeAll(async () => {
    functions = await startDeclaredFunctions({ ca: [sharedMail().ca] });
    api = functions.start('api');
    http = await startHttpApi(() => api);
    email = sharedMail().newAddress('alice');
    client = await signIn(http.url, sharedMail(), email);
  });

  afterAll(async () => {
    await http?.close();
    await functions?.stop();
  });

  const get = (path: string) =>
    fetch(http.url + path, { headers: { authorization: `Bearer ${client.token}` } });

  it('answers an event of payload format 2.0 as API Gateway wants it', async () => {
    const reply = await api.invoke({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/healthz',
      rawQueryString: '',
      headers: { accept: '*/*', 'x-forwarded-for': '203.0.113.5' },
      requestContext: {
        accountId: '123456789012',
        apiId: 'r3pmxmplak',
        domainName: 'r3pmxmplak.execute-api.us-east-2.amazonaws.com',
        domainPrefix: 'r3pmxmplak',
        http: {
          method: 'GET',
          path: '/healthz',
          protocol: 'HTTP/1.1',
          sourceIp: '203.0.113.5',
          userAgent: 'test',
        },
        requestId: 'JKJaXmPLvHcESHA=',
        routeKey: '$default',
        stage: '$default',
        time: '10/Mar/2020:05:16:23 +0000',
        timeEpoch: 1583817383220,
      },
      isBase64Encoded: false,
    });
    expect(reply).toMatchObject({ statusCode: 200, isBase64Encoded: true });
  });

  it('signs people in, and knows them in the next process', async () => {
    expect(await client.call('GET', '/v1/account')).toMatchObject({ email });
    const other = functions.start('api');
    const another = await startHttpApi(() => other);
    const headers = { authorization: `Bearer ${client.token}` };
    expect((await fetch(`${another.url}/v1/account`, { headers })).status).toBe(200);
    await another.close();
    expect((await fetch(`${http.url}/v1/account`)).status).toBe(401);
  });

  it('is open to the web origins it is told of, and says no to what it does not know', async () => {
    const from = async (origin: string) => {
      const headers = { origin, 'access-control-request-method': 'GET' };
      const reply = await fetch(`${http.url}/v1/account`, { method: 'OPTIONS', headers });
      return reply.headers.get('access-control-allow-origin');
    };
    expect(await from('https://chat.example.org')).toBe('https://chat.example.org');
    expect(await from('https://evil.example')).toBeNull();
    expect((await get('/v2/nothing')).status).toBe(404);
  });

  /** Delivers a mail with one file, and gives the id of its message. */
  async function received(messageId: string, type: string, content: Buffer): Promise<string> {
    const raw = [
      `From: bob@example.test`,
      `To: ${email}`,
      'Subject: file',
      `Message-ID: ${messageId}`,
      'Chat-Version: 1.0',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain; charset=utf-8',
      '',
      'a file',
      '--b',
      `Content-Type: ${type}`,
      'Content-Disposition: attachment; filename=file',
      'Content-Transfer-Encoding: base64',
      '',
      (content.toString('base64').match(/.{1,76}/g) ?? []).join('\r\n'),
      '--b--',
      '',
    ].join('\r\n');
    const { services } = functions.host;
    const account = await findAccountByEmail(services.store, email);
    if (account === undefined) throw new Error('nobody signed in');
    await sharedMail().deliver(email, raw);
    await check(functions.host, account);
    const [conversation] = await client.items('/v1/conversations');
    const messages = await client.items(`/v1/conversations/${conversation?.['id']}/messages`);
    const message = messages.find((each) => each['messageId'] === messageId);
    if (message === undefined) throw new Error('not received');
    return String(message['id']);
  }

  it('passes files on byte for byte, whatever they say they are', async () => {
    const { services } = functions.host;
    const account = await findAccountByEmail(services.store, email);
    if (account !== undefined) await check(functions.host, account);
    const id = await received('<chat$latin@x.test>', 'text/plain; charset=iso-8859-1', latin);
    const reply = await get(`/v1/messages/${id}/parts/2`);
    expect(reply.headers.get('content-disposition')).toContain('attachment');
    expect(Buffer.from(await reply.arrayBuffer())).toEqual(latin);
    const bytes = randomBytes(limits.replyBytes - 1_000);
    const large = await received('<chat$large@x.test>', 'application/octet-stream', bytes);
    const passed = Buffer.from(await (await get(`/v1/messages/${large}/parts/2`)).arrayBuffer());
    expect(passed.equals(bytes)).toBe(true);
  });

  it('says clearly of what is too large for a reply that it is, and goes on', async () => {
    const bytes = randomBytes(limits.replyBytes + 1);
    const id = await received('<chat$huge@x.test>', 'application/octet-stream', bytes);
    const reply = await get(`/v1/messages/${id}/parts/2`);
    expect(reply.status).toBe(409);
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(reply.headers.get('content-disposition')).toBeNull();
    expect(await reply.json()).toMatchObject({
      code: 'limit-reached',
      detail: expect.stringContaining('4.5 MB'),
    });
    expect((await get(`/v1/messages/${id}`)).status).toBe(200);
  });

  it('takes a mail that the client made as bytes', async () => {
    const to = sharedMail().newAddress('bob');
    const mail = `From: ${email}\r\nTo: ${to}\r\nDate: Mon, 23 Nov 2026 05:00:00 +0000\r\nMessage-ID: <chat$own@x.test>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n`;
    const reply = await fetch(`${http.url}/v1/messages/raw`, {
      method: 'POST',
      headers: { authorization: `Bearer ${client.token}`, 'content-type': 'message/rfc822' },
      body: new Uint8Array(Buffer.concat([Buffer.from(mail), latin])),
    });
    expect(await reply.json()).toMatchObject({ state: 'sent' });
  });

  it('does to AWS only what it is declared to do', async () => {
    await client.call('DELETE', '/v1/account');
    expect(functions.gateway.refused).toEqual([]);
    const used = [...(functions.gateway.used.get('api') ?? [])];
    expect(used).toEqual(expect.arrayContaining(['kms:GenerateDataKey', 'dynamodb:BatchWriteItem']));
    expect(functionDefinitions.api.dynamoActions).toEqual(
      expect.arrayContaining(used.filter((action) => action.startsWith('dynamodb:'))),
    );
  });
});
