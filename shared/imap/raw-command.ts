import { memberOf } from '../core/outside-data.ts';
import type { LeanClient } from './lean-client.ts';

/** Takes the arguments of one untagged response, as imapflow parsed them. */
export type TakeUntagged = (attributes: unknown) => void;

/**
 * One command that imapflow has no method for. A running IDLE ends first, as it does before imapflow's own commands.
 * What is refused is thrown as imapflow does it.
 *
 * @param untagged what to do with untagged responses, by their name in upper case
 */
export async function rawCommand(
  client: LeanClient,
  name: string,
  attributes: readonly unknown[],
  untagged: Readonly<Record<string, TakeUntagged>>,
): Promise<void> {
  if (typeof client.preCheck === 'function') await client.preCheck();
  const handlers = Object.entries(untagged).map(([response, take]) => [
    response,
    async (line: { readonly attributes?: unknown }) => take(line.attributes),
  ]);
  const answer = await client.exec(name, attributes, { untagged: Object.fromEntries(handlers) });
  // Nothing more is read from the server until this is called.
  const next = memberOf(answer, 'next');
  if (typeof next === 'function') next();
}
