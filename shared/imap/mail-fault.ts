import { DeadlineExceeded } from '../core/deadline.ts';
import { Fault } from '../core/faults.ts';

/** The one translation of what goes wrong with a mail server into what a caller can act on. */
export function mailFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const { code, response, authenticationFailed } = detailsOf(error);
  if (code === 'EADDRFORBIDDEN') {
    return new Fault('mail-host-forbidden', 'That mail server address is not allowed here.', {
      cause: error,
    });
  }
  // Microsoft's way to say that the token is good but the mailbox is not open to it; a new password would not help.
  if (/authenticated but not connected/i.test(response)) {
    return new Fault(
      'login-refused',
      'The mail server knows you but keeps the mailbox closed: switch IMAP on for this mailbox, or ask its administrator.',
      { cause: error },
    );
  }
  // A server that has too much to do refuses logins as well (RFC 5530); nobody is to be told that the password is wrong.
  const busy = /\[(?:UNAVAILABLE|LIMIT|INUSE|ALERT)\]|too many|throttle|try again/i.test(response);
  if (authenticationFailed && !busy) {
    return new Fault(
      'login-refused',
      'The mail server refused user name and password. Many providers want an app password here.',
      { cause: error },
    );
  }
  return unreachable(error);
}

/** The connection is gone; nothing is known but that. */
export function connectionLost(): Fault {
  return unreachable(undefined);
}

function unreachable(cause: unknown): Fault {
  const late = cause instanceof DeadlineExceeded;
  return new Fault(
    'mail-host-unreachable',
    late
      ? 'The mail server takes too long to answer. Try again later.'
      : 'The mail server cannot be reached or broke off. Check host, port and TLS, or try again later.',
    { cause },
  );
}

function detailsOf(error: unknown): { code: string; response: string; authenticationFailed: boolean } {
  if (!(error instanceof Error)) return { code: '', response: '', authenticationFailed: false };
  const text = (name: string) => {
    const value: unknown = Reflect.get(error, name);
    return typeof value === 'string' ? value : '';
  };
  return {
    code: text('code'),
    response: `${text('response')} ${text('responseText')}`,
    authenticationFailed: Reflect.get(error, 'authenticationFailed') === true,
  };
}
