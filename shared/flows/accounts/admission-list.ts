import { domainOf } from '../../coi/addresses.ts';

/** Who may sign in here: everybody, nobody, or the named domains and addresses; and how many at most. */
export type Admission = {
  readonly everybody: boolean;
  readonly entries: ReadonlySet<string>;
  readonly mostAccounts: number;
};

/** Reads the `ADMIT` setting: a comma list of domains (`example.org`) or addresses (`me@example.org`), or `*`. */
export function parseAdmission(text: string, mostAccounts: number): Admission {
  const entries = text
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '');
  return { everybody: entries.includes('*'), entries: new Set(entries), mostAccounts };
}

/** `address` is normalised. A domain entry admits that domain alone, not its subdomains. */
export function admits(admission: Admission, address: string): boolean {
  if (admission.everybody) return true;
  return admission.entries.has(address) || admission.entries.has(domainOf(address));
}
