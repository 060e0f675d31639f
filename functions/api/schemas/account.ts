import { z } from '@hono/zod-openapi';
import { isTimeZone } from '../../../shared/coi/quiet-hours.ts';
import type { ModeNow } from '../../../shared/flows/watch/mode-now.ts';
import type { VapidKeys } from '../../../shared/push/vapid.ts';
import type { Account, Session, Watch } from '../../../shared/store/items.ts';
import { optionalTime, Time, timeOf } from './common.ts';
import { AccountPush, accountPush } from './push.ts';

const TimeOfDay = z
  .string()
  .regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, 'must be a time of day, HH:MM')
  .openapi({ example: '22:00' });

export const QuietHours = z
  .strictObject({
    from: TimeOfDay,
    to: TimeOfDay.openapi({ example: '07:00' }),
    timeZone: z
      .string()
      .max(64)
      .refine(isTimeZone, 'must be a time zone, such as Europe/Berlin')
      .openapi({ example: 'Europe/Berlin' }),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], message: 'must differ from `from`' })
  .openapi('QuietHours', {
    description:
      'A time of each day, by the clocks of a place, at which nothing rings, mentions and calls neither. What came is ' +
      'told when it is over, once for each conversation, unless it was read by then.',
  });

export const AccountReply = z
  .object({
    id: z.string(),
    email: z.string(),
    aliases: z
      .array(z.string())
      .openapi({ description: 'Addresses that the account may write as, each proven.' }),
    pendingAliases: z.array(z.string()).openapi({
      description: 'Those that were asked for and are not proven yet: their mail did not come back so far.',
    }),
    displayName: z.string().nullable(),
    status: z.enum(['ok', 'login-refused', 'unreachable', 'paused']).openapi({
      description:
        'How the mailbox answered last. `login-refused`: it refused the password twice and is not asked again; devices ' +
        'are told by a push of the kind `account`. Sign in again with the right password. `paused`: by the operator.',
    }),
    lastCheckedAt: Time.nullable().openapi({
      description: 'Null when this host has not checked the mailbox yet.',
    }),
    lastMessageAt: Time.nullable(),
    watch: z.object({
      mode: z.enum(['serverpush', 'idle', 'poll', 'paused']).openapi({
        description:
          'How the mailbox is watched now: its own server pushes, a connection waits for mail, or it is looked into at ' +
          'intervals. `auto` is `idle`; where connections cost the operator, from the last chat or call of a device on ' +
          'for 48 hours, and then `poll`. `paused`: it is not asked for mail at all, and `status` tells why.',
      }),
      folders: z.array(z.string()),
    }),
    capabilities: z
      .object({
        coi: z.boolean(),
        webpush: z.boolean(),
        idle: z.boolean(),
        condstore: z.boolean(),
        qresync: z.boolean(),
        metadata: z.boolean(),
        notify: z.boolean(),
      })
      .openapi({ description: 'What the mail server said it can do at the last sign-in.' }),
    push: AccountPush,
    mailboxRoot: z.string().openapi({
      description: 'The folder above Chats and Contacts. A COI server may call it otherwise than `COI`.',
    }),
    settings: z.object({
      messageFilter: z.enum(['none', 'active', 'seen']),
      readReceipts: z.enum(['never', 'always']),
      unknownSenders: z.enum(['all', 'once', 'none']),
      quietHours: QuietHours.nullable(),
      watch: z.enum(['auto', 'idle', 'poll']),
      storePreviews: z.boolean(),
    }),
  })
  .openapi('Account');

export type AccountFactsToShow = {
  readonly account: Account;
  readonly watch: Watch | undefined;
  readonly mode: ModeNow;
  readonly lastCheckedAt: number | undefined;
  readonly vapid: VapidKeys;
};

export function accountReply({
  account,
  watch,
  mode,
  lastCheckedAt,
  vapid,
}: AccountFactsToShow): z.infer<typeof AccountReply> {
  const folders = Object.keys(watch?.folders ?? {});
  return {
    id: account.id,
    email: account.email,
    aliases: [...account.aliases],
    pendingAliases: account.unproven.map(({ address }) => address),
    displayName: account.displayName ?? null,
    status: account.status,
    lastCheckedAt: optionalTime(lastCheckedAt),
    lastMessageAt: optionalTime(watch?.lastMessageAt),
    watch: { mode, folders },
    capabilities: { ...account.capabilities },
    push: accountPush(account, vapid),
    mailboxRoot: account.mailboxRoot ?? 'COI',
    settings: { ...account.settings, quietHours: account.settings.quietHours ?? null },
  };
}

export const SessionReply = z
  .object({
    id: z.string(),
    deviceName: z.string().nullable(),
    createdAt: Time,
    expiresAt: Time,
    current: z.boolean().openapi({ description: 'Whether this is the device that asks.' }),
  })
  .openapi('Session');

export function sessionReply(session: Session, current: Session): z.infer<typeof SessionReply> {
  return {
    id: session.id,
    deviceName: session.deviceName ?? null,
    createdAt: timeOf(session.createdAt),
    expiresAt: timeOf(session.expiresAt),
    current: session.id === current.id,
  };
}
