import { z } from '@hono/zod-openapi';
import { limits } from '../../../shared/core/limits.ts';
import type { ShownSubscription } from '../../../shared/flows/push/subscription-wish.ts';
import type { TestedPush } from '../../../shared/flows/push/test-push.ts';
import { publicKeyPem, type VapidKeys, vapidKeyId } from '../../../shared/push/vapid.ts';
import type { Account } from '../../../shared/store/items.ts';
import { pageOf } from '../page.ts';
import { MailAddress, shortText } from '../validation.ts';
import { optionalTime, Time, timeOf } from './common.ts';

export const PushKey = z
  .object({
    publicKey: z.string().openapi({
      description: 'base64url of the 65-byte point: the `applicationServerKey` of a browser.',
    }),
    pem: z.string(),
    keyId: z.string(),
  })
  .openapi('PushKey', {
    description: 'The public VAPID key (RFC 8292) that signs every push of this service.',
  });

export function pushKey(publicKey: string): z.infer<typeof PushKey> {
  return { publicKey, pem: publicKeyPem(publicKey), keyId: vapidKeyId(publicKey) };
}

export const AccountPush = z
  .object({ by: z.enum(['service', 'mail-server']), ...PushKey.shape })
  .openapi('AccountPush', {
    description:
      'Who pushes for this account, and the key that its devices subscribe with: this service, or a mail server that ' +
      'speaks COI WebPush. When the key is another one than a device subscribed with, it has to subscribe again.',
  });

export function accountPush(
  { serverPushKey }: Pick<Account, 'serverPushKey'>,
  vapid: VapidKeys,
): z.infer<typeof AccountPush> {
  return {
    by: serverPushKey === undefined ? 'service' : 'mail-server',
    ...pushKey(serverPushKey ?? vapid.publicKey),
  };
}

/** COI WebPush knows chat, mail and all; Dovecot's plugin says email and any. What is kept are the spec's names. */
const MsgType = z
  .enum(['chat', 'mail', 'all', 'email', 'any'])
  .transform((given) => (given === 'email' ? 'mail' : given === 'any' ? 'all' : given))
  .openapi({ description: '`email` is taken as `mail`, `any` as `all`.' });

export const SubscriptionRequest = z
  .object({
    client: shortText(limits.chosenNameBytes).openapi({ description: 'Name of the app.' }),
    device: shortText(limits.chosenNameBytes).openapi({ description: 'Name of the device.' }),
    msgtype: MsgType,
    resource: z
      .object({
        endpoint: z.string().min(1).openapi({ description: 'https, at most 2048 bytes.', format: 'uri' }),
        keys: z
          .strictObject({ p256dh: z.string(), auth: z.string() })
          .openapi({ description: 'base64url or base64, padded or not.' }),
      })
      .openapi({
        description: "The JSON form of a browser's `PushSubscription`; other members are ignored.",
      }),
    content: z.enum(['full', 'preview', 'none']).default('full').openapi({
      description:
        'How much of a message goes into a push: all that fits, its first words, or who and where only.',
    }),
    silentOk: z
      .boolean()
      .default(false)
      .openapi({
        description:
          'Whether pushes that show nothing are welcome: that a conversation was read elsewhere, so that its ' +
          'notifications can be taken back, and that an account is well again, after its device was told of a refused ' +
          'login. Devices of Apple get none: Safari ends the permission of pages that show nothing.',
      }),
    everyMessage: z
      .boolean()
      .default(false)
      .openapi({
        description:
          'Whether each message is pushed, also when many come at once, as the COI WebPush extension has it. Otherwise ' +
          'three of a minute are in each conversation, and one push tells a little later how many more came.',
      }),
    edits: z
      .boolean()
      .default(false)
      .openapi({
        description:
          'Whether edits and deletions are pushed as well (`edit` and `delete`, with the id of the message that was ' +
          'changed), where `silentOk` is set: so that its notification can be changed or taken back.',
      }),
    reactions: z.boolean().default(false).openapi({
      description: 'Whether reactions to own messages are pushed, to be shown: of the kind `reaction`.',
    }),
    excludeFrom: z
      .array(MailAddress)
      .max(limits.subscriptionExcludes)
      .default([])
      .openapi({ description: 'Senders whose messages wake other devices, and not this one.' }),
  })
  .openapi('SubscriptionRequest');

export const SubscriptionReply = z
  .object({
    id: z.string(),
    client: z.string(),
    device: z.string(),
    msgtype: z.enum(['chat', 'mail', 'all']),
    content: z.enum(['full', 'preview', 'none']),
    silentOk: z.boolean(),
    everyMessage: z.boolean(),
    edits: z.boolean(),
    reactions: z.boolean(),
    excludeFrom: z.array(z.string()),
    created: Time,
    validated: z.boolean().openapi({
      description:
        'False until the text of the last validation push came back. A replaced target keeps working till then.',
    }),
    expiresAt: Time.nullable().openapi({
      description:
        'A PUT moves it on, once a day. Null where the mail server keeps the subscription: it tells no end.',
    }),
    lastSuccessAt: Time.nullable().openapi({ description: 'Noted about once a day.' }),
    failures: z.int(),
    vapidMismatch: z.boolean().openapi({
      description:
        'Whether the push service said last that this subscription was made with another key: subscribe anew, with the ' +
        'key of `GET /v1/account`.',
    }),
    state: z.enum(['pending', 'active', 'needs-resubscribe']).openapi({
      description:
        '`needs-resubscribe`: nothing reaches this device any more. Subscribe anew on it, with the key of `GET /v1/account`.',
    }),
  })
  .openapi('Subscription');

export const SubscriptionId = z
  .string()
  .regex(/^[0-9A-Za-z_-]{10,36}$/, 'must have 10 to 36 of the characters 0-9 A-Z a-z _ -')
  .openapi({ param: { name: 'id', in: 'path' }, example: '0b2f4b0e-8d1c-4e0a-9a55-1f6c2a7d9e10' });

export function subscriptionReply(subscription: ShownSubscription): z.infer<typeof SubscriptionReply> {
  return {
    id: subscription.id,
    client: subscription.client,
    device: subscription.device,
    msgtype: subscription.msgtype,
    content: subscription.content,
    silentOk: subscription.silentOk,
    everyMessage: subscription.everyMessage,
    edits: subscription.edits,
    reactions: subscription.reactions,
    excludeFrom: [...subscription.excludeFrom],
    created: timeOf(subscription.createdAt),
    validated: subscription.validated,
    expiresAt: optionalTime(subscription.expiresAt),
    lastSuccessAt: optionalTime(subscription.lastSuccessAt),
    failures: subscription.failures,
    vapidMismatch: subscription.vapidMismatch,
    state: subscription.state,
  };
}

export const TestPushReply = pageOf(
  z.object({
    id: z.string(),
    device: z.string(),
    outcome: z.enum(['delivered', 'later', 'gone', 'refused', 'too-large']).openapi({
      description:
        '`delivered`: the push service took it. `later`: it is away or asks for a pause. `gone`: the subscription has ' +
        'ended, subscribe anew. `refused`: it takes no pushes of this service for this device.',
    }),
    status: z.int().nullable().openapi({ description: 'What the push service answered, if it did.' }),
  }),
).openapi('TestPush');

export function testedReply({ subscription, outcome }: TestedPush) {
  return {
    id: subscription.id,
    device: subscription.device,
    outcome: outcome.kind,
    status: outcome.status ?? null,
  };
}
