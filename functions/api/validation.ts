import { z } from '@hono/zod-openapi';
import type { FieldFault } from '../../shared/core/faults.ts';

/** Every wrong member of a request, once, by its path in the body or its name in the query, path or headers. */
export function fieldFaults(error: z.ZodError): FieldFault[] {
  const faults = error.issues.flatMap((issue) => issueFaults(issue, []));
  return faults.filter(({ field }, index) => faults.findIndex((fault) => fault.field === field) === index);
}

function issueFaults(issue: z.core.$ZodIssue, parents: readonly PropertyKey[]): FieldFault[] {
  const path = [...parents, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ field: pathText([...path, key]), message: 'is not known here' }));
    case 'invalid_union': {
      // The alternative that was nearest says most.
      const nearest = [...issue.errors].sort((a, b) => a.length - b.length)[0];
      if (nearest !== undefined && nearest.length > 0)
        return nearest.flatMap((inner) => issueFaults(inner, path));
      return [{ field: pathText(path), message: issue.message }];
    }
    default:
      return [{ field: pathText(path), message: issue.message }];
  }
}

/** `imap.port`, `to[0]`; the whole body is called `body`. */
function pathText(path: readonly PropertyKey[]): string {
  return (
    path.reduce<string>((text, step) => {
      if (typeof step === 'number') return `${text}[${step}]`;
      return text === '' ? String(step) : `${text}.${String(step)}`;
    }, '') || 'body'
  );
}

/** A text of at most so many bytes in UTF-8, without control characters, which have no place in a name. */
export function shortText(maxBytes: number) {
  return z
    .string()
    .min(1)
    .refine((text) => Buffer.byteLength(text) <= maxBytes, `must have at most ${maxBytes} bytes`)
    .refine(isPrintable, 'must not hold control characters')
    .openapi({ maxLength: maxBytes });
}

/** A mail address that can stand in an envelope and a header field as it is. */
export const MailAddress = z
  .string()
  .max(254)
  // Without flags: the pattern is in the OpenAPI document too, where there are none.
  .regex(/^[^\s@<>()[\]\\,:;"]+@[^\s@<>()[\]\\,:;"]+$/, 'must be a mail address')
  .refine(isPrintable, 'must not hold control characters')
  .openapi({ format: 'email', example: 'alice@example.org' });

function isPrintable(text: string): boolean {
  return !/\p{Cc}/u.test(text);
}

/** Of the user at the mail servers. */
export const Password = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[^\0\r\n]*$/, 'must not hold line breaks')
  .openapi({ format: 'password', description: 'Many providers want an app password here.' });
