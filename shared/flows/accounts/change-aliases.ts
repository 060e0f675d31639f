import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { domainOf } from '../../coi/addresses.ts';
import { Fault, invalidField } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { composeAliasProof } from '../../smtp/compose-alias-proof.ts';
import { submitMail } from '../../smtp/submit-mail.ts';
import type { Account, UnprovenAlias } from '../../store/items.ts';
import type { Services } from '../services.ts';
import { lookAnew } from '../watch/look-anew.ts';
import { changeAccount } from './change-account.ts';
import { mailLogin } from './credentials.ts';
import { findAliasProofs } from './find-alias-proofs.ts';
import { freshLogin } from './fresh-login.ts';
import { countAgainst } from './rate-limits.ts';

/**
 * Changes the addresses that an account has besides its own. What is left out is no alias any more. A new one has to be
 * proven: a mail from it to itself goes out by the account's own server, and must come back to the account's mailbox, still
 * from it. That is waited for some seconds; where it takes longer, asking for the same aliases again looks again.
 *
 * @param wanted normalised
 * @throws Fault `invalid-request` for an address that the server does not let the account write from, `too-many-requests`,
 *   and what connecting to the mail servers throws
 */
export async function changeAliases(
  services: Services,
  account: Account,
  wanted: readonly string[],
): Promise<void> {
  const aliases = await proveAndChange(services, account, wanted);
  // Mail of those counts as its user's from now on, also for whoever holds a connection to the mailbox.
  if (!isDeepStrictEqual(aliases, account.aliases)) await lookAnew(services, account.id);
}

/** @returns the aliases that it has now */
async function proveAndChange(
  services: Services,
  account: Account,
  wanted: readonly string[],
): Promise<readonly string[]> {
  const fresh = services.clock.now() - limits.aliasProofMs;
  const asked = [...new Set(wanted)].filter((address) => address !== account.email);
  const unproven: UnprovenAlias[] = [];
  for (const [index, address] of asked.entries()) {
    if (account.aliases.includes(address)) continue;
    const sent = account.unproven.find((each) => each.address === address && each.sentAt > fresh);
    unproven.push(sent ?? (await sendProof(services, account, address, index)));
  }
  const changed = await changeAccount(services, account.id, (stored) => {
    const aliases = stored.aliases.filter((address) => asked.includes(address));
    const isSame = aliases.length === stored.aliases.length && isDeepStrictEqual(unproven, stored.unproven);
    return isSame ? stored : { ...stored, aliases, unproven };
  });
  if (unproven.length === 0) return changed.aliases;
  const proven = await findAliasProofs(services, account, unproven);
  if (proven.length === 0) return changed.aliases;
  const { aliases } = await changeAccount(services, account.id, (stored) => {
    // Whoever took one back meanwhile does not get it.
    const isProven = ({ messageId }: UnprovenAlias) => proven.some((each) => each.messageId === messageId);
    const [more, left] = [
      stored.unproven.filter(isProven),
      stored.unproven.filter((each) => !isProven(each)),
    ];
    if (more.length === 0) return stored;
    return { ...stored, aliases: [...stored.aliases, ...more.map(({ address }) => address)], unproven: left };
  });
  return aliases;
}

async function sendProof(
  services: Services,
  account: Account,
  address: string,
  index: number,
): Promise<UnprovenAlias> {
  await countAgainst(services, 'alias', account.id);
  const sentAt = services.clock.now();
  const messageId = `<alias.${randomBytes(24).toString('base64url')}@${domainOf(address)}>`;
  const raw = composeAliasProof({ messageId, date: sentAt, alias: address });
  const login = mailLogin(account.smtp, (await freshLogin(services, account)).secret);
  const network = { guard: services.guard, trust: services.trust };
  // As all mail of the account goes out, the alias in its header.
  const mail = { from: account.email, to: [address], raw };
  const { kind } = await submitMail(login, network, mail, { deadlineMs: limits.submitMs });
  if (kind === 'accepted' || kind === 'unknown') return { address, messageId, sentAt };
  if (kind === 'refused') {
    throw invalidField(`aliases[${index}]`, 'is an address that the mail server takes no mail from or to');
  }
  throw new Fault('mail-host-unreachable', 'The mail server does not take the mail now. Try again later.');
}
