import type { ImapTransport } from 'imapflow';
import { withDeadline } from '../core/deadline.ts';
import { limits } from '../core/limits.ts';
import type { MailSecret } from '../core/mail-secret.ts';
import { type Network, openTcp, openTls, upgradeToTls } from '../net/connect.ts';
import { LeanClient } from './lean-client.ts';

export type MailLogin = {
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls';
  readonly user: string;
} & MailSecret;

/**
 * A client that is logged in and does nothing by itself: no IDLE, no compression, no logging.
 *
 * @throws Fault `login-refused`, `mail-host-unreachable` or `mail-host-forbidden`
 */
export async function connectClient(
  login: MailLogin,
  network: Network,
  deadlineMs: number,
): Promise<LeanClient> {
  const client = new LeanClient({
    host: login.host,
    port: login.port,
    secure: login.tls === 'implicit',
    // With STARTTLS asked for, a server that does not offer it is refused: no plaintext login, ever.
    ...(login.tls === 'starttls' ? { doSTARTTLS: true } : {}),
    auth:
      login.accessToken === undefined
        ? { user: login.user, pass: login.password }
        : { user: login.user, accessToken: login.accessToken },
    clientInfo: { name: 'coi-push' },
    // For its log, which is off; random bytes otherwise.
    id: 'imap',
    transport: guardedTransport(network, login),
    logger: false,
    disableAutoIdle: true,
    // Compression triples the memory of a waiting connection.
    disableCompression: true,
    disableAutoEnable: true,
    // FETCH BINARY would decode bodies; a push carries them as transferred.
    disableBinary: true,
    connectionTimeout: deadlineMs,
    greetingTimeout: deadlineMs,
    socketTimeout: limits.idleRenewMs + limits.imapWatchdogMs,
    maxLineLength: limits.imapLineBytes,
    maxLiteralSize: limits.imapLiteralBytes,
    maxResponseSize: limits.imapResponseBytes,
    maxResponseTokens: limits.imapResponseTokens,
  });
  // Listened to from before connect() to the end: an error nobody hears ends the process, and every other account's watch.
  client.on('error', (error) => client.noteError(error));
  try {
    await withDeadline(client.connect(), deadlineMs, 'connect', () => client.close());
    return client;
  } catch (error) {
    client.close();
    throw client.fault(error);
  }
}

/** imapflow's own connections would pass the address guard by. */
function guardedTransport(network: Network, { host, port: loginPort }: MailLogin): ImapTransport {
  return {
    connect: ({ port, secure }, onConnect) =>
      (secure ? openTls : openTcp)(network, { host, port }, onConnect),
    upgrade(socket, _options, onSecure) {
      const secured = upgradeToTls(network, { host, port: loginPort }, socket, onSecure);
      // imapflow asks each socket for a probe every 5 s (seen in 2.10.2); the one below has its interval.
      secured.setKeepAlive = () => secured;
      return secured;
    },
  };
}
