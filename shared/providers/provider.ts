/** What a mail provider's servers do differently from what the RFCs lead to expect, as far as it changes what we do. */
export type Provider = {
  readonly id: string;
  /** Names of its IMAP and submission servers. */
  readonly hosts: RegExp;
  /** How long one IDLE may last before everything is compared anew, in ms. */
  readonly idleRenewMs: number;
  /** Connections to one account at the same time, those of its other clients not counted. */
  readonly connectionsPerAccount: number;
  /** Logins a minute, to all accounts together, from one address of ours. */
  readonly loginsPerMinute: number;
  /** SELECT is refused until the client has told who it is (RFC 2971). */
  readonly needsId: boolean;
  /** Whether flags of our own, like `$Chat`, can be kept; else only the flags of RFC 9051. */
  readonly acceptsKeywords: boolean;
  /** Its submission server files a copy in Sent by itself; a second one would show the mail twice. */
  readonly filesSentCopies: boolean;
  /** Its submission server gives a mail another Message-ID. */
  readonly rewritesMessageIds: boolean;
  /** Where it puts mail of strangers, besides the folder marked `\Junk`; scanned for answers to own chats. */
  readonly spamFolders: readonly string[];
  /** Where these values come from, and when they were looked up. */
  readonly source: string;
};
