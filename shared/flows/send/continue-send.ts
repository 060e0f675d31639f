import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { type MailToSubmit, type Submitted, submitMail, type TokenNews } from '../../smtp/submit-mail.ts';
import { getAccount } from '../../store/account.ts';
import { touchConversation } from '../../store/conversation.ts';
import type { Account, Outgoing, OutgoingMail } from '../../store/items.ts';
import { setMessageOutgoing } from '../../store/message.ts';
import { getOutgoing, moveOutgoing } from '../../store/outgoing.ts';
import { deletePendingWork, reschedulePendingWork } from '../../store/pending-work.ts';
import { mailLogin, openForAccount } from '../accounts/credentials.ts';
import { freshLogin } from '../accounts/fresh-login.ts';
import { tellNews } from '../changes/tell-news.ts';
import { forgetToken, keepTokens, tokensFor } from '../receive/keep-token.ts';
import type { SendServices } from '../services.ts';
import { fileSentCopy } from './file-sent-copy.ts';
import { noteReceipt } from './note-receipt.ts';

/**
 * Takes a recorded mail one step on: tries to submit it, files its Sent copy (or notes that a receipt was sent), or clears
 * up after it. Whoever finds the
 * mail unfinished may call this: the API right after recording, the send queue, or the minute tick. Two callers at once
 * do no harm, because the step is taken by a conditional write.
 *
 * @returns the state the mail is in now; `refused` when there is no such mail
 */
export async function continueSend(
  services: SendServices,
  accountId: string,
  messageId: string,
): Promise<Outgoing> {
  const account = await getAccount(services.store, accountId);
  const outgoing = await getOutgoing(services.store, accountId, messageId, services.clock.now());
  if (account === undefined || outgoing === undefined) {
    await deletePendingWork(services.store, accountId, { kind: 'send', id: messageId });
    return 'refused';
  }
  switch (outgoing.state) {
    case 'queued':
      return outgoing.notBeforeAt <= services.clock.now() ? submit(services, account, outgoing) : 'queued';
    case 'sending':
      return judgeAbandoned(services, outgoing);
    case 'sent':
    case 'partly-refused':
      await followUp(services, account, outgoing);
      return outgoing.state;
    case 'refused':
    case 'unknown':
      await deletePendingWork(services.store, accountId, { kind: 'send', id: messageId });
      return outgoing.state;
  }
}

async function submit(services: SendServices, account: Account, outgoing: OutgoingMail): Promise<Outgoing> {
  if (outgoing.sealedMail === undefined) return finish(services, outgoing, 'unknown');
  const now = services.clock.now();
  const sending: OutgoingMail = {
    ...outgoing,
    state: 'sending',
    attempts: outgoing.attempts + 1,
    // Until then the attempt may still be under way in another process.
    notBeforeAt: now + limits.sendAttemptMs,
  };
  if ((await moveOutgoing(services.store, sending, outgoing)) === 'stale') return 'sending';
  const raw = await openForAccount(services, account, outgoing.sealedMail);
  const outcome = await attempt(services, account, outgoing, raw);
  services.metrics.add('Sends', 1, { outcome: outcome.kind });
  services.log.info(eventOf[outcome.kind], { account: account.id, attempts: sending.attempts });
  switch (outcome.kind) {
    case 'accepted': {
      const state = outcome.refused.length > 0 ? 'partly-refused' : 'sent';
      await moveOutgoing(services.store, { ...sending, state, attempts: 0 }, sending);
      await tellMessage(services, outgoing, state);
      await services.queues.send(
        'send',
        { accountId: account.id, messageId: outgoing.messageId },
        { group: account.id },
      );
      return state;
    }
    case 'later':
      return retryLater(services, outgoing, sending);
    case 'refused':
    case 'unknown':
      return finish(services, sending, outcome.kind);
  }
}

const eventOf = {
  accepted: 'send-accepted',
  later: 'send-deferred',
  refused: 'send-refused',
  unknown: 'send-unknown',
} as const;

/** A refused login or an unreachable host is no verdict on the mail: it is tried again later. */
async function attempt(
  services: SendServices,
  account: Account,
  outgoing: OutgoingMail,
  raw: Buffer,
): Promise<Submitted> {
  try {
    const login = mailLogin(account.smtp, (await freshLogin(services, account)).secret);
    const network = { guard: services.guard, trust: services.trust };
    const mail = { from: account.email, to: outgoing.recipients, raw };
    const submit = (sent: MailToSubmit) => submitMail(login, network, sent, { deadlineMs: limits.submitMs });
    if (!outgoing.isReceipt) {
      const outcome = await submit({ ...mail, tokensFor: (to) => tokensFor(services, account, to) });
      // Whatever goes wrong with tokens, what became of the mail is known.
      await noteTokens(services, account, outcome.tokens ?? noNews).catch(() => {
        services.log.warn('tokens-not-noted', { account: account.id });
      });
      return outcome;
    }
    // RFC 8098 section 3: nothing is to come back for a receipt. Servers that want the account's own address get it.
    const outcome = await submit({ ...mail, from: '' });
    return outcome.kind === 'refused' ? await submit(mail) : outcome;
  } catch (error) {
    if (error instanceof Fault) return { kind: 'later' };
    throw error;
  }
}

const noNews: TokenNews = { refused: new Map(), given: new Map() };

async function noteTokens(services: SendServices, account: Account, news: TokenNews): Promise<void> {
  for (const [recipient, { token }] of news.refused) await forgetToken(services, account, recipient, token);
  for (const [recipient, token] of news.given) {
    await keepTokens(services, account, recipient, { out: [token] });
  }
}

async function retryLater(
  services: SendServices,
  before: OutgoingMail,
  sending: OutgoingMail,
): Promise<Outgoing> {
  const now = services.clock.now();
  const notBeforeAt = now + Math.min(limits.sendRetryMaxMs, limits.sendRetryMinMs * 2 ** before.attempts);
  if (notBeforeAt > before.createdAt + limits.sendGiveUpMs) return finish(services, sending, 'refused');
  await moveOutgoing(services.store, { ...sending, state: 'queued', notBeforeAt }, sending);
  await reschedulePendingWork(
    services.store,
    before.accountId,
    { kind: 'send', id: before.messageId },
    notBeforeAt,
  );
  return 'queued';
}

/**
 * The process that tried to send this mail never said how it went. Whether the server took it is not known, and sending
 * again could deliver it twice: the user decides.
 */
async function judgeAbandoned(services: SendServices, outgoing: OutgoingMail): Promise<Outgoing> {
  if (services.clock.now() < outgoing.notBeforeAt) return 'sending';
  return finish(services, outgoing, 'unknown');
}

/** The mail's fate is known: its bytes are dropped, and nothing is left to do. */
async function finish(
  services: SendServices,
  outgoing: OutgoingMail,
  state: 'refused' | 'unknown',
): Promise<Outgoing> {
  await moveOutgoing(services.store, { ...outgoing, state, sealedMail: undefined }, outgoing);
  await tellMessage(services, outgoing, state);
  await deletePendingWork(services.store, outgoing.accountId, { kind: 'send', id: outgoing.messageId });
  return state;
}

/** A receipt is no message of its own, and says nothing of the one it is for. */
async function tellMessage(services: SendServices, outgoing: OutgoingMail, state: Outgoing): Promise<void> {
  if (outgoing.isReceipt) return;
  const { store, clock } = services;
  await setMessageOutgoing(store, outgoing, state);
  await touchConversation(store, outgoing.accountId, outgoing.conversationId, clock.now());
  await tellNews(services, outgoing.accountId);
}

/** Keeps trying to file the copy for a while; a copy that cannot be filed never makes the mail go out again. */
async function followUp(services: SendServices, account: Account, outgoing: OutgoingMail): Promise<void> {
  const { sealedMail } = outgoing;
  if (sealedMail !== undefined) {
    const filed = outgoing.isReceipt
      ? await noteReceipt(services, account, outgoing)
      : await fileSentCopy(services, account, outgoing, await openForAccount(services, account, sealedMail));
    const attempts = outgoing.attempts + 1;
    if (!filed && attempts < limits.sentCopyAttempts) {
      await moveOutgoing(services.store, { ...outgoing, attempts }, outgoing);
      const notBeforeAt = services.clock.now() + limits.sendRetryMinMs * 2 ** attempts;
      await reschedulePendingWork(
        services.store,
        account.id,
        { kind: 'send', id: outgoing.messageId },
        notBeforeAt,
      );
      return;
    }
    await moveOutgoing(services.store, { ...outgoing, sealedMail: undefined }, outgoing);
  }
  await deletePendingWork(services.store, account.id, { kind: 'send', id: outgoing.messageId });
}
