import { normaliseAddress, parseAddresses } from '../../coi/addresses.ts';
import type { ReceivedMail } from '../../coi/received-mail.ts';
import {
  chooseToken,
  isCurrent,
  isTokenFor,
  parseSubmissionToken,
  type SubmissionToken,
} from '../../coi/submission-token.ts';
import { limits } from '../../core/limits.ts';
import type { TokenPair } from '../../smtp/submit-mail.ts';
import type { Account } from '../../store/items.ts';
import {
  deleteSubmissionTokens,
  getSubmissionTokens,
  putSubmissionTokens,
} from '../../store/submission-token.ts';
import { openForAccount, sealForAccount } from '../accounts/credentials.ts';
import type { SendServices } from '../services.ts';

/**
 * Keeps the temporary submission tokens that a received mail brings for answers to its sender (`X-COI-Temporary-Token`). A
 * mail without any costs nothing, and a token that is for others or has expired is left alone.
 */
export async function keepTokenOf(
  services: SendServices,
  account: Account,
  { header }: Pick<ReceivedMail, 'header'>,
): Promise<void> {
  const out = header.all('x-coi-temporary-token').slice(0, limits.tokensPerContact);
  const [sender] = parseAddresses(header.first('from') ?? '');
  if (out.length > 0 && sender !== undefined) await keepTokens(services, account, sender.address, { out });
}

/**
 * Keeps tokens for one contact: `out` for mail to it (`COI-TokenOut` of its contact message, `X-COI-Temporary-Token`, or
 * what a submission server gave), `in` for mail from it (`COI-TokenIn`). What is no token for the two of us now is left out.
 */
export async function keepTokens(
  services: SendServices,
  account: Account,
  address: string,
  given: { readonly out?: readonly string[]; readonly in?: readonly string[] },
): Promise<void> {
  const contact = normaliseAddress(address);
  const now = services.clock.now();
  const fitting = (texts: readonly string[] | undefined, pair: { from: string; to: string }) =>
    (texts ?? []).flatMap((text) => {
      const token = parseSubmissionToken(text.trim());
      return token !== undefined && isTokenFor(token, pair) && isCurrent(token, now) ? [token] : [];
    });
  const [outgoing, incoming] = [
    fitting(given.out, { from: account.email, to: contact }),
    fitting(given.in, { from: contact, to: account.email }),
  ];
  if (outgoing.length + incoming.length === 0) return;
  const kept = await tokensOf(services, account, contact);
  const merged = { out: newest(kept.out, outgoing), in: newest(kept.in, incoming) };
  const isNew = (before: readonly SubmissionToken[], after: readonly SubmissionToken[]) =>
    after.some(({ text }) => !before.some((each) => each.text === text));
  if (isNew(kept.out, merged.out) || isNew(kept.in, merged.in))
    await store(services, account, contact, merged);
}

/** Forgets a token that a server refused. */
export async function forgetToken(
  services: SendServices,
  account: Account,
  address: string,
  refused: string,
): Promise<void> {
  const contact = normaliseAddress(address);
  const kept = await tokensOf(services, account, contact);
  const out = kept.out.filter(({ text }) => text !== refused);
  if (out.length < kept.out.length) await store(services, account, contact, { out, in: kept.in });
}

/** What to hand to a server with STOKEN for each of the recipients that there are tokens for. */
export async function tokensFor(
  services: SendServices,
  account: Account,
  recipients: readonly string[],
): Promise<ReadonlyMap<string, TokenPair>> {
  const now = services.clock.now();
  const found = new Map<string, TokenPair>();
  for (const recipient of recipients) {
    const contact = normaliseAddress(recipient);
    const kept = await tokensOf(services, account, contact);
    const token = chooseToken(kept.out, { from: account.email, to: contact }, now);
    if (token === undefined) continue;
    const own = chooseToken(kept.in, { from: contact, to: account.email }, now);
    found.set(recipient, { token: token.text, own: own?.text });
  }
  return found;
}

type Kept = { readonly out: readonly SubmissionToken[]; readonly in: readonly SubmissionToken[] };

async function tokensOf(services: SendServices, account: Account, contact: string): Promise<Kept> {
  const sealed = await getSubmissionTokens(services.store, account.id, contact, services.clock.now());
  if (sealed === undefined) return { out: [], in: [] };
  const [out = '', incoming = ''] = (await openForAccount(services, account, sealed)).toString().split('\n');
  return { out: tokensIn(out), in: tokensIn(incoming) };
}

/** Tokens have neither blanks nor line breaks. */
function tokensIn(line: string): SubmissionToken[] {
  return line.split(' ').flatMap((text) => parseSubmissionToken(text) ?? []);
}

async function store(services: SendServices, account: Account, contact: string, kept: Kept): Promise<void> {
  const all = [...kept.out, ...kept.in];
  if (all.length === 0) return deleteSubmissionTokens(services.store, account.id, contact);
  const lines = [kept.out, kept.in].map((tokens) => tokens.map(({ text }) => text).join(' '));
  await putSubmissionTokens(services.store, account.id, contact, {
    sealed: await sealForAccount(services, account, Buffer.from(lines.join('\n'))),
    expiresAt: Math.max(...all.map(({ expiresAt }) => expiresAt)),
  });
}

function newest(kept: readonly SubmissionToken[], added: readonly SubmissionToken[]): SubmissionToken[] {
  const byText = new Map([...kept, ...added].map((token) => [token.text, token]));
  return [...byText.values()].sort((a, b) => b.createdAt - a.createdAt).slice(0, limits.tokensPerContact);
}
