import { noFold } from '../../shared/coi/kept-message.ts';
import type {
  Account,
  Conversation,
  Message,
  OutgoingMail,
  Session,
  StoredAddressBook,
  Subscription,
  Watch,
} from '../../shared/store/items.ts';

/**
 * A moment with milliseconds that a whole second would lose. Far ahead, because the embedded database deletes what has
 * expired by the machine's own clock.
 */
export const now = Date.UTC(2100, 0, 1) + 123;
const dayMs = 24 * 3_600_000;
/** Times to live are stored in whole seconds. */
const inADay = Math.ceil(now / 1000) * 1000 + dayMs;

/** A 22-character id, as the service makes them. */
export function exampleId(number: number): string {
  return `Q${number.toString(36).padStart(21, 'x')}`;
}

export function exampleAccount(changes: Partial<Account> = {}): Account {
  return {
    id: exampleId(1),
    email: 'anna@example.org',
    aliases: ['anna.schmidt@example.org'],
    unproven: [{ address: 'a.schmidt@example.org', messageId: '<alias.x@example.org>', sentAt: now }],
    displayName: 'Anna Schmidt',
    status: 'ok',
    imap: { host: 'imap.example.org', port: 993, tls: 'implicit', user: 'anna' },
    smtp: { host: 'smtp.example.org', port: 587, tls: 'starttls', user: 'anna@example.org' },
    wrappedKey: 'k1.s1.AAAA',
    sealedCredentials: 's1.BBBB',
    capabilities: {
      coi: true,
      webpush: false,
      idle: true,
      condstore: false,
      qresync: true,
      metadata: false,
      notify: true,
    },
    mailboxRoot: undefined,
    serverPushKey: undefined,
    isInvited: false,
    settings: {
      messageFilter: 'none',
      readReceipts: 'always',
      unknownSenders: 'all',
      // Silent at night, a test would pass by day alone.
      quietHours: undefined,
      watch: 'poll',
      storePreviews: true,
    },
    createdAt: now,
    addressBookAt: undefined,
    version: 0,
    ...changes,
  };
}

export function exampleSession(changes: Partial<Session> = {}): Session {
  return {
    accountId: exampleId(1),
    id: exampleId(2),
    secretHash: 'hash',
    deviceName: 'Phone',
    createdAt: now,
    expiresAt: inADay,
    ...changes,
  };
}

export function exampleWatch(changes: Partial<Watch> = {}): Watch {
  return {
    accountId: exampleId(1),
    host: 'imap.example.org',
    mode: 'auto',
    lastActivityAt: now,
    lastMessageAt: undefined,
    folders: {},
    filed: undefined,
    changedAt: undefined,
    news: { all: 0, contacts: 0 },
    ...changes,
  };
}

/** A key as made for a message received at `at`. */
export function exampleMessageKey(at: number, hash = 'Ab-_0189'): string {
  return `${at.toString(36).padStart(9, '0')}#${hash}`;
}

/** A group of eight, in which 24 messages were counted in. */
export function exampleConversation(changes: Partial<Conversation> = {}): Conversation {
  const names = [
    'Bob Baker',
    'Carol Chen',
    'Dieter Dorn',
    'Eva Engel',
    'Farid Faris',
    'Grace Green',
    'Hugo Hahn',
    'Ida Ilg',
  ];
  return {
    accountId: exampleId(1),
    id: exampleId(3),
    kind: 'group',
    title: 'Summer party planning',
    participants: names.map((name) => ({
      address: `${name.toLowerCase().replace(' ', '.')}@example.org`,
      name,
    })),
    groupId: 'Gkz81hQmx2W',
    unread: 12,
    mutedUntil: undefined,
    mentionOnly: false,
    seenUpTo: exampleMessageKey(now - 50_000),
    lastMessage: {
      key: exampleMessageKey(now),
      from: 'Carol Chen',
      at: now,
      kind: 'text',
      preview:
        'Shall we meet at the lake at seven? I can bring the grill and some bread for everybody, tell me.',
    },
    pinned: undefined,
    waiting: [],
    recent: Array.from({ length: 24 }, (_, index) =>
      exampleMessageKey(now - (23 - index) * 1000, `h-_${index.toString().padStart(5, 'Z')}`),
    ),
    updatedAt: now,
    version: 0,
    ...changes,
  };
}

export function exampleMessage(changes: Partial<Message> = {}): Message {
  const { participants } = exampleConversation();
  return {
    accountId: exampleId(1),
    conversationId: exampleId(3),
    key: exampleMessageKey(now),
    messageId: '<Chat.Gkz81hQmx2W.5f1c9a7e-0b3d-4c6a-9d8e@example.org>',
    inReplyTo: '<Chat.Gkz81hQmx2W.18b0c5d2-77aa-4f10-8a3c@example.org>',
    from: { address: 'carol.chen@example.org', name: 'Carol Chen' },
    to: participants,
    date: now - 1123,
    receivedAt: now,
    kind: 'text',
    encrypted: false,
    mention: true,
    receiptRequested: true,
    own: false,
    size: 2310,
    attachments: [{ part: '2', type: 'image/jpeg', filename: 'lake.jpg', size: 48_211, preview: undefined }],
    preview:
      'Shall we meet at the lake at seven? I can bring the grill and some bread for everybody, tell me.',
    place: { folder: 'INBOX', uidValidity: 1_700_000_000, uid: 48_211 },
    seen: false,
    event: undefined,
    title: 'Summer party planning',
    removed: [],
    pinned: undefined,
    location: undefined,
    extension: undefined,
    fold: noFold,
    outgoing: undefined,
    expiresAt: inADay,
    ...changes,
  };
}

export function exampleSubscription(changes: Partial<Subscription> = {}): Subscription {
  return {
    accountId: exampleId(1),
    id: exampleId(4),
    sessionId: exampleId(2),
    client: 'example client',
    device: 'Phone',
    msgtype: 'chat',
    endpoint: 'https://push.example.org/abc',
    p256dh: 'B'.repeat(87),
    auth: 'A'.repeat(22),
    content: 'full',
    silentOk: true,
    everyMessage: true,
    edits: true,
    reactions: true,
    excludeFrom: ['noise@example.org'],
    vapidKeyId: 'k1',
    state: 'active',
    validationHash: 'vh',
    validationUntil: now + 300_000,
    validationFailures: 2,
    replacement: {
      endpoint: 'https://push.example.org/def',
      p256dh: 'C'.repeat(87),
      auth: 'D'.repeat(22),
      vapidKeyId: 'k2',
    },
    createdAt: now,
    expiresAt: inADay,
    lastSuccessAt: now,
    failures: 0,
    vapidMismatch: true,
    cap: { bytes: 2800, until: inADay },
    version: 0,
    ...changes,
  };
}

export function exampleOutgoing(changes: Partial<OutgoingMail> = {}): OutgoingMail {
  return {
    accountId: exampleId(1),
    messageId: '<Chat.1@example.org>',
    conversationId: exampleId(3),
    messageKey: exampleMessageKey(now),
    state: 'queued',
    recipients: ['bob@example.org', 'carol@example.org'],
    attempts: 0,
    notBeforeAt: now,
    sealedMail: 's1.CCCC',
    createdAt: now,
    expiresAt: inADay,
    ...changes,
  };
}

export function exampleAddressBook(changes: Partial<StoredAddressBook> = {}): StoredAddressBook {
  const entry = { blocked: false, muted: undefined, name: undefined } as const;
  return {
    accountId: exampleId(1),
    folder: 'INBOX.COI.Contacts',
    uidValidity: 1_700_000_000,
    entries: [
      { ...entry, uid: 1, kind: 'contact', keys: ['dLPERsGJWABFqUK5C3RhEg'], name: 'John' },
      {
        ...entry,
        uid: 2,
        kind: 'contact',
        keys: ['g00WVBMzZs702B6Bp_CZQQ', 'x'],
        blocked: true,
        muted: true,
      },
      { ...entry, uid: 3, kind: 'group', keys: ['Gkz81hQmx2W'], muted: false, name: 'Summer party' },
      { ...entry, uid: 4, kind: 'profile', keys: ['version-1'] },
      { ...entry, uid: 5, kind: 'other', keys: [] },
    ],
    profileSent: [['dLPERsGJWABFqUK5C3RhEg', 'version-1']],
    updatedAt: now,
    version: 0,
    ...changes,
  };
}
