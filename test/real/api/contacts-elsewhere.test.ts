import { once } from 'node:events';
import hoodiecrow from 'hoodiecrow-imap';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../functions/local/demo/certificate-authority.ts';
import { partialFetch } from '../../../functions/local/demo/partial-fetch.ts';
import { addressHash } from '../../../shared/coi/address-hash.ts';
import { sealCredentials } from '../../../shared/flows/accounts/credentials.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { listen } from '../../support/listen.ts';

const bobUrl = `/v1/contacts/${addressHash('bob@example.org')}`;
const contact = { name: 'Bob', addresses: ['bob@example.org'] };

/** A server that is not Dovecot, whose mailbox has nothing but an INBOX. */
async function startServer(extensions: readonly string[]) {
  const authority = await createCertificateAuthority();
  const server = hoodiecrow({
    plugins: ['AUTH-PLAIN', 'IDLE', 'LITERALPLUS', ...extensions, partialFetch],
    secureConnection: true,
    credentials: await authority.issue(['localhost', '127.0.0.1']),
    users: { anna: { password: 'correct-horse' } },
    storage: { INBOX: { messages: [] }, '': { separator: '/', folders: {} } },
  });
  const port = await listen(server.server);
  return {
    ca: authority.ca,
    imap: { host: 'localhost', port, tls: 'implicit', user: 'anna' } as const,
    async stop() {
      server.server.close();
      await once(server.server, 'close');
    },
  };
}

describe.each([
  ['with UIDPLUS and NAMESPACE', ['UIDPLUS', 'NAMESPACE'], []],
  ['with neither', [], ['old-copy-kept']],
] as const)('the address book at a server %s', (_, extensions, warnings) => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let host: ApiHost;
  beforeAll(async () => {
    server = await startServer(extensions);
    host = await startApiHost({ ca: [server.ca] });
  });
  afterAll(async () => {
    await host?.stop();
    await server?.stop();
  });

  it('is one to its clients, whatever the server keeps of what was there', async () => {
    const id = 'anna-elsewhere';
    const sealed = await sealCredentials(host.services, id, { password: 'correct-horse' });
    const { client } = await host.account({ id, imap: server.imap, ...sealed });
    expect(await client.expect(201, 'PUT', bobUrl, contact)).toMatchObject({ warnings: [] });
    const changed = await client.expect(200, 'PUT', bobUrl, { ...contact, name: 'Robert' });
    expect(changed).toMatchObject({ name: 'Robert', warnings });
    expect(await client.expect(200, 'PUT', `${bobUrl}/block`)).toMatchObject({ blocked: true, warnings });
    expect(await client.expect(200, 'DELETE', `${bobUrl}/block`)).toMatchObject({ blocked: false, warnings });
    expect(await client.expect(200, 'GET', '/v1/contacts')).toMatchObject({
      items: [{ name: 'Robert', blocked: false }],
    });
    await client.expect(204, 'DELETE', bobUrl);
    expect(await client.expect(200, 'GET', '/v1/contacts')).toMatchObject({ items: [] });
  });
});
