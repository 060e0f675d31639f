import type { SystemPart } from '../../support/system-parts.ts';

/** Where a peer looks for mail: implicit TLS, verified with this CA alone. */
export type PeerSite = {
  readonly host: string;
  readonly port: number;
  readonly password: string;
  readonly caFile: string;
};

/** A program that watches mailboxes too, used as its authors mean it to be for many of them. */
export type Peer = {
  readonly part: SystemPart;
  readonly versionArgs: readonly string[];
  /** Finds the version in what it tells of itself. */
  readonly version: RegExp;
  /** What one check does there: none of them does the same as another. */
  readonly does: string;
  /** Writes what it needs into a folder of its own, and gives the arguments that check these mailboxes once. */
  check(dir: string, site: PeerSite, users: readonly string[]): Promise<readonly string[]>;
  /** Exit codes that are no failure. */
  readonly goodCodes: readonly number[];
  /** The same for waiting in one mailbox by IDLE; one that cannot wait has none. */
  readonly idle?: (dir: string, site: PeerSite, user: string) => Promise<readonly string[]>;
};
