import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  chooseToken,
  isCurrent,
  isTokenFor,
  parseSubmissionToken,
} from '../../../shared/coi/submission-token.ts';
import { limits } from '../../../shared/core/limits.ts';
import { exampleToken, now } from '../../support/submission-token.ts';

const pair = { from: 'alice@example.org', to: 'bob@example.org' };

describe('A submission token', () => {
  it('is read from its text, fields in any order, unknown ones kept', () => {
    expect(parseSubmissionToken('1-created:1-validity:1-hash:x-secret:y')).toEqual({
      text: '1-created:1-validity:1-hash:x-secret:y',
      createdAt: 1000,
      expiresAt: 2000,
      hash: 'x',
    });
    const other = '1-secret:a+/b-hash:x:y-comment:hi-flag-validity:31536000-created:1600000000';
    expect(parseSubmissionToken(other)).toEqual({
      text: other,
      createdAt: 1_600_000_000_000,
      expiresAt: 1_631_536_000_000,
      hash: 'x:y',
    });
  });

  it.each([
    ['of another version', '2-created:1-validity:1-hash:x-secret:y'],
    ['without a version', 'created:1-validity:1-hash:x-secret:y'],
    ['without created', '1-validity:1-hash:x-secret:y'],
    ['without validity', '1-created:1-hash:x-secret:y'],
    ['without hash', '1-created:1-validity:1-secret:y'],
    ['without secret', '1-created:1-validity:1-hash:x'],
    ['with an empty hash', '1-created:1-validity:1-hash:-secret:y'],
    ['with an empty secret', '1-created:1-validity:1-hash:x-secret:'],
    ['created at no time', '1-created:0-validity:1-hash:x-secret:y'],
    ['created at a word', '1-created:now-validity:1-hash:x-secret:y'],
    ['created before time', '1-created:+1-validity:1-hash:x-secret:y'],
    ['valid for nothing', '1-created:1-validity:0-hash:x-secret:y'],
    ['valid for ever', '1-created:1-validity:9999999999999-hash:x-secret:y'],
    ['with a field twice', '1-created:1-created:2-validity:1-hash:x-secret:y'],
    ['with an algorithm named', '1-created:1-validity:1-hash_algo:sha3-256-hash:x-secret:y'],
    ['with a blank', '1-created:1-validity:1-hash:x-secret:y z'],
    ['with a line break', '1-created:1-validity:1-hash:x-secret:y\r\nRCPT TO:<eve@example.org>'],
    ['with an equals sign', '1-created:1-validity:1-hash:x=-secret:y'],
    ['in other characters', '1-created:1-validity:1-hash:x-secret:\u00fc'],
    ['that is too long', `1-created:1-validity:1-hash:x-secret:${'y'.repeat(limits.submissionTokenBytes)}`],
    ['that is nothing', ''],
  ])('is none %s', (_, text) => {
    expect(parseSubmissionToken(text)).toBeUndefined();
  });

  it('is current until it expires, and not much before it was made', () => {
    const token = { text: '', hash: '', createdAt: now, expiresAt: now + 1000 };
    expect(isCurrent(token, now)).toBe(true);
    expect(isCurrent(token, now + 999)).toBe(true);
    expect(isCurrent(token, now + 1000)).toBe(false);
    expect(isCurrent(token, now - 24 * 3_600_000)).toBe(true);
    expect(isCurrent(token, now - 24 * 3_600_000 - 1)).toBe(false);
  });

  it('is for one address to another by the SHA3-256 of the two, and not for the way back', () => {
    const hash = createHash('sha3-256').update('alice@example.org:bob@example.org').digest('base64');
    const token = { text: '', createdAt: 0, expiresAt: 0, hash: hash.replace('=', '') };
    expect(token.hash).toHaveLength(43);
    expect(isTokenFor(token, pair)).toBe(true);
    expect(isTokenFor(token, { from: 'Alice@Example.org', to: ' bob@example.org' })).toBe(true);
    expect(isTokenFor(token, { from: pair.to, to: pair.from })).toBe(false);
    expect(isTokenFor(token, { ...pair, to: 'eve@example.org' })).toBe(false);
  });

  it('is chosen among several: the newest that is current and for the two', () => {
    const texts = [
      exampleToken({ ...pair, createdAt: now - 3000 }),
      exampleToken({ ...pair, createdAt: now - 1000 }),
      exampleToken({ ...pair, createdAt: now - 2000 }),
      exampleToken({ ...pair, createdAt: now + 2 * limits.tokenAheadMs }),
      exampleToken({ ...pair, createdAt: now - 500, validitySeconds: 1, secret: 'gone' }),
      exampleToken({ from: pair.to, to: pair.from, createdAt: now }),
    ];
    const tokens = texts.flatMap((text) => parseSubmissionToken(text) ?? []);
    expect(tokens).toHaveLength(texts.length);
    expect(chooseToken(tokens, pair, now + 1000)?.text).toBe(texts[1]);
    expect(chooseToken(tokens, { ...pair, to: 'eve@example.org' }, now)).toBeUndefined();
    expect(chooseToken([], pair, now)).toBeUndefined();
  });
});
