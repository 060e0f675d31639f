import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { Fault } from '../core/faults.ts';
import { limits } from '../core/limits.ts';
import { parseRange, type Standing, standingOf } from './address-rules.ts';
import { parseHostName } from './host-name.ts';
import { type Resolve, rememberedLookup } from './remembered-lookup.ts';

export type { Resolve };

/**
 * The one guard for every host a user names (mail servers, push endpoints): only public unicast addresses are connected
 * to, besides the ranges the operator permits. The addresses that were checked for a connection are those that are
 * dialled, so a name that changes its mind between check and use (DNS rebinding) gains nothing.
 */
export type AddressGuard = {
  /**
   * Refuses forbidden literal addresses, disguised ones, and names that can only mean something inside. Node connects to
   * literal addresses without calling `lookup`: whoever connects calls this first.
   *
   * @throws Fault `mail-host-forbidden`
   */
  assertHost(host: string): void;
  /**
   * `assertHost`, and the port: public hosts are reached on mail ports alone, so that nobody scans or talks to other
   * services through us. Hosts in a permitted range may use any port. A name's addresses are not known yet; `mailLookup`
   * applies the rule to them.
   *
   * @throws Fault `mail-host-forbidden`
   */
  assertMailServer(server: { readonly host: string; readonly port: number }): void;
  /** Whether this IP address may be connected to. */
  allows(address: string): boolean;
  /** The `lookup` option of a connection. Fails with code `EADDRFORBIDDEN` when any address of the name is forbidden. */
  readonly lookup: LookupFunction;
  /** `lookup` for a connection to a mail server on this port. */
  mailLookup(port: number): LookupFunction;
  /** Like `assertMailServer`, for what is asked by HTTPS: on port 443 alone. */
  assertWebServer(server: { readonly host: string; readonly port: number }): void;
  webLookup(port: number): LookupFunction;
};

/**
 * @param options.allowPrivateHosts ranges (CIDR) that are permitted although not public. With loopback among them, the
 *   name `localhost` is permitted too.
 * @throws Error for a malformed range
 */
export function createAddressGuard(options: {
  readonly allowPrivateHosts: readonly string[];
  readonly resolve?: Resolve;
}): AddressGuard {
  const permitted = options.allowPrivateHosts.map(parseRange);
  const resolve = options.resolve ?? rememberedLookup(resolveBySystem);
  const standing = (address: string) => standingOf(address, permitted);
  const allows = (address: string) => standing(address) !== 'forbidden';
  const problemOf = (host: string) => hostProblem(host, permitted.length > 0, allows);
  const lookupWhere = (accepts: (standing: Standing) => boolean) =>
    guardedLookup(async (host) => {
      const named = parseHostName(host);
      if (named?.kind !== 'name' || problemOf(host) !== undefined) throw new AddressForbidden();
      const resolved = await resolve(named.name);
      // `localhost` is both ::1 and 127.0.0.1, and often only one of them is permitted. No stranger answers for that name.
      const isLoopback = loopbackName.test(named.name);
      const addresses = isLoopback ? resolved.filter(({ address }) => allows(address)) : resolved;
      if (!addresses.every(({ address }) => accepts(standing(address)))) throw new AddressForbidden();
      return addresses.slice(0, limits.hostAddresses);
    });
  const assertHost = (host: string) => {
    const problem = problemOf(host);
    if (problem !== undefined) throw new Fault('mail-host-forbidden', problem);
  };
  const assertServer =
    (ports: readonly number[], problem: string) =>
    ({ host, port }: { readonly host: string; readonly port: number }) => {
      assertHost(host);
      const named = parseHostName(host);
      const mayBePermitted =
        named?.kind === 'address' ? standing(named.address) === 'permitted' : permitted.length > 0;
      if (!mayBePermitted && !ports.includes(port)) throw new Fault('mail-host-forbidden', problem);
    };
  const lookupOn = (ports: readonly number[]) => (port: number) =>
    lookupWhere((found) => found === 'permitted' || (found === 'public' && ports.includes(port)));
  return {
    assertHost,
    assertMailServer: assertServer(mailPorts, `Mail servers are reached on port ${mailPorts.join(', ')}.`),
    assertWebServer: assertServer(webPorts, 'Web servers are reached on port 443.'),
    allows,
    lookup: lookupWhere((found) => found !== 'forbidden'),
    mailLookup: lookupOn(mailPorts),
    webLookup: lookupOn(webPorts),
  };
}

/** A name leads, at least in part, to where nobody may connect. It names neither: it ends up in logs. */
class AddressForbidden extends Error {
  readonly code = 'EADDRFORBIDDEN';

  constructor() {
    super('the address is not allowed');
    this.name = 'AddressForbidden';
  }
}

/** IMAP and submission (RFC 8314). 25 is for servers among themselves, and closed in most clouds. */
const mailPorts: readonly number[] = [143, 465, 587, 993];
const webPorts: readonly number[] = [443];

/** Special-use names (RFC 6761, 6762 and its appendix G, 8375), and what people use like them. One label is never public. */
const insideName =
  /^[^.]+$|\.(?:localhost|localdomain|local|internal|intranet|corp|home|lan|private|home\.arpa|onion|invalid)$/;
const loopbackName = /^(?:.+\.)?localhost$/;
const metadataName = /^(?:.+\.)?(?:metadata\.google\.internal|metadata\.goog|instance-data\.ec2\.internal)$/;

function hostProblem(
  host: string,
  somePermitted: boolean,
  allows: (address: string) => boolean,
): string | undefined {
  const named = parseHostName(host);
  if (named === undefined) return 'That is not the name of a server.';
  if (named.kind === 'address') {
    return allows(named.address) ? undefined : 'That server address is not a public one.';
  }
  const isForbidden =
    metadataName.test(named.name) ||
    (loopbackName.test(named.name) && !allows('127.0.0.1') && !allows('::1')) ||
    // Where private ranges are permitted, private names are in use; what they resolve to decides.
    (insideName.test(named.name) && !somePermitted);
  return isForbidden ? 'That server name is not a public one.' : undefined;
}

/** Node asks for all addresses since version 20 ("happy eyeballs"), and for one where that is switched off. */
function guardedLookup(find: (host: string) => Promise<readonly LookupAddress[]>): LookupFunction {
  return (host, options, callback) => {
    find(host).then(
      (all) => {
        const wanted = options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : (options.family ?? 0);
        const found = all.filter(({ family }) => wanted === 0 || family === wanted);
        const [first] = found;
        if (first === undefined) callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '');
        else if (options.all) callback(null, found);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error('lookup failed'), ''),
    );
  };
}

const resolveBySystem: Resolve = (host) => systemLookup(host, { all: true, verbatim: true });
