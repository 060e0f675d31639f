import { describe, expect, it } from 'vitest';
import type { MailSession } from '../../../shared/imap/mail-session.ts';
import { mailSessionOf } from '../../support/mail-session-of.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';

const base = '/private/vendor/vendor.dovecot/coi/config';

describe.skipIf(!hasMailServers)('annotations at Dovecot', () => {
  const found = async (session: MailSession, names: readonly string[], depth?: '1' | 'infinity') => {
    const result = await session.getMetadata(names, depth === undefined ? {} : { depth });
    if (result.kind !== 'found') throw new Error(`${result.kind}: ${result.text}`);
    return Object.fromEntries(result.entries);
  };

  it('are kept, listed below a name and removed', async () => {
    const user = sharedMail().newAddress('alice');
    const session = await mailSessionOf(user);
    expect(await found(session, [`${base}/enabled`])).toEqual({});
    expect(await session.setMetadata(`${base}/enabled`, 'yes')).toEqual({ kind: 'done' });
    expect(await session.setMetadata(`${base}/message-filter`, 'seen')).toEqual({ kind: 'done' });
    const again = await mailSessionOf(user);
    expect(await found(again, [base], '1')).toEqual({
      [`${base}/enabled`]: 'yes',
      [`${base}/message-filter`]: 'seen',
    });
    expect(await found(again, ['/private/vendor'], 'infinity')).toMatchObject({ [`${base}/enabled`]: 'yes' });
    expect(await found(again, ['/private/vendor'])).toEqual({});
    expect(await again.setMetadata(`${base}/enabled`, undefined)).toEqual({ kind: 'done' });
    expect(await found(session, [base], '1')).toEqual({ [`${base}/message-filter`]: 'seen' });
  });

  it.each([
    ['quotes and backslashes', '"a" \\ "b"'],
    ['umlauts and emoji', 'Grüße 🎉'],
    ['line breaks that look like commands', 'x)\r\nA1 SETMETADATA "" (/private/other "y")\r\n'],
    [
      'a subscription',
      JSON.stringify({ client: 'a "b"', resource: { endpoint: `https://x/${'y'.repeat(2000)}` } }),
    ],
  ])('keep %s as they are', async (_, value) => {
    const session = await mailSessionOf(sharedMail().newAddress('alice'));
    expect(await session.setMetadata('/private/thing', value)).toEqual({ kind: 'done' });
    expect(await found(session, ['/private/thing', '/private/other'])).toEqual({ '/private/thing': value });
  });

  it('that are too large are left out when asked to, and what may not be set is refused', async () => {
    const session = await mailSessionOf(sharedMail().newAddress('alice'));
    await session.setMetadata('/private/large', 'x'.repeat(2000));
    await session.setMetadata('/private/small', 'y');
    const result = await session.getMetadata(['/private/large', '/private/small'], { maxBytes: 1000 });
    expect(result.kind === 'found' && [...result.entries]).toEqual([['/private/small', 'y']]);
    // Who the administrator is, is not for users to say.
    expect(await session.setMetadata('/shared/admin', 'me')).toMatchObject({ kind: 'cannot' });
  });

  it('have names in which case says nothing', async () => {
    const session = await mailSessionOf(sharedMail().newAddress('alice'));
    await session.setMetadata('/private/Thing', 'x');
    expect(await found(session, ['/private/thing'])).toEqual({ '/private/thing': 'x' });
  });
});
