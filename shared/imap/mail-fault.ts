import { DeadlineExceeded } from '../core/deadline.ts';
import { Fault } from '../core/faults.ts';
import { arrayOf, memberOf } from '../core/outside-data.ts';
import { connectionProblem } from '../net/connection-problem.ts';

/** The one translation of what goes wrong with a mail server into what a caller can act on. */
export function mailFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const details = detailsOf(error);
  if (details.code === 'EADDRFORBIDDEN') {
    return new Fault('mail-host-forbidden', 'That mail server address is not allowed here.', {
      cause: error,
    });
  }
  // Microsoft's way to say that the token is good but the mailbox is not open to it; a new password would not help.
  if (/authenticated but not connected/i.test(details.text)) {
    return new Fault(
      'login-refused',
      'The mail server knows you but keeps the mailbox closed: switch IMAP on for this mailbox, or ask its administrator.',
      { cause: error },
    );
  }
  if (details.authenticationFailed && !isBusy(details)) {
    return new Fault(
      'login-refused',
      'The mail server refused user name and password. Many providers want an app password here, or IMAP switched on.',
      { cause: error },
    );
  }
  if (details.folderMissing) {
    return new Fault('not-found', 'The mailbox has no such folder any more.', { cause: error });
  }
  return unreachable(error, details.code);
}

/** The connection is gone; nothing is known but that. */
export function connectionLost(): Fault {
  return unreachable(undefined, undefined);
}

function unreachable(cause: unknown, code: string | undefined): Fault {
  const late = cause instanceof DeadlineExceeded;
  return new Fault(
    'mail-host-unreachable',
    late
      ? 'The mail server takes too long to answer. Try again later.'
      : (connectionProblem(code) ??
          'The mail server cannot be reached or broke off. Check host, port and TLS, or try again later.'),
    { cause },
  );
}

/** The response code (RFC 5530) a server gave with its refusal, in upper case: `ALREADYEXISTS`, say. */
export function responseCodeOf(error: unknown): string | undefined {
  return detailsOf(error).responseCode;
}

type Details = {
  readonly code: string | undefined;
  /** The response code of RFC 5530, as in `NO [UNAVAILABLE] ...`. */
  readonly responseCode: string | undefined;
  readonly text: string;
  readonly authenticationFailed: boolean;
  readonly folderMissing: boolean;
};

/**
 * A server with too much to do refuses logins as well; nobody is to be told that the password is wrong. `ALERT` says
 * nothing by itself: Gmail uses it for too many connections, and to ask for an app password.
 */
function isBusy({ responseCode, text }: Details): boolean {
  if (responseCode !== undefined && busyCodes.includes(responseCode)) return true;
  if (responseCode !== undefined && refusalCodes.includes(responseCode)) return false;
  return /too many|simultaneous|throttle|rate limit|(?:try|again) later|temporar|unavailable/i.test(text);
}

const busyCodes: readonly string[] = ['UNAVAILABLE', 'LIMIT', 'INUSE', 'SERVERBUG', 'OVERQUOTA'];
const refusalCodes: readonly string[] = [
  'AUTHENTICATIONFAILED',
  'AUTHORIZATIONFAILED',
  'EXPIRED',
  'CONTACTADMIN',
];

function detailsOf(error: unknown): Details {
  const member = (name: string): unknown => memberOf(error, name);
  const text = (name: string) => {
    const value = member(name);
    return typeof value === 'string' ? value : undefined;
  };
  const responseCode = (text('serverResponseCode') ?? codeOf(member('response')))?.toUpperCase();
  return {
    code: text('code'),
    responseCode,
    text: `${text('response') ?? ''} ${text('responseText') ?? ''}`,
    authenticationFailed: member('authenticationFailed') === true,
    folderMissing:
      member('mailboxMissing') === true ||
      text('code') === 'NotFound' ||
      responseCode === 'NONEXISTENT' ||
      responseCode === 'TRYCREATE',
  };
}

/** The response code in imapflow's parsed form of a tagged answer, where it did not take it out itself. */
function codeOf(response: unknown): string | undefined {
  const [first] = arrayOf(memberOf(response, 'attributes'));
  const [code] = arrayOf(memberOf(first, 'section'));
  const value = memberOf(code, 'value');
  return typeof value === 'string' ? value : undefined;
}
