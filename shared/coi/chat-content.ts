/** The values of `Chat-Content` this service acts on, under one name each; all others are `other` and change nothing. */
export type ChatContent =
  | 'none'
  | 'ignore'
  | 'status'
  | 'edit'
  | 'delete'
  | 'preview'
  | 'contact'
  | 'profile'
  | 'profile-request'
  | 'group'
  | 'group-info'
  | 'group-info-request'
  | 'group-left'
  | 'poll'
  | 'poll-vote'
  | 'poll-close'
  | 'location'
  | 'event'
  | 'pin'
  | 'unpin'
  | 'sticker'
  | 'call'
  | 'call-accepted'
  | 'call-ended'
  | 'other';

/** Spellings of the COI client spec, of its examples and drafts, and Delta Chat's; all are read. */
const canonical: Readonly<Record<string, ChatContent>> = {
  ignore: 'ignore',
  status: 'status',
  editrequest: 'edit',
  edit: 'edit',
  ammend: 'edit',
  deleterequest: 'delete',
  collapse: 'delete',
  collapsed: 'delete',
  preview: 'preview',
  contact: 'contact',
  contactinfo: 'contact',
  profile: 'profile',
  profilerequest: 'profile-request',
  group: 'group',
  groupprofile: 'group-info',
  groupinfo: 'group-info',
  groupprofilerequest: 'group-info-request',
  grouprequested: 'group-info-request',
  groupleft: 'group-left',
  poll: 'poll',
  pollvote: 'poll-vote',
  pollclose: 'poll-close',
  location: 'location',
  'group-avatar-changed': 'group-info',
  'location-streaming-enabled': 'event',
  'ephemeral-timer-changed': 'event',
  'protection-enabled': 'event',
  'protection-disabled': 'event',
  'message-pinned': 'pin',
  'message-unpinned': 'unpin',
  sticker: 'sticker',
  call: 'call',
  'call-accepted': 'call-accepted',
  'call-ended': 'call-ended',
};

/** The value before the first `;`, without case; spec examples end in a bare `;`. */
export function chatContentOf(value: string | undefined): ChatContent {
  if (value === undefined) return 'none';
  const word = value.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (word === '') return 'none';
  return Object.hasOwn(canonical, word) ? (canonical[word] ?? 'other') : 'other';
}
