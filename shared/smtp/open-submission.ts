import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { withDeadline } from '../core/deadline.ts';
import { limits } from '../core/limits.ts';
import { type MailSecret, oauthBearerText, xoauth2Text } from '../core/mail-secret.ts';
import { type Network, openTcp, openTls, tlsOptions } from '../net/connect.ts';
import { StokenConnection } from './stoken-connection.ts';
import { submissionFault } from './submission-fault.ts';

/** How to log in at a submission server (RFC 6409, RFC 8314). */
export type SubmissionLogin = {
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls';
  readonly user: string;
} & MailSecret;

/** A connection that is logged in and ready for a mail. Whoever opened it ends it. */
export type Submission = {
  readonly connection: StokenConnection;
  /** Says goodbye, and does not wait long for the answer. */
  end(): void;
  /** Closes at once. */
  abandon(): void;
};

/**
 * Connects, secures the connection, and logs in.
 *
 * @throws Fault `login-refused`, `mail-host-unreachable` or `mail-host-forbidden`
 */
export async function openSubmission(
  login: SubmissionLogin,
  network: Network,
  deadlineMs: number,
): Promise<Submission> {
  const implicit = login.tls === 'implicit';
  try {
    const socket = (implicit ? openTls : openTcp)(network, login);
    const mechanisms = () => connection.mechanisms;
    const connection: StokenConnection = new StokenConnection({
      host: login.host,
      port: login.port,
      connection: socket,
      secure: implicit,
      // The socket is a TLS one already, and verified.
      secured: implicit,
      // With STARTTLS asked for, a server that does not offer it is refused: no plaintext login, ever.
      requireTLS: !implicit,
      tls: tlsOptions(network.trust, login.host),
      connectionTimeout: deadlineMs,
      greetingTimeout: deadlineMs,
      socketTimeout: limits.submitMs,
      maxResponseSize: limits.smtpResponseBytes,
      ...(login.accessToken === undefined
        ? {}
        : { customAuth: { [tokenOnce]: tokenLogin(login.user, login.accessToken, mechanisms) } }),
    });
    const abandon = () => {
      connection.close();
      socket.destroy();
    };
    try {
      await withDeadline(logIn(connection, login), deadlineMs, 'submission login');
    } catch (error) {
      abandon();
      throw error;
    }
    return { connection, abandon, end: () => quit(connection, abandon) };
  } catch (error) {
    throw submissionFault(error);
  }
}

function logIn(connection: SMTPConnection, { user, password }: SubmissionLogin): Promise<void> {
  const proof =
    password === undefined
      ? ({ type: 'custom', method: tokenOnce, user, pass: '' } as const)
      : { user, pass: password };
  return new Promise((resolve, reject) => {
    // Stays attached: an error that nobody hears ends the process.
    connection.on('error', reject);
    connection.on('end', () => reject(new Error('the connection ended')));
    connection.connect((failure) => {
      if (failure) return reject(failure);
      connection.login(proof, (refusal) => (refusal ? reject(refusal) : resolve()));
    });
  });
}

/** No mechanism that servers know by this name: nodemailer runs the custom login below for it, and no other. */
const tokenOnce = 'TOKEN-ONCE';

/**
 * XOAUTH2, which the large providers have; OAUTHBEARER where a server has that alone. nodemailer's own XOAUTH2 sends a
 * refused token a second time, and providers count refusals.
 *
 * @throws Error when the server refuses; nodemailer adds the server's reply
 */
function tokenLogin(user: string, accessToken: string, mechanisms: () => ReadonlySet<string>) {
  return async ({ sendCommand }: SMTPConnection.CustomAuthenticationContext): Promise<void> => {
    const offered = mechanisms();
    const isBearer = offered.has('OAUTHBEARER') && !offered.has('XOAUTH2');
    const reply = await sendCommand(
      isBearer
        ? `AUTH OAUTHBEARER ${oauthBearerText(user, accessToken)}`
        : `AUTH XOAUTH2 ${xoauth2Text(user, accessToken)}`,
    );
    // A refusal comes as a challenge that holds the reason; an answer that says nothing, ^A where it must not be empty
    // (RFC 7628, section 3.2.3), brings the real reply.
    const last = reply.status === 334 ? await sendCommand(isBearer ? 'AQ==' : '') : reply;
    if (last.status !== 235) throw new Error('the token was refused');
  };
}

function quit(connection: SMTPConnection, abandon: () => void): void {
  const timer = setTimeout(abandon, limits.smtpQuitMs);
  connection.once('end', () => clearTimeout(timer));
  connection.quit();
}
