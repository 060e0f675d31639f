import { isIP } from 'node:net';
import { isRange } from '../../shared/net/address-rules.ts';
import { vapidSubjectProblem } from '../../shared/push/vapid-subject.ts';

/** How a setting's text is read: its value, or what the text would have to be. */
export type Kind<T> = (text: string) => { readonly value: T } | { readonly wants: string };

export function wholeNumber(least: number, most: number): Kind<number> {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most
      ? { value }
      : { wants: `must be a whole number from ${least} to ${most}` };
  };
}

export function oneOf<const T extends string>(allowed: readonly T[]): Kind<T> {
  return (text) => {
    const value = allowed.find((each) => each === text);
    return value === undefined ? { wants: `must be one of ${allowed.join(', ')}` } : { value };
  };
}

export const anyText: Kind<string> = (text) => ({ value: text });

export const nameGiven: Kind<string> = (text) => (text === '' ? { wants: 'must be set' } : { value: text });

export const listenAddress: Kind<string> = (text) =>
  isIP(text) !== 0 || text === 'localhost'
    ? { value: text }
    : { wants: 'must be an IP address of this machine, or localhost' };

/** Without a slash at the end. A path is fine: the API may lie behind a proxy. */
export const webAddress: Kind<string> = (text) => {
  const url = parseWebAddress(text);
  return url === undefined
    ? { wants: 'must be an address like https://push.example.org' }
    : { value: text.replace(/\/+$/, '') };
};

/** Empty for `none`: a setting without a value has its usual one. */
export const webAddressOrNone: Kind<string> = (text) =>
  text === '' || text === 'none' ? { value: '' } : webAddress(text);

export const vapidSubject: Kind<string> = (text) => {
  const problem = vapidSubjectProblem(text);
  return problem === undefined ? { value: text } : { wants: problem };
};

/** Domains and addresses, or `*`. What could never match, like `@example.org`, is a mistake and no entry. */
export const admissionList: Kind<string> = (text) => {
  const entries = entriesOf(text);
  return entries.every((entry) => /^(?:\*|(?:[^\s@*]+@)?[^\s@*]+)$/.test(entry))
    ? { value: entries.join(',') }
    : { wants: 'must be a comma list of domains (example.org), addresses (me@example.org) or *' };
};

export const rangeList: Kind<readonly string[]> = (text) => {
  const entries = entriesOf(text);
  return entries.every(isRange)
    ? { value: entries }
    : { wants: 'must be a comma list of ranges like 192.168.0.0/16' };
};

/** As browsers write the `Origin` header, which is compared letter by letter: no path, lower case. */
export const originList: Kind<readonly string[]> = (text) => {
  const origins = entriesOf(text).map((entry) => {
    const url = parseWebAddress(entry);
    return url?.pathname === '/' ? url.origin : undefined;
  });
  const known = origins.filter((origin) => origin !== undefined);
  return known.length === origins.length
    ? { value: known }
    : { wants: 'must be a comma list of origins like https://chat.example.org, without a path' };
};

function entriesOf(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function parseWebAddress(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  return plain && /^https?:$/.test(url.protocol) ? url : undefined;
}
