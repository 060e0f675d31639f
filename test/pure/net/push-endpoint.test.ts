import { describe, expect, it } from 'vitest';
import { parsePushEndpoint } from '../../../shared/net/push-endpoint.ts';

describe('a push endpoint', () => {
  it.each([
    'https://updates.push.services.mozilla.com/wpush/v2/gAAAAABl_x-y',
    'https://fcm.googleapis.com/fcm/send/abc:APA91b',
    'https://ntfy.example.org:8443/upAbCd?up=1',
    'https://push.example.org:443/x',
    `https://wns2-par02p.notify.windows.com/w/?token=${'a'.repeat(1900)}`,
  ])('may be %s', (text) => {
    expect(parsePushEndpoint(text)).toMatchObject({ ok: true, url: new URL(text) });
  });

  it.each([
    ['http://push.example.org/x', 'is not an https address'],
    ['ftp://push.example.org/x', 'is not an https address'],
    ['push.example.org', 'is not an https address'],
    ['', 'is not an https address'],
    ['https://', 'is not an https address'],
    [' https://push.example.org/x', 'is not an https address'],
    ['https://push.example.org/x\r\nHost: y', 'is not an https address'],
    ['https://push.exa\tmple.org/', 'is not an https address'],
    ['https:\\\\push.example.org\\x', 'is not an https address'],
    ['https://push.example.org\\@10.0.0.1/x', 'is not an https address'],
    ['https://push.example.org:99999/x', 'is not an https address'],
    ['https://user@push.example.org/x', 'must not hold a user name or password'],
    ['https://user:secret@push.example.org/x', 'must not hold a user name or password'],
    ['https://@push.example.org/x', 'must not hold a user name or password'],
    ['https://push.example.org/x#fragment', 'must not have a fragment'],
    ['https://push.example.org/x#', 'must not have a fragment'],
    ['https://push.example.org:25/x', 'must use port 443 or one above 1023'],
    ['https://push.example.org:993/x', 'must use port 443 or one above 1023'],
    ['https://push.example.org:0/x', 'must use port 443 or one above 1023'],
    [`https://push.example.org/${'a'.repeat(2024)}`, 'is longer than 2048 bytes'],
  ])('may not be %j', (text, message) => {
    expect(parsePushEndpoint(text)).toEqual({ ok: false, message });
  });

  it('may have exactly 2048 bytes', () => {
    const text = 'https://push.example.org/'.padEnd(2048, 'a');
    expect(parsePushEndpoint(text).ok).toBe(true);
    expect(parsePushEndpoint(`${text}a`).ok).toBe(false);
  });
});
