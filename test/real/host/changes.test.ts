import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { afterEach, describe, expect, it } from 'vitest';
import { openOnThisMachine } from '../../../functions/admin/on-this-machine.ts';
import { readSettings } from '../../../functions/local/settings.ts';
import type { Clock } from '../../../shared/core/clock.ts';
import { silentLog } from '../../../shared/core/log.ts';
import { newSession } from '../../../shared/flows/accounts/session-token.ts';
import { createAccount } from '../../../shared/store/account.ts';
import { putSession } from '../../../shared/store/session.ts';
import { putWatch } from '../../../shared/store/watch.ts';
import { isRecord } from '../../support/api-client.ts';
import { startApiHost } from '../../support/api-host.ts';
import { startService } from '../../support/running-service.ts';
import { exampleAccount, exampleWatch } from '../../support/store-examples.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function tokenOfNow(url: string, headers: Record<string, string>): Promise<string> {
  const reply: unknown = await (await fetch(`${url}/v1/changes`, { headers })).json();
  return isRecord(reply) ? String(reply['next']) : '';
}

function eventHappened(): { readonly happened: Promise<void>; happens(): void } {
  let happens = () => {};
  const happened = new Promise<void>((resolve) => {
    happens = resolve;
  });
  return { happened, happens };
}

describe('a request that waits for changes', () => {
  it('ends with the connection of its client', async () => {
    const begun = eventHappened();
    const ended = eventHappened();
    const clock: Clock = {
      now: () => Date.now(),
      async sleep(_, signal) {
        begun.happens();
        await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
        ended.happens();
      },
    };
    const host = await startApiHost({ clock });
    ends.push(() => host.stop());
    const server = serve({ fetch: host.api.fetch, port: 0, hostname: '127.0.0.1' });
    ends.push(async () => {
      server.close();
      await once(server, 'close');
    });
    await once(server, 'listening');
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : undefined}`;
    const headers = { authorization: `Bearer ${(await host.account()).client.token}` };
    const gone = new AbortController();
    const since = await tokenOfNow(url, headers);
    const waiting = fetch(`${url}/v1/changes?wait=25&since=${since}`, { headers, signal: gone.signal });
    await begun.happened;
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await ended.happened;
  });

  it('does not hold up the end of the service by Ctrl-C', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'coi-push-changes-'));
    ends.push(() => rm(dataDir, { recursive: true, force: true }));
    const service = await startService({ DATA_DIR: dataDir });
    ends.push(() => service.kill());
    const settings = readSettings({ DATA_DIR: dataDir });
    if (!settings.ok) throw new Error('settings');
    const { services, close } = await openOnThisMachine(settings.settings, silentLog);
    const account = exampleAccount({ status: 'paused' });
    const { token, session } = newSession(account.id, 'test', services.clock.now());
    await createAccount(services.store, account);
    await putSession(services.store, session);
    await putWatch(services.store, exampleWatch({ mode: 'poll' }));
    await close();
    const headers = { authorization: `Bearer ${token}` };
    const since = await tokenOfNow(service.url, headers);
    const waiting = [1, 2, 3].map(() =>
      fetch(`${service.url}/v1/changes?wait=25&since=${since}`, { headers }).then(
        (reply) => reply.status,
        () => 'cut off',
      ),
    );
    // Behind the others: when it is answered, they are on their way.
    await fetch(`${service.url}/v1/account`, { headers });
    expect(await service.stop(), service.output()).toBe(0);
    expect(await Promise.all(waiting)).toHaveLength(3);
  });
});
