import { memberOf } from '../core/outside-data.ts';

/**
 * What a person can do about a connection that failed, told by the error's code; undefined when the code says nothing
 * special. Names no host and no address: the text is shown to people.
 */
export function connectionProblem(code: string | undefined): string | undefined {
  if (code === undefined) return undefined;
  if (code === 'ENOTFOUND' || code === 'EAI_NONAME' || code === 'ENODATA') {
    return 'There is no mail server of that name. Check the host name.';
  }
  if (code === 'ECONNREFUSED') {
    return 'Nothing listens on that port of the mail server. Check the port, or try again later.';
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return "The mail server's certificate is for other host names. Check the host name, or ask the provider.";
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return "The mail server's certificate has run out, or is not valid yet. Ask the provider.";
  }
  if (unknownIssuerCodes.has(code)) {
    return "The mail server's certificate is not from an authority that is known here. Check the host name, or ask the provider.";
  }
  // What a TLS client makes of a server that speaks plaintext first.
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return 'The mail server does not speak TLS on that port. Check port and TLS setting.';
  }
  return undefined;
}

/**
 * Whether there was no secured connection at all, so that nothing was said over it, no password above all: a name, a port or
 * a TLS setting is wrong.
 */
export function isBeforeLogin(error: unknown): boolean {
  for (let each = error, depth = 0; each instanceof Error && depth < causesMost; each = each.cause, depth++) {
    const codes = [memberOf(each, 'code'), memberOf(each, 'originalCode')];
    if (codes.some((code) => typeof code === 'string' && connectionProblem(code) !== undefined)) return true;
  }
  return false;
}

const causesMost = 5;

/** OpenSSL's names for a certificate that nobody vouches for. */
const unknownIssuerCodes: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
