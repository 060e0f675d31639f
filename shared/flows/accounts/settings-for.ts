import { Fault, type FieldFault } from '../../core/faults.ts';
import type { HostSettings } from '../../store/items.ts';
import type { Services } from '../services.ts';
import { type Discovered, type Discovery, discover } from './discover.ts';

type Given = { readonly imap: HostSettings | undefined; readonly smtp: HostSettings | undefined };

/**
 * The mail servers to sign in at: those that were given, and else what is found for the address, if a password may go
 * there without asking the user.
 *
 * @throws Fault `needs-settings`, which tells what was tried, or what was found and waits for a word of the user
 */
export async function settingsFor(
  services: Pick<Services, 'guard' | 'trust' | 'clock' | 'discovery' | 'oauth'>,
  email: string,
  given: Given,
): Promise<{ imap: HostSettings; smtp: HostSettings }> {
  if (given.imap !== undefined && given.smtp !== undefined) return { imap: given.imap, smtp: given.smtp };
  const discovery = await discover(services, email);
  const { found } = discovery;
  const imap = given.imap ?? found?.imap;
  const smtp = given.smtp ?? found?.smtp;
  if (imap === undefined || smtp === undefined) throw nothingFound(given, discovery);
  if (found?.needsConfirmation) throw unconfirmed(given, found);
  return { imap, smtp };
}

function nothingFound(given: Given, { found, tried }: Discovery): Fault {
  const hint = found?.hints.map(({ text }) => text).join(' ');
  return new Fault(
    'needs-settings',
    hint ??
      `No settings were found. Tried: ${tried.join(', ')}. Send \`imap\` and \`smtp\`; the provider's help names them.`,
    { fields: missing(given, () => 'is needed: host, port and tls') },
  );
}

function unconfirmed(given: Given, found: Discovered): Fault {
  return new Fault(
    'needs-settings',
    'These servers were found by DNS only, which anybody on the way can forge. Let the user confirm them, and send them as `imap` and `smtp`.',
    {
      fields: missing(given, (field) => {
        const server = found[field];
        return server === undefined
          ? 'is needed: host, port and tls'
          : `would be ${server.host}:${server.port}, ${server.tls}, user ${server.user}`;
      }),
    },
  );
}

function missing(given: Given, message: (field: 'imap' | 'smtp') => string): FieldFault[] {
  return (['imap', 'smtp'] as const).flatMap((field) =>
    given[field] === undefined ? [{ field, message: message(field) }] : [],
  );
}
