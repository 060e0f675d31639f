import { z } from '@hono/zod-openapi';
import { invalidField } from '../../shared/core/faults.ts';
import { limits } from '../../shared/core/limits.ts';

export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(limits.pageItemsMax).default(limits.pageItems),
  cursor: z.string().max(256).optional().openapi({ description: '`nextCursor` of the page before.' }),
});

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    nextCursor: z
      .string()
      .nullable()
      .openapi({ description: 'Where the next page starts; null on the last one.' }),
  });
}

/** Cursors are opaque outside; their kind keeps those of one list from being taken for another's. */
export function encodeCursor(kind: string, position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([kind, ...position])).toString('base64url');
}

/**
 * The position in a cursor that this service gave out.
 *
 * @throws Fault `invalid-request` for any other text
 */
export function decodeCursor<T extends z.ZodType>(kind: string, cursor: string, position: T): z.infer<T> {
  const [given, ...rest] = parseArray(Buffer.from(cursor, 'base64url').toString('utf8'));
  const parsed = position.safeParse(rest);
  if (given !== kind || !parsed.success) throw invalidField('cursor', 'is not one of this list');
  return parsed.data;
}

function parseArray(text: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}
