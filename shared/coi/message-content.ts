import type { Location, Pin } from './mail-record.ts';

/**
 * What somebody says or does in a conversation, before it is a mail. Texts are as they were typed. What a message is
 * about (edited, deleted, answered, voted on) is named beside it.
 */
export type MessageContent =
  | TextContent
  /** Other words for an earlier message of the sender. */
  | { readonly kind: 'edit'; readonly text: string }
  | { readonly kind: 'delete' }
  /** All reactions of the sender to a message from now on; none takes them back. */
  | { readonly kind: 'reaction'; readonly emoji: readonly string[] }
  | LocationContent
  | PollContent
  /** The chosen options in their own words: all choices of the sender from now on; none takes them back. */
  | { readonly kind: 'poll-vote'; readonly options: readonly string[] }
  | { readonly kind: 'poll-close'; readonly text: string }
  | ContactContent
  | GroupUpdateContent
  | { readonly kind: 'group-leave'; readonly text: string };

export type TextContent = {
  readonly kind: 'text';
  /** Empty only where attachments say it all. */
  readonly text: string;
  /** The same with formatting, for clients that know it. */
  readonly markdown: string | undefined;
  readonly pinned: Pin | undefined;
};

export type LocationContent = Location & { readonly kind: 'location'; readonly text: string };

export type PollContent = {
  readonly kind: 'poll';
  readonly question: string;
  /** At least two, all different. */
  readonly options: readonly string[];
  /** Whether one may choose several options. */
  readonly multiple: boolean;
};

/** Somebody's address card, shared with others. */
export type ContactContent = {
  readonly kind: 'contact';
  readonly name: string;
  readonly nickname: string | undefined;
  /** At least one. */
  readonly addresses: readonly string[];
};

/** At least one change. */
export type GroupUpdateContent = {
  readonly kind: 'group-update';
  readonly name: string | undefined;
  readonly description: string | undefined;
  /** Addresses of new members, and of those who are put out. */
  readonly add: readonly string[];
  readonly remove: readonly string[];
};

/** A file that goes with a message. Its bytes are in it: nothing here is ever a path or a URL. */
export type AttachedFile = {
  readonly filename: string;
  /** Media type, with parameters where it has some. */
  readonly type: string;
  readonly content: Buffer;
  /** A recording that was spoken for this message, in place of a text. */
  readonly voice: boolean;
  /** How long it plays, in ms, where that is known. */
  readonly durationMs: number | undefined;
};
