import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getWatch } from '../../../shared/store/watch.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';

const path = '/v1/account';

describe('the settings of what rings', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost();
  });
  afterAll(() => host.stop());

  it('are changed each by itself, shown, and kept', async () => {
    const { client } = await host.account();
    const quietHours = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
    const settings = async () => {
      const account = await client.expect(200, 'GET', path);
      return account['settings'];
    };
    await client.expect(200, 'PATCH', path, { unknownSenders: 'all', quietHours: null });
    expect(await settings()).toMatchObject({ unknownSenders: 'all', quietHours: null });
    expect(await client.expect(200, 'PATCH', path, { unknownSenders: 'none' })).toMatchObject({
      settings: { unknownSenders: 'none', quietHours: null },
    });
    await client.expect(200, 'PATCH', path, { quietHours });
    expect(await settings()).toMatchObject({ unknownSenders: 'none', quietHours });
    await client.expect(200, 'PATCH', path, { readReceipts: 'never' });
    expect(await settings()).toMatchObject({ unknownSenders: 'none', quietHours });
    await client.expect(200, 'PATCH', path, { quietHours: null });
    expect(await settings()).toMatchObject({ unknownSenders: 'none', quietHours: null });
  });

  it.each([
    [{ unknownSenders: 'some' }, 'unknownSenders'],
    [{ quietHours: { from: '24:00', to: '07:00', timeZone: 'UTC' } }, 'quietHours.from'],
    [{ quietHours: { from: '22:00', to: '7:00', timeZone: 'UTC' } }, 'quietHours.to'],
    [{ quietHours: { from: '22:00', to: '22:00', timeZone: 'UTC' } }, 'quietHours.to'],
    [{ quietHours: { from: '22:00', to: '07:00', timeZone: 'Mars/Olympus' } }, 'quietHours.timeZone'],
    [{ quietHours: { from: '22:00', to: '07:00' } }, 'quietHours.timeZone'],
    [{ quietHours: { from: '22:00', to: '07:00', timeZone: 'UTC', days: [] } }, 'quietHours.days'],
  ])('are refused where they say nothing: %j', async (changes, field) => {
    const { client } = await host.account();
    const problem = await client.expect(400, 'PATCH', path, changes);
    expect(problem).toMatchObject({ errors: [{ field }] });
  });
});

describe('the names of an account', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost();
  });
  afterAll(() => host.stop());

  it('are changed by themselves, and taken away', async () => {
    const { client } = await host.account({ displayName: 'Anna', aliases: ['anna@old.test'] });
    const named = await client.expect(200, 'PATCH', path, { displayName: 'Anna S.' });
    expect(named).toMatchObject({ displayName: 'Anna S.', aliases: ['anna@old.test'] });
    await client.expect(200, 'PATCH', path, { displayName: null });
    expect(await client.expect(200, 'GET', path)).toMatchObject({
      displayName: null,
      aliases: ['anna@old.test'],
    });
  });

  it('make whoever holds the mailbox look anew where its addresses changed, and only then', async () => {
    const { client, account } = await host.account({ aliases: ['anna@old.test'] });
    const changedAt = async () => (await getWatch(host.services.store, account.id))?.changedAt;
    await client.expect(200, 'PATCH', path, {
      displayName: 'Anna',
      aliases: ['Anna@Old.test', account.email],
    });
    expect(await changedAt()).toBeUndefined();
    await client.expect(200, 'PATCH', path, { aliases: [] });
    expect(await changedAt()).toBeGreaterThan(0);
  });

  it.each([
    [{ displayName: '' }, 'displayName'],
    [{ displayName: 'a\nb' }, 'displayName'],
    [{ aliases: ['nobody'] }, 'aliases[0]'],
    [{ aliases: Array.from({ length: 21 }, (_, i) => `a${i}@example.org`) }, 'aliases'],
  ])('are refused where they are none: %j', async (changes, field) => {
    const { client } = await host.account();
    expect(await client.expect(400, 'PATCH', path, changes)).toMatchObject({ errors: [{ field }] });
  });
});
