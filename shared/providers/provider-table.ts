import { hostNameOf } from '../core/host-name.ts';
import { limits } from '../core/limits.ts';
import type { Provider } from './provider.ts';

/**
 * What is known of the provider that a mail server belongs to, judged by the name that is really connected to: own domains
 * at a provider, and accounts that submit elsewhere, are known by it as well.
 */
export function providerOf(host: string): Provider {
  const name = hostNameOf(host);
  return providers.find(({ hosts }) => hosts.test(name)) ?? usual;
}

/** A server that nothing is known of: what the RFCs say, and the usual settings of Dovecot. */
const usual: Provider = {
  id: 'other',
  hosts: /$^/,
  idleRenewMs: limits.idleRenewMs,
  connectionsPerAccount: 10,
  loginsPerMinute: 3_000,
  needsId: false,
  acceptsKeywords: true,
  filesSentCopies: false,
  rewritesMessageIds: false,
  spamFolders: [],
  source:
    'mail_max_userip_connections of Dovecot 2.4; the logins are ours, and answers that throttle lower them',
};

const row = (known: Pick<Provider, 'id' | 'hosts' | 'source'> & Partial<Provider>): Provider => ({
  ...usual,
  ...known,
});

/** Where a row leaves something out, nothing reliable was found about it. */
const providers: readonly Provider[] = [
  row({
    id: 'gmail',
    // Not smtp-relay.gmail.com: the relay of Workspace files nothing.
    hosts: /^(imap|smtp)\.(gmail|googlemail)\.com$/,
    // 15 with all other clients; stale ones linger, so that half of them can be counted on.
    connectionsPerAccount: 7,
    filesSentCopies: true,
    source:
      'developers.google.com/gmail/imap; postalsys/imapflow#178; FairEmail FAQ; nodemailer docs (2025/2026)',
  }),
  row({
    id: 'outlook',
    hosts:
      /(^|\.)(outlook\.office(365)?\.com|smtp\.office365\.com|(imap|smtp)-mail\.outlook\.com|partner\.outlook\.cn)$/,
    acceptsKeywords: false,
    filesSentCopies: true,
    rewritesMessageIds: true,
    source:
      'learn.microsoft.com; kb.wisc.edu/49977; nodemailer/nodemailer#1091; huacnlee/omamail PR#60 (2025/2026). Some 16 to 20 ' +
      'connections are seen with all other clients, nothing is published',
  }),
  row({
    id: 'yahoo',
    hosts: /(^|\.)(yahoo|aol|ymail|yahoodns)\.[a-z]{2,3}(\.[a-z]{2})?$/,
    // IDLE goes quiet after some minutes.
    idleRenewMs: 170_000,
    source: 'thunderbird/thunderbird-android#5429; EmailEngine breaks it every 3 min (2025)',
  }),
  // Whether Sent is filled at icloud.com is told both ways (kellylford/QuickMail#150, floatpane/matcha PR#496): we look there.
  row({ id: 'icloud', hosts: /(^|\.)mail\.(me|icloud)\.com$/, source: 'chatmail/provider-db (2025)' }),
  row({ id: 'gmx', hosts: /(^|\.)gmx\.(net|com)$/, source: 'chatmail/provider-db (2025)' }),
  row({
    id: 'web.de',
    hosts: /(^|\.)web\.de$/,
    spamFolders: ['Unbekannt'],
    source: 'chatmail/provider-db; hilfe.web.de (2025)',
  }),
  row({ id: 't-online', hosts: /(^|\.)t-online\.de$/, source: 'chatmail/provider-db (2025)' }),
  // It ends connections after 6 to 45 min, which is later than they are renewed.
  row({ id: 'yandex', hosts: /(^|\.)yandex\.(com|ru|net)$/, source: 'mjs/imapclient#234 (2025)' }),
  row({ id: 'mail.ru', hosts: /(^|\.)mail\.ru$/, source: 'chatmail/provider-db (2025)' }),
  row({
    id: 'rambler',
    hosts: /(^|\.)rambler\.ru$/,
    idleRenewMs: 55_000,
    source: 'EmailEngine, imap-client.js (2025)',
  }),
  row({
    id: 'coremail',
    hosts: /(^|\.)(163|126|yeah|qq|foxmail|188|sina)\.(com|net|cn)$/,
    // "Unsafe Login" without ID; no IDLE that tells anything, nor NOOP: only a comparison does.
    needsId: true,
    idleRenewMs: 55_000,
    source: 'EmailEngine; chatmail/provider-db (2025)',
  }),
  row({ id: 'fastmail', hosts: /(^|\.)fastmail\.com$/, source: 'chatmail/provider-db (2025)' }),
  // Silent after some 23 min behind NAT, which is later than connections are renewed.
  row({ id: 'mailbox.org', hosts: /(^|\.)mailbox\.org$/, source: 'chatmail/core#5093 (2024)' }),
  row({ id: 'posteo', hosts: /(^|\.)posteo\.de$/, source: 'chatmail/provider-db (2025)' }),
  row({ id: 'zoho', hosts: /(^|\.)zoho\.(com|eu|in|com\.au|jp)$/, source: 'chatmail/provider-db (2025)' }),
];
