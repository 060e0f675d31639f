import { createMiddleware } from 'hono/factory';
import { withDeadline } from '../../shared/core/deadline.ts';
import { Fault } from '../../shared/core/faults.ts';
import { limits } from '../../shared/core/limits.ts';
import { findSignedIn } from '../../shared/flows/accounts/session-token.ts';
import { noteActivity } from '../../shared/flows/watch/note-activity.ts';
import type { Account, Session } from '../../shared/store/items.ts';
import type { ApiContext } from './context.ts';

/** What the handlers of signed-in routes have besides the context. */
export type SignedInEnv = { Variables: { context: ApiContext; account: Account; session: Session } };

/** The name of the security scheme in the OpenAPI document. */
export const securityScheme = 'bearer';

/**
 * The device that an Authorization header speaks for.
 *
 * @throws Fault `not-signed-in`
 */
export async function deviceOf(
  { services }: ApiContext,
  authorization: string | undefined,
): Promise<{ account: Account; session: Session }> {
  const [, token] = /^Bearer +([^ ]+) *$/i.exec(authorization ?? '') ?? [];
  const found = token === undefined ? undefined : await findSignedIn(services, token);
  if (found !== undefined) return found;
  throw new Fault(
    'not-signed-in',
    'Sign in with POST /v1/sessions and send the token as "Authorization: Bearer".',
  );
}

const authenticate = createMiddleware<SignedInEnv>(async (c, next) => {
  const { account, session } = await deviceOf(c.var.context, c.req.header('authorization'));
  c.set('account', account);
  c.set('session', session);
  await next();
  await noteCall(c.var.context, account.id, c.res.status);
});

/**
 * Notes after a call that succeeded that its user is there. Waited for, because a function is frozen once it has answered;
 * not for long, and whatever becomes of it, the call is answered.
 */
export async function noteCall({ services }: ApiContext, accountId: string, status: number): Promise<void> {
  if (status >= 400) return;
  await withDeadline(noteActivity(services, accountId), limits.activityNoteMs, 'activity').catch(
    () => undefined,
  );
}

/** Spread into a route: it is for signed-in devices only, and its handler knows which one. */
export const signedIn = { security: [{ [securityScheme]: [] }], middleware: authenticate };
