import { createRoute, z } from '@hono/zod-openapi';
import { readChangeToken, writeChangeToken } from '../../../shared/coi/change-token.ts';
import { withAnySignal } from '../../../shared/core/any-signal.ts';
import { invalidField } from '../../../shared/core/faults.ts';
import { limits } from '../../../shared/core/limits.ts';
import { toldUntilNow, waitForChanges } from '../../../shared/flows/changes/wait-for-changes.ts';
import { accountShown } from '../account-shown.ts';
import { signedIn } from '../auth.ts';
import type { RouteGroup } from '../context.ts';
import { limitedPerAccount } from '../limit-calls.ts';
import { problems } from '../problem.ts';
import { AccountReply } from '../schemas/account.ts';
import { jsonReply } from '../schemas/common.ts';
import { ConversationReply, conversationReply } from '../schemas/conversation.ts';

const ChangesReply = z
  .object({
    conversations: z.array(ConversationReply).openapi({
      description:
        'Those that changed, the oldest change first, each as it is now: also where only one of its messages did, by an ' +
        'edit, a reaction, a receipt, or because it was sent. One without `lastMessage` is not to be shown any more.',
    }),
    account: AccountReply.optional(),
    contacts: z
      .boolean()
      .openapi({ description: 'Whether the address book changed: see `GET /v1/contacts`.' }),
    more: z.boolean().openapi({ description: 'Whether there are more changes: ask at once with `next`.' }),
    next: z.string().openapi({ description: 'The token to ask with next.' }),
    pauseSeconds: z.int().openapi({
      description:
        'How long to wait before asking with `next`, while there is no `more`: 0 where requests are held, so that asking at ' +
        'once costs nothing.',
    }),
  })
  .openapi('Changes');

const getChanges = createRoute({
  ...signedIn,
  middleware: [signedIn.middleware, limitedPerAccount('changes')] as const,
  method: 'get',
  path: '/v1/changes',
  tags: ['Changes'],
  summary: 'What changed since it was asked last',
  description:
    'Without `since`, nothing is told but the token of now: then list the conversations, and nothing is missed in ' +
    'between. With the token, what changed since; with `wait`, the request is held until something does, and answered ' +
    'with no changes when nothing did. Ask again with `next` after `pauseSeconds`: where each held second is paid for, the ' +
    'operator has requests held for less time, or not at all. `account` is there where the account changed. ' +
    'A change is told once; who asks again with an older token, because an answer was lost say, is told again.',
  request: {
    query: z.object({
      since: z.string().max(4096).optional().openapi({
        description: '`next` of the answer before. It is good for as long as conversations are kept.',
      }),
      wait: z.coerce
        .number()
        .int()
        .min(0)
        .max(limits.changesWaitMs / 1000)
        .default(0)
        .openapi({
          description:
            'Seconds to wait for a change. Where ten requests of the account wait already, one more is answered at once.',
        }),
    }),
  },
  responses: {
    200: jsonReply('What changed.', ChangesReply),
    ...problems('invalid-request', 'not-signed-in', 'too-many-requests'),
  },
});

export const changeRoutes: RouteGroup = (api) => {
  api.openapi(getChanges, async (c) => {
    const { services, ending, holdMs = limits.changesWaitMs } = c.var.context;
    const { account } = c.var;
    const { since, wait } = c.req.valid('query');
    const pauseSeconds = holdMs > 0 ? 0 : limits.changesPauseSeconds;
    if (since === undefined) {
      const next = writeChangeToken(account.id, await toldUntilNow(services, account));
      return c.json({ conversations: [], contacts: false, more: false, next, pauseSeconds }, 200);
    }
    const told = tokenOf(account.id, since, services.clock.now());
    const waitMs = Math.min(wait * 1000, holdMs);
    const ends = [c.req.raw.signal, ...(ending === undefined ? [] : [ending()])];
    const changes = await withAnySignal(ends, (signal) =>
      waitForChanges(services, account.id, told, { waitMs, signal }),
    );
    return c.json(
      {
        conversations: changes.conversations.map((each) => conversationReply(each, services.clock.now())),
        ...(changes.account === undefined ? {} : { account: await accountShown(services, changes.account) }),
        contacts: changes.contacts,
        more: changes.more,
        next: writeChangeToken(account.id, changes.told),
        pauseSeconds,
      },
      200,
    );
  });
};

/** @throws Fault `invalid-request` */
function tokenOf(accountId: string, since: string, now: number) {
  const told = readChangeToken(accountId, since);
  if (told === undefined) {
    throw invalidField('since', 'is no token of this account: ask without it, and list everything');
  }
  if (now - told.at > limits.conversationKeptMs) {
    throw invalidField('since', 'is too old: ask without it, and list everything');
  }
  return told;
}
