import type { MailDns } from '../../discovery/mail-dns.ts';

/** Where a host looks things up. */
export type DiscoverySettings = {
  readonly dns: MailDns;
  /** Beginning of the addresses of a database of configuration files, Thunderbird's or another; undefined for none. */
  readonly ispdb: string | undefined;
  /** The port of web servers at mail domains: 443, but for tests. */
  readonly webPort: number;
};
