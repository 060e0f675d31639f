import { describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/core/faults.ts';
import { connectionProblem, isBeforeLogin } from '../../../shared/net/connection-problem.ts';

describe('what is said of a connection that failed', () => {
  it.each([
    ['ENOTFOUND', /Check the host name/],
    ['ECONNREFUSED', /Check the port/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /TLS setting/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /for other host names/],
    ['CERT_HAS_EXPIRED', /run out/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /not from an authority that is known here/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /not from an authority that is known here/],
  ])('helps with %s', (code, words) => expect(connectionProblem(code)).toMatch(words));

  it.each(['ECONNRESET', 'EPIPE', undefined])('is left to others for %s', (code) =>
    expect(connectionProblem(code)).toBeUndefined(),
  );
});

describe('a failure before anything was said to a mail server', () => {
  const coded = (code: string, name = 'code') => Object.assign(new Error('x'), { [name]: code });
  const fault = (cause: unknown) => new Fault('mail-host-unreachable', 'x', { cause });

  it.each([
    ['of the system', coded('ECONNREFUSED')],
    ['that nodemailer put its own over', fault(coded('ENOTFOUND', 'originalCode'))],
    ['that was translated twice', fault(fault(coded('CERT_HAS_EXPIRED')))],
  ])('is one %s', (_, error) => expect(isBeforeLogin(error)).toBe(true));

  it('is none of a connection that broke off, nor of a refused login, nor of what causes itself', () => {
    const endless = coded('ECONNRESET');
    endless.cause = endless;
    for (const error of [fault(coded('ECONNRESET')), new Fault('login-refused', 'x'), endless, 'text'])
      expect(isBeforeLogin(error)).toBe(false);
  });
});
