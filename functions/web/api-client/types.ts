// Made from the OpenAPI document by `npm run client-types`; do not edit.

export type Discovery = {
  imap: FoundServer;
  smtp: FoundServer;
  auth: string[];
  hints: { code: string; text: string; url: string | null }[];
  source: 'provider' | 'autoconfig' | 'ispdb' | 'srv' | 'mx';
  confirm: boolean;
};

export type FoundServer = { host: string; port: number; tls: 'implicit' | 'starttls'; user: string } | null;

export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code:
    | 'invalid-request'
    | 'not-signed-in'
    | 'not-admitted'
    | 'not-found'
    | 'conflict'
    | 'limit-reached'
    | 'login-refused'
    | 'needs-settings'
    | 'mail-host-forbidden'
    | 'push-unreachable'
    | 'validation-expired'
    | 'send-refused'
    | 'too-many-requests'
    | 'internal'
    | 'mail-host-unreachable'
    | 'send-unknown';
  errors?: { field: string; message: string }[];
};

export type SignInReply = { token: string; account: Account; push: PushKey };

export type Account = {
  id: string;
  email: string;
  aliases: string[];
  pendingAliases: string[];
  displayName: string | null;
  status: 'ok' | 'login-refused' | 'unreachable' | 'paused';
  lastCheckedAt: string | null;
  lastMessageAt: string | null;
  watch: { mode: 'serverpush' | 'idle' | 'poll' | 'paused'; folders: string[] };
  capabilities: {
    coi: boolean;
    webpush: boolean;
    idle: boolean;
    condstore: boolean;
    qresync: boolean;
    metadata: boolean;
    notify: boolean;
  };
  push: AccountPush;
  mailboxRoot: string;
  settings: {
    messageFilter: 'none' | 'active' | 'seen';
    readReceipts: 'never' | 'always';
    unknownSenders: 'all' | 'once' | 'none';
    quietHours: QuietHours;
    watch: 'auto' | 'idle' | 'poll';
    storePreviews: boolean;
  };
};

export type AccountPush = { by: 'service' | 'mail-server'; publicKey: string; pem: string; keyId: string };

export type QuietHours = { from: string; to: string; timeZone: string } | null;

export type PushKey = { publicKey: string; pem: string; keyId: string };

export type SignInRequest = {
  email: string;
  password: string;
  deviceName?: string;
  displayName?: string;
  imap?: MailServer;
  smtp?: MailServer & unknown;
  inviteCode?: string;
};

export type MailServer = { host: string; port: number; tls: 'implicit' | 'starttls'; user?: string };

export type Session = {
  id: string;
  deviceName: string | null;
  createdAt: string;
  expiresAt: string;
  current: boolean;
};

export type OauthStart = {
  email: string;
  deviceName?: string;
  returnTo?: string;
  inviteCode?: string;
  codeChallenge?: string;
};

export type AccountChanges = {
  aliases?: string[];
  messageFilter?: 'none' | 'active' | 'seen';
  readReceipts?: 'never' | 'always';
  unknownSenders?: 'all' | 'once' | 'none';
  quietHours?: QuietHours;
  displayName?: string | null;
  watch?: 'auto' | 'idle' | 'poll';
};

export type Subscription = {
  id: string;
  client: string;
  device: string;
  msgtype: 'chat' | 'mail' | 'all';
  content: 'full' | 'preview' | 'none';
  silentOk: boolean;
  everyMessage: boolean;
  edits: boolean;
  reactions: boolean;
  excludeFrom: string[];
  created: string;
  validated: boolean;
  expiresAt: string | null;
  lastSuccessAt: string | null;
  failures: number;
  vapidMismatch: boolean;
  state: 'pending' | 'active' | 'needs-resubscribe';
};

export type SubscriptionRequest = {
  client: string;
  device: string;
  msgtype: 'chat' | 'mail' | 'all' | 'email' | 'any';
  resource: { endpoint: string; keys: { p256dh: string; auth: string } };
  content?: 'full' | 'preview' | 'none';
  silentOk?: boolean;
  everyMessage?: boolean;
  edits?: boolean;
  reactions?: boolean;
  excludeFrom?: string[];
};

export type TestPush = {
  items: {
    id: string;
    device: string;
    outcome: 'delivered' | 'later' | 'gone' | 'refused' | 'too-large';
    status: number | null;
  }[];
  nextCursor: string | null;
};

export type Conversation = {
  id: string;
  kind: 'direct' | 'group' | 'list';
  title: string;
  participants: Address[];
  groupId?: string;
  unread: number;
  muted: boolean | string;
  mentionOnly: boolean;
  pinnedMessageId?: string;
  lastMessage: { id: string; from: string; at: string; kind: string; preview?: string } | null;
  updatedAt: string;
};

export type Address = { address: string; name: string | null };

export type ConversationChange = { muted?: boolean | string; mentionOnly?: boolean };

export type Message = {
  id: string;
  messageId: string;
  conversation: string;
  from: Address;
  to: Address[];
  at: string;
  receivedAt: string;
  kind: string;
  extension?: string;
  inReplyTo?: string;
  editOf?: string;
  editedAt?: string;
  deletedAt?: string;
  location?: { latitude: number; longitude: number };
  mention: boolean;
  seen: boolean;
  own: boolean;
  encrypted: boolean;
  silent?: true;
  size: number;
  attachments: { part: string; type: string; filename?: string; size: number; preview?: string }[];
  reactions: { by: string; emoji: string }[];
  receipts: { by: string; at: string }[];
  outgoing?: MessageOutgoing;
};

export type MessageOutgoing = {
  state: OutgoingState;
  refused?: string[];
  waiting?: string[];
  bounced?: string[];
  code?: number;
};

export type OutgoingState = 'queued' | 'sent' | 'refused' | 'partly-refused' | 'unknown' | 'bounced' | 'read';

export type MessageWithText = Message & { text: string; html?: string; truncated: boolean };

export type MessageChange = {
  conversation?: string;
  kind?:
    | 'text'
    | 'image'
    | 'audio'
    | 'video'
    | 'voice'
    | 'file'
    | 'sticker'
    | 'location'
    | 'poll'
    | 'poll-vote'
    | 'poll-close'
    | 'contact'
    | 'call'
    | 'call-accepted'
    | 'call-ended'
    | 'group-info'
    | 'group-left'
    | 'member-added'
    | 'member-removed'
    | 'pin'
    | 'unpin'
    | 'edit'
    | 'delete'
    | 'reaction'
    | 'receipt'
    | 'bounce';
  silent?: boolean;
};

export type Changes = {
  conversations: Conversation[];
  account?: Account;
  contacts: boolean;
  more: boolean;
  next: string;
  pauseSeconds: number;
};

export type SendReply = { id: string; messageId: string; conversation: string; state: OutgoingState };

export type SendRequest =
  | TextToSend
  | EditToSend
  | DeletionToSend
  | ReactionToSend
  | LocationToSend
  | PollToSend
  | PollVoteToSend
  | PollEndToSend
  | ContactToSend
  | GroupUpdateToSend
  | GroupLeaveToSend;

export type TextToSend = {
  kind: 'text';
  conversation?: string;
  to?: string[];
  group?: NewGroup;
  attachments?: AttachmentToSend[];
  requestReceipt?: boolean;
  text?: string;
  markdown?: string;
  pinned?: { until?: string };
  replyTo?: string;
};

export type NewGroup = { name: string; participants: string[]; description?: string };

export type AttachmentToSend = {
  filename: string;
  type: string;
  content: string;
  voice?: boolean;
  durationMs?: number;
};

export type EditToSend = {
  kind: 'edit';
  conversation?: string;
  to?: string[];
  group?: NewGroup;
  attachments?: AttachmentToSend[];
  requestReceipt?: boolean;
  target: string;
  text: string;
};

export type DeletionToSend = {
  kind: 'delete';
  conversation?: string;
  to?: string[];
  group?: NewGroup;
  attachments?: AttachmentToSend[];
  requestReceipt?: boolean;
  target: string;
};

export type ReactionToSend = {
  kind: 'reaction';
  conversation?: string;
  to?: string[];
  group?: NewGroup;
  attachments?: AttachmentToSend[];
  requestReceipt?: boolean;
  target: string;
  emoji: string;
};

export type LocationToSend = {
  kind: 'location';
  conversation?: string;
  to?: string[];
  group?: NewGroup;
  attachments?: AttachmentToSend[];
  requestReceipt?: boolean;
  latitude: number;
  longitude: number;
  text?: string;
};

export type PollToSend = {
  kind: 'poll';
  conversation?: string;
  to?: string[];
  group?: NewGroup;
  attachments?: AttachmentToSend[];
  requestReceipt?: boolean;
  question: string;
  options: string[];
  multiple?: boolean;
};

export type PollVoteToSend = {
  kind: 'poll-vote';
  conversation?: string;
  to?: string[];
  group?: NewGroup;
  attachments?: AttachmentToSend[];
  requestReceipt?: boolean;
  target: string;
  options: string[];
};

export type PollEndToSend = {
  kind: 'poll-close';
  conversation?: string;
  to?: string[];
  group?: NewGroup;
  attachments?: AttachmentToSend[];
  requestReceipt?: boolean;
  target: string;
  text?: string;
};

export type ContactToSend = {
  kind: 'contact';
  conversation?: string;
  to?: string[];
  group?: NewGroup;
  attachments?: AttachmentToSend[];
  requestReceipt?: boolean;
  name: string;
  nickname?: string;
  addresses: string[];
};

export type GroupUpdateToSend = {
  kind: 'group-update';
  conversation?: string;
  to?: string[];
  group?: NewGroup;
  attachments?: AttachmentToSend[];
  requestReceipt?: boolean;
  name?: string;
  description?: string;
  add?: string[];
  remove?: string[];
};

export type GroupLeaveToSend = {
  kind: 'group-leave';
  conversation?: string;
  to?: string[];
  group?: NewGroup;
  attachments?: AttachmentToSend[];
  requestReceipt?: boolean;
  text?: string;
};

export type Contact = {
  hash: string;
  hashes: string[];
  name: string | null;
  nickname?: string;
  addresses: string[];
  categories: string[];
  birthday?: string;
  status?: string;
  hasPhoto: boolean;
  photo?: Photo;
  notification?: { enabled: boolean; types: string[]; sounds: string[]; filters: string[] };
  blocked: boolean;
  encrypted: boolean;
  changedAt: string | null;
};

export type Photo = { type: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp'; content: string };

export type ChangedContact = {
  hash: string;
  hashes: string[];
  name: string | null;
  nickname?: string;
  addresses: string[];
  categories: string[];
  birthday?: string;
  status?: string;
  hasPhoto: boolean;
  photo?: Photo;
  notification?: { enabled: boolean; types: string[]; sounds: string[]; filters: string[] };
  blocked: boolean;
  encrypted: boolean;
  changedAt: string | null;
  warnings: ('sender-unverified' | 'old-copy-kept')[];
};

export type ContactRequest = {
  name: string;
  nickname?: string;
  addresses: string[];
  categories?: string[];
  birthday?: string;
  photo?: { type: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp'; content: string } | null;
  notification?: NotificationRequest;
  blocked?: boolean;
};

export type NotificationRequest = {
  enabled: boolean;
  types?: string[];
  sounds?: string[];
  filters?: string[];
};

export type BlockedContact = {
  hash: string;
  hashes: string[];
  name: string | null;
  nickname?: string;
  addresses: string[];
  categories: string[];
  birthday?: string;
  status?: string;
  hasPhoto: boolean;
  photo?: Photo;
  notification?: { enabled: boolean; types: string[]; sounds: string[]; filters: string[] };
  blocked: boolean;
  encrypted: boolean;
  changedAt: string | null;
  warnings: ('sender-unverified' | 'old-copy-kept')[];
  moved: number;
};

export type Profile = { name: string | null; photo?: Photo & unknown; status?: string };

export type ProfileRequest = {
  name: string;
  photo?: { type: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp'; content: string } | null;
  status?: string;
};

export type Calls = {
  'POST /v1/discovery': { path: undefined; query: undefined; body: { email: string }; reply: Discovery };
  'POST /v1/sessions': { path: undefined; query: undefined; body: SignInRequest; reply: SignInReply };
  'GET /v1/sessions': {
    path: undefined;
    query: undefined;
    body: undefined;
    reply: { items: Session[]; nextCursor: string | null };
  };
  'DELETE /v1/sessions/current': { path: undefined; query: undefined; body: undefined; reply: undefined };
  'DELETE /v1/sessions/{id}': { path: { id: string }; query: undefined; body: undefined; reply: undefined };
  'POST /v1/oauth/{provider}/start': {
    path: { provider: string };
    query: undefined;
    body: OauthStart;
    reply: { authorizeUrl: string };
  };
  'GET /v1/oauth/{provider}/callback': {
    path: { provider: string };
    query: undefined;
    body: undefined;
    reply: { code?: string; error?: string };
  };
  'POST /v1/oauth/exchange': {
    path: undefined;
    query: undefined;
    body: { code: string; codeVerifier?: string };
    reply: SignInReply;
  };
  'GET /v1/account': { path: undefined; query: undefined; body: undefined; reply: Account };
  'PATCH /v1/account': { path: undefined; query: undefined; body: AccountChanges; reply: Account };
  'DELETE /v1/account': { path: undefined; query: undefined; body: undefined; reply: undefined };
  'PUT /v1/account/credentials': {
    path: undefined;
    query: undefined;
    body: { password: string };
    reply: Account;
  };
  'GET /v1/account/export': {
    path: undefined;
    query: { cursor?: string };
    body: undefined;
    reply: { items: { item: string }[]; nextCursor: string | null };
  };
  'GET /v1/push/key': { path: undefined; query: undefined; body: undefined; reply: PushKey };
  'PUT /v1/push/subscriptions/{id}': {
    path: { id: string };
    query: undefined;
    body: SubscriptionRequest;
    reply: Subscription;
  };
  'GET /v1/push/subscriptions/{id}': {
    path: { id: string };
    query: undefined;
    body: undefined;
    reply: Subscription;
  };
  'DELETE /v1/push/subscriptions/{id}': {
    path: { id: string };
    query: undefined;
    body: undefined;
    reply: undefined;
  };
  'POST /v1/push/subscriptions/{id}/validate': {
    path: { id: string };
    query: undefined;
    body: { validation: string };
    reply: undefined;
  };
  'POST /v1/push/test': { path: undefined; query: undefined; body: undefined; reply: TestPush };
  'GET /v1/push/subscriptions': {
    path: undefined;
    query: undefined;
    body: undefined;
    reply: { items: Subscription[]; nextCursor: string | null };
  };
  'GET /v1/conversations': {
    path: undefined;
    query: { limit?: number; cursor?: string; since?: string };
    body: undefined;
    reply: { items: Conversation[]; nextCursor: string | null };
  };
  'GET /v1/conversations/{id}': {
    path: { id: string };
    query: undefined;
    body: undefined;
    reply: Conversation;
  };
  'PATCH /v1/conversations/{id}': {
    path: { id: string };
    query: undefined;
    body: ConversationChange;
    reply: Conversation;
  };
  'POST /v1/conversations/{id}/seen': {
    path: { id: string };
    query: undefined;
    body: { upTo: string };
    reply: Conversation;
  };
  'GET /v1/conversations/{id}/messages': {
    path: { id: string };
    query: { limit?: number; cursor?: string; after?: string };
    body: undefined;
    reply: { items: Message[]; nextCursor: string | null };
  };
  'GET /v1/messages/{id}': {
    path: { id: string };
    query: { html?: '0' | '1' };
    body: undefined;
    reply: MessageWithText;
  };
  'DELETE /v1/messages/{id}': { path: { id: string }; query: undefined; body: undefined; reply: undefined };
  'PATCH /v1/messages/{id}': { path: { id: string }; query: undefined; body: MessageChange; reply: Message };
  'GET /v1/messages/{id}/raw': { path: { id: string }; query: undefined; body: undefined; reply: Blob };
  'GET /v1/messages/{id}/parts/{part}': {
    path: { id: string; part: string };
    query: undefined;
    body: undefined;
    reply: Blob;
  };
  'GET /v1/changes': {
    path: undefined;
    query: { since?: string; wait?: number | null };
    body: undefined;
    reply: Changes;
  };
  'POST /v1/messages/{id}/resend': {
    path: { id: string };
    query: undefined;
    body: undefined;
    reply: SendReply;
  };
  'POST /v1/messages': { path: undefined; query: undefined; body: SendRequest; reply: SendReply };
  'GET /v1/contacts': {
    path: undefined;
    query: { limit?: number; cursor?: string };
    body: undefined;
    reply: { items: Contact[]; nextCursor: string | null };
  };
  'GET /v1/contacts/{hash}': { path: { hash: string }; query: undefined; body: undefined; reply: Contact };
  'PUT /v1/contacts/{hash}': {
    path: { hash: string };
    query: undefined;
    body: ContactRequest;
    reply: ChangedContact;
  };
  'DELETE /v1/contacts/{hash}': {
    path: { hash: string };
    query: undefined;
    body: undefined;
    reply: undefined;
  };
  'PUT /v1/contacts/{hash}/block': {
    path: { hash: string };
    query: { moveMail?: '0' | '1' };
    body: undefined;
    reply: BlockedContact;
  };
  'DELETE /v1/contacts/{hash}/block': {
    path: { hash: string };
    query: undefined;
    body: undefined;
    reply: ChangedContact;
  };
  'GET /v1/profile': { path: undefined; query: undefined; body: undefined; reply: Profile };
  'PUT /v1/profile': { path: undefined; query: undefined; body: ProfileRequest; reply: Profile };
  'POST /v1/messages/raw': { path: undefined; query: { to?: string[] }; body: Blob; reply: SendReply };
  'GET /healthz': { path: undefined; query: undefined; body: undefined; reply: { version: string } };
};
