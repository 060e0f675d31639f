import { normaliseAddress } from '../../shared/coi/addresses.ts';
import { Fault } from '../../shared/core/faults.ts';
import { accountStatuses } from '../../shared/flows/accounts/account-status.ts';
import { eraseEverything } from '../../shared/flows/accounts/erase.ts';
import { allAccounts } from '../../shared/flows/operator/all-accounts.ts';
import { checkSteps } from '../../shared/flows/operator/check-steps.ts';
import { invite } from '../../shared/flows/operator/invite.ts';
import { setPaused } from '../../shared/flows/operator/pause.ts';
import {
  dropVapid,
  rotateSealingKeys,
  rotateVapid,
  type VapidKeeper,
} from '../../shared/flows/operator/rotate-keys.ts';
import { pushTest } from '../../shared/flows/push/test-push.ts';
import type { Services } from '../../shared/flows/services.ts';
import { modeNow } from '../../shared/flows/watch/mode-now.ts';
import type { KeyRotation } from '../../shared/keyring/keyring.ts';
import { findAccountByEmail, getAccount } from '../../shared/store/account.ts';

/** A service as its operator reaches it, on this machine or on AWS. */
export type Managed = {
  readonly services: Services;
  readonly rotation: KeyRotation;
  readonly vapid: VapidKeeper;
  close(): Promise<void>;
};

export type Command = {
  readonly usage: string;
  readonly does: string;
  /** @returns whether all was well */
  run(managed: Managed, args: readonly string[], print: (line: string) => void): Promise<boolean>;
};

/** A command was called with something it does not take. */
export class WrongUse extends Error {}

export const commands: Readonly<Record<string, Command>> = {
  invite: {
    usage: 'invite [USES] [DAYS]',
    does: 'makes a code with which people sign up who are not on the list: once and for 7 days, or as you say',
    async run({ services }, [uses = '1', days = '7'], print) {
      const code = await invite(services, { uses: wholeNumber(uses, 1000), days: wholeNumber(days, 366) });
      print(code);
      return true;
    },
  },
  accounts: {
    usage: 'accounts [STATUS]',
    does: `lists account ids with status and watch mode: all, or those that are ${accountStatuses.join(', ')}`,
    async run({ services }, [status], print) {
      if (status !== undefined && !accountStatuses.some((known) => known === status))
        throw new WrongUse(`There is no status "${status}".`);
      let count = 0;
      for await (const { account, watch } of allAccounts(services)) {
        if (status !== undefined && account.status !== status) continue;
        const mode = modeNow(account.status, watch, services.hostWatch, services.clock.now());
        print(`${account.id}  ${account.status}  ${mode}`);
        count += 1;
      }
      print(`${count} accounts`);
      return true;
    },
  },
  find: {
    usage: 'find ADDRESS',
    does: 'tells the id of the account that a mail address has, for the other commands',
    async run({ services }, [address], print) {
      if (address === undefined || !address.includes('@')) throw new WrongUse('Name a mail address.');
      const account = await findAccountByEmail(services.store, normaliseAddress(address));
      print(account?.id ?? 'There is no account of that address.');
      return account !== undefined;
    },
  },
  pause: {
    usage: 'pause ID',
    does: 'stops to ask the mail servers of an account, until you resume it',
    async run({ services }, [id], print) {
      await setPaused(services, idOf(id), true);
      print('paused');
      return true;
    },
  },
  resume: {
    usage: 'resume ID',
    does: 'goes on with an account that you paused',
    async run({ services }, [id], print) {
      await setPaused(services, idOf(id), false);
      print('resumed');
      return true;
    },
  },
  check: {
    usage: 'check ID',
    does: 'does what watching and sending do for an account, step by step, and changes nothing',
    async run({ services }, [id], print) {
      let isGood = true;
      for await (const { step, isGood: isStepGood, says } of checkSteps(services, idOf(id))) {
        print(`${isStepGood ? 'ok  ' : 'BAD '} ${step}: ${says}`);
        isGood &&= isStepGood;
      }
      return isGood;
    },
  },
  'test-push': {
    usage: 'test-push ID',
    does: 'pushes something to show to all devices of an account',
    async run({ services }, [id], print) {
      const tested = await pushTest(services, idOf(id));
      for (const { subscription, outcome } of tested)
        print(
          `${subscription.id}  ${outcome.kind}${outcome.status === undefined ? '' : ` (${outcome.status})`}`,
        );
      print(`${tested.length} devices`);
      return tested.every(({ outcome }) => outcome.kind === 'delivered');
    },
  },
  erase: {
    usage: 'erase ID',
    does: 'erases all that is stored of an account, as its owner can; the mail stays in the mailbox',
    async run({ services }, [argument], print) {
      const id = idOf(argument);
      if ((await getAccount(services.store, id)) === undefined)
        throw new Fault('not-found', 'There is no such account.');
      await eraseEverything(services, id);
      print('erased');
      return true;
    },
  },
  'rotate-vapid': {
    usage: 'rotate-vapid',
    does: 'makes a new VAPID key; former ones stay while subscriptions are bound to them. Restart the service, or deploy, then',
    async run({ services, vapid }, _, print) {
      const [current, ...former] = await rotateVapid(services, vapid);
      print(`new key ${current}; ${former.length} former keys stay`);
      return true;
    },
  },
  'drop-vapid': {
    usage: 'drop-vapid',
    does: 'forgets former VAPID keys that no subscription is bound to any more',
    async run({ services, vapid }, _, print) {
      const [, ...former] = await dropVapid(services, vapid);
      print(`${former.length} former keys stay`);
      return true;
    },
  },
  'rotate-keys': {
    usage: 'rotate-keys',
    does: 'wraps the data keys of all accounts under a new key; may run beside the service, and be repeated',
    async run({ services, rotation }, _, print) {
      print(`${await rotateSealingKeys(services, rotation)} accounts are wrapped anew`);
      return true;
    },
  },
};

function idOf(text: string | undefined): string {
  if (text !== undefined && /^[A-Za-z0-9_-]{1,64}$/.test(text)) return text;
  throw new WrongUse('Name an account by its id, as "accounts" lists them.');
}

function wholeNumber(text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new WrongUse(`"${text}" is no whole number from 1 to ${most}.`);
}

/** What an operator reads when a command failed. */
export function problemOf(error: unknown): string {
  if (error instanceof Fault || error instanceof WrongUse) return error.message;
  return error instanceof Error ? `${error.name}: ${error.message}` : 'It failed.';
}
