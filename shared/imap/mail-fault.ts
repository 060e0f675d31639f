import { DeadlineExceeded } from '../core/deadline.ts';
import { Fault } from '../core/faults.ts';
import { limits } from '../core/limits.ts';
import { arrayOf, memberOf } from '../core/outside-data.ts';
import { connectionProblem } from '../net/connection-problem.ts';

/**
 * The server answers, and wants to be asked less: too many connections, logins or commands, of this mailbox or of us. For
 * clients of ours it is not to be reached for a while.
 */
export class Throttled extends Fault {
  /** How long the server wants to be left alone, in ms, where it says so; never more than `limits.throttledMaxMs`. */
  readonly backOffMs: number | undefined;

  constructor(cause: unknown, suggestedMs: number | undefined) {
    const backOffMs = suggestedMs === undefined ? undefined : Math.min(suggestedMs, limits.throttledMaxMs);
    super(
      'mail-host-unreachable',
      'The mail server is asked too often, or by too many at once. Close other mail programs, or try again later.',
      { cause, retryAfterSeconds: Math.ceil((backOffMs ?? limits.throttledMs) / 1000) },
    );
    this.backOffMs = backOffMs;
  }
}

/**
 * The one translation of what goes wrong with a mail server into what a caller can act on.
 *
 * @param farewell the answer that a connection ended with, as imapflow parsed it: says why, where the error does not
 */
export function mailFault(error: unknown, farewell?: unknown): Fault {
  if (error instanceof Fault) return error;
  const details = detailsOf(error, farewell);
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
  if (isThrottled(details)) return new Throttled(error, suggestedBackOffMs(details.text));
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

/**
 * The connection is gone.
 *
 * @param farewell the answer it ended with, as imapflow parsed it, if there was one
 */
export function connectionLost(farewell?: unknown): Fault {
  return mailFault(undefined, farewell);
}

function unreachable(cause: unknown, code: string | undefined): Fault {
  const late = cause instanceof DeadlineExceeded;
  return new Fault(
    'mail-host-unreachable',
    late
      ? 'The mail server takes too long to answer. Check host, port and TLS, or try again later.'
      : (connectionProblem(code) ??
          'The mail server cannot be reached or broke off. Check host, port and TLS, or try again later.'),
    { cause },
  );
}

/** The server answered `NO` or `BAD`, and the connection goes on. */
export function isRefusal(error: unknown): boolean {
  const status = memberOf(error, 'responseStatus');
  return status === 'NO' || status === 'BAD';
}

/** The response code (RFC 5530) a server gave with its refusal, in upper case: `ALREADYEXISTS`, say. */
export function responseCodeOf(error: unknown): string | undefined {
  return detailsOf(error, undefined).responseCode;
}

/** Whether a parsed answer is Microsoft's `Request is throttled. Suggested Backoff Time: 92415 milliseconds`. */
export function suggestsBackOff(answer: unknown): boolean {
  return suggestedBackOffMs(wordsOf(answer).text) !== undefined;
}

function suggestedBackOffMs(text: string): number | undefined {
  const [, ms] = /request is throttled.*backoff time\D{0,5}(\d{1,12})/i.exec(text) ?? [];
  return ms === undefined ? undefined : Number(ms);
}

type Words = {
  /** The response code of RFC 5530, as in `NO [UNAVAILABLE] ...`, in upper case. */
  readonly responseCode: string | undefined;
  readonly text: string;
};

type Details = Words & {
  readonly code: string | undefined;
  readonly authenticationFailed: boolean;
  readonly folderMissing: boolean;
};

/**
 * Codes of RFC 5530, and one of Gmail's. Without them the words tell: `ALERT` says nothing by itself, for Gmail uses it for
 * too many connections as well as to ask for an app password; and it tells of its quota for commands and traffic with the
 * code for full mailboxes (seen at Gmail, Yahoo, Microsoft and Dovecot, 2018 to 2025).
 */
function isThrottled({ responseCode, text }: Details): boolean {
  if (responseCode !== undefined && throttleCodes.includes(responseCode)) return true;
  if (responseCode !== undefined && refusalCodes.includes(responseCode)) return false;
  return /too many (?:\w+ )?(?:connections|logins|requests|commands)|maximum number of connections|simultaneous connections|throttled|rate limit|bandwidth limits/i.test(
    text,
  );
}

/** A server with too much to do refuses logins as well; nobody is to be told that the password is wrong. */
function isBusy({ responseCode, text }: Details): boolean {
  if (responseCode !== undefined && busyCodes.includes(responseCode)) return true;
  if (responseCode !== undefined && refusalCodes.includes(responseCode)) return false;
  return /too many|simultaneous|(?:try|again) later|temporar|unavailable/i.test(text);
}

const throttleCodes: readonly string[] = ['UNAVAILABLE', 'LIMIT', 'INUSE', 'THROTTLED'];
const busyCodes: readonly string[] = ['SERVERBUG', 'OVERQUOTA'];
const refusalCodes: readonly string[] = [
  'AUTHENTICATIONFAILED',
  'AUTHORIZATIONFAILED',
  'EXPIRED',
  'CONTACTADMIN',
];

function detailsOf(error: unknown, farewell: unknown): Details {
  const member = (name: string): unknown => memberOf(error, name);
  const text = (name: string) => textOf(member(name));
  const answer = wordsOf(member('response'));
  const own: Words = {
    responseCode: text('serverResponseCode')?.toUpperCase() ?? answer.responseCode,
    text: `${text('response') ?? ''} ${text('responseText') ?? answer.text}`.trim(),
  };
  // Of a server that refuses a login and then says goodbye, the refusal counts.
  const words = own.text === '' && own.responseCode === undefined ? wordsOf(farewell) : own;
  return {
    ...words,
    code: text('code'),
    authenticationFailed: member('authenticationFailed') === true,
    folderMissing:
      member('mailboxMissing') === true ||
      text('code') === 'NotFound' ||
      words.responseCode === 'NONEXISTENT' ||
      words.responseCode === 'TRYCREATE',
  };
}

/** What a status response says, in imapflow's parsed form, where it did not take it apart itself. */
function wordsOf(answer: unknown): Words {
  const attributes = arrayOf(memberOf(answer, 'attributes'));
  const [code] = arrayOf(memberOf(attributes[0], 'section'));
  return {
    responseCode: textOf(memberOf(code, 'value'))?.toUpperCase(),
    text: attributes
      .filter((attribute) => memberOf(attribute, 'type') === 'TEXT')
      .map((attribute) => textOf(memberOf(attribute, 'value')) ?? '')
      .join(' ')
      .trim(),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
