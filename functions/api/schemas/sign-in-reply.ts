import { z } from '@hono/zod-openapi';
import type { SignedIn } from '../../../shared/flows/accounts/sign-in.ts';
import type { Services } from '../../../shared/flows/services.ts';
import { accountShown } from '../account-shown.ts';
import { AccountReply } from './account.ts';
import { PushKey, pushKey } from './push.ts';

export const SignInReply = z
  .object({
    token: z.string().openapi({ description: 'For `Authorization: Bearer`. Shown here only.' }),
    account: AccountReply,
    push: PushKey,
  })
  .openapi('SignInReply');

/** What a device gets that was just signed in, by whatever way. */
export async function signInReply(services: Services, { token, account }: SignedIn) {
  return {
    token,
    account: await accountShown(services, account),
    push: pushKey(account.serverPushKey ?? services.vapid.publicKey),
  };
}
