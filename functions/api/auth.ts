import { createMiddleware } from 'hono/factory';
import { Fault } from '../../shared/core/faults.ts';
import { findSignedIn } from '../../shared/flows/accounts/session-token.ts';
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
});

/** Spread into a route: it is for signed-in devices only, and its handler knows which one. */
export const signedIn = { security: [{ [securityScheme]: [] }], middleware: authenticate };
