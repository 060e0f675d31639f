import { once } from 'node:events';
import { serve } from '@hono/node-server';
import { handle } from 'hono/aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';

let host: ApiHost;
beforeAll(async () => {
  host = await startApiHost();
});
afterAll(() => host.stop());

describe('the same application', () => {
  it("runs under Node's HTTP server", async () => {
    const server = serve({ fetch: host.api.fetch, port: 0, hostname: '127.0.0.1' });
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { client, account } = await host.account();
    const response = await fetch(`http://127.0.0.1:${port}/v1/account`, {
      headers: { authorization: `Bearer ${client.token}` },
    });
    expect(await response.json()).toMatchObject({ id: account.id });
    const tooBig = await fetch(`http://127.0.0.1:${port}/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      // Streamed, so that no Content-Length tells its size beforehand.
      body: ReadableStream.from(Array.from({ length: 3 }, () => Buffer.alloc(500_000, ' '))),
      duplex: 'half',
    });
    expect([tooBig.status, await tooBig.json()]).toMatchObject([413, { code: 'invalid-request' }]);
    server.close();
    await once(server, 'close');
  });

  it('runs as a Lambda function behind an HTTP API', async () => {
    const { client, account } = await host.account();
    const event = {
      version: '2.0',
      routeKey: '$default',
      rawPath: '/v1/account',
      rawQueryString: '',
      headers: { authorization: `Bearer ${client.token}`, host: 'api.example.org' },
      body: null,
      isBase64Encoded: false,
      requestContext: {
        accountId: '1',
        apiId: 'x',
        authentication: null,
        authorizer: {},
        domainName: 'api.example.org',
        domainPrefix: 'api',
        http: {
          method: 'GET',
          path: '/v1/account',
          protocol: 'HTTP/1.1',
          sourceIp: '192.0.2.1',
          userAgent: 'test',
        },
        requestId: 'r',
        routeKey: '$default',
        stage: '$default',
        time: '',
        timeEpoch: 0,
      },
    };
    const reply = await handle(host.api)(event);
    expect(reply).toMatchObject({ statusCode: 200, isBase64Encoded: false });
    expect(JSON.parse('body' in reply && typeof reply.body === 'string' ? reply.body : '')).toMatchObject({
      id: account.id,
    });
  });
});
