import { isIP } from 'node:net';

/**
 * What is wrong with a VAPID subject (whom a push service's operator writes to when our pushes do harm), in words for
 * the operator; `undefined` when nothing is. Apple refuses every push for a subject with a blank or with localhost
 * (403 BadJwtToken, seen 2024-2025), which shows on iPhones only, so it is checked at start.
 */
export function vapidSubjectProblem(subject: string): string | undefined {
  if (/\s/.test(subject)) return 'must not hold blanks, not even after "mailto:"';
  if (subject.startsWith('mailto:')) {
    const domain = /^mailto:[^@\s]+@([^@\s?]+)$/.exec(subject)?.[1];
    if (domain === undefined) return 'must be one mail address after "mailto:"';
    return isPublicName(domain) ? undefined : 'must be a mail address at a public domain';
  }
  if (!subject.startsWith('https://') || !URL.canParse(subject))
    return 'must be mailto:address or an https address';
  return isPublicName(new URL(subject).hostname) ? undefined : 'must be an https address at a public domain';
}

function isPublicName(host: string): boolean {
  return /^(?:[^.]+\.)+[^.\d][^.]*$/.test(host) && isIP(host) === 0 && !/(?:^|\.)localhost$/i.test(host);
}
