import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAddressGuard } from '../../../shared/net/address-guard.ts';
import { openTcp } from '../../../shared/net/connect.ts';
import { trustStore } from '../../../shared/net/trust-store.ts';
import { listen } from '../../support/listen.ts';

describe('the addresses of a mail server', () => {
  const server = createServer((socket) => socket.on('error', () => undefined).resume());
  let port = 0;

  beforeAll(async () => {
    port = await listen(server);
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const guard = createAddressGuard({
    allowPrivateHosts: ['127.0.0.0/8', '::1/128'],
    resolve: async () => [
      { address: '::1', family: 6 },
      { address: '127.0.0.2', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ],
  });

  async function attemptsAt(host: string): Promise<readonly string[]> {
    const attempts: string[] = [];
    const socket = openTcp({ guard, trust: trustStore([]) }, { host, port });
    socket.on('connectionAttempt', (address: string) => attempts.push(address));
    await once(socket, 'connect');
    socket.destroy();
    return attempts;
  }

  it('are tried in the order of the answer, until one answers', async () => {
    expect(await attemptsAt('first.example.org')).toEqual(['::1', '127.0.0.2', '127.0.0.1']);
  });

  it('are tried first by the protocol that it answered by last, in the order of the answer', async () => {
    await attemptsAt('second.example.org');
    expect(await attemptsAt('Second.example.org')).toEqual(['127.0.0.2', '::1', '127.0.0.1']);
    expect(await attemptsAt('third.example.org')).toEqual(['::1', '127.0.0.2', '127.0.0.1']);
  });
});
