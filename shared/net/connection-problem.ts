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
  if (certificateCodes.has(code)) {
    return "The mail server's certificate is not valid for that host name. Check the host name, or ask the provider.";
  }
  // What a TLS client makes of a server that speaks plaintext first.
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return 'The mail server does not speak TLS on that port. Check port and TLS setting.';
  }
  return undefined;
}

/** OpenSSL's and Node's names for a certificate that does not hold. */
const certificateCodes: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
