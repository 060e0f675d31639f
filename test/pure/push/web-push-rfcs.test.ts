import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decryptPush, newSubscriber } from '../../../functions/local/demo/push-receiver.ts';
import { systemClock } from '../../../shared/core/clock.ts';
import { limits } from '../../../shared/core/limits.ts';
import { createAddressGuard } from '../../../shared/net/address-guard.ts';
import { trustStore } from '../../../shared/net/trust-store.ts';
import { createPushClient, type PushClient } from '../../../shared/push/push-client.ts';
import { buildPush } from '../../../shared/push/push-message.ts';
import { createVapidKeys } from '../../../shared/push/vapid.ts';
import { decode, deriveKeys, deriveSecret, encodeRecord, parseHeader } from '../../support/aes128gcm.ts';
import { type PushService, startPushService } from '../../support/push-service.ts';
import { checkVapid } from '../../support/vapid-check.ts';

const bytes = (text: string) => Buffer.from(text, 'base64url');
const shown = (values: Readonly<Record<string, Buffer>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.toString('base64url')]));

/** RFC 8291 appendix A. */
const example = {
  text: 'When I grow up, I want to be a watermelon',
  serverPrivate: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw',
  server: 'BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8',
  subscriberPrivate: 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94',
  subscriber: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  salt: 'DGv6ra1nlYgDCS1FRnbzlw',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  message:
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl' +
    '7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
};
const secrets = {
  ecdhSecret: 'kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs',
  prkKey: 'Snr3JMxaHVDXHWJn5wdC52WjpCtd2EIEGBykDcZW32k',
  keyInfo:
    'V2ViUHVzaDogaW5mbwAEJXGyvs3942BVGq8e0PTNNmwRzr5VX4m8t7GGpTM5FzFo7OLr4BhZe9MEebhuPI-OztV3ylkYfpJGmQ22ggCLDgT-' +
    'M_SrDepxkU21WCP3O1SUj0EwbZIHMtu5pZpTKGSCIA5Zent7wmC6HCJ5mFgJkuk5cwAvMBKiiujwa7t45ewP',
  ikm: 'S4lYMb_L0FxCeq0WhDx813KgSYqU26kOyzWUdsXYyrg',
};
const keys = {
  prk: '09_eUZGrsvxChDCGRCdkLiDXrReGOEVeSCdCcPBSJSc',
  cek: 'oIhVW04MRdy2XN9CiKLxTg',
  nonce: '4h_95klXJ5E_qnoN',
};

describe('the content coding of RFC 8188, as the tests read it,', () => {
  it('gives every value of section 3.1', () => {
    const message = bytes('I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg');
    const key = bytes('yqdlZ-tYemfogSmv7Ws5PQ');
    expect(shown(deriveKeys(key, parseHeader(message).salt))).toEqual({
      prk: 'zyeH5phsIsgUyd4oiSEIy35x-gIi4aM7y0hCF8mwn9g',
      cek: '_wniytB-ofscZDh4tbSjHw',
      nonce: 'Bcs8gkIRKLI8GeI8',
    });
    expect(decode(message, () => key).toString()).toBe('I am the walrus');
  });

  it('reads the two padded records of section 3.2, by the key that they name', () => {
    const message = bytes(
      'uNCkWiNYzKTnBN9ji3-qWAAAABkCYTHOG8chz_gnvgOqdGYovxyjuqRyJFjEDyoF1Fvkj6hQPdPHI51OEUKEpgz3SsLWIqS_uA',
    );
    const asked: string[] = [];
    const text = decode(message, (keyId) => {
      asked.push(keyId.toString());
      return bytes('BO3ZVPxUlnLORbVGMpbT1Q');
    });
    expect(text.toString()).toBe('I am the walrus');
    expect(asked).toEqual(['a1']);
    expect(parseHeader(message).recordBytes).toBe(25);
  });
});

describe('the encryption of RFC 8291', () => {
  const sides = {
    auth: bytes(example.auth),
    subscriber: bytes(example.subscriber),
    server: bytes(example.server),
  };

  it('has every value of its appendix A, from either side', () => {
    const sent = deriveSecret({ ...sides, own: bytes(example.serverPrivate), other: sides.subscriber });
    const received = deriveSecret({ ...sides, own: bytes(example.subscriberPrivate), other: sides.server });
    expect(shown(sent)).toEqual(secrets);
    expect(shown(received)).toEqual(secrets);
    const derived = deriveKeys(sent.ikm, bytes(example.salt));
    expect(shown(derived)).toEqual(keys);
    const record = encodeRecord(Buffer.from(example.text), derived);
    const header = Buffer.concat([bytes(example.salt), Buffer.from([0, 0, 16, 0, 65]), sides.server]);
    expect(Buffer.concat([header, record]).toString('base64url')).toBe(example.message);
  });

  it.each([0, 1, 15, 16, 17, 512, 2641, limits.pushPayloadBytes])(
    'is what our pushes of %i bytes have: one record, a new key and salt each, no legacy header',
    (length) => {
      const subscriber = newSubscriber();
      const target = { ...subscriber, endpoint: 'https://push.example.org/abc' };
      const payload = Buffer.alloc(length, 'Ü');
      const pushes = [1, 2].map(() => {
        const push = buildPush(target, payload, { ttlSeconds: 60, urgency: 'high' }, () => 'vapid');
        if (push === undefined) throw new Error('nothing was built');
        expect(Object.keys(push.headers).map((name) => name.toLowerCase())).not.toContain('encryption');
        expect(Object.keys(push.headers).map((name) => name.toLowerCase())).not.toContain('crypto-key');
        expect(push.headers).toMatchObject({
          'Content-Encoding': 'aes128gcm',
          'Content-Length': String(length + 103),
        });
        const { recordBytes, keyId, records, salt } = parseHeader(push.body);
        // Section 4: one record, which is smaller than its announced size; the sender's key as the id.
        expect(records.length).toBe(length + 17);
        expect(records.length).toBeLessThanOrEqual(recordBytes);
        expect(keyId).toHaveLength(65);
        const { ikm } = deriveSecret({
          ...{ own: bytes(subscriber.privateKey), other: keyId, auth: bytes(subscriber.auth) },
          ...{ subscriber: bytes(subscriber.p256dh), server: keyId },
        });
        expect(decode(push.body, () => ikm).equals(payload)).toBe(true);
        expect(decryptPush(subscriber, push.body).equals(payload)).toBe(true);
        return { salt: salt.toString('hex'), keyId: keyId.toString('hex') };
      });
      expect(pushes[0]?.salt).not.toBe(pushes[1]?.salt);
      expect(pushes[0]?.keyId).not.toBe(pushes[1]?.keyId);
    },
  );
});

describe('the token of RFC 8292', () => {
  const token =
    'eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI' +
    '6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9O' +
    'kSSHzvoD1oA';
  const key = 'BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs';
  const audience = 'https://push.example.net';
  const before = (seconds: number) => (1_453_523_768 - seconds) * 1000;

  it.each([
    [12 * 3600, token, audience, undefined],
    [24 * 3600, token, audience, undefined],
    [24 * 3600 + 1, token, audience, 'exp is not within 24 h'],
    [0, token, audience, 'exp is not within 24 h'],
    [60, token, 'https://push.example.net:8443', 'aud is not this origin'],
    [60, `${token.slice(0, -4)}AAAA`, audience, 'bad signature'],
    [60, token.replace('eyJhdWQi', 'eyJhdWRi'), audience, 'bad signature'],
  ])('of section 2.4 is judged, %i seconds before its end', (seconds, given, at, why) => {
    const judged = checkVapid(`vapid t=${given}, k=${key}`, { audience: at, now: before(seconds) });
    expect(judged?.why).toBe(why);
  });
});

describe('on the wire, a push is one of RFC 8030:', () => {
  const vapid = createVapidKeys();
  let service: PushService;
  let client: PushClient;

  beforeAll(async () => {
    service = await startPushService();
    client = createPushClient({
      ...{
        guard: createAddressGuard({ allowPrivateHosts: ['127.0.0.0/8'] }),
        trust: trustStore([service.ca]),
      },
      ...{ vapid, subject: 'mailto:operator@example.org', clock: systemClock },
    });
  });
  afterAll(async () => {
    client.close();
    await service.close();
  });

  it.each([
    ['high', 60, undefined],
    ['normal', 86_400, undefined],
    ['low', 3600, 'a-Topic_of-32-characters-or-less'],
    ['very-low', 604_800, 'x'],
  ] as const)(
    'urgency %s for %i s, topic %s, and no receipt asked for',
    async (urgency, ttlSeconds, topic) => {
      const device = service.newDevice(vapid.publicKey);
      await client.send(device, Buffer.from('{}'), {
        urgency,
        ttlSeconds,
        ...(topic === undefined ? {} : { topic }),
      });
      const { headers } = await device.next();
      const { prefer, ...sent } = headers;
      expect(prefer).toBeUndefined();
      expect(sent).toMatchObject({
        ttl: String(ttlSeconds),
        urgency,
        'content-type': 'application/octet-stream',
      });
      expect(sent['topic']).toBe(topic);
      expect(Number(sent['content-length'])).toBe(105);
      expect(sent['transfer-encoding']).toBeUndefined();
    },
  );

  it.each([
    [201, { location: '/message/qDIYHNcfAIPP_5ITvURr-d6BGt' }, { kind: 'delivered', status: 201 }],
    [
      202,
      { link: '</receipt/xjTG79I3VuptNWS0DsFu4ihT97aE6UQJ>; rel="urn:ietf:params:push:receipt"' },
      { kind: 'delivered', status: 202 },
    ],
    [204, {}, { kind: 'delivered', status: 204 }],
    [404, {}, { kind: 'gone', status: 404 }],
    [410, {}, { kind: 'gone', status: 410 }],
    [413, {}, { kind: 'too-large', status: 413 }],
    [429, { 'retry-after': '30' }, { kind: 'later', status: 429, retryAfterSeconds: 30 }],
  ])('the answer %i', async (status, headers, outcome) => {
    const device = service.newDevice(vapid.publicKey);
    device.answer({ status, headers });
    const options = { urgency: 'normal', ttlSeconds: 60 } as const;
    expect(await client.send(device, Buffer.from('{}'), options)).toEqual(outcome);
  });
});
