import { describe, expect, it } from 'vitest';
import { pushServiceOf } from '../../../shared/push/push-service.ts';

describe('whose push service an endpoint belongs to', () => {
  it.each([
    ['https://fcm.googleapis.com/fcm/send/abc', 'google'],
    ['https://jmt17.google.com/fcm/send/abc', 'other'],
    ['https://updates.push.services.mozilla.com/wpush/v2/abc', 'mozilla'],
    ['https://web.push.apple.com/abc', 'apple'],
    ['https://wns2-db5p.notify.windows.com/w/?token=abc', 'microsoft'],
    ['https://ntfy.example.org/upABC?up=1', 'other'],
    ['https://evilgoogleapis.com/fcm/send', 'other'],
    ['no address', 'other'],
  ])('is told of %s', (endpoint, service) => {
    expect(pushServiceOf(endpoint)).toBe(service);
  });
});
