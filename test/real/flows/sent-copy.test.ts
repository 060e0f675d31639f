import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { sendingScene } from '../../support/sending-scene.ts';

const bob = 'bob@example.org';

describe.skipIf(!hasMailServers)('the copy of a sent mail', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost({ ca: [sharedMail().ca] });
  });
  afterAll(() => host?.stop());

  async function sent() {
    const scene = await sendingScene(host, {});
    await scene.makeFolder('COI/Chats');
    const body = { kind: 'text', to: [bob], text: 'one copy' };
    const reply = await scene.client.expect(202, 'POST', '/v1/messages', body);
    expect(reply).toMatchObject({ state: 'sent' });
    const messageId = String(reply['messageId']);
    const copy = chatMail({ from: scene.account.email, to: bob, text: 'one copy', messageId });
    return { ...scene, messageId, copy };
  }

  it('is filed among the chats, once, where there is that folder', async () => {
    const scene = await sent();
    for (let again = 0; again < 3; again++) expect(await scene.step(scene.messageId)).toBe('sent');
    expect(await scene.copies('COI/Chats')).toEqual([scene.messageId]);
    expect(await scene.copies('Sent')).toEqual([]);
  });

  it.each(['Sent', 'COI/Chats'])('is not filed when the server itself put one into %s', async (folder) => {
    const scene = await sent();
    await scene.file(folder, scene.copy);
    expect(await scene.step(scene.messageId)).toBe('sent');
    const copies = [...(await scene.copies('COI/Chats')), ...(await scene.copies('Sent'))];
    expect(copies).toEqual([scene.messageId]);
    expect((await scene.outgoing(scene.messageId)).sealedMail).toBeUndefined();
  });
});
