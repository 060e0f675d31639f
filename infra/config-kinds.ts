import type { Kind } from '../functions/settings/setting-kinds.ts';

/** Nothing, or what the kind takes. */
export function optional(kind: Kind<string>): Kind<string> {
  return (text) => (text === '' ? { value: '' } : kind(text));
}

export const email: Kind<string> = (text) =>
  /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) ? { value: text } : { wants: 'must be a mail address' };

export const hostName: Kind<string> = (text) =>
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/.test(text)
    ? { value: text }
    : { wants: 'must be a host name in lower case, like push.example.org' };

/** The name AWS gave to a thing: a table, a hosted zone. */
export const plainName: Kind<string> = (text) =>
  /^[A-Za-z0-9_.-]{3,255}$/.test(text) ? { value: text } : { wants: 'must be a name without blanks' };

/** The ARN of a thing of one service. */
export function arnOf(service: string): Kind<string> {
  return (text) =>
    new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]+:\\d{12}:\\S+$`).test(text)
      ? { value: text }
      : { wants: `must be an ARN like arn:aws:${service}:eu-central-1:123456789012:...` };
}

/** `idle=512,poll=1024`: a whole number for some of the functions. */
export function perFunction(
  functions: readonly string[],
  least: number,
  most: number,
): Kind<Readonly<Record<string, number>>> {
  return (text) => {
    const entries = text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '')
      .map((entry) => /^([a-z-]+)=(\d{1,6})$/.exec(entry))
      .map((found) => [found?.[1] ?? '', Number(found?.[2])] as const);
    return entries.every(([name, value]) => functions.includes(name) && value >= least && value <= most)
      ? { value: Object.fromEntries(entries) }
      : {
          wants: `must be a comma list like ${functions[0]}=${least}, with ${functions.join(', ')} and numbers from ${least} to ${most}`,
        };
  };
}

/** As CloudFormation takes it. */
export const stackName: Kind<string> = (text) =>
  /^[A-Za-z][A-Za-z0-9-]{0,40}$/.test(text)
    ? { value: text }
    : { wants: 'must be letters, digits and hyphens, and begin with a letter' };
