import { Resolver } from 'node:dns/promises';
import { withDeadline } from '../core/deadline.ts';
import { hostNameOf } from '../core/host-name.ts';
import { limits } from '../core/limits.ts';

export type Target = { readonly host: string; readonly port: number };

/** What DNS tells of mail at a domain; names in lower case, without a dot at the end, best first. */
export type MailDns = {
  /** Where a service of a domain is (RFC 2782), like `_imaps._tcp`. Empty when nowhere. */
  services(name: string): Promise<readonly Target[]>;
  /** The mail exchangers of a domain. */
  exchangers(domain: string): Promise<readonly string[]>;
};

/** @param servers addresses of name servers in place of the system's */
export function mailDns(servers?: readonly string[]): MailDns {
  const resolver = new Resolver({ timeout: limits.dnsTryMs, tries: 2 });
  if (servers !== undefined) resolver.setServers([...servers]);
  return {
    async services(name) {
      const records = await answerTo(resolver.resolveSrv(name));
      return records
        .toSorted((one, other) => one.priority - other.priority || other.weight - one.weight)
        .map((record) => ({ host: hostNameOf(record.name), port: record.port }))
        .filter(({ host }) => host !== '')
        .slice(0, limits.dnsRecords);
    },
    async exchangers(domain) {
      const records = await answerTo(resolver.resolveMx(domain));
      return records
        .toSorted((one, other) => one.priority - other.priority)
        .map(({ exchange }) => hostNameOf(exchange))
        .filter((host) => host !== '')
        .slice(0, limits.dnsRecords);
    },
  };
}

/** A domain without such records, and one that cannot be asked, both lead on to the next way. */
async function answerTo<T>(asking: Promise<T[]>): Promise<T[]> {
  return withDeadline(asking, limits.discoveryStepMs, 'dns').catch(() => []);
}
