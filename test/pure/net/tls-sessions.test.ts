import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createSecureContext, createServer, TLSSocket, type TlsOptions } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type CertificateAuthority,
  createCertificateAuthority,
} from '../../../functions/local/demo/certificate-authority.ts';
import { limits } from '../../../shared/core/limits.ts';
import { createAddressGuard } from '../../../shared/net/address-guard.ts';
import { openTcp, openTls, upgradeToTls } from '../../../shared/net/connect.ts';
import { TlsSessions } from '../../../shared/net/tls-sessions.ts';
import { type TrustStore, trustStore } from '../../../shared/net/trust-store.ts';
import { listen } from '../../support/listen.ts';

const guard = createAddressGuard({
  allowPrivateHosts: ['127.0.0.0/8'],
  resolve: async () => [{ address: '127.0.0.1', family: 4 }],
});
const name = 'mail.example.org';

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a TLS session with a mail server (%s)', (version) => {
  let authority: CertificateAuthority;
  const running: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];

  beforeAll(async () => {
    authority = await createCertificateAuthority();
  });
  afterEach(async () => {
    for (const { server, sockets } of running.splice(0)) {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  async function serve(certificate: TlsOptions, onConnection = (_: Socket) => {}) {
    const sockets = new Set<Socket>();
    const options = { ...certificate, minVersion: version, maxVersion: version };
    const server = createServer(options, (socket) => socket.on('error', () => undefined).end('hello'));
    server.on('tlsClientError', () => undefined);
    server.on('connection', (socket) => {
      sockets.add(socket.on('error', () => undefined));
      onConnection(socket);
    });
    const port = await listen(server);
    running.push({ server, sockets });
    return { server, port };
  }

  /** Connects, hears the server out (its sessions come at any time), and tells how it went. */
  async function greet(trust: TrustStore, port: number, host = name) {
    const socket: TLSSocket = openTls({ guard, trust }, { host, port });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    let outcome: object = {};
    socket.once('secureConnect', () => {
      outcome = { resumed: socket.isSessionReused(), authorized: socket.authorized };
    });
    socket.once('error', (error) => {
      outcome = { failure: Reflect.get(error, 'code') };
    });
    socket.resume();
    await closed;
    return outcome;
  }

  const full = { resumed: false, authorized: true };
  const resumed = { resumed: true, authorized: true };

  it('is resumed, and counts as verified as before', async () => {
    const { port } = await serve(await authority.issue([name]));
    const trust = trustStore([authority.ca]);
    expect(await greet(trust, port)).toEqual(full);
    expect(await greet(trust, port)).toEqual(resumed);
    expect(await greet(trust, port)).toEqual(resumed);
  });

  it('is resumed after STARTTLS as well', async () => {
    const versions = { minVersion: version, maxVersion: version };
    const secureContext = createSecureContext({ ...(await authority.issue([name])), ...versions });
    const sockets = new Set<Socket>();
    const server = createTcpServer((plain) => {
      sockets.add(plain.on('error', () => undefined));
      const secure = new TLSSocket(plain, { isServer: true, secureContext });
      secure.on('error', () => undefined).on('secure', () => secure.end('hello'));
    });
    const port = await listen(server);
    running.push({ server, sockets });
    const trust = trustStore([authority.ca]);
    const upgraded = async () => {
      const plain = openTcp({ guard, trust }, { host: name, port });
      await once(plain, 'connect');
      const socket = upgradeToTls({ guard, trust }, { host: name, port }, plain).resume();
      await once(socket, 'secureConnect');
      const outcome = { resumed: socket.isSessionReused(), authorized: socket.authorized };
      await once(socket, 'close');
      return outcome;
    };
    expect(await upgraded()).toEqual(full);
    expect(await upgraded()).toEqual(resumed);
  });

  it('made under one trust store is of no use under another', async () => {
    const { port } = await serve(await authority.issue([name]));
    expect(await greet(trustStore([authority.ca]), port)).toEqual(full);
    expect(await greet(trustStore([]), port)).toEqual({
      failure: expect.stringMatching(/UNABLE_TO|SELF_SIGNED/),
    });
    expect(await greet(trustStore([authority.ca]), port)).toEqual(full);
  });

  it('is of no use for another name, or for another port of the same server', async () => {
    const certificate = await authority.issue([name]);
    const ticketKeys = randomBytes(48);
    const { port } = await serve({ ...certificate, ticketKeys });
    const { port: otherPort } = await serve({ ...certificate, ticketKeys });
    const trust = trustStore([authority.ca]);
    expect(await greet(trust, port)).toEqual(full);
    expect(await greet(trust, port, 'evil.example.org')).toEqual({ failure: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(await greet(trust, otherPort)).toEqual(full);
  });

  it('that the server does not know any more is replaced by a full handshake, with all of its verification', async () => {
    const { server, port } = await serve(await authority.issue([name]));
    const trust = trustStore([authority.ca]);
    await greet(trust, port);
    server.setTicketKeys(randomBytes(48));
    expect(await greet(trust, port)).toEqual(full);
    expect(await greet(trust, port)).toEqual(resumed);
    server.setSecureContext(await authority.issue(['other.example.org']));
    server.setTicketKeys(randomBytes(48));
    expect(await greet(trust, port)).toEqual({ failure: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('is not kept of a server that was not verified', async () => {
    const { port } = await serve(await authority.issue(['other.example.org']));
    const trust = trustStore([authority.ca]);
    await greet(trust, port);
    expect(trust.sessions.size).toBe(0);
  });

  it('ends an hour after the certificate was looked at, however often it was resumed meanwhile', async () => {
    let now = 0;
    const { port } = await serve(await authority.issue([name]));
    const trust = { ...trustStore([authority.ca]), sessions: new TlsSessions({ now: () => now }) };
    expect(await greet(trust, port)).toEqual(full);
    now += limits.tlsSessionMs / 2;
    expect(await greet(trust, port)).toEqual(resumed);
    now += limits.tlsSessionMs / 2;
    expect(await greet(trust, port)).toEqual(full);
  });

  it('is not offered again to a server that broke off at it', async () => {
    let connections = 0;
    const { port } = await serve(await authority.issue([name]), (socket) => {
      connections += 1;
      if (connections === 2) socket.destroy();
    });
    const trust = trustStore([authority.ca]);
    expect(await greet(trust, port)).toEqual(full);
    expect(await greet(trust, port)).toEqual({ failure: 'ECONNRESET' });
    expect(await greet(trust, port)).toEqual(full);
  });

  it('makes room for others when there are too many', async () => {
    const sessions = new TlsSessions(undefined, 2);
    const trust = { ...trustStore([authority.ca]), sessions };
    const certificate = await authority.issue([name]);
    const ports = [];
    for (let each = 0; each < 3; each++) ports.push((await serve(certificate)).port);
    for (const port of ports) await greet(trust, port);
    expect(sessions.size).toBe(2);
    expect(await greet(trust, ports[2] ?? 0)).toEqual(resumed);
    expect(await greet(trust, ports[0] ?? 0)).toEqual(full);
  });
});
