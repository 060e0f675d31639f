import type { ReceivedMail } from '../../coi/received-mail.ts';
import { limits } from '../../core/limits.ts';
import type { AccountCheck } from './account-check.ts';
import { listAnew } from './list-anew.ts';
import { remembered } from './remembered.ts';

/** Flags tell what other clients have read. */
const options = { withFlags: true } as const;

/**
 * Has the server of one held connection tell of all watched folders (NOTIFY, RFC 5465), as long as it proves to do so. A
 * server that announces it is not believed until it told the state of each folder, and not any more once a comparison finds
 * what it kept to itself: then it is waited in one folder and compared at each renewal, as at servers without it.
 */
export class FolderHearing {
  readonly #check: AccountCheck;
  /** On this connection it is not asked for any more. */
  #isOver = false;
  /** Since when no folder was opened, and how many times one had been by then. */
  #quietSince = 0;
  #opens = -1;

  constructor(check: AccountCheck) {
    this.#check = check;
  }

  /**
   * To be called before each wait. Costs a round trip whenever a folder was opened: what came into the one that was left just
   * before may have been told of neither as the open one nor as another (Dovecot 2.3.19), and is among the states then.
   */
  async begin(): Promise<void> {
    const { session, services } = this.#check;
    if (session.opens === this.#opens && session.listensFor?.join('\n') === this.#paths().join('\n')) return;
    if (!this.#isOver && session.capabilities.notify && !this.#isDeaf()) await this.#ask();
    this.#opens = session.opens;
    this.#quietSince = services.clock.now();
  }

  async #ask(): Promise<void> {
    const { session } = this.#check;
    const wasListening = session.listensFor !== undefined;
    const paths = this.#paths();
    let answer = await session.notify(paths, options);
    if (answer === 'unproven') {
      // Of a folder that was deleted meanwhile nobody can tell a state.
      await listAnew(this.#check);
      const isChanged = this.#paths().join('\n') !== paths.join('\n');
      if (isChanged) answer = await session.notify(this.#paths(), options);
    }
    if (answer === 'unproven') await this.#disbelieve();
    if (answer !== 'refused') return;
    this.#isOver = true;
    if (wasListening) await session.notifyOfOpenFolder(options);
  }

  /** The server gave up telling of other folders. It said so, which is no reason not to ask on the next connection. */
  async giveUp(): Promise<void> {
    this.#isOver = true;
    await this.#check.session.notifyOfOpenFolder(options);
  }

  /**
   * Runs a comparison of all folders, and holds what it takes in against what was told. Mail that came within some seconds
   * of its beginning, or of the last time a folder was opened, proves nothing: its announcement may be under way.
   */
  async judge<T>(compare: () => Promise<T>): Promise<T> {
    const check = this.#check;
    if (check.session.listensFor === undefined) return compare();
    const told = new Map(check.session.takeNews().map(({ path, uidNext }) => [path, uidNext]));
    const isTold = ({ folder, uid }: ReceivedMail) =>
      told.has(folder) && uid < (told.get(folder) ?? Number.POSITIVE_INFINITY);
    const quiet = {
      from: this.#quietSince + limits.notifyGraceMs,
      until: check.services.clock.now() - limits.notifyGraceMs,
    };
    const isUntold = (mail: ReceivedMail) =>
      !isTold(mail) && mail.receivedAt > quiet.from && mail.receivedAt < quiet.until;
    let isCaught = false;
    check.onTaken = (mails) => {
      isCaught ||= mails.some(isUntold);
    };
    try {
      const result = await compare();
      if (isCaught) await this.#disbelieve();
      return result;
    } finally {
      check.onTaken = undefined;
    }
  }

  async #disbelieve(): Promise<void> {
    const { services, account, session } = this.#check;
    this.#isOver = true;
    remembered(services, account.id).deafUntil = services.clock.now() + limits.notifyDistrustMs;
    services.log.warn('notify-disbelieved', { account: account.id });
    await session.notifyOfOpenFolder(options);
  }

  #paths(): string[] {
    return this.#check.folders.map(({ path }) => path).sort();
  }

  #isDeaf(): boolean {
    const { services, account } = this.#check;
    return services.clock.now() < remembered(services, account.id).deafUntil;
  }
}
