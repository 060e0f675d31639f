import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Certificate,
  type CertificateAuthority,
  createCertificateAuthority,
} from '../../../functions/local/demo/certificate-authority.ts';
import { Fault } from '../../../shared/core/faults.ts';
import { createAddressGuard } from '../../../shared/net/address-guard.ts';
import { type Network, openTcp, openTls, upgradeToTls } from '../../../shared/net/connect.ts';
import { trustStore } from '../../../shared/net/trust-store.ts';
import { listen } from '../../support/listen.ts';

const guard = createAddressGuard({
  allowPrivateHosts: ['127.0.0.0/8'],
  resolve: async (host) => [{ address: host === 'inside.example.org' ? '10.0.0.1' : '127.0.0.1', family: 4 }],
});

describe('a connection to a mail server', () => {
  let authority: CertificateAuthority;
  let network: Network;
  let stranger: Network;
  const servers: Server[] = [];
  const sockets = new Set<Socket>();

  beforeAll(async () => {
    authority = await createCertificateAuthority();
    network = { guard, trust: trustStore([authority.ca]) };
    stranger = { guard, trust: trustStore([]) };
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  });

  const start = (server: Server) => {
    servers.push(server);
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
    });
    return listen(server);
  };
  const tlsServer = (certificate: Certificate) => {
    const names: (string | false | null)[] = [];
    const server = createTlsServer(certificate, (socket) => {
      names.push(socket.servername);
      socket.on('error', () => undefined);
      socket.end('hello');
    });
    server.on('tlsClientError', () => undefined);
    return { server, names };
  };

  it('is made to the name that was asked for, with its certificate verified', async () => {
    const { server, names } = tlsServer(await authority.issue(['mail.example.org']));
    const port = await start(server);
    let calls = 0;
    const socket = openTls(network, { host: 'Mail.Example.org.', port }, () => {
      calls++;
    });
    const [greeting] = await once(socket, 'data');
    expect(String(greeting)).toBe('hello');
    expect(socket.authorized).toBe(true);
    expect(names).toEqual(['mail.example.org']);
    expect(calls).toBe(1);
  });

  it('fails when the certificate is for another name', async () => {
    const port = await start(tlsServer(await authority.issue(['other.example.org'])).server);
    const [error] = await once(watch(openTls(network, { host: 'mail.example.org', port })), 'failed');
    expect(error).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('fails when nobody we trust signed the certificate', async () => {
    const port = await start(tlsServer(await authority.issue(['mail.example.org'])).server);
    const [error] = await once(watch(openTls(stranger, { host: 'mail.example.org', port })), 'failed');
    expect(error).toMatchObject({ code: expect.stringMatching(/UNABLE_TO|SELF_SIGNED/) });
  });

  it('verifies a literal address against the addresses of the certificate', async () => {
    const good = await start(tlsServer(await authority.issue(['127.0.0.1'])).server);
    const socket = openTls(network, { host: '127.0.0.1', port: good });
    await once(socket, 'secureConnect');
    expect(socket.authorized).toBe(true);
    const bad = await start(tlsServer(await authority.issue(['localhost'])).server);
    const [error] = await once(watch(openTls(network, { host: '127.0.0.1', port: bad })), 'failed');
    expect(error).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it.each(['mail.example.org', 'evil.example.org'])('verifies %s after STARTTLS as well', async (name) => {
    const certificate = await authority.issue(['mail.example.org']);
    const port = await start(
      createTcpServer((plain) => {
        const secure = new TLSSocket(plain, { isServer: true, ...certificate });
        secure.on('error', () => undefined);
        secure.on('secure', () => secure.end('hello'));
      }),
    );
    const plain = openTcp(network, { host: name, port });
    await once(plain, 'connect');
    const secure = upgradeToTls(network, { host: name, port }, plain);
    if (name === 'mail.example.org') {
      const [greeting] = await once(secure, 'data');
      expect(String(greeting)).toBe('hello');
    } else {
      const [error] = await once(watch(secure), 'failed');
      expect(error).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    }
  });

  it('is refused before anything is sent when the address is not allowed', async () => {
    expect(() => openTls(network, { host: '10.0.0.1', port: 993 })).toThrow(Fault);
    expect(() => openTcp(network, { host: '0x7f.1', port: 143 })).toThrow(Fault);
    for (const open of [openTls, openTcp]) {
      const [error] = await once(watch(open(network, { host: 'inside.example.org', port: 993 })), 'failed');
      expect(error).toMatchObject({ code: 'EADDRFORBIDDEN' });
    }
  });

  it.runIf(process.platform === 'linux').each([
    ['cleartext', openTcp],
    ['TLS', openTls],
  ])('is probed after 240 s of silence, whatever the library that uses it asks for (%s)', async (_, open) => {
    const socket = open(network, { host: 'mail.example.org', port: await start(createTcpServer()) });
    await once(socket, 'connect');
    socket.setKeepAlive(true, 5000);
    // The timer is shown once nothing is under way any more.
    await expect.poll(() => keepAliveSeconds(socket)).toBeGreaterThan(230);
    expect(await keepAliveSeconds(socket)).toBeLessThanOrEqual(240);
    socket.destroy();
  });
});

describe('a trust store', () => {
  it('says at once that a text is no certificate', () => {
    expect(() => trustStore(['not a certificate'])).toThrow();
  });
});

/** `once` itself rejects on an error event. */
function watch(socket: Socket): Socket {
  socket.on('error', (error) => socket.emit('failed', error));
  return socket;
}

/** Seconds until the kernel's next keep-alive probe: timer 2 in proc(5) net/tcp, in hundredths. */
async function keepAliveSeconds({ localPort, remotePort }: Socket): Promise<number> {
  const ports = [localPort, remotePort].map((port) =>
    (port ?? 0).toString(16).toUpperCase().padStart(4, '0'),
  );
  const line = new RegExp(`:${ports[0]} \\w+:${ports[1]} \\w+ \\w+:\\w+ 02:(\\w+)`);
  const table = await readFile('/proc/self/net/tcp', 'utf8');
  return Number.parseInt(line.exec(table)?.[1] ?? '', 16) / 100;
}
