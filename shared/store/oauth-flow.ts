import type { Store } from './client.ts';
import { oauthFlowKey, oauthHandoverKey } from './keys.ts';
import { isExpired, StoredItem, toSeconds } from './stored-item.ts';

/** What is kept of somebody who was sent to a provider, until they come back. Its state is stored as a hash only. */
export type OauthFlow = {
  readonly provider: string;
  /** Normalised. */
  readonly email: string;
  readonly deviceName: string | undefined;
  readonly inviteCode: string | undefined;
  /** Where to go then; undefined to show the code. */
  readonly returnTo: string | undefined;
  /** Base64url of the SHA-256 of what the app that began will show with its code; undefined when it will show nothing. */
  readonly codeChallenge: string | undefined;
  /** Of no use without the code that the provider gives, and this service's own secret. */
  readonly verifier: string;
  readonly nonce: string;
};

/** What waits for the app that a user came back to. There is no token in it: the session is made when it is asked for. */
export type OauthHandover = { readonly accountId: string } & Pick<OauthFlow, 'deviceName' | 'codeChallenge'>;

export async function putOauthFlow(
  store: Store,
  state: string,
  flow: OauthFlow,
  expiresAt: number,
): Promise<void> {
  await store.put(oauthFlowKey(state), {
    pr: flow.provider,
    e: flow.email,
    d: flow.deviceName,
    iv: flow.inviteCode,
    rt: flow.returnTo,
    cc: flow.codeChallenge,
    ve: flow.verifier,
    no: flow.nonce,
    expiresAt: toSeconds(expiresAt),
  });
}

/** Gives it once: of two who come with the same state, one gets it. */
export async function takeOauthFlow(
  store: Store,
  state: string,
  now: number,
): Promise<OauthFlow | undefined> {
  const stored = await takeOnce(store, oauthFlowKey(state), now);
  return (
    stored && {
      provider: stored.text('pr'),
      email: stored.text('e'),
      deviceName: stored.optionalText('d'),
      inviteCode: stored.optionalText('iv'),
      returnTo: stored.optionalText('rt'),
      codeChallenge: stored.optionalText('cc'),
      verifier: stored.text('ve'),
      nonce: stored.text('no'),
    }
  );
}

export async function putOauthHandover(
  store: Store,
  code: string,
  { accountId, deviceName, codeChallenge }: OauthHandover,
  expiresAt: number,
): Promise<void> {
  await store.put(oauthHandoverKey(code), {
    a: accountId,
    d: deviceName,
    cc: codeChallenge,
    expiresAt: toSeconds(expiresAt),
  });
}

/** Gives it once. */
export async function takeOauthHandover(
  store: Store,
  code: string,
  now: number,
): Promise<OauthHandover | undefined> {
  const stored = await takeOnce(store, oauthHandoverKey(code), now);
  return (
    stored && {
      accountId: stored.text('a'),
      deviceName: stored.optionalText('d'),
      codeChallenge: stored.optionalText('cc'),
    }
  );
}

const takeOnce = async (
  store: Store,
  key: ReturnType<typeof oauthFlowKey>,
  now: number,
): Promise<StoredItem | undefined> => {
  const item = await store.get(key);
  if (item === undefined || isExpired(item, now)) return undefined;
  const isMine = await store.delete(key, { text: 'attribute_exists(pk)' });
  return isMine ? new StoredItem('oauth', item) : undefined;
};
