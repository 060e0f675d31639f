import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type Fault, type FaultCode, faultTable } from '../../shared/core/faults.ts';
import type { ApiEnv } from './context.ts';

/** RFC 9457 problem details, with a stable `code` and the fields of a request that are wrong. */
export const Problem = z
  .object({
    type: z
      .string()
      .openapi({ description: 'Where this kind of problem is explained.', format: 'uri-reference' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().openapi({ description: 'What went wrong and what to do next, for people.' }),
    code: z
      .enum(Object.keys(faultTable))
      .openapi({ description: 'What went wrong, for programs. Codes are stable.' }),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: 'Every member of the request that is wrong, by its path.' }),
  })
  .openapi('Problem');

/**
 * Answers with a fault. The status comes from the table of faults; `status` is given only where HTTP itself has a more
 * exact one for the same code (405, 413, 415).
 */
export function problem(c: Context<ApiEnv>, fault: Fault, status?: ContentfulStatusCode): Response {
  const entry = faultTable[fault.code];
  const body: z.infer<typeof Problem> = {
    type: `${c.var.context.publicUrl ?? ''}/docs#${fault.code}`,
    title: entry.title,
    status: status ?? entry.status,
    detail: fault.message,
    code: fault.code,
    ...(fault.fields.length > 0
      ? { errors: fault.fields.map(({ field, message }) => ({ field, message })) }
      : {}),
  };
  return c.body(JSON.stringify(body), status ?? entry.status, {
    'content-type': 'application/problem+json',
    ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }),
    ...(entry.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  });
}

/**
 * The error replies of one route for its OpenAPI description. They say nothing to the types: handlers throw faults and
 * return only what went well.
 */
export function problems(...codes: readonly FaultCode[]): Record<never, never> {
  const byStatus = new Map<number, FaultCode[]>();
  for (const code of [...codes, 'internal'] as const) {
    const { status } = faultTable[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, sameStatus]) => [
      status,
      {
        description: sameStatus.map((code) => `\`${code}\`: ${faultTable[code].title}.`).join(' '),
        content: { 'application/problem+json': { schema: Problem } },
      },
    ]),
  );
}
