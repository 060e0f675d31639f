import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import {
  completeIdempotencyKey,
  releaseIdempotencyKey,
  reserveIdempotencyKey,
} from '../../../shared/store/idempotency.ts';
import type { OutgoingMail } from '../../../shared/store/items.ts';
import { accountPk } from '../../../shared/store/keys.ts';
import { createOutgoing, getOutgoing, moveOutgoing } from '../../../shared/store/outgoing.ts';
import { startParts, type TestParts } from '../../support/embedded.ts';
import { exampleId, exampleOutgoing, now } from '../../support/store-examples.ts';

let parts: TestParts;
beforeAll(async () => {
  parts = await startParts();
});
afterAll(() => parts.stop());

const read = ({ accountId, messageId }: OutgoingMail, at = now) =>
  getOutgoing(parts.store, accountId, messageId, at);

async function stored(messageId: string, changes: Partial<OutgoingMail> = {}): Promise<OutgoingMail> {
  const mail = exampleOutgoing({ messageId, ...changes });
  await createOutgoing(parts.store, mail);
  return mail;
}

describe('An outgoing mail', () => {
  it('comes back as it was stored', async () => {
    const mail = await stored('<full@example.org>');
    const dropped = await stored('<dropped@example.org>', { state: 'sent', sealedMail: undefined });
    expect(await read(mail)).toEqual(mail);
    expect(await read(dropped)).toEqual(dropped);
  });

  it('is recorded once per Message-ID', async () => {
    const mail = await stored('<once@example.org>');
    expect(await createOutgoing(parts.store, { ...mail, recipients: [] })).toBe('exists');
    expect(await read(mail)).toEqual(mail);
  });

  it('is taken up by exactly one of many senders', async () => {
    const mail = await stored('<race@example.org>');
    const sending: OutgoingMail = { ...mail, state: 'sending', attempts: 1 };
    const results = await Promise.all(
      Array.from({ length: 10 }, () => moveOutgoing(parts.store, sending, mail)),
    );
    expect(results.filter((result) => result === 'moved')).toHaveLength(1);
  });

  it('does not let a sender that was given up speak for a later attempt', async () => {
    const mail = await stored('<late@example.org>');
    const first: OutgoingMail = { ...mail, state: 'sending', attempts: 1 };
    await moveOutgoing(parts.store, first, mail);
    const queued: OutgoingMail = { ...first, state: 'queued' };
    await moveOutgoing(parts.store, queued, first);
    const second: OutgoingMail = { ...queued, state: 'sending', attempts: 2 };
    await moveOutgoing(parts.store, second, queued);
    expect(await moveOutgoing(parts.store, { ...first, state: 'refused' }, first)).toBe('stale');
    expect(await read(mail)).toEqual(second);
  });

  it.each([
    ['sent', 'sending'],
    ['sent', 'queued'],
    ['refused', 'sending'],
    ['refused', 'sent'],
    ['unknown', 'sending'],
    ['queued', 'sent'],
  ] as const)('never goes from %s to %s', async (from, to) => {
    const mail = await stored(`<${from}-${to}@example.org>`, { state: from });
    await expect(moveOutgoing(parts.store, { ...mail, state: to }, mail)).rejects.toThrow(/cannot go/);
    expect(await read(mail)).toEqual(mail);
  });

  it('loses its bytes with the step that drops them', async () => {
    const mail = await stored('<bytes@example.org>', { state: 'sending' });
    await moveOutgoing(parts.store, { ...mail, state: 'refused', sealedMail: undefined }, mail);
    expect(await read(mail)).toMatchObject({ state: 'refused', sealedMail: undefined });
  });

  it('counts as absent once it has expired', async () => {
    const mail = await stored('<old@example.org>');
    expect(await read(mail, mail.expiresAt)).toBeUndefined();
  });
});

describe('A large outgoing mail', () => {
  const pieces = async (mail: OutgoingMail) =>
    parts.store.query({
      pk: accountPk(mail.accountId),
      range: { text: 'begins_with(sk, :beginning)', values: { ':beginning': 'B#' } },
      keysOnly: true,
      consistent: true,
    });
  const large = (letter: string) => letter.repeat(limits.storePieceCharacters * 2 + 1);

  it('comes back whole, step after step, and is gone with its last one', async () => {
    const accountId = exampleId(77);
    const mail = await stored('<large@example.org>', { accountId, sealedMail: large('a') });
    expect(await read(mail)).toEqual(mail);
    expect(await pieces(mail)).toHaveLength(3);
    const sending: OutgoingMail = { ...mail, state: 'sending', attempts: 1 };
    await moveOutgoing(parts.store, sending, mail);
    expect(await read(mail)).toEqual(sending);
    const sent: OutgoingMail = { ...sending, state: 'sent', sealedMail: undefined };
    await moveOutgoing(parts.store, sent, sending);
    expect(await read(mail)).toEqual(sent);
    expect(await pieces(mail)).toEqual([]);
  });

  it('keeps the bytes of its first record when it is recorded again', async () => {
    const accountId = exampleId(78);
    const mail = await stored('<large-twice@example.org>', { accountId, sealedMail: large('a') });
    expect(await createOutgoing(parts.store, { ...mail, sealedMail: large('b') })).toBe('exists');
    expect(await read(mail)).toEqual(mail);
  });

  it('is not taken up by a step that comes too late, and keeps its bytes then', async () => {
    const accountId = exampleId(79);
    const mail = await stored('<large-late@example.org>', { accountId, sealedMail: large('c') });
    const late: OutgoingMail = { ...mail, attempts: 7 };
    const refused: OutgoingMail = { ...late, state: 'refused', sealedMail: undefined };
    expect(await moveOutgoing(parts.store, refused, late)).toBe('stale');
    expect(await read(mail)).toEqual(mail);
  });

  it('has no bytes once a piece of it is gone', async () => {
    const accountId = exampleId(80);
    const mail = await stored('<large-torn@example.org>', { accountId, sealedMail: large('d') });
    const [, second] = await pieces(mail);
    await parts.store.delete({ pk: accountPk(accountId), sk: String(second?.['sk']) });
    expect(await read(mail)).toEqual({ ...mail, sealedMail: undefined });
  });
});

describe('An idempotency key', () => {
  const accountId = exampleId(1);
  const request = { hash: 'h1', now, expiresAt: now + 86_400_000 };
  const reserve = (key: string, changes: Partial<typeof request> = {}) =>
    reserveIdempotencyKey(parts.store, accountId, key, { ...request, ...changes });

  it('is given to exactly one of many requests', async () => {
    const results = await Promise.all(Array.from({ length: 10 }, () => reserve('race')));
    expect(results.filter(({ kind }) => kind === 'reserved')).toHaveLength(1);
  });

  it('gives the first reply to repeats, and tells that another request used it', async () => {
    await reserve('reply');
    await completeIdempotencyKey(parts.store, accountId, 'reply', '{"id":"1"}');
    const expected = { kind: 'existing', requestHash: 'h1', reply: '{"id":"1"}' };
    expect(await reserve('reply')).toEqual(expected);
    expect(await reserve('reply', { hash: 'h2' })).toEqual(expected);
  });

  it('keeps its first reply', async () => {
    await reserve('first');
    await completeIdempotencyKey(parts.store, accountId, 'first', 'a');
    await completeIdempotencyKey(parts.store, accountId, 'first', 'b');
    expect(await reserve('first')).toMatchObject({ reply: 'a' });
  });

  it('can be used again after it was released, though never after it was completed', async () => {
    await reserve('released');
    await releaseIdempotencyKey(parts.store, accountId, 'released');
    expect(await reserve('released', { hash: 'h2' })).toEqual({ kind: 'reserved', firstAt: now });
    await completeIdempotencyKey(parts.store, accountId, 'released', 'a');
    await releaseIdempotencyKey(parts.store, accountId, 'released');
    expect(await reserve('released')).toMatchObject({ kind: 'existing', reply: 'a' });
  });

  it('passes from a request that died to its own repeat, and to no other', async () => {
    await reserve('died');
    const later = now + limits.idempotencyHeldMs;
    expect(await reserve('died', { now: later - 1 })).toMatchObject({ kind: 'existing' });
    expect(await reserve('died', { now: later, hash: 'h2' })).toMatchObject({ kind: 'existing' });
    // As often as it takes, and with the moment it all began.
    expect(await reserve('died', { now: later })).toEqual({ kind: 'reserved', firstAt: now });
    expect(await reserve('died', { now: later + 1 })).toMatchObject({ kind: 'existing' });
    const muchLater = later + limits.idempotencyHeldMs;
    expect(await reserve('died', { now: muchLater })).toEqual({ kind: 'reserved', firstAt: now });
  });

  it('can be used again once it has expired', async () => {
    await reserve('expired');
    await completeIdempotencyKey(parts.store, accountId, 'expired', 'a');
    const later = Math.ceil(request.expiresAt / 1000) * 1000;
    const again = await reserve('expired', { now: later, hash: 'h2', expiresAt: later + 86_400_000 });
    expect(again).toEqual({ kind: 'reserved', firstAt: later });
  });

  it('belongs to one account', async () => {
    await reserve('mine');
    expect(await reserveIdempotencyKey(parts.store, exampleId(80), 'mine', request)).toEqual({
      kind: 'reserved',
      firstAt: now,
    });
  });
});
