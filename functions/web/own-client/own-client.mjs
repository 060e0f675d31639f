// A client of your own: it signs in, is woken, reads, and answers `ping`. Run it with API, EMAIL and PASSWORD, and with ENDPOINT:
// an address with https that leads to PORT of this machine. It needs Node alone.
import { createDecipheriv, createECDH, hkdfSync, randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

// SERVERS, as JSON with `imap` and `smtp`, is for addresses whose mail servers are not found by themselves.
const { API, EMAIL, PASSWORD, ENDPOINT, PORT, SERVERS = '{}' } = process.env;
const sent = { ...JSON.parse(SERVERS), email: EMAIL, password: PASSWORD, deviceName: 'Own client' };
const session = await call('POST', '/v1/sessions', sent);

// Keys of this device: what is pushed is encrypted for them (RFC 8291), and nobody on the way can read it.
const keys = createECDH('prime256v1');
const p256dh = keys.generateKeys('base64url');
const auth = randomBytes(16);
const subscription = '/v1/push/subscriptions/own-client-1';

createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  response.writeHead(201).end();
  await take(decrypt(body));
}).listen(PORT, async () => {
  const resource = { endpoint: ENDPOINT, keys: { p256dh, auth: auth.toString('base64url') } };
  // Again at each start: what is not renewed for 30 days ends.
  await call('PUT', subscription, { client: 'Own', device: 'Node', msgtype: 'chat', resource });
});

async function take({ validation, 'from-email': from, 'x-coi-push': ours }) {
  if (validation !== undefined) {
    await call('POST', `${subscription}/validate`, { validation });
    console.log('Pushes are on');
  } else if (ours?.message !== undefined) {
    const { items } = await call('GET', '/v1/conversations');
    const { conversation, text } = await call('GET', `/v1/messages/${ours.message}`);
    console.log(`${from} writes, in one of ${items.length} chats: ${text.trim()}`);
    const answer = { kind: 'text', conversation, text: 'pong', replyTo: ours.message };
    if (text.trim() === 'ping') await call('POST', '/v1/messages', answer);
  }
}

/** RFC 8188 and 8291: a salt, the size of a record, the sender's key with its length, and one record. */
function decrypt(body) {
  const [salt, theirs, sealed] = [body.subarray(0, 16), body.subarray(21, 86), body.subarray(86)];
  const derive = (from, salted, what, bytes) => Buffer.from(hkdfSync('sha256', from, salted, what, bytes));
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), keys.getPublicKey(), theirs]);
  const secret = derive(keys.computeSecret(theirs), auth, info, 32);
  const key = derive(secret, salt, 'Content-Encoding: aes128gcm\0', 16);
  const nonce = derive(secret, salt, 'Content-Encoding: nonce\0', 12);
  const cipher = createDecipheriv('aes-128-gcm', key, nonce).setAuthTag(sealed.subarray(-16));
  const padded = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
  return JSON.parse(padded.subarray(0, padded.lastIndexOf(2)).toString());
}

async function call(method, path, body) {
  const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
  if (path !== '/v1/sessions') headers.authorization = `Bearer ${session.token}`;
  const reply = await fetch(API + path, { method, headers, body: body && JSON.stringify(body) });
  const said = reply.status === 204 ? undefined : await reply.json();
  if (!reply.ok) throw new Error(`${said.code}: ${said.detail}`);
  return said;
}
