import { Fault } from '../../core/faults.ts';
import type { MailSession, MetadataRefusal } from '../../imap/mail-session.ts';
import type { AccountSettings } from '../../store/items.ts';

/** Annotations of a COI server lie below this (COI server spec, "Getting COI Namespace Configuration"). */
export const coiPrefix = '/private/vendor/vendor.dovecot';

const configPath = `${coiPrefix}/coi/config`;

type MessageFilter = AccountSettings['messageFilter'];

export type CoiConfig = {
  readonly isEnabled: boolean;
  readonly messageFilter: MessageFilter;
  /** Undefined for the usual one. */
  readonly mailboxRoot: string | undefined;
};

/** How COI is configured for the user; undefined where the server does not say. A filter works only while COI is enabled. */
export async function readCoiConfig(session: MailSession): Promise<CoiConfig | undefined> {
  const result = await session.getMetadata([configPath], { depth: '1' });
  if (result.kind !== 'found') return undefined;
  // RFC 5464 section 3.2: names of entries are compared without case.
  const values = new Map([...result.entries].map(([name, value]) => [name.toLowerCase(), value]));
  const filter = values.get(`${configPath}/message-filter`);
  const root = values.get(`${configPath}/mailbox-root`);
  const isEnabled = values.get(`${configPath}/enabled`) === 'yes';
  return {
    isEnabled,
    messageFilter: isEnabled && (filter === 'active' || filter === 'seen') ? filter : 'none',
    mailboxRoot: root !== undefined && root !== 'COI' && isFolderName(root) ? root : undefined,
  };
}

/**
 * Sets the message filter, and enables COI for it, which makes its folders. Without a filter COI is disabled as well, unless
 * the server's own pushes need it.
 *
 * @throws Fault `limit-reached` or `conflict` when the server refuses
 */
export async function writeCoiFilter(
  session: MailSession,
  filter: MessageFilter,
  options: { readonly keepEnabled: boolean },
): Promise<void> {
  // Never NIL: the spec does not say what that means, and Dovecot's plugin would crash on it (coi-config.c, 2019).
  await setConfig(session, 'message-filter', filter);
  if (filter !== 'none') await enableCoi(session);
  else if (!options.keepEnabled) await setConfig(session, 'enabled', undefined);
}

/** @throws Fault `limit-reached` or `conflict` when the server refuses */
export async function enableCoi(session: MailSession): Promise<void> {
  await setConfig(session, 'enabled', 'yes');
}

async function setConfig(session: MailSession, name: string, value: string | undefined): Promise<void> {
  const result = await session.setMetadata(`${configPath}/${name}`, value);
  if (result.kind !== 'done') throw refused(result);
}

function refused({ kind }: MetadataRefusal): Fault {
  return kind === 'too-many' || kind === 'too-large'
    ? new Fault('limit-reached', 'The mail server has no room for this setting. Ask your provider.')
    : new Fault(
        'conflict',
        'The mail server refused this setting. Nothing was changed here; ask your provider whether COI may be used.',
      );
}

/** Without wildcards and control characters, which would make other commands of it or name other folders. */
function isFolderName(text: string): boolean {
  return /^[^\p{Cc}*%"\\]{1,200}$/u.test(text);
}
