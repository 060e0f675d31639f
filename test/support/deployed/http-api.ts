import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { z } from 'zod';
import { listen } from '../listen.ts';
import type { LambdaFunction } from './lambda-function.ts';

const reply = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  cookies: z.array(z.string()).optional(),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().optional(),
});

/**
 * API Gateway's HTTP API before its functions: requests become events of payload format 2.0, and replies what was in them
 * (docs.aws.amazon.com/apigateway, "Working with AWS Lambda proxy integrations for HTTP APIs").
 */
export async function startHttpApi(
  leadsTo: (path: string) => LambdaFunction,
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      try {
        const event = eventOf(request, Buffer.concat(chunks));
        const result = reply.parse(await leadsTo(event.rawPath).invoke(event));
        const { statusCode, headers = {}, cookies = [], body = '', isBase64Encoded = false } = result;
        response.writeHead(statusCode, {
          ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
          ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}),
        });
        response.end(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
      } catch {
        response
          .writeHead(500, { 'content-type': 'application/json' })
          .end('{"message":"Internal Server Error"}');
      }
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function eventOf(request: IncomingMessage, body: Buffer) {
  const url = new URL(request.url ?? '/', 'http://api.invalid');
  const { cookie, ...headers } = request.headers;
  const now = new Date();
  // The gateway takes every type it does not know for binary.
  const isText = /^(?:text\/|application\/(?:json|javascript|xml|problem\+json))/.test(
    headers['content-type'] ?? '',
  );
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    ...(cookie === undefined ? {} : { cookies: cookie.split('; ') }),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    queryStringParameters: Object.fromEntries(url.searchParams),
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: 'api.invalid',
      domainPrefix: 'api',
      http: {
        method: request.method,
        path: url.pathname,
        protocol: 'HTTP/1.1',
        sourceIp: request.socket.remoteAddress,
        userAgent: headers['user-agent'],
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length === 0 ? {} : { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}
