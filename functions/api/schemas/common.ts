import { z } from '@hono/zod-openapi';

export const Time = z.string().openapi({ format: 'date-time', example: '2026-11-22T12:34:56.000Z' });

export const NamedAddress = z
  .object({ address: z.string(), name: z.string().nullable() })
  .openapi('Address', { description: 'A mail address with the name its owner gave, if any.' });

export function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

export function optionalTime(ms: number | undefined): string | null {
  return ms === undefined ? null : timeOf(ms);
}

export function namedAddress(address: { readonly address: string; readonly name: string | undefined }) {
  return { address: address.address, name: address.name ?? null };
}

/** A JSON body of a request. */
export function jsonBody<T extends z.ZodType>(schema: T) {
  return { required: true, content: { 'application/json': { schema } } };
}

/** A JSON reply. */
export function jsonReply<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { 'application/json': { schema } } };
}
