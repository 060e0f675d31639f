import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import type { SmtpScript } from '../../support/scripted-smtp.ts';
import { goOnFor, sendingScene } from '../../support/sending-scene.ts';

const [bob, carol, dave] = ['bob@example.org', 'carol@example.org', 'dave@example.org'];

describe.skipIf(!hasMailServers)('a mail that its server does not take for everybody', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost({ ca: [sharedMail().ca] });
  });
  afterAll(() => host?.stop());

  /** @param replies to each RCPT of an address, in turn; after the last one it is taken */
  async function sentTo(replies: Readonly<Record<string, readonly string[]>>, script: SmtpScript = {}) {
    const tries: string[][] = [];
    const asked = new Map<string, number>();
    const scene = await sendingScene(host, {
      ...script,
      MAIL({ reply }) {
        tries.push([]);
        reply('250 ok');
      },
      RCPT({ line, reply }) {
        const address = /<(.*)>/.exec(line)?.[1] ?? '';
        const times = asked.get(address) ?? 0;
        asked.set(address, times + 1);
        tries.at(-1)?.push(address);
        reply(replies[address]?.[times] ?? '250 ok');
      },
    });
    const body = { kind: 'text', to: [bob, carol, dave], text: 'for three' };
    const sent = await scene.client.request('POST', '/v1/messages', body);
    const messageId = String(Reflect.get(Object(sent.body), 'messageId'));
    const shown = async () => {
      const { conversation } = Object(sent.body);
      const { items } = await scene.client.expect(200, 'GET', `/v1/conversations/${conversation}/messages`);
      return Reflect.get(Object(Array.isArray(items) ? items[0] : undefined), 'outgoing');
    };
    return { ...scene, sent, messageId, shown, tries };
  }

  it('goes again to those alone who were put off, and is said to have reached all then', async () => {
    const scene = await sentTo({ [bob]: ['450 4.2.0 greylisted', '451 4.7.1 still'] });
    expect(scene.sent.body).toMatchObject({ state: 'partly-refused' });
    expect(await scene.shown()).toEqual({ state: 'partly-refused', waiting: [bob], code: 450 });
    expect(await goOnFor(host, scene, scene.messageId, 6)).toContain('sent');
    expect(scene.tries).toEqual([[bob, carol, dave], [bob], [bob]]);
    // Nobody of the second try takes any mail.
    expect(scene.smtp.messages).toHaveLength(2);
    expect(scene.smtp.messages[1]).toBe(scene.smtp.messages[0]);
    expect(await scene.shown()).toMatchObject({ state: 'sent' });
    expect(await scene.copies('Sent')).toEqual([scene.messageId]);
    expect(await scene.promised()).toBeUndefined();
    expect((await scene.outgoing(scene.messageId)).sealedMail).toBeUndefined();
  });

  it('never goes again to those who were refused for good, and tells who they are', async () => {
    const scene = await sentTo({ [bob]: ['450 4.2.0 later'], [carol]: ['550 5.1.1 no such user'] });
    expect(await scene.shown()).toMatchObject({ state: 'partly-refused', waiting: [bob], refused: [carol] });
    await goOnFor(host, scene, scene.messageId, 3);
    expect(scene.tries).toEqual([[bob, carol, dave], [bob]]);
    expect(await scene.shown()).toMatchObject({ state: 'partly-refused', refused: [carol] });
    expect(await scene.shown()).not.toHaveProperty('waiting');
    expect(await scene.promised()).toBeUndefined();
  });

  it('is tried without those who were refused for good, when nobody got it yet', async () => {
    const later = '450 4.2.0 later';
    const scene = await sentTo({ [bob]: [later], [carol]: ['550 5.1.1 no such user'], [dave]: [later] });
    expect(scene.sent.body).toMatchObject({ state: 'queued' });
    expect(await goOnFor(host, scene, scene.messageId, 3)).toContain('partly-refused');
    expect(scene.tries).toEqual([
      [bob, carol, dave],
      [bob, dave],
    ]);
    expect(await scene.shown()).toMatchObject({ state: 'partly-refused', refused: [carol] });
    expect(scene.smtp.messages).toHaveLength(1);
  });

  it('is given up for those whom it has not reached in two days', async () => {
    const scene = await sentTo({ [bob]: Array(500).fill('450 4.2.0 never') });
    for (let hours = 0; hours < 50; hours++) {
      host.pass(3_600_000);
      await scene.step(scene.messageId);
    }
    await goOnFor(host, scene, scene.messageId, 3);
    expect(await scene.shown()).toMatchObject({ state: 'partly-refused', refused: [bob], code: 450 });
    expect(await scene.promised()).toBeUndefined();
    expect(scene.smtp.messages).toHaveLength(1);
    expect(scene.tries.length).toBeGreaterThan(40);
    expect(scene.tries.length).toBeLessThan(2 * (limits.sendGiveUpMs / 3_600_000));
  });

  it('is not taken for sent by the copy of those who got it before', async () => {
    let times = 0;
    const scene = await sentTo(
      { [bob]: ['450 4.2.0 later'] },
      { MESSAGE: ({ reply, socket }) => void (times++ === 0 ? reply('250 ok') : socket.destroy()) },
    );
    expect(await scene.step(scene.messageId)).toBe('partly-refused');
    expect(await scene.copies('Sent')).toEqual([scene.messageId]);
    const states = await goOnFor(host, scene, scene.messageId, 12);
    expect(states.at(-1)).toBe('unknown');
    expect(scene.smtp.messages).toHaveLength(2);
    const resent = await scene.client.request(
      'POST',
      `/v1/messages/${Reflect.get(Object(scene.sent.body), 'id')}/resend`,
    );
    expect(resent.status).toBe(202);
    // To him alone.
    expect(scene.tries).toEqual([[bob, carol, dave], [bob], [bob]]);
  });
});
