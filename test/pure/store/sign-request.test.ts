import { describe, expect, it } from 'vitest';
import { type Signer, signedHeaders } from '../../../shared/store/sign-request.ts';

/** Of AWS's own test suite for Signature Version 4 (aws-sig-v4-test-suite). */
const signer: Signer = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
  service: 'service',
};
const at = Date.UTC(2015, 7, 30, 12, 36, 0);
const host = 'example.amazonaws.com';
const token =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==';

function signatureOf(headers: Readonly<Record<string, string>>): string | undefined {
  return /Signature=(\w+)$/.exec(headers['authorization'] ?? '')?.[1];
}

describe('The signature of a request to AWS', () => {
  it('is that of the test suite for a bare POST', () => {
    const headers = signedHeaders(signer, { host }, '', at);
    expect(headers).toEqual({
      host,
      'x-amz-date': '20150830T123600Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ' +
        'SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    });
  });

  it('is that of the test suite for a POST with a body and its type', () => {
    const headers = { host, 'content-type': 'application/x-www-form-urlencoded' };
    const signed = signedHeaders(signer, headers, 'Param1=value1', at);
    expect(signatureOf(signed)).toBe('ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a');
  });

  it('is that of the test suite for credentials that last for a while only, whose token it covers', () => {
    const signed = signedHeaders({ ...signer, sessionToken: token }, { host }, '', at);
    expect(signed['x-amz-security-token']).toBe(token);
    expect(signatureOf(signed)).toBe('85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead');
  });

  it('is made with the key of its own day and secret, whatever was signed before', () => {
    const first = signatureOf(signedHeaders(signer, { host }, '', at));
    const others = [
      signedHeaders({ ...signer, secretAccessKey: 'another' }, { host }, '', at),
      signedHeaders({ ...signer, region: 'eu-west-1' }, { host }, '', at),
      signedHeaders(signer, { host }, '', at + 24 * 3_600_000),
      signedHeaders(signer, { host }, 'body', at),
    ].map(signatureOf);
    expect(new Set([first, ...others]).size).toBe(5);
    for (let day = 1; day < 20; day++) signedHeaders(signer, { host }, '', at + day * 24 * 3_600_000);
    expect(signatureOf(signedHeaders(signer, { host }, '', at))).toBe(first);
  });
});
