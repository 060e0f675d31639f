import { X509Certificate } from 'node:crypto';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { TlsSessions } from './tls-sessions.ts';

/** Which certificate authorities are trusted: Node's own, and these besides (PEM). */
export type TrustStore = {
  readonly ca: readonly string[];
  /** One context for all connections: making one reads 150 root certificates, more CPU than a mailbox check. */
  readonly context: SecureContext;
  /** Of servers that were verified by this store, which is why no other one has them. */
  readonly sessions: TlsSessions;
};

/**
 * @param extraCa CAs in PEM on top of Node's own, one or more to a text. A context with a list of its own drops what
 *   `NODE_EXTRA_CA_CERTS` names, so a caller that gives any also gives that file's content.
 * @throws Error when a text is no certificate: it would be passed over in silence, and every connection fail later
 */
export function trustStore(extraCa: readonly string[]): TrustStore {
  const ca = [...extraCa];
  for (const pem of ca) new X509Certificate(pem);
  const authorities = ca.length === 0 ? {} : { ca: [...rootCertificates, ...ca] };
  return {
    ca,
    context: createSecureContext({ minVersion: 'TLSv1.2', ...authorities }),
    sessions: new TlsSessions(),
  };
}
