import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rateLimits } from '../../../shared/flows/accounts/rate-limits.ts';
import { getAccount } from '../../../shared/store/account.ts';
import { isRecord } from '../../support/api-client.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import type { ContractClient } from '../../support/contract-client.ts';
import { itemsOf, storeFullAccount } from '../../support/full-account.ts';
import { seedConversation } from '../../support/seed-conversation.ts';
import { exampleId, now } from '../../support/store-examples.ts';

describe('the export of an account', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost();
  });
  afterAll(() => host.stop());

  async function exported(client: ContractClient): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    for (let cursor: unknown = ''; cursor !== null; ) {
      const query = cursor === '' ? '' : `?cursor=${String(cursor)}`;
      const page = await client.expect(200, 'GET', `/v1/account/export${query}`);
      if (Array.isArray(page['items'])) items.push(...page['items'].filter(isRecord));
      cursor = page['nextCursor'];
    }
    return items;
  }

  async function fullAccount(number: number) {
    const id = exampleId(number);
    await storeFullAccount(host.services.store, id, `full-${number}@example.org`, now);
    const account = await getAccount(host.services.store, id);
    if (account === undefined) throw new Error('not stored');
    return { account, client: (await host.device(account)).client };
  }

  it('holds everything that is stored of it, and nothing of others', async () => {
    const { client, account } = await fullAccount(1);
    await fullAccount(7);
    const items = await exported(client);
    const stored = await itemsOf(host.parts, account.id);
    // The item that finds the account by its address says no more than the account itself.
    const told = stored.filter(({ sk }) => sk !== 'EMAIL');
    expect(items).toHaveLength(told.length);
    expect(JSON.stringify(items)).not.toContain(exampleId(7));
    expect(new Set(items.map(({ item }) => item))).toEqual(
      new Set([
        ...[
          'account',
          'address-book',
          'conversation',
          'device',
          'early-report',
          'idempotency-key',
          'message',
        ],
        ...['outgoing-mail', 'outgoing-mail-piece', 'submission-tokens', 'subscription', 'unfinished-work'],
        'watch',
      ]),
    );
    expect(items.find(({ item }) => item === 'message')).toMatchObject({
      messageId: expect.stringContaining('@'),
      receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
  });

  it('holds no password, key or token', async () => {
    const { client, account } = await fullAccount(3);
    const text = JSON.stringify(await exported(client));
    const secrets = [
      account.wrappedKey,
      account.sealedCredentials,
      'sealed',
      'secretHash',
      'p256dh',
      '"auth"',
    ];
    for (const secret of secrets) expect(text).not.toContain(secret);
    expect(text).not.toContain(String(client.token).split('.').at(-1));
  });

  it('comes on pages where it is large, each message once', async () => {
    const { client, account } = await host.account();
    await seedConversation(host.services, account, {
      id: 'long',
      messages: 60,
      message: () => ({ inReplyTo: `<${'x'.repeat(40_000)}@example.org>` }),
    });
    const first = await client.expect(200, 'GET', '/v1/account/export');
    expect(first['nextCursor']).not.toBeNull();
    const messages = (await exported(client)).filter(({ item }) => item === 'message');
    expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(60);
    expect(messages).toHaveLength(60);
  });

  it('is refused with a cursor of another list, and too often', async () => {
    const { client } = await host.account();
    expect((await client.request('GET', '/v1/account/export?cursor=abc')).status).toBe(400);
    for (let count = 1; count < rateLimits.export.most; count++)
      await client.expect(200, 'GET', '/v1/account/export');
    expect((await client.request('GET', '/v1/account/export')).status).toBe(429);
  });
});
