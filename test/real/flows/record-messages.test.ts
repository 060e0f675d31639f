import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstFold } from '../../../shared/coi/kept-message.ts';
import type { MessageEvent } from '../../../shared/coi/message-event.ts';
import { limits } from '../../../shared/core/limits.ts';
import { recordMessages } from '../../../shared/flows/receive/record-messages.ts';
import { getMessage, putNewMessage } from '../../../shared/store/message.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { seedConversation } from '../../support/seed-conversation.ts';
import { exampleMessage, exampleMessageKey } from '../../support/store-examples.ts';

let host: ApiHost;
beforeAll(async () => {
  host = await startApiHost();
});
afterAll(() => host.stop());

describe('what comes older than all that a conversation is made anew from', () => {
  it.each<[MessageEvent, boolean]>([
    [{ kind: 'edit', targets: ['<chat$long-ago@example.org>'] }, false],
    [{ kind: 'reaction', targets: ['<chat$long-ago@example.org>'], emoji: ['👍'] }, true],
  ])('is shown only when it has words of its own: $kind', async (event, hidden) => {
    const { services } = host;
    const { account } = await host.account();
    const messages = limits.replayMessages + 1;
    const { conversation } = await seedConversation(services, account, { messages });
    const receivedAt = conversation.updatedAt - 1000 * messages;
    const late = exampleMessage({
      accountId: account.id,
      conversationId: conversation.id,
      key: exampleMessageKey(receivedAt),
      receivedAt,
      event,
      fold: firstFold({ event }),
      expiresAt: receivedAt + services.retentionMs,
    });
    await putNewMessage(services.store, late);
    await recordMessages(services, account, conversation, [late]);
    const stored = await getMessage(
      services.store,
      account.id,
      conversation.id,
      late.key,
      services.clock.now(),
    );
    expect(stored?.fold.hidden).toBe(hidden);
  });
});
