import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { type MailToSubmit, type Submitted, submitMail, type TokenNews } from '../../smtp/submit-mail.ts';
import type { Account, OutgoingMail } from '../../store/items.ts';
import { mailLogin } from '../accounts/credentials.ts';
import { freshLogin } from '../accounts/fresh-login.ts';
import { forgetToken, keepTokens, tokensFor } from '../receive/keep-token.ts';
import type { SendServices } from '../services.ts';

/** Hands a mail to the account's server. A refused login or an unreachable host is no verdict on it: later, then. */
export async function attemptSubmission(
  services: SendServices,
  account: Account,
  { isReceipt }: OutgoingMail,
  what: Pick<MailToSubmit, 'to' | 'raw' | 'beforeEnd'>,
): Promise<Submitted> {
  // Providers lock accounts that are asked on and on; whoever signs in again ends it.
  if (account.status === 'login-refused') return { kind: 'later' };
  try {
    const login = mailLogin(account.smtp, (await freshLogin(services, account)).secret);
    const network = { guard: services.guard, trust: services.trust };
    const mail = { ...what, from: account.email };
    const submit = (sent: MailToSubmit) => submitMail(login, network, sent, { deadlineMs: limits.submitMs });
    if (!isReceipt) {
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
