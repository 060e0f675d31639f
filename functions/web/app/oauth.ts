import { deviceName } from './device.ts';
import { keep, kept } from './kept.ts';
import { api, attempt, begin, notice } from './state.ts';
import { texts } from './texts.ts';

/** To the provider's own sign-in page. The way back is good for who went there alone (RFC 7636). */
export async function signInAt(provider: string, email: string, inviteCode: string): Promise<void> {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  await keep('oauth', verifier);
  const { authorizeUrl } = await api.call('POST /v1/oauth/{provider}/start', {
    path: { provider },
    body: {
      ...{ email, deviceName: deviceName(), returnTo: `${location.origin}/` },
      ...(inviteCode === '' ? {} : { inviteCode }),
      codeChallenge: base64url(new Uint8Array(hash)),
    },
  });
  location.assign(authorizeUrl);
}

/** The way back. Without a beginning here, somebody else wants this browser signed in to an account of theirs. */
export async function takeCode(query: URLSearchParams): Promise<void> {
  const [code, error, verifier] = [query.get('code'), query.get('error'), await kept('oauth')];
  const failures: Readonly<Record<string, string>> = texts.oauthFailed;
  if (error !== null) notice.value = failures[error] ?? texts.oauthFailure;
  else if (typeof verifier !== 'string') notice.value = texts.oauthForeign;
  else if (code !== null)
    await attempt(async () => {
      const body = { code, codeVerifier: verifier };
      await begin((await api.call('POST /v1/oauth/exchange', { body })).token);
    });
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}
