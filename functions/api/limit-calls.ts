import { createMiddleware } from 'hono/factory';
import { countAgainst, type RateLimit, type rateLimits } from '../../shared/flows/accounts/rate-limits.ts';
import type { SignedInEnv } from './auth.ts';
import { networkOf } from './client-network.ts';
import type { ApiEnv } from './context.ts';

type LimitPer<Per extends string> = {
  [Name in RateLimit]: (typeof rateLimits)[Name]['per'] extends Per ? Name : never;
}[RateLimit];

/** Counts each call of a route against limits of the account; comes behind what finds out whose call it is. */
export function limitedPerAccount(...limits: readonly LimitPer<'account'>[]) {
  return createMiddleware<SignedInEnv>(async (c, next) => {
    for (const limit of limits) await countAgainst(c.var.context.services, limit, c.var.account.id);
    await next();
  });
}

/** Counts each call of a route against a limit of the network it comes from. */
export function limitedPerNetwork(limit: LimitPer<'network'>) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const { services, addressOf } = c.var.context;
    await countAgainst(services, limit, networkOf(addressOf(c)));
    await next();
  });
}
