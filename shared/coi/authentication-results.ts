import { domainOf } from './addresses.ts';
import type { Header } from './header.ts';

/**
 * Whether the account's own provider found the sender of a mail to be who he says: DMARC passed, or DKIM for a domain that
 * belongs to his address (RFC 8601). Only the topmost field counts, and only if it names a server of the provider: all
 * others may have come with the mail.
 *
 * @param sender address in `From`
 * @param ownDomains of the account's address and its mail server
 */
export function isVerifiedSender(header: Header, sender: string, ownDomains: readonly string[]): boolean {
  const [first = '', ...results] = withoutComments(header.first('authentication-results') ?? '').split(';');
  const server = first.trim().split(/\s/, 1)[0]?.toLowerCase() ?? '';
  const own = [...ownDomains, receivingServer(header) ?? ''].map(organisationOf);
  if (server === '' || !own.includes(organisationOf(server))) return false;
  const domain = domainOf(sender).toLowerCase();
  return results.some((result) => {
    const [, method, verdict] = /^\s*([a-z0-9-]+)(?:\s*\/\s*\d+)?\s*=\s*([a-z]+)/i.exec(result) ?? [];
    if (verdict?.toLowerCase() !== 'pass') return false;
    if (method?.toLowerCase() === 'dmarc') return true;
    if (method?.toLowerCase() !== 'dkim') return false;
    const [, signed = ''] = /\bheader\.(?:d|i)\s*=\s*"?(?:[^@"\s;]*@)?([^"\s;]+)/i.exec(result) ?? [];
    return isSameOrBelow(domain, signed.toLowerCase()) || isSameOrBelow(signed.toLowerCase(), domain);
  });
}

/** The server that took the mail in last, by its name: the topmost `Received` that tells one. */
function receivingServer(header: Header): string | undefined {
  for (const line of header.all('received')) {
    const [, name] = /\bby\s+([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?=[\s;(]|$)/i.exec(line) ?? [];
    if (name !== undefined && !/^[\d.]+$/.test(name)) return name;
  }
  return undefined;
}

/** Comments within comments are not undone; nothing in them may look like a result. */
function withoutComments(value: string): string {
  return value.replace(/\([^()]*\)/g, ' ');
}

function isSameOrBelow(domain: string, above: string): boolean {
  return above.includes('.') && (domain === above || domain.endsWith(`.${above}`));
}

/** `example.org` of `mx1.example.org`, `example.co.uk` of `mx.example.co.uk`: near enough for a warning. */
function organisationOf(name: string): string {
  const labels = name.toLowerCase().split('.');
  const isShared = (labels.at(-2)?.length ?? 0) <= 3 && labels.at(-1)?.length === 2;
  return labels.slice(isShared ? -3 : -2).join('.');
}
