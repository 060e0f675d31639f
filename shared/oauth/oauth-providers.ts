import type { AuthorizationServer } from 'oauth4webapi';
import { isRecord } from '../core/outside-data.ts';
import type { MailServer } from '../providers/mail-settings.ts';

/** A provider whose tokens log in to its mail servers, and what this service is known as there. */
export type OauthProvider = {
  readonly id: string;
  readonly issuer: string;
  /** Its endpoints, where they are known here; else they are read at the issuer (RFC 8414, OpenID Connect Discovery). */
  readonly endpoints: AuthorizationServer | undefined;
  readonly clientId: string;
  /** Undefined for a public client, which proves itself by PKCE alone. */
  readonly clientSecret: string | undefined;
  /** Separated by spaces. */
  readonly scopes: string;
  /** What else its authorization endpoint is to be told. */
  readonly asks: Readonly<Record<string, string>>;
  /** Its tokens go there and nowhere else: whoever gets one can read the mailbox. */
  readonly imap: MailServer;
  readonly smtp: MailServer;
};

export type OauthProviders = ReadonlyMap<string, OauthProvider>;

/**
 * Reads the operator's clients: JSON with one member for each provider. `google` and `microsoft` are known; of others it
 * names issuer, scopes and mail servers.
 *
 * @param text empty for none
 * @throws Error that names the provider and the member that is wrong, never a value
 */
export function parseOauthProviders(text: string): OauthProviders {
  if (text.trim() === '') return new Map();
  const parsed = parseJson(text);
  if (!isRecord(parsed)) throw new Error('The OAuth settings are not a JSON object.');
  return new Map(Object.entries(parsed).map(([id, given]) => [id, providerOf(id, given)]));
}

function providerOf(id: string, given: unknown): OauthProvider {
  if (!/^[a-z0-9-]{1,32}$/.test(id))
    throw new Error('The OAuth settings name a provider by other than a-z, 0-9 and -.');
  if (!isRecord(given)) throw new Error(`The OAuth settings of ${id} are not a JSON object.`);
  const text = (name: string, fallback?: string): string => {
    const value = given[name] ?? fallback;
    if (typeof value === 'string' && /^[^\p{Cc}]+$/u.test(value)) return value;
    throw new Error(`The OAuth settings of ${id} lack ${name}, or it is no text.`);
  };
  const clientId = text('clientId');
  const clientSecret = given['clientSecret'] === undefined ? undefined : text('clientSecret');
  const client = { id, clientId, clientSecret };
  if (id === 'google') return { ...client, ...google };
  if (id === 'microsoft') return { ...client, ...microsoft(text('tenant', 'common')) };
  return {
    ...client,
    issuer: webAddress(text('issuer'), id),
    endpoints: undefined,
    scopes: text('scopes'),
    asks: {},
    imap: mailServer(text('imap'), id),
    smtp: mailServer(text('smtp'), id),
  };
}

/** Google gives a refresh token for `offline` alone, and after the first time only when it asks the user again. */
const google = {
  issuer: 'https://accounts.google.com',
  endpoints: {
    issuer: 'https://accounts.google.com',
    authorization_endpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
    token_endpoint: 'https://oauth2.googleapis.com/token',
    revocation_endpoint: 'https://oauth2.googleapis.com/revoke',
    token_endpoint_auth_methods_supported: ['client_secret_post'],
  },
  scopes: 'https://mail.google.com/ openid email',
  asks: { access_type: 'offline', prompt: 'consent' },
  imap: { host: 'imap.gmail.com', port: 993, tls: 'implicit' },
  smtp: { host: 'smtp.gmail.com', port: 465, tls: 'implicit' },
} as const satisfies Partial<OauthProvider>;

/**
 * No `openid`: the issuer of such tokens is another one for each tenant, and their addresses are whatever a tenant's
 * administrator wrote there. The login to the mailbox proves the address. Microsoft has no revocation endpoint.
 */
function microsoft(tenant: string) {
  const issuer = `https://login.microsoftonline.com/${encodeURIComponent(tenant)}`;
  return {
    issuer: `${issuer}/v2.0`,
    endpoints: {
      issuer: `${issuer}/v2.0`,
      authorization_endpoint: `${issuer}/oauth2/v2.0/authorize`,
      token_endpoint: `${issuer}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post'],
    },
    scopes:
      'https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access',
    asks: { prompt: 'select_account' },
    imap: { host: 'outlook.office365.com', port: 993, tls: 'implicit' },
    smtp: { host: 'smtp.office365.com', port: 587, tls: 'starttls' },
  } as const satisfies Partial<OauthProvider>;
}

/** `imap.example.org:993`. The ports for STARTTLS are 143 and 587 (RFC 8314). */
function mailServer(text: string, id: string): MailServer {
  const [, host, port] = /^([a-z0-9.-]{1,253}):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || port === undefined)
    throw new Error(`The OAuth settings of ${id} name a mail server by other than host:port.`);
  return { host, port: Number(port), tls: ['143', '587'].includes(port) ? 'starttls' : 'implicit' };
}

function webAddress(text: string, id: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' && url.search === '' && url.hash === '') return text;
  throw new Error(`The OAuth settings of ${id} name an issuer that is no https address.`);
}

/** What JSON.parse says of a text may quote it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('The OAuth settings are not JSON.');
  }
}
