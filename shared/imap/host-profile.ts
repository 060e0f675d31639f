import { limits } from '../core/limits.ts';

/** How a provider's IMAP differs from what the RFCs lead to expect. */
export type HostProfile = {
  /** SELECT is refused until the client has told who it is (RFC 2971). */
  readonly needsId: boolean;
  /** How long one IDLE may last before everything is compared anew, in ms. */
  readonly idleRenewMs: number;
};

export function hostProfile(host: string): HostProfile {
  const name = host.toLowerCase().replace(/\.$/, '');
  return { ...usual, ...profiles.find(({ hosts }) => hosts.test(name))?.differs };
}

const usual: HostProfile = { needsId: false, idleRenewMs: limits.idleRenewMs };

const profiles: readonly { readonly hosts: RegExp; readonly differs: Partial<HostProfile> }[] = [
  // Coremail: "Unsafe Login" without ID; no IDLE, and NOOP tells nothing (EmailEngine, chatmail/provider-db, 2025).
  {
    hosts: /(^|\.)(163|126|yeah|qq|foxmail|188|sina)\.(com|net|cn)$/,
    differs: { needsId: true, idleRenewMs: 55_000 },
  },
  // IDLE goes quiet after some minutes (thunderbird-android#5429; EmailEngine breaks it every 3 min).
  { hosts: /(^|\.)(yahoo|aol|ymail|yahoodns)\.[a-z.]+$/, differs: { idleRenewMs: 170_000 } },
  { hosts: /(^|\.)rambler\.ru$/, differs: { idleRenewMs: 55_000 } },
];
