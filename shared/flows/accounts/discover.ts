import { domainOf } from '../../coi/addresses.ts';
import { limits } from '../../core/limits.ts';
import { fetchAutoconfig } from '../../discovery/fetch-autoconfig.ts';
import type { Autoconfig, NamedServer } from '../../discovery/read-autoconfig.ts';
import { parseHostName } from '../../net/host-name.ts';
import {
  type AuthWay,
  type Hint,
  type MailServer,
  type MailSettings,
  settingsOfDomain,
  settingsOfExchangers,
} from '../../providers/mail-settings.ts';
import type { HostSettings } from '../../store/items.ts';
import type { Services } from '../services.ts';

/** How settings were found: in the built-in table, a file of the domain or of the database, or by DNS. */
export type DiscoverySource = 'provider' | 'autoconfig' | 'ispdb' | 'srv' | 'mx';

export type Discovered = {
  readonly imap: HostSettings | undefined;
  readonly smtp: HostSettings | undefined;
  readonly auth: readonly AuthWay[];
  readonly hints: readonly Hint[];
  readonly source: DiscoverySource;
  /**
   * Whether it takes the user's word before a password may go there. What only DNS said, anybody on the way could have
   * said (RFC 6186 section 6); the built-in table, and files from a server with a certificate, vouch for themselves.
   */
  readonly needsConfirmation: boolean;
};

export type Discovery = {
  readonly found: Discovered | undefined;
  /** What was tried, in order, in words for people. */
  readonly tried: readonly string[];
};

type DiscoveryServices = Pick<Services, 'guard' | 'trust' | 'clock' | 'discovery' | 'oauth'>;

/**
 * Finds the mail servers of an address, from the surest source to the weakest: the built-in table, the domain's own
 * configuration file, the database of such files, SRV records (RFC 6186, 8314), the mail exchangers. No password is
 * needed, and the whole address is told to nobody but the domain itself.
 *
 * @param email normalised
 */
export async function discover(services: DiscoveryServices, email: string): Promise<Discovery> {
  const domain = domainOf(email);
  const tried: string[] = [];
  const startedAt = services.clock.now();
  for (const { words, find } of waysFor(services, email, domain)) {
    if (services.clock.now() - startedAt > limits.discoveryMs) break;
    tried.push(words);
    const found = await find();
    if (found !== undefined) return { found: await asWeCan(services, found), tried };
  }
  return { found: undefined, tried };
}

/**
 * Of the ways to sign in, those that this service has: a provider's, where the operator is registered there and the mailbox
 * is at its servers. Who finds no way is told so.
 */
async function asWeCan({ oauth }: DiscoveryServices, found: Discovered): Promise<Discovered> {
  const providers = [...(await oauth.providers()).values()];
  const tokens = providers
    .filter(({ imap }) => imap.host === found.imap?.host)
    .map(({ id }): AuthWay => `oauth2:${id}`);
  const passwords = found.auth.filter((way) => way === 'password');
  const isShut = tokens.length === 0 && passwords.length === 0 && found.auth.length > 0;
  return {
    ...found,
    auth: [...tokens, ...passwords],
    hints: isShut ? [...found.hints, notSetUp] : found.hints,
  };
}

const notSetUp: Hint = {
  code: 'oauth-not-set-up',
  text: 'This service is not registered at that provider. Ask whoever runs it, or use another mailbox.',
};

type Way = { readonly words: string; find(): Promise<Discovered | undefined> };

function waysFor(services: DiscoveryServices, email: string, domain: string): readonly Way[] {
  const { dns, ispdb, webPort } = services.discovery;
  const port = webPort === 443 ? '' : `:${webPort}`;
  const file = async (url: string, source: DiscoverySource, needsConfirmation = false) => {
    const config = URL.canParse(url) ? await fetchAutoconfig(services, new URL(url)) : undefined;
    return config && fromFile(services, email, config, { source, needsConfirmation });
  };
  const ofDomain: Way[] = [
    {
      words: `https://autoconfig.${domain}/mail/config-v1.1.xml`,
      find: () =>
        file(
          `https://autoconfig.${domain}${port}/mail/config-v1.1.xml?emailaddress=${encodeURIComponent(email)}`,
          'autoconfig',
        ),
    },
    {
      words: `https://${domain}/.well-known/autoconfig/mail/config-v1.1.xml`,
      find: () => file(`https://${domain}${port}/.well-known/autoconfig/mail/config-v1.1.xml`, 'autoconfig'),
    },
  ];
  const database: Way[] =
    ispdb === undefined
      ? []
      : [
          {
            words: `the database at ${new URL(ispdb).host}`,
            find: () => file(`${ispdb}/${domain}`, 'ispdb'),
          },
        ];
  return [
    {
      words: 'the providers known here',
      find: async () =>
        fromTable(settingsOfDomain(domain), email, { source: 'provider', needsConfirmation: false }),
    },
    ...ofDomain,
    ...database,
    { words: `SRV records of ${domain}`, find: () => fromServices(services, email, domain) },
    {
      words: `the provider that the mail exchangers of ${domain} belong to`,
      async find() {
        const exchangers = await dns.exchangers(domain);
        const byTable = fromTable(settingsOfExchangers(exchangers), email, {
          source: 'mx',
          needsConfirmation: true,
        });
        if (byTable !== undefined || ispdb === undefined) return byTable;
        for (const provider of new Set(exchangers.map(lastLabels))) {
          const found = provider === domain ? undefined : await file(`${ispdb}/${provider}`, 'mx', true);
          if (found !== undefined) return found;
        }
        return undefined;
      },
    },
  ];
}

type Standing = Pick<Discovered, 'source' | 'needsConfirmation'>;

function fromTable(
  settings: MailSettings | undefined,
  email: string,
  standing: Standing,
): Discovered | undefined {
  if (settings === undefined) return undefined;
  const userFor = (kind: 'imap' | 'smtp') =>
    settings.userName[kind] === 'address' ? email : email.slice(0, email.lastIndexOf('@'));
  const { servers, auth, hints } = settings;
  return {
    imap: servers && { ...servers.imap, user: userFor('imap') },
    smtp: servers && { ...servers.smtp, user: userFor('smtp') },
    auth,
    hints,
    ...standing,
  };
}

function fromFile(
  services: DiscoveryServices,
  email: string,
  { servers, issuers }: Autoconfig,
  standing: Standing,
): Discovered | undefined {
  const settingsFor = (kind: NamedServer['kind']) =>
    servers
      .filter((server) => server.kind === kind)
      .toSorted((one, other) => Number(one.tls === 'starttls') - Number(other.tls === 'starttls'))
      .flatMap((server) => hostOf(services, server, email) ?? [])[0];
  const imap = settingsFor('imap');
  const smtp = settingsFor('smtp');
  if (imap === undefined || smtp === undefined) return undefined;
  const ways = servers.flatMap(({ authentication }) => authentication);
  const takesPassword = ways.length === 0 || ways.some((way) => way.startsWith('password-'));
  return {
    imap,
    smtp,
    auth: [
      ...issuers.flatMap((issuer) => oauthAt(issuer) ?? []),
      ...(takesPassword ? ['password' as const] : []),
    ],
    hints: [],
    ...standing,
  };
}

function oauthAt(issuer: string): AuthWay | undefined {
  if (/(^|\.)google\.com$/.test(issuer)) return 'oauth2:google';
  return /(^|\.)microsoftonline\.com$/.test(issuer) ? 'oauth2:microsoft' : undefined;
}

/** The file's placeholders filled in; undefined for a host that may not be connected to. */
function hostOf(services: DiscoveryServices, server: NamedServer, email: string): HostSettings | undefined {
  const at = email.lastIndexOf('@');
  const fill = (text: string) =>
    text
      .replaceAll('%EMAILADDRESS%', email)
      .replaceAll('%EMAILLOCALPART%', email.slice(0, at))
      .replaceAll('%EMAILDOMAIN%', email.slice(at + 1));
  const host = fill(server.host).toLowerCase();
  const user = fill(server.user ?? '%EMAILADDRESS%');
  const isPlain = /^[^\p{Cc}]{1,254}$/u.test(user);
  return isPlain && mayBeAsked(services, { ...server, host })
    ? { host, port: server.port, tls: server.tls, user }
    : undefined;
}

/** RFC 8314 section 5.1: services that begin with TLS before those that change to it. */
async function fromServices(
  services: DiscoveryServices,
  email: string,
  domain: string,
): Promise<Discovered | undefined> {
  const find = async (names: readonly (readonly [name: string, tls: MailServer['tls']])[]) => {
    for (const [name, tls] of names) {
      const targets = await services.discovery.dns.services(`${name}.${domain}`);
      const target = targets.find((each) => mayBeAsked(services, each));
      if (target !== undefined) return { ...target, tls, user: email };
    }
    return undefined;
  };
  const [imap, smtp] = await Promise.all([
    find([
      ['_imaps._tcp', 'implicit'],
      ['_imap._tcp', 'starttls'],
    ]),
    find([
      ['_submissions._tcp', 'implicit'],
      ['_submission._tcp', 'starttls'],
    ]),
  ]);
  if (imap === undefined || smtp === undefined) return undefined;
  return {
    imap,
    smtp,
    auth: ['password'],
    hints: [],
    source: 'srv',
    needsConfirmation: ![imap, smtp].every(({ host }) => host === domain || host.endsWith(`.${domain}`)),
  };
}

function mayBeAsked({ guard }: DiscoveryServices, server: { host: string; port: number }): boolean {
  if (parseHostName(server.host) === undefined) return false;
  try {
    guard.assertMailServer(server);
    return true;
  } catch {
    return false;
  }
}

/** The database knows providers by their own domain; what people can register may have two labels or three. */
function lastLabels(host: string): string {
  const labels = host.split('.');
  const isSecondLevel = /^(?:co|com|net|org|ac|gov|edu)$/.test(labels.at(-2) ?? '');
  return labels.slice(isSecondLevel ? -3 : -2).join('.');
}
