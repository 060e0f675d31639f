import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { createServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../functions/local/demo/certificate-authority.ts';
import { signIn } from '../../support/api-client.ts';
import { eventually } from '../../support/eventually.ts';
import { listen } from '../../support/listen.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type RunningService, startService } from '../../support/running-service.ts';

const program = new URL('../../../functions/web/own-client/own-client.mjs', import.meta.url);

/** What `GET /docs/your-own-client` shows, run as it stands there, against the service as people start it. */
describe.skipIf(!hasMailServers)('the client of 60 lines', () => {
  const stops: (() => unknown)[] = [];
  let service: RunningService;
  let email: string;
  let output = '';

  beforeAll(async () => {
    const dir = await mkdtemp(join(tmpdir(), 'coi-push-own-client-'));
    stops.push(() => rm(dir, { recursive: true, force: true }));
    const authority = await createCertificateAuthority();
    const mail = sharedMail();
    await writeFile(join(dir, 'ca.pem'), `${mail.ca}\n${authority.ca}`);
    service = await startService({
      DATA_DIR: join(dir, 'data'),
      ALLOW_PRIVATE_HOSTS: '127.0.0.0/8,::1/128',
      NODE_EXTRA_CA_CERTS: join(dir, 'ca.pem'),
      LOG_LEVEL: 'warn',
    });
    stops.push(() => service.stop());
    email = mail.newAddress('own');
    const port = await freePort();
    const front = createServer(await authority.issue(['localhost']), (request, response) => {
      const { method, headers } = request;
      request.pipe(
        httpRequest({ host: '127.0.0.1', port, method, headers }, (reply) => {
          response.writeHead(reply.statusCode ?? 500);
          reply.pipe(response);
        }),
      );
    });
    const frontPort = await listen(front);
    stops.push(() => front.close().closeAllConnections());
    const child = spawn(process.execPath, [program.pathname], {
      env: {
        API: service.url,
        EMAIL: email,
        PASSWORD: mail.password,
        ENDPOINT: `https://localhost:${frontPort}/`,
        PORT: String(port),
        SERVERS: JSON.stringify({
          imap: { ...mail.imap, tls: 'implicit' },
          smtp: { ...mail.smtp, tls: 'implicit' },
        }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    stops.push(() => child.kill('SIGKILL'));
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += String(chunk);
      });
  });

  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  const printed = (what: string) =>
    eventually(`"${what}" in its output`, async () => (output.includes(what) ? true : undefined)).catch(() =>
      expect(output).toContain(what),
    );

  it('has 60 lines at most', async () => {
    expect((await readFile(program, 'utf8')).trim().split('\n').length).toBeLessThanOrEqual(60);
  });

  it('signs in, subscribes with keys of its own, and hands the validation in', () =>
    printed('Pushes are on'));

  it('decrypts a push, lists, reads, and answers', async () => {
    const mail = sharedMail();
    const bob = await signIn(service.url, mail, mail.newAddress('bob'));
    await bob.call('POST', '/v1/messages', { kind: 'text', to: [email], text: 'ping' });
    await printed('writes, in one of 1 chats: ping');
    const text = await eventually('the answer', async () => {
      const [conversation] = await bob.items('/v1/conversations');
      const messages = await bob.items(`/v1/conversations/${String(conversation?.['id'])}/messages`);
      const answer = messages.find((each) => each['own'] === false);
      if (answer === undefined) return undefined;
      return (await bob.call('GET', `/v1/messages/${String(answer['id'])}`))['text'];
    });
    expect(text).toContain('pong');
  });
});

async function freePort(): Promise<number> {
  const server = createTcpServer();
  const port = await listen(server);
  server.close();
  return port;
}
