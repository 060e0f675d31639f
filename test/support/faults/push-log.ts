import { memberOf } from '../../../shared/core/outside-data.ts';
import type { ReceivedPush } from '../push-service.ts';
import type { Mailbox } from './mailboxes.ts';

/** One push of one message that a device got. */
export type Told = {
  /** The Message-ID. */
  readonly id: string;
  readonly mailbox: number;
  readonly conversation: string;
  /** The message's id in the API. */
  readonly message: string;
  /** Machine's time, ms. */
  readonly at: number;
  /** The process that pushed. */
  readonly who: string;
};

/** What all devices were told, by message. */
export class PushLog {
  readonly told = new Map<string, Told[]>();
  readonly #mailboxes: readonly Mailbox[];
  readonly #read = new Map<number, number>();

  constructor(mailboxes: readonly Mailbox[]) {
    this.#mailboxes = mailboxes;
  }

  /** Reads what came since the last time; gives itself. */
  upToNow(): this {
    for (const { index, device } of this.#mailboxes) {
      for (const push of device.pushes.slice(this.#read.get(index) ?? 0)) this.#note(index, push);
      this.#read.set(index, device.pushes.length);
    }
    return this;
  }

  #note(mailbox: number, { payload, headers, receivedAt }: ReceivedPush): void {
    const parsed: unknown = JSON.parse(payload.toString('utf8'));
    const id = memberOf(parsed, 'msg-id');
    // What else devices are told: of a password that is refused.
    if (typeof id !== 'string') return;
    const ours = memberOf(parsed, 'x-coi-push');
    const told = this.told.get(id) ?? [];
    told.push({
      id,
      mailbox,
      conversation: String(memberOf(ours, 'conversation')),
      message: String(memberOf(ours, 'message')),
      at: performance.timeOrigin + receivedAt,
      who: senderOf(headers.authorization ?? ''),
    });
    this.told.set(id, told);
  }
}

/** The VAPID subject is `mailto:w7@example.org`. */
function senderOf(authorization: string): string {
  const [, claims = ''] = /t=[^.]*\.([^.]*)\./.exec(authorization) ?? [];
  const parsed: unknown = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'));
  return /^mailto:([^@]+)@/.exec(String(memberOf(parsed, 'sub')))?.[1] ?? 'nobody';
}
