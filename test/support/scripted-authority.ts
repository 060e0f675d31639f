import {
  type CertificateAuthority,
  createCertificateAuthority,
} from '../../functions/local/demo/certificate-authority.ts';

let authority: Promise<CertificateAuthority> | undefined;

/** The one that all scripted IMAP servers of a test file have, so that a service can trust them before they are there. */
export function scriptedAuthority(): Promise<CertificateAuthority> {
  authority ??= createCertificateAuthority();
  return authority;
}
