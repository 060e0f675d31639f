import { kept } from '../app/kept.ts';

/** A push waits for no service: its notification is shown with what there is. */
const withinMs = 5_000;

/** A call of the API as whoever is signed in; undefined when it did not work. */
export async function call(method: string, path: string, body?: object): Promise<unknown> {
  const token = await kept('token');
  if (typeof token !== 'string') return undefined;
  try {
    const reply = await fetch(path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(withinMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!reply.ok) return undefined;
    return reply.status === 204 ? {} : JSON.parse(await reply.text());
  } catch {
    return undefined;
  }
}
