import type { QuietHours } from '../coi/quiet-hours.ts';
import type { Store, Values } from './client.ts';
import type { Account, HostSettings } from './items.ts';
import { accountKey, emailKey } from './keys.ts';
import { listValue } from './message-parts.ts';
import type { Item } from './stored-item.ts';
import { StoredItem } from './stored-item.ts';

export async function getAccount(store: Store, accountId: string): Promise<Account | undefined> {
  const item = await store.get(accountKey(accountId));
  return item && accountOf(accountId, item);
}

/**
 * The account id that belongs to a normalised address: `proposedId` when the address is new, else the one it has. The
 * claim comes before the account, so that two sign-ups at once make one account; a claim whose account was never made
 * is taken over by the next sign-up. Seal credentials only with the id that this returns.
 */
export async function claimAccountId(store: Store, email: string, proposedId: string): Promise<string> {
  const isNew = await store.put(emailKey(email), { a: proposedId }, { text: 'attribute_not_exists(pk)' });
  return isNew ? proposedId : ((await claimedId(store, email)) ?? claimAccountId(store, email, proposedId));
}

export async function findAccountByEmail(store: Store, email: string): Promise<Account | undefined> {
  const accountId = await claimedId(store, email);
  return accountId === undefined ? undefined : getAccount(store, accountId);
}

/** Stores a new account, whose id was claimed. `version` is 0; the stored one is 1. */
export async function createAccount(store: Store, account: Account): Promise<'created' | 'exists'> {
  const created = await store.put(accountKey(account.id), itemOf(account), {
    text: 'attribute_not_exists(pk)',
  });
  return created ? 'created' : 'exists';
}

/** Replaces the account as it was read; `version` is the one that was read. */
export async function updateAccount(store: Store, account: Account): Promise<'written' | 'stale'> {
  const written = await store.put(accountKey(account.id), itemOf(account), {
    text: 'w = :read',
    values: { ':read': account.version },
  });
  return written ? 'written' : 'stale';
}

async function claimedId(store: Store, email: string): Promise<string | undefined> {
  const item = await store.get(emailKey(email));
  return item && new StoredItem('email', item).text('a');
}

const capabilityNames = ['coi', 'webpush', 'idle', 'condstore', 'qresync', 'metadata', 'notify'] as const;

function itemOf(account: Account): Values {
  const { settings } = account;
  return {
    e: account.email,
    al: account.aliases,
    ua: listValue(
      account.unproven.map(({ address, messageId, sentAt }) => ({ a: address, m: messageId, s: sentAt })),
    ),
    n: account.displayName,
    st: account.status,
    im: hostValues(account.imap),
    sm: hostValues(account.smtp),
    k: account.wrappedKey,
    c: account.sealedCredentials,
    ru: account.refreshUntil,
    cap: capabilityNames.filter((name) => account.capabilities[name]),
    mr: account.mailboxRoot,
    vk: account.serverPushKey,
    iv: account.isInvited || undefined,
    mf: settings.messageFilter,
    rr: settings.readReceipts,
    us: settings.unknownSenders,
    qh: settings.quietHours && quietValues(settings.quietHours),
    wm: settings.watch,
    sp: settings.storePreviews,
    ca: account.createdAt,
    ab: account.addressBookAt,
    w: account.version + 1,
  };
}

export function accountOf(id: string, item: Item): Account {
  const stored = new StoredItem('account', item);
  const capabilities = stored.texts('cap');
  const quiet = stored.optionalMap('qh');
  const has = (name: (typeof capabilityNames)[number]) => capabilities.includes(name);
  return {
    id,
    email: stored.text('e'),
    aliases: stored.texts('al'),
    unproven: stored.maps('ua').map((alias) => ({
      address: alias.text('a'),
      messageId: alias.text('m'),
      sentAt: alias.number('s'),
    })),
    displayName: stored.optionalText('n'),
    status: stored.oneOf('st', ['ok', 'login-refused', 'unreachable', 'paused']),
    imap: hostOf(stored.map('im')),
    smtp: hostOf(stored.map('sm')),
    wrappedKey: stored.text('k'),
    sealedCredentials: stored.text('c'),
    refreshUntil: stored.optionalNumber('ru'),
    capabilities: {
      coi: has('coi'),
      webpush: has('webpush'),
      idle: has('idle'),
      condstore: has('condstore'),
      qresync: has('qresync'),
      metadata: has('metadata'),
      notify: has('notify'),
    },
    mailboxRoot: stored.optionalText('mr'),
    serverPushKey: stored.optionalText('vk'),
    isInvited: stored.flag('iv'),
    settings: {
      messageFilter: stored.oneOf('mf', ['none', 'active', 'seen']),
      readReceipts: stored.oneOf('rr', ['never', 'always']),
      unknownSenders: stored.oneOf('us', ['all', 'once', 'none']),
      quietHours: quiet && { from: quiet.text('f'), to: quiet.text('t'), timeZone: quiet.text('z') },
      watch: stored.oneOf('wm', ['auto', 'idle', 'poll']),
      storePreviews: stored.flag('sp'),
    },
    createdAt: stored.number('ca'),
    addressBookAt: stored.optionalNumber('ab'),
    version: stored.number('w'),
  };
}

function quietValues(quiet: QuietHours): Values {
  return { f: quiet.from, t: quiet.to, z: quiet.timeZone };
}

function hostValues(host: HostSettings): Values {
  return { h: host.host, p: host.port, t: host.tls, u: host.user };
}

function hostOf(stored: StoredItem): HostSettings {
  return {
    host: stored.text('h'),
    port: stored.number('p'),
    tls: stored.oneOf('t', ['implicit', 'starttls']),
    user: stored.text('u'),
  };
}
