import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { Fault } from '../../shared/core/faults.ts';
import { getLiveMessage } from '../../shared/flows/conversations/live-message.ts';
import { parseMessageRef } from '../../shared/flows/conversations/message-ref.ts';
import type { Message } from '../../shared/store/items.ts';
import type { SignedInEnv } from './auth.ts';

export const messageParams = z.object({
  id: z.string().max(128).openapi({ description: 'A message id of this API.' }),
});

/** The stored message behind an id. Ids hold no account: what another account has is not found. */
export async function messageOf<Env extends SignedInEnv>(c: Context<Env>, id: string): Promise<Message> {
  const { store, clock } = c.var.context.services;
  const ref = parseMessageRef(id);
  const message = ref && (await getLiveMessage(store, c.var.account.id, ref, clock.now()));
  if (message === undefined) throw noMessage();
  return message;
}

export function noMessage(): Fault {
  return new Fault('not-found', 'This account has no such message.');
}
