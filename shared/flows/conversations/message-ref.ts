/**
 * The id a message has outside: opaque and URL-safe, made of its conversation and its key there, so that a message is
 * found by one read and no index.
 */
export function messageRef(message: { readonly conversationId: string; readonly key: string }): string {
  return `${message.conversationId}.${message.key.replace('#', '.')}`;
}

/** The conversation and key behind an id; undefined for what cannot be one. */
export function parseMessageRef(ref: string): { conversationId: string; key: string } | undefined {
  const match = /^([A-Za-z0-9_-]{1,64})\.([0-9a-z]{9})\.([A-Za-z0-9_-]{8})$/.exec(ref);
  const [, conversationId, time, hash] = match ?? [];
  if (conversationId === undefined || time === undefined || hash === undefined) return undefined;
  return { conversationId, key: `${time}#${hash}` };
}
