import { escapeHtml } from '../../../shared/core/html.ts';

/** `GET /docs/your-own-client`: how a client is written, with one that a test runs (test/real/web). */
export function ownClientPage({ code, styles }: { readonly code: string; readonly styles: string }): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Write your own client</title>
<link rel="stylesheet" href="${styles}"></head><body>
<header><h1>Write your own client</h1>
<p>A client needs no IMAP, no SMTP and no library: five calls, and a place where pushes arrive. The
<a href="/docs">documentation of the API</a> has all the others.</p></header>
<nav aria-label="On this page"><ul><li><a href="#flow">The flow</a></li><li><a href="#node">In plain JavaScript</a></li>
<li><a href="#browser">In a browser</a></li><li><a href="#typescript">In TypeScript</a></li></ul></nav>
<main>
<h2 id="flow">The flow</h2>
<ol>
<li><code>POST /v1/sessions</code> with address and password gives a token, which goes along as
<code>Authorization: Bearer</code>. <code>POST /v1/discovery</code> tells beforehand what the provider wants: a password, an
app password, or its own sign-in page.</li>
<li><code>PUT /v1/push/subscriptions/{id}</code> hands in where pushes go: a browser's own
<code>PushSubscription</code>, UnifiedPush, or an address of yours with keys of yours. The id is the device's, and stays.
Do it again at each start: what is not renewed for 30 days ends.</li>
<li>The first push holds <code>validation</code>. Hand it in within five minutes, and pushes begin.</li>
<li>Each push tells who wrote, in which conversation (<code>x-coi-push.conversation</code>), and the message's id
(<code>x-coi-push.message</code>). With <code>"content": "full"</code> a small mail is in it whole, as it was sent: mind
<code>content-type</code> and <code>content-encoding</code>.</li>
<li><code>GET /v1/messages/{id}</code> reads a text from the mailbox, <code>POST /v1/messages</code> writes one. Give what you
send an <code>Idempotency-Key</code>: with the same key it may be repeated, and is sent once.</li>
</ol>
<h2 id="node">All of it, in plain JavaScript</h2>
<p>Runs on Node alone, and decrypts its pushes itself (RFC 8291). <a href="/docs/own-client.mjs">own-client.mjs</a></p>
<pre class="scroll"><code>${escapeHtml(code)}</code></pre>
<h2 id="browser">In a browser</h2>
<p>The browser makes the keys and decrypts. Subscribe with <code>push.publicKey</code> of the sign-in's reply, and show each
push: browsers end subscriptions that show nothing.</p>
<pre class="scroll"><code>// In the page
const worker = await navigator.serviceWorker.register('/worker.js');
const resource = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: session.push.publicKey });
await call('PUT', subscription, { client: 'Mine', device: 'Browser', msgtype: 'chat', resource });

// In worker.js
self.addEventListener('push', (event) =&gt; {
  const { validation, ...told } = event.data.json();
  const title = validation ? 'Notifications are on' : (told['from-name'] ?? told['from-email']);
  event.waitUntil(Promise.all([self.registration.showNotification(title), validation &amp;&amp; validate(validation)]));
});</code></pre>
<h2 id="typescript">In TypeScript</h2>
<p>The folder <code>functions/web/api-client</code> has every call with its types, made from
<a href="/openapi.json">openapi.json</a>. Copy <code>client.ts</code> and <code>types.ts</code>; they import nothing else.</p>
<pre class="scroll"><code>const api = createClient({ url: 'https://push.example.org', token: () =&gt; token });
const { items } = await api.call('GET /v1/conversations', { query: { limit: 20 } });</code></pre>
<p>The web client that this service shows at <a href="/">its own address</a> is written with it.</p>
</main></body></html>`;
}
