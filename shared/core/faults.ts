/**
 * The one table of faults: which HTTP status a fault becomes, what a person reads, and whether trying again can help.
 * Codes are those of the HTTP contract (RFC 9457 `code` member) and stay stable.
 */
export const faultTable = {
  'invalid-request': { status: 400, title: 'The request is not valid', retry: false },
  'not-signed-in': { status: 401, title: 'Sign in first', retry: false },
  'not-admitted': { status: 403, title: 'This service does not admit that address', retry: false },
  'not-found': { status: 404, title: 'There is no such thing here', retry: false },
  conflict: { status: 409, title: 'That conflicts with what is stored', retry: false },
  'limit-reached': { status: 409, title: 'A limit is reached', retry: false },
  'login-refused': { status: 422, title: 'The mail server refused the login', retry: false },
  'needs-settings': { status: 422, title: 'Mail server settings are needed', retry: false },
  'mail-host-forbidden': { status: 422, title: 'That mail server address is not allowed', retry: false },
  'push-unreachable': { status: 422, title: 'The push service did not take the push', retry: false },
  'validation-expired': { status: 422, title: 'The validation is wrong or too old', retry: false },
  'send-refused': { status: 422, title: 'The mail server refused the message', retry: false },
  'too-many-requests': { status: 429, title: 'Too many requests', retry: true },
  internal: { status: 500, title: 'Something went wrong here', retry: true },
  'mail-host-unreachable': { status: 502, title: 'The mail server cannot be reached', retry: true },
  'send-unknown': { status: 502, title: 'It is not known whether the message was sent', retry: false },
} as const satisfies Record<string, { status: number; title: string; retry: boolean }>;

export type FaultCode = keyof typeof faultTable;

/** One member of a request that is wrong, named by its JSON path (`imap.port`). */
export type FieldFault = { field: string; message: string };

/**
 * Something a caller may meet and act on. `message` is shown to people: it says what to do next and never holds a
 * secret, mail content, or the address of an internal host.
 */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly fields: readonly FieldFault[];
  /** Seconds after which trying again makes sense, where that is known. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: FaultCode,
    message: string,
    options: { cause?: unknown; fields?: readonly FieldFault[]; retryAfterSeconds?: number | undefined } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.fields = options.fields ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** A fault that names one wrong member. */
export function invalidField(field: string, message: string): Fault {
  return invalidFields([{ field, message }]);
}

/** A fault that names all wrong members, the first few of them in words: many clients show nothing else. */
export function invalidFields(fields: readonly FieldFault[]): Fault {
  const words = fields.slice(0, 3).map(({ field, message }) => `${field} ${message}`);
  const more = fields.length > words.length ? ['and more'] : [];
  return new Fault('invalid-request', `The request is not valid: ${[...words, ...more].join('; ')}.`, {
    fields,
  });
}
