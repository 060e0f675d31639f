import { isDeepStrictEqual } from 'node:util';
import { createRoute, z } from '@hono/zod-openapi';
import { normaliseAddress } from '../../../shared/coi/addresses.ts';
import { limits } from '../../../shared/core/limits.ts';
import { changeAccount } from '../../../shared/flows/accounts/change-account.ts';
import { changeAliases } from '../../../shared/flows/accounts/change-aliases.ts';
import { changePassword } from '../../../shared/flows/accounts/change-password.ts';
import { eraseEverything } from '../../../shared/flows/accounts/erase.ts';
import { exportAccount } from '../../../shared/flows/accounts/export-account.ts';
import { changeMessageFilter } from '../../../shared/flows/mail-server/message-filter.ts';
import { followWatchSetting } from '../../../shared/flows/watch/follow-watch-setting.ts';
import { accountShown } from '../account-shown.ts';
import { signedIn } from '../auth.ts';
import type { RouteGroup } from '../context.ts';
import { limitedPerAccount } from '../limit-calls.ts';
import { decodeCursor, encodeCursor, PageQuery, pageOf } from '../page.ts';
import { problems } from '../problem.ts';
import { AccountReply, QuietHours } from '../schemas/account.ts';
import { jsonBody, jsonReply } from '../schemas/common.ts';
import { withTimes } from '../schemas/exported-item.ts';
import { MailAddress, Password, shortText } from '../validation.ts';

const getAccount = createRoute({
  ...signedIn,
  method: 'get',
  path: '/v1/account',
  tags: ['Account'],
  summary: 'The account, how it is watched, and what its mail server can do',
  responses: { 200: jsonReply('The account.', AccountReply), ...problems('not-signed-in') },
});

/** Unknown members are refused: a setting that this version does not have is not dropped in silence. */
const AccountChanges = z
  .strictObject({
    aliases: z
      .array(MailAddress)
      .max(limits.aliases)
      .optional()
      .openapi({
        description:
          'All addresses that the account has besides its own; those left out are its aliases no longer. A new one is proven ' +
          'first: a mail from it to itself goes out by the mail server of the account, and must come back to the mailbox. ' +
          'That is waited for some seconds. An alias whose mail takes longer is in `pendingAliases`: ask for the same ones ' +
          'again later. The mail is deleted when it is found.',
        example: ['me@example.org'],
      }),
    messageFilter: z
      .enum(['none', 'active', 'seen'])
      .optional()
      .openapi({
        description:
          'Whether chat mails that come from now on are moved from INBOX to Chats: all of them, or those that were read. ' +
          'The folders are made for it.',
      }),
    readReceipts: z.enum(['never', 'always']).optional().openapi({
      description:
        '`always`: `POST /v1/conversations/{id}/seen` sends the read receipts that were asked for.',
    }),
    unknownSenders: z
      .enum(['all', 'once', 'none'])
      .optional()
      .openapi({
        description:
          'Whether chat messages ring of people who are not in the address book and whom the account never wrote to: all ' +
          'of them, one in 24 hours of each such conversation, or none. They are kept and counted all the same.',
      }),
    quietHours: QuietHours.nullable().optional(),
    displayName: shortText(limits.chosenNameBytes)
      .nullable()
      .optional()
      .openapi({ description: 'The name that recipients see; null for none.' }),
    watch: z
      .enum(['auto', 'idle', 'poll'])
      .optional()
      .openapi({
        description:
          '`idle` holds a connection to the mailbox, `poll` looks into it at intervals that grow with silence from one to ' +
          '30 minutes, `auto` leaves it to the service. It counts where the operator did not decide it for all accounts, ' +
          'and within a minute.',
      }),
  })
  .openapi('AccountChanges');

const patchAccount = createRoute({
  ...signedIn,
  method: 'patch',
  path: '/v1/account',
  tags: ['Account'],
  summary: 'Change settings of the account',
  description: 'What is left out stays as it is.',
  request: { body: jsonBody(AccountChanges) },
  responses: {
    200: jsonReply('The account as it is now.', AccountReply),
    ...problems(
      'invalid-request',
      'not-signed-in',
      'too-many-requests',
      'conflict',
      'limit-reached',
      'login-refused',
      'mail-host-forbidden',
      'mail-host-unreachable',
    ),
  },
});

const putCredentials = createRoute({
  ...signedIn,
  middleware: [signedIn.middleware, limitedPerAccount('credentials')] as const,
  method: 'put',
  path: '/v1/account/credentials',
  tags: ['Account'],
  summary: 'Give the account another password for its mail servers',
  description:
    'Logs in to both with the new password before it replaces the old one, and goes on watching with it.',
  request: { body: jsonBody(z.strictObject({ password: Password })) },
  responses: {
    200: jsonReply('The account as it is now.', AccountReply),
    ...problems(
      'invalid-request',
      'not-signed-in',
      'too-many-requests',
      'conflict',
      'login-refused',
      'mail-host-forbidden',
      'mail-host-unreachable',
    ),
  },
});

const exportPosition = z.tuple([z.string(), z.string()]);

const exportAll = createRoute({
  ...signedIn,
  middleware: [signedIn.middleware, limitedPerAccount('export')] as const,
  method: 'get',
  path: '/v1/account/export',
  tags: ['Account'],
  summary: 'Everything stored about the account',
  description:
    'All that is stored but passwords, keys and tokens, each item with what it is (`item`). Many messages come on ' +
    'several pages. Mails themselves are not stored here.',
  request: { query: PageQuery.pick({ cursor: true }) },
  responses: {
    200: jsonReply('A page of it.', pageOf(z.looseObject({ item: z.string() }))),
    ...problems('invalid-request', 'not-signed-in', 'too-many-requests'),
  },
});

const deleteAccount = createRoute({
  ...signedIn,
  method: 'delete',
  path: '/v1/account',
  tags: ['Account'],
  summary: 'Erase everything stored about the account',
  description: 'Stops the watch and signs every device out. Mail in the mailbox is not touched.',
  responses: { 204: { description: 'Nothing is stored of it any more.' }, ...problems('not-signed-in') },
});

export const accountRoutes: RouteGroup = (api) => {
  api.openapi(getAccount, async (c) => {
    return c.json(await accountShown(c.var.context.services, c.var.account), 200);
  });

  api.openapi(patchAccount, async (c) => {
    const { services } = c.var.context;
    const { displayName, aliases, ...settings } = c.req.valid('json');
    const { readReceipts, messageFilter, unknownSenders, quietHours, watch } = settings;
    // First, because a mail server may refuse it: then nothing is changed.
    if (messageFilter !== undefined) await changeMessageFilter(services, c.var.account, messageFilter);
    if (aliases !== undefined) await changeAliases(services, c.var.account, aliases.map(normaliseAddress));
    const account = await changeAccount(services, c.var.account.id, (stored) => {
      const next = {
        ...stored.settings,
        readReceipts: readReceipts ?? stored.settings.readReceipts,
        unknownSenders: unknownSenders ?? stored.settings.unknownSenders,
        quietHours: quietHours === undefined ? stored.settings.quietHours : (quietHours ?? undefined),
        watch: watch ?? stored.settings.watch,
      };
      const changed = {
        ...stored,
        displayName: displayName === undefined ? stored.displayName : (displayName ?? undefined),
        settings: next,
      };
      return isDeepStrictEqual(changed, stored) ? stored : changed;
    });
    if (watch !== undefined) await followWatchSetting(services, account);
    return c.json(await accountShown(services, account), 200);
  });

  api.openapi(putCredentials, async (c) => {
    const { services } = c.var.context;
    const account = await changePassword(services, c.var.account, c.req.valid('json').password);
    return c.json(await accountShown(services, account), 200);
  });

  api.openapi(exportAll, async (c) => {
    const { cursor } = c.req.valid('query');
    const [conversation, after] = cursor === undefined ? [] : decodeCursor('export', cursor, exportPosition);
    const from = after === undefined ? undefined : { conversation: conversation || undefined, after };
    const { items, next } = await exportAccount(c.var.context.services, c.var.account, from);
    const nextCursor =
      next === undefined ? null : encodeCursor('export', [next.conversation ?? '', next.after]);
    return c.json({ items: items.map(withTimes), nextCursor }, 200);
  });

  api.openapi(deleteAccount, async (c) => {
    await eraseEverything(c.var.context.services, c.var.account.id);
    return c.body(null, 204);
  });
};
