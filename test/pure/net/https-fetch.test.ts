import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CertificateAuthority,
  createCertificateAuthority,
} from '../../../functions/local/demo/certificate-authority.ts';
import { DeadlineExceeded } from '../../../shared/core/deadline.ts';
import { Fault } from '../../../shared/core/faults.ts';
import { createAddressGuard } from '../../../shared/net/address-guard.ts';
import type { Network } from '../../../shared/net/connect.ts';
import { httpsFetch, NotHttps, ResponseTooLarge } from '../../../shared/net/https-fetch.ts';
import { trustStore } from '../../../shared/net/trust-store.ts';
import { listen } from '../../support/listen.ts';

const usual = { deadlineMs: 10_000, limitBytes: 1000 };

describe('a request to a web server that a user named', () => {
  let authority: CertificateAuthority;
  let network: Network;
  let origin = '';
  const closers: (() => void)[] = [];
  const asked: string[] = [];

  beforeAll(async () => {
    authority = await createCertificateAuthority();
    network = {
      guard: createAddressGuard({
        allowPrivateHosts: ['127.0.0.0/8'],
        resolve: async (host) => [
          { address: host === 'inside.example.org' ? '10.0.0.1' : '127.0.0.1', family: 4 },
        ],
      }),
      trust: trustStore([authority.ca]),
    };
    origin = await serve((request, response) => {
      asked.push(`${request.method} ${request.headers.host?.split(':')[0]} ${request.url}`);
      if (request.url === '/large') response.end(Buffer.alloc(1001));
      else if (request.url === '/endless') endless(response);
      else if (request.url === '/silent') return;
      else if (request.url === '/slow') response.write('the rest never comes');
      else if (request.url === '/moved') response.writeHead(302, { location: '/' }).end();
      else request.pipe(response.writeHead(201, { 'x-seen': String(request.headers['content-type']) }));
    });
  });
  afterAll(() => {
    for (const close of closers) close();
  });

  async function serve(answer: RequestListener, name = 'web.example.org'): Promise<string> {
    const server = createServer(await authority.issue([name]), answer);
    const sockets = new Set<Duplex>();
    server.on('connection', (socket) => sockets.add(socket));
    const port = await listen(server);
    closers.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return `https://web.example.org:${port}`;
  }

  const fetchPath = (path: string, options = {}) =>
    httpsFetch(network, new URL(`${origin}${path}`), { ...usual, ...options });

  it('goes out with its method, header fields and body, and brings back what was answered', async () => {
    const answer = await fetchPath('/some?query=1', {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: 'käse',
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('x-seen')).toBe('text/plain');
    expect(await answer.text()).toBe('käse');
    expect(asked.at(-1)).toBe('POST web.example.org /some?query=1');
  });

  it('does not follow a redirect', async () => {
    asked.length = 0;
    expect((await fetchPath('/moved')).status).toBe(302);
    expect(asked).toEqual(['GET web.example.org /moved']);
  });

  it('takes no answer larger than its limit, announced or not', async () => {
    await expect(fetchPath('/large')).rejects.toBeInstanceOf(ResponseTooLarge);
    await expect(fetchPath('/endless')).rejects.toBeInstanceOf(ResponseTooLarge);
    expect((await fetchPath('/large', { limitBytes: 1001 })).status).toBe(200);
  });

  it('ends at its deadline, whatever it waits for', async () => {
    for (const path of ['/silent', '/slow'])
      await expect(fetchPath(path, { deadlineMs: 200 })).rejects.toBeInstanceOf(DeadlineExceeded);
  });

  it('fails when the certificate is for another name, or of nobody we trust', async () => {
    const other = await serve((_, response) => response.end(), 'other.example.org');
    await expect(httpsFetch(network, new URL(other), usual)).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
    const stranger = { guard: network.guard, trust: trustStore([]) };
    await expect(httpsFetch(stranger, new URL(origin), usual)).rejects.toMatchObject({
      code: expect.stringMatching(/UNABLE_TO|SELF_SIGNED/),
    });
  });

  it.each([
    'http://web.example.org/',
    'https://user@web.example.org/',
    'ftp://web.example.org/',
    'file:///x',
  ])('is never made to %s', async (url) => {
    await expect(httpsFetch(network, new URL(url), usual)).rejects.toBeInstanceOf(NotHttps);
  });

  it('is made to public addresses only, and there on port 443', async () => {
    const closed = {
      guard: createAddressGuard({
        allowPrivateHosts: [],
        resolve: async () => [{ address: '93.184.216.34', family: 4 }],
      }),
      trust: network.trust,
    };
    for (const url of [
      'https://127.0.0.1/',
      'https://[::1]/',
      'https://2130706433/',
      'https://example.org:8443/',
    ])
      await expect(httpsFetch(closed, new URL(url), usual)).rejects.toBeInstanceOf(Fault);
    await expect(httpsFetch(network, new URL('https://inside.example.org/'), usual)).rejects.toMatchObject({
      code: 'EADDRFORBIDDEN',
    });
  });
});

function endless(response: {
  write(chunk: Buffer): boolean;
  once(event: 'drain', next: () => void): unknown;
}): void {
  while (response.write(Buffer.alloc(400)));
  response.once('drain', () => endless(response));
}
