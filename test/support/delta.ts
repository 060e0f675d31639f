import type { DcEvent, DcEventType, StdioDeltaChat, T } from '@deltachat/jsonrpc-client';
import type { MailSite } from './dovecot.ts';

/** A slow machine encrypts, submits and fetches in less. */
const patienceMs = 60_000;

export type DeltaOptions = {
  readonly imap: Pick<MailSite['imap'], 'host' | 'port'>;
  readonly smtp: Pick<MailSite['smtp'], 'host' | 'port'>;
  readonly password: string;
  readonly email: string;
  readonly name?: string;
  /** As new accounts are: nothing is sent or shown that is not end-to-end encrypted. Otherwise all is sent in the clear. */
  readonly encrypted: boolean;
};

type Kind = DcEvent['kind'];

/** One person's Delta Chat. */
export class Delta {
  readonly rpc: StdioDeltaChat['rpc'];
  readonly id: number;
  readonly email: string;
  /** What happened and nobody waited for yet. */
  readonly #events: DcEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #count = 0;

  private constructor(chat: StdioDeltaChat, id: number, email: string) {
    this.rpc = chat.rpc;
    this.id = id;
    this.email = email;
    chat.on('ALL', (account, event) => {
      if (account !== id) return;
      this.#events.push(event);
      this.#count++;
      for (const wake of this.#waiting) wake();
    });
  }

  static async open(
    chat: StdioDeltaChat,
    { email, name, password, imap, smtp, encrypted }: DeltaOptions,
  ): Promise<Delta> {
    const id = await chat.rpc.addAccount();
    const delta = new Delta(chat, id, email);
    await chat.rpc.batchSetConfig(id, {
      displayname: name ?? email.slice(0, email.indexOf('@')),
      force_encryption: encrypted ? '1' : '0',
    });
    await chat.rpc.addOrUpdateTransport(id, {
      addr: email,
      password,
      imapServer: imap.host,
      imapPort: imap.port,
      imapSecurity: 'ssl',
      imapUser: email,
      imapFolder: null,
      smtpServer: smtp.host,
      smtpPort: smtp.port,
      smtpSecurity: 'ssl',
      smtpUser: email,
      smtpPassword: password,
      // The core takes its authorities from no place but itself, and the test's own is not among them.
      certificateChecks: 'acceptInvalidCertificates',
    });
    await chat.rpc.startIo(id);
    await delta.next('ImapInboxIdle');
    return delta;
  }

  /** The first event of a kind that nobody has waited for yet, past or to come; rejects after a minute. */
  async next<K extends Kind>(
    kind: K,
    fits: (event: DcEventType<K>) => boolean = () => true,
  ): Promise<DcEventType<K>> {
    const wanted = (event: DcEvent): event is DcEventType<K> => event.kind === kind;
    const until = performance.now() + patienceMs;
    for (;;) {
      for (const [index, event] of this.#events.entries()) {
        if (!wanted(event) || !fits(event)) continue;
        this.#events.splice(index, 1);
        return event;
      }
      await this.#more(until, `${this.email} waited in vain for ${kind}`);
    }
  }

  /** Looks, and again after each event, until there is something; rejects after a minute. */
  async until<R>(what: string, look: () => Promise<R | undefined>): Promise<R> {
    const until = performance.now() + patienceMs;
    for (;;) {
      const before = this.#count;
      const found = await look();
      if (found !== undefined) return found;
      if (this.#count === before) await this.#more(until, `${this.email} waited in vain for ${what}`);
    }
  }

  #more(until: number, complaint: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
      };
      const wake = () => {
        stop();
        resolve();
      };
      const timer = setTimeout(() => {
        stop();
        reject(new Error([complaint, ...this.#complaints()].join('\n')));
      }, until - performance.now());
      this.#waiting.add(wake);
    });
  }

  #complaints(): string[] {
    return this.#events
      .flatMap((event) => (event.kind === 'Warning' || event.kind === 'Error' ? [event.msg] : []))
      .slice(-5);
  }

  /** The chat with one address, in the clear. */
  async chatWith(address: string, name = ''): Promise<number> {
    return this.rpc.createChatByContactId(this.id, await this.rpc.createContact(this.id, address, name));
  }

  /** A group in the clear, made known to its members by a first text. */
  async group(name: string, members: readonly string[], text: string): Promise<number> {
    const chatId = await this.rpc.createGroupChatUnencrypted(this.id, name);
    for (const address of members) {
      const contact = await this.rpc.createContact(this.id, address, null);
      await this.rpc.addContactToChat(this.id, chatId, contact);
    }
    await this.send(chatId, { text });
    return chatId;
  }

  /** The chat with somebody whose key this one gets without asking, as by a card handed over. */
  async secretChatWith(other: Delta): Promise<number> {
    const card = await other.rpc.makeVcard(other.id, [selfContact]);
    const [contact = 0] = await this.rpc.importVcardContents(this.id, card);
    return this.rpc.createChatByContactId(this.id, contact);
  }

  /** Sends, and comes back when the mail server has put it into all mailboxes of the test. */
  async send(chatId: number, data: Partial<T.MessageData>): Promise<number> {
    const msgId = await this.rpc.sendMsg(this.id, chatId, { ...nothing, ...data });
    await this.next('MsgDelivered', (event) => event.msgId === msgId);
    return msgId;
  }

  /** Does something that sends one mail, and comes back when that is in all mailboxes of the test. */
  async mailing(act: () => Promise<unknown>): Promise<void> {
    this.#forget('SmtpMessageSent');
    await act();
    await this.next('SmtpMessageSent');
  }

  #forget(kind: Kind): void {
    const kept = this.#events.filter((event) => event.kind !== kind);
    this.#events.splice(0, Infinity, ...kept);
  }

  /** The next message that came in, or the next one a test says. */
  async received(fits: (message: T.Message) => boolean = () => true): Promise<T.Message> {
    for (;;) {
      const { msgId } = await this.next('IncomingMsg');
      const message = await this.message(msgId);
      if (fits(message)) return message;
    }
  }

  /** The Message-ID field of a message, with angle brackets. */
  async messageId(msgId: number): Promise<string> {
    const { rfc724Mid } = await this.rpc.getMessageInfoObject(this.id, msgId);
    return `<${rfc724Mid}>`;
  }

  message(msgId: number): Promise<T.Message> {
    return this.rpc.getMessage(this.id, msgId);
  }
}

/** `DC_CONTACT_ID_SELF` in the core. */
const selfContact = 1;

const nothing: T.MessageData = {
  text: null,
  html: null,
  viewtype: null,
  file: null,
  filename: null,
  location: null,
  overrideSenderName: null,
  quotedMessageId: null,
  quotedText: null,
};
