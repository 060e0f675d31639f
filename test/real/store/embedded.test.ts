import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbedded } from '../../../functions/local/embedded/open-embedded.ts';
import { sessionKey } from '../../../shared/store/keys.ts';
import { listSessions, putSession } from '../../../shared/store/session.ts';
import { getWatch, putWatch } from '../../../shared/store/watch.ts';
import { startParts, type TestParts } from '../../support/embedded.ts';
import { exampleId, exampleSession, exampleWatch, now } from '../../support/store-examples.ts';

const root = new URL('../../..', import.meta.url).pathname;
let folder = '';
let parts: TestParts;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coi-push-embedded-'));
  parts = await startParts({ dir: join(folder, 'shared') });
});
afterAll(async () => {
  await parts.stop();
  await rm(folder, { recursive: true });
});

describe('The embedded database', () => {
  it('holds what it acknowledged after its process was killed', async () => {
    const dir = join(folder, 'killed');
    const args = ['--import', 'tsx', join(root, 'test/support/durable-writer.ts'), dir];
    const writer = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    let acknowledged = -1;
    for await (const line of createInterface({ input: writer.stdout })) {
      acknowledged = Number(line);
      if (acknowledged === 50) writer.kill('SIGKILL');
    }
    if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit');
    expect(writer.signalCode).toBe('SIGKILL');

    const again = await startParts({ dir });
    try {
      const ids = (await listSessions(again.store, exampleId(1), now)).map(({ id }) => id);
      for (let number = 0; number <= acknowledged; number++) expect(ids).toContain(`session-${number}`);
    } finally {
      await again.stop();
    }
  });

  it('holds what it acknowledged after a proper stop, and opens the same folder again', async () => {
    const dir = join(folder, 'stopped');
    const first = await startParts({ dir });
    await putSession(first.store, exampleSession());
    await first.stop();
    const second = await startParts({ dir });
    expect(await listSessions(second.store, exampleId(1), now)).toEqual([exampleSession()]);
    await second.stop();
  });

  it('rids itself at its start of what has expired, and of nothing else', async () => {
    const dir = join(folder, 'expiring');
    const ids = ['old', 'young'];
    const first = await startParts({ dir });
    await putSession(first.store, exampleSession({ id: 'old', expiresAt: Date.now() - 1000 }));
    await putSession(first.store, exampleSession({ id: 'young', expiresAt: Date.now() + 600_000 }));
    await putWatch(first.store, exampleWatch());
    // Expired items are absent for our readers at once, so this asks for the raw item.
    const held = async ({ store }: TestParts) =>
      (await Promise.all(ids.map((id) => store.get(sessionKey(exampleId(1), id))))).map(
        (item) => item !== undefined,
      );
    expect(await held(first)).toEqual([true, true]);
    await first.stop();
    const second = await startParts({ dir });
    expect(await held(second)).toEqual([false, true]);
    expect(await getWatch(second.store, exampleId(1))).toEqual(exampleWatch());
    await second.stop();
  });

  it('stops in good order while it is asked, and opens the same folder again', async () => {
    const dir = join(folder, 'busy');
    for (let round = 0; round < 5; round++) {
      const busy = await startParts({ dir });
      const asked = Array.from({ length: 60 }, (_, number) =>
        putSession(busy.store, exampleSession({ id: `busy-${round}-${number}` })).then(
          () => `busy-${round}-${number}`,
          () => undefined,
        ),
      );
      await asked[round * 10];
      await busy.stop();
      const acknowledged = (await Promise.all(asked)).filter((id) => id !== undefined);
      const again = await startParts({ dir });
      const ids = (await listSessions(again.store, exampleId(1), now)).map(({ id }) => id);
      await again.stop();
      expect(ids).toEqual(expect.arrayContaining(acknowledged));
    }
  });

  it('refuses a folder that is open already, and names it', async () => {
    const dir = join(folder, 'shared');
    await expect(openEmbedded({ dir })).rejects.toThrow(dir);
    await expect(openEmbedded({ dir })).rejects.toThrow(/another coi-push/);
  });

  it('goes on after a client that hung up in the middle of a request', async () => {
    const { store, credentials } = endpoints();
    const socket = connect(Number(store.port), store.hostname);
    await once(socket, 'connect');
    socket.write(
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nAuthorization: AWS4 Credential=${credentials}/x\r\n\r\n{`,
    );
    socket.resetAndDestroy();
    await once(socket, 'close');
    await putSession(parts.store, exampleSession());
    expect(await listSessions(parts.store, exampleId(1), now)).toHaveLength(1);
  });

  it('answers while the main thread is busy, and so never holds it up itself', async () => {
    const answered = new Int32Array(new SharedArrayBuffer(4));
    const ask = `
      const { workerData: { url, answered } } = require('node:worker_threads');
      fetch(url, { method: 'POST' }).then(() => {
        Atomics.store(answered, 0, 1);
        Atomics.notify(answered, 0);
      });`;
    const url = endpoints().store.href;
    const asking = new Worker(ask, { eval: true, execArgv: [], workerData: { url, answered } });
    // Blocks this thread until the answer is there.
    expect(Atomics.wait(answered, 0, 0, 20_000)).not.toBe('timed-out');
    await asking.terminate();
  });
});

describe('The embedded servers', () => {
  it('listen on loopback only', async () => {
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address !== undefined && !address.internal && address.family === 'IPv4');
    const { store, queues } = endpoints();
    for (const { hostname, port } of [store, queues]) {
      expect(hostname).toBe('127.0.0.1');
      for (const host of [outside?.address, '127.0.0.2']) {
        if (host === undefined) continue;
        expect(await canConnect(host, Number(port))).toBe(false);
      }
      expect(await canConnect('127.0.0.1', Number(port))).toBe(true);
    }
  });

  it('answer no other process of the machine, and no web page', async () => {
    const { store, queues, credentials } = endpoints();
    for (const [url, target] of [
      [store, 'DynamoDB_20120810.ListTables'],
      [queues, 'AmazonSQS.ListQueues'],
    ] as const) {
      const ask = (headers: Record<string, string>) =>
        fetch(url, {
          method: 'POST',
          body: '{}',
          headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target, ...headers },
        });
      const authorization = (key: string) =>
        `AWS4-HMAC-SHA256 Credential=${key}/20260101/us-east-1/x/aws4_request, SignedHeaders=host, Signature=0`;
      const date = { 'x-amz-date': '20260101T000000Z' };
      const key = url === store ? credentials : (parts.embedded.queues.credentials?.accessKeyId ?? '');
      expect((await ask({})).status).toBe(403);
      expect((await ask({ authorization: authorization('LOCAL'), ...date })).status).toBe(403);
      expect(
        (await ask({ authorization: authorization(key), ...date, origin: 'https://evil.example' })).status,
      ).toBe(403);
      expect((await ask({ authorization: authorization(key), ...date })).status).toBe(200);
    }
  });
});

function endpoints(): { store: URL; queues: URL; credentials: string } {
  const { store, queues } = parts.embedded;
  return {
    store: new URL(store.endpoint ?? ''),
    queues: new URL(queues.endpoint ?? ''),
    credentials: store.credentials?.accessKeyId ?? '',
  };
}

async function canConnect(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
