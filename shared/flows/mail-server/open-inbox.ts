import { Fault } from '../../core/faults.ts';
import type { AccountCheck } from '../watch/account-check.ts';

/** INBOX during one round: opened when it is needed, for writing only when something is to be moved. */
export class OpenInbox {
  readonly #check: AccountCheck;
  #mode: 'read' | 'write' | undefined;
  /** Whether another folder than the one waited in was opened, or that one for writing. */
  isTouched = false;
  acceptsKeywords = false;

  constructor(check: AccountCheck, openPath: string) {
    this.#check = check;
    this.#mode = openPath === 'INBOX' ? 'read' : undefined;
  }

  /** Of the cursor: when INBOX turns out to have another one, nothing is done with UIDs any more. */
  get uidValidity(): number {
    return this.#check.cursors.get('INBOX')?.uidValidity ?? 0;
  }

  async open(mode: 'read' | 'write'): Promise<void> {
    if (this.#mode === 'write' || this.#mode === mode) return;
    this.isTouched = true;
    const { uidValidity, acceptsKeywords } = await this.#check.session.open('INBOX', mode);
    if (uidValidity !== this.uidValidity) throw new Fault('not-found', 'The folder was numbered anew.');
    this.#mode = mode;
    this.acceptsKeywords = acceptsKeywords;
  }

  /** Another folder was opened meanwhile. */
  left(): void {
    this.#mode = undefined;
    this.isTouched = true;
  }
}
