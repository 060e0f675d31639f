import { randomUUID } from 'node:crypto';
import { generate } from 'selfsigned';

export type Certificate = { readonly key: string; readonly cert: string };

/** A certificate authority for servers of our own on this machine: verification stays on, and who talks to them trusts it besides Node's. */
export type CertificateAuthority = {
  /** The CA's certificate in PEM. */
  readonly ca: string;
  /** A server certificate for these names and addresses. */
  issue(names: readonly string[]): Promise<Certificate>;
};

export async function createCertificateAuthority(): Promise<CertificateAuthority> {
  const notAfterDate = new Date(Date.now() + 7 * 24 * 3_600_000);
  const common = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256', notAfterDate } as const;
  // Verifiers look an issuer up by its name: two authorities on one machine must not share one.
  const name = `coi-push local CA ${randomUUID()}`;
  const authority = await generate([{ name: 'commonName', value: name }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    ca: authority.cert,
    async issue(names) {
      const [name = 'localhost'] = names;
      const issued = await generate([{ name: 'commonName', value: name }], {
        ...common,
        ca: { key: authority.private, cert: authority.cert },
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'extKeyUsage', serverAuth: true },
          {
            name: 'subjectAltName',
            altNames: names.map((entry) =>
              /^[\d.]+$|:/.test(entry) ? { type: 7, ip: entry } : { type: 2, value: entry },
            ),
          },
        ],
      });
      return { key: issued.private, cert: issued.cert };
    },
  };
}
