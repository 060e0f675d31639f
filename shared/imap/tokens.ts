import { memberOf } from '../core/outside-data.ts';

/** The words of a command, and of a response, in imapflow's form. */

export const atom = (value: string) => ({ type: 'ATOM', value });
export const atoms = (...values: readonly string[]) => values.map(atom);
export const quoted = (value: string) => ({ type: 'STRING', value });

/** What a word of a response says; undefined for a list, or NIL. */
export function textOf(token: unknown, encoding: 'latin1' | 'utf8' = 'latin1'): string | undefined {
  const value = memberOf(token, 'value');
  if (Buffer.isBuffer(value)) return value.toString(encoding);
  return typeof value === 'string' ? value : undefined;
}
