import { useSignal } from '@preact/signals';
import { Problem } from '../../api-client/client.ts';
import type { Calls } from '../../api-client/types.ts';
import { Field, valueIn } from '../parts.tsx';
import { deviceName, renewPush } from '../push.ts';
import { account, api, attempt, begin } from '../state.ts';
import { refreshShown } from '../sync.ts';
import { texts } from '../texts.ts';

type Found = Calls['POST /v1/discovery']['reply'];

/** First the address, then what its provider needs: a password, a button, or the names of the servers. */
export function SignIn() {
  const email = useSignal('');
  const found = useSignal<Found | undefined>(undefined);
  const byHand = useSignal(false);
  const busy = useSignal(false);

  const look = (event: SubmitEvent) => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    email.value = valueIn(event.currentTarget, 'email');
    busy.value = true;
    void attempt(async () => {
      try {
        found.value = await api.call('POST /v1/discovery', { body: { email: email.value } });
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'needs-settings') throw error;
        byHand.value = true;
      }
    }).finally(() => (busy.value = false));
  };

  const signIn = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (!(form instanceof HTMLFormElement)) return;
    const given = (name: string) => valueIn(form, name);
    const optional = (name: string) => (given(name) === '' ? {} : { [name]: given(name) });
    const server = (kind: 'imap' | 'smtp') => ({
      host: given(`${kind}Host`),
      port: Number(given(`${kind}Port`)),
      tls:
        given(`${kind}Port`) === '587' || given(`${kind}Port`) === '143'
          ? ('starttls' as const)
          : ('implicit' as const),
    });
    // Servers that only DNS names are shown to the user below; signing in says that they are right.
    const shown = found.value?.confirm === true ? confirmed(found.value) : {};
    busy.value = true;
    void attempt(async () => {
      const reply = await api.call('POST /v1/sessions', {
        body: {
          email: email.value,
          password: given('password'),
          deviceName: deviceName(),
          ...optional('displayName'),
          ...optional('inviteCode'),
          ...(byHand.value ? { imap: server('imap'), smtp: server('smtp') } : shown),
        },
      });
      await begin(reply.token);
      account.value = reply.account;
      await refreshShown();
      await renewPush();
    }).finally(() => (busy.value = false));
  };

  const signInAt = (provider: string) => {
    void attempt(async () => {
      const { authorizeUrl } = await api.call('POST /v1/oauth/{provider}/start', {
        path: { provider },
        body: { email: email.value, deviceName: deviceName(), returnTo: `${location.origin}/` },
      });
      location.assign(authorizeUrl);
    });
  };

  const known = found.value !== undefined || byHand.value;
  const providers = (found.value?.auth ?? []).flatMap((way) =>
    way.startsWith('oauth2:') ? [way.slice(7)] : [],
  );
  return (
    <main class="sign-in">
      <img src="/icon.svg" width="72" height="72" alt="" />
      <h1>{texts.app}</h1>
      <p>{texts.tagline}</p>
      <form onSubmit={known ? signIn : look}>
        {known ? (
          <p class="chosen">
            {email.value}{' '}
            <button
              type="button"
              onClick={() => {
                found.value = undefined;
                byHand.value = false;
              }}
            >
              {texts.otherAddress}
            </button>
          </p>
        ) : (
          <Field
            label={texts.email}
            name="email"
            type="email"
            required
            autocomplete="username"
            value={email.value}
          />
        )}
        {(found.value?.hints ?? []).map((hint) => (
          <p class="hint" key={hint.code}>
            {hint.text}{' '}
            {hint.url?.startsWith('https://') ? (
              <a href={hint.url} rel="noreferrer noopener" target="_blank">
                {new URL(hint.url).host}
              </a>
            ) : null}
          </p>
        ))}
        {providers.map((provider) => (
          <button type="button" class="main" key={provider} onClick={() => signInAt(provider)}>
            {texts.signInWith(provider[0]?.toUpperCase() + provider.slice(1))}
          </button>
        ))}
        {known ? (
          <>
            {found.value?.confirm === true ? (
              <p class="hint">{texts.confirmServers(found.value.imap?.host ?? '')}</p>
            ) : null}
            <Field
              label={texts.password}
              name="password"
              type="password"
              required
              autocomplete="current-password"
            />
            <Field label={texts.name} name="displayName" autocomplete="name" />
            {byHand.value ? (
              <>
                <Field label={texts.imapHost} name="imapHost" required />
                <Field label={texts.imapPort} name="imapPort" type="number" value="993" required />
                <Field label={texts.smtpHost} name="smtpHost" required />
                <Field label={texts.smtpPort} name="smtpPort" type="number" value="465" required />
              </>
            ) : (
              <button type="button" class="quiet" onClick={() => (byHand.value = true)}>
                {texts.ownServers}
              </button>
            )}
            <Field label={texts.invite} name="inviteCode" autocomplete="off" />
          </>
        ) : null}
        <button type="submit" class="main" disabled={busy.value}>
          {busy.value ? texts.working : known ? texts.signIn : texts.next}
        </button>
      </form>
    </main>
  );
}

function confirmed({ imap, smtp }: Found) {
  return { ...(imap === null ? {} : { imap }), ...(smtp === null ? {} : { smtp }) };
}
