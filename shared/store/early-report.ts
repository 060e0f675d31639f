import type { MessageEvent } from '../coi/message-event.ts';
import type { Store } from './client.ts';
import type { StoredAddress } from './items.ts';
import { accountPk, earlyReportKey, earlyReportsPrefix } from './keys.ts';
import { eventOf, eventValue } from './message-parts.ts';
import { addressesOf, addressPair } from './stored-address.ts';
import { isExpired, StoredItem, StoredItemUnreadable, toSeconds } from './stored-item.ts';

/** A read receipt or a bounce of a mail that is not known yet. */
export type EarlyReport = {
  readonly accountId: string;
  /** Message-ID of the mail it speaks of. */
  readonly target: string;
  readonly messageKey: string;
  readonly messageId: string;
  readonly from: StoredAddress;
  readonly receivedAt: number;
  readonly event: MessageEvent;
  readonly expiresAt: number;
};

export async function putEarlyReport(store: Store, report: EarlyReport): Promise<void> {
  await store.put(earlyReportKey(report.accountId, report.target, report.messageKey), {
    m: report.messageId,
    f: addressPair(report.from),
    ra: report.receivedAt,
    ev: eventValue(report.event),
    expiresAt: toSeconds(report.expiresAt),
  });
}

/** All that was reported of a mail before it was known. */
export async function listEarlyReports(
  store: Store,
  accountId: string,
  target: string,
  now: number,
): Promise<EarlyReport[]> {
  const prefix = earlyReportsPrefix(target);
  const items = await store.query({
    pk: accountPk(accountId),
    range: { text: 'begins_with(sk, :target)', values: { ':target': prefix } },
    consistent: true,
  });
  return items
    .filter((item) => !isExpired(item, now))
    .map((item) => {
      const stored = new StoredItem('early report', item);
      const [from] = addressesOf(stored.texts('f'));
      const event = eventOf(stored.map('ev'));
      if (from === undefined || event === undefined)
        throw new StoredItemUnreadable('early report', 'attribute f');
      return {
        accountId,
        target,
        messageKey: stored.text('sk').slice(prefix.length),
        messageId: stored.text('m'),
        from,
        receivedAt: stored.number('ra'),
        event,
        expiresAt: stored.expiresAt(),
      };
    });
}
