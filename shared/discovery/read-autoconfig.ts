import { Parser } from 'htmlparser2';
import { limits } from '../core/limits.ts';

/** One server as a configuration file names it, with its placeholders. */
export type NamedServer = {
  readonly kind: 'imap' | 'smtp';
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls';
  readonly user: string | undefined;
  readonly authentication: readonly string[];
};

export type Autoconfig = {
  readonly servers: readonly NamedServer[];
  /** Hosts of OAuth issuers, like `accounts.google.com`. */
  readonly issuers: readonly string[];
};

const socketTypes: Readonly<Record<string, 'implicit' | 'starttls'>> = {
  SSL: 'implicit',
  STARTTLS: 'starttls',
};

/**
 * Reads a configuration file of Thunderbird's format (autoconfig, "config file format" 1.1): IMAP and SMTP servers with
 * TLS, in the file's order. Others, and what is incomplete, are left out. Entities are not expanded, and what is no XML,
 * or nested deeper than any such file, gives no servers.
 */
export function readAutoconfig(xml: string): Autoconfig {
  const servers: NamedServer[] = [];
  const issuers: string[] = [];
  const path: string[] = [];
  let kind: string | undefined;
  let fields = new Map<string, string[]>();
  let text = '';
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        path.push(name);
        // htmlparser2 10 takes quadratic time for elements within each other: 100,000 of them keep it busy for minutes.
        if (path.length > limits.autoconfigDepth) throw new TooDeep();
        text = '';
        if (!isServer(path)) return;
        kind = attributes['type'];
        fields = new Map();
      },
      ontext(more) {
        if (text.length < limits.autoconfigText) text += more;
      },
      onclosetag(name) {
        const value = text.trim();
        if (isServer(path.slice(0, -1))) fields.set(name, [...(fields.get(name) ?? []), value]);
        if (name === 'issuer' && path.at(-2) === 'oAuth2') issuers.push(value);
        if (isServer(path)) {
          const server = serverOf(kind, fields);
          if (server !== undefined && servers.length < limits.autoconfigServers) servers.push(server);
        }
        path.pop();
        text = '';
      },
    },
    { xmlMode: true, decodeEntities: false },
  );
  try {
    parser.end(xml);
  } catch (error) {
    if (error instanceof TooDeep) return { servers: [], issuers: [] };
    throw error;
  }
  return { servers, issuers: issuers.slice(0, limits.autoconfigServers) };
}

class TooDeep extends Error {}

function isServer(path: readonly string[]): boolean {
  const [root, provider, server, ...rest] = path;
  return (
    root === 'clientConfig' &&
    provider === 'emailProvider' &&
    (server === 'incomingServer' || server === 'outgoingServer') &&
    rest.length === 0
  );
}

function serverOf(
  kind: string | undefined,
  fields: ReadonlyMap<string, readonly string[]>,
): NamedServer | undefined {
  const [host] = fields.get('hostname') ?? [];
  const port = Number(fields.get('port')?.[0]);
  const tls = socketTypes[fields.get('socketType')?.[0]?.toUpperCase() ?? ''];
  if ((kind !== 'imap' && kind !== 'smtp') || host === undefined || tls === undefined) return undefined;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  return {
    kind,
    host,
    port,
    tls,
    user: fields.get('username')?.[0],
    authentication: fields.get('authentication') ?? [],
  };
}
