import { randomBytes } from 'node:crypto';
import { domainOf } from '../../coi/addresses.ts';
import type { AttachedFile, MessageContent } from '../../coi/message-content.ts';
import { newMessageId } from '../../coi/message-id.ts';
import { Fault } from '../../core/faults.ts';
import { composeMessage } from '../../smtp/compose-message.ts';
import type { Account, Message, OutgoingMail } from '../../store/items.ts';
import { getOutgoing } from '../../store/outgoing.ts';
import { openForAccount } from '../accounts/credentials.ts';
import { noteProfileSent, type ProfilePart, profilePartFor } from '../contacts/profile.ts';
import { getLiveMessage } from '../conversations/live-message.ts';
import type { Services } from '../services.ts';
import { findTarget } from './find-target.ts';
import { type Destination, homeOf, type MessageHome } from './message-home.ts';
import { type MadeMail, messageOfSent } from './message-of-sent.ts';
import { planMessage } from './plan-message.ts';
import { recordAndSend, sendRecorded } from './record-and-send.ts';
import { sendingTime } from './sending-time.ts';
import { threadOf } from './thread-of.ts';

export type MessageToSend = {
  readonly to: Destination;
  readonly content: MessageContent;
  /** Our id of the message this is about: what is edited, deleted, reacted to, voted on, closed, or answered by a text. */
  readonly about?: string | undefined;
  readonly files?: readonly AttachedFile[];
  readonly requestReceipt: boolean;
  /**
   * At least 16 bytes that make the Message-ID. Sending again with the same ones, after a process died under it, takes up
   * the mail that was recorded then, if it was.
   */
  readonly seed?: Buffer | undefined;
};

/**
 * Makes the mail of a message once, records it, and tries to hand it to the account's submission server at once. From the
 * record on nothing is lost: what cannot be sent now stays queued and is tried again.
 *
 * @throws Fault `send-refused` when the server will not take it; `invalid-request` when there is nobody to send it to, or
 * it is about a message that it cannot be about; `conflict` when that one was deleted
 */
export async function sendMessage(
  services: Services,
  account: Account,
  input: MessageToSend,
): Promise<Message> {
  const seed = input.seed ?? randomBytes(16);
  const home = await homeOf(services, account, input.to, seed);
  const messageId = newMessageId({
    random: seed,
    domain: domainOf(account.email),
    groupId: home.groupId,
  });
  const earlier =
    input.seed && (await getOutgoing(services.store, account.id, messageId, services.clock.now()));
  if (earlier !== undefined) return takeUp(services, account, home, earlier);
  const { made, profile } = await make(services, account, input, { home, messageId });
  const message = await recordAndSend(services, account, made);
  // One that is still to be sent is not counted: the next message then has the profile once more.
  if (profile !== undefined && message.outgoing === 'sent') {
    await noteProfileSent(services, account.id, made.recipients, profile.version);
  }
  return message;
}

/** Goes on with a mail that was made and recorded before, with the same bytes. */
async function takeUp(
  services: Services,
  account: Account,
  home: MessageHome,
  earlier: OutgoingMail,
): Promise<Message> {
  const { sealedMail, recipients, createdAt, conversationId, messageKey } = earlier;
  if (sealedMail !== undefined) {
    const mail = await openForAccount(services, account, sealedMail);
    const made = messageOfSent(services, account, home.conversation, { mail, recipients, sentAt: createdAt });
    return recordAndSend(services, account, made);
  }
  const { store, clock } = services;
  const sentAs = { conversationId, key: messageKey };
  const message = await getLiveMessage(store, account.id, sentAs, clock.now());
  if (message === undefined) throw new Fault('conflict', 'This message was sent before, and deleted since.');
  return sendRecorded(services, account, message);
}

async function make(
  services: Services,
  account: Account,
  { content, about, files = [], requestReceipt }: MessageToSend,
  { home, messageId }: { home: MessageHome; messageId: string },
): Promise<{ made: MadeMail; profile: ProfilePart | undefined }> {
  const plan = planMessage(account, home, content);
  const target = await findTarget(services, account, { home, content, about });
  const { sentAt, date } = await sendingTime(services, account, home.conversation);
  const { recipients, ...planned } = plan;
  const profile = content.kind === 'text' ? await profilePartFor(services, account, recipients) : undefined;
  const mail = await composeMessage({
    ...planned,
    messageId,
    date,
    from: { address: account.email, name: account.displayName },
    references: await threadOf(services, account, home.conversation, target?.latest),
    about: target,
    files,
    profile: profile?.html,
    requestReceipt,
  });
  return { made: messageOfSent(services, account, home.conversation, { mail, recipients, sentAt }), profile };
}
