import { useSignal } from '@preact/signals';
import { isProblem } from '../../api-client/client.ts';
import type { Calls } from '../../api-client/types.ts';
import { deviceName } from '../device.ts';
import { Field, taking, valueIn } from '../fields.tsx';
import { signInAt } from '../oauth.ts';
import { Away } from '../parts.tsx';
import { renewPush } from '../push.ts';
import { account, api, attempt, begin, notice } from '../state.ts';
import { refreshShown } from '../sync.ts';
import { texts } from '../texts.ts';

type Found = Calls['POST /v1/discovery']['reply'];

/** First the address, then what its provider needs: a password, a button, or the names of the servers. */
export function SignIn() {
  const email = useSignal('');
  const found = useSignal<Found | undefined>(undefined);
  const byHand = useSignal(false);
  const busy = useSignal(false);
  const run = (work: () => Promise<void>) => {
    busy.value = true;
    notice.value = undefined;
    void attempt(work).finally(() => (busy.value = false));
  };

  const look = taking((form) => {
    email.value = valueIn(form, 'email');
    run(async () => {
      try {
        found.value = await api.call('POST /v1/discovery', { body: { email: email.value } });
      } catch (error) {
        if (!isProblem(error, 'needs-settings')) throw error;
        byHand.value = true;
        notice.value = texts.notFound;
      }
    });
  });
  const signIn = taking((form) =>
    run(async () => {
      const body = {
        email: email.value,
        deviceName: deviceName(),
        ...entered(form, byHand.value, found.value),
      };
      const reply = await api.call('POST /v1/sessions', { body });
      await begin(reply.token);
      account.value = reply.account;
      await refreshShown();
      await renewPush();
    }),
  );
  const startAgain = () => {
    found.value = undefined;
    byHand.value = false;
    notice.value = undefined;
  };
  const isKnown = found.value !== undefined || byHand.value;
  const providers = (found.value?.auth ?? []).flatMap((way) =>
    way.startsWith('oauth2:') ? [way.slice(7)] : [],
  );
  return (
    <main class="sign-in">
      <img src="/icon.svg" width="72" height="72" alt="" />
      <h1>{texts.app}</h1>
      <p class="dim">{texts.tagline}</p>
      <form onSubmit={isKnown ? signIn : look}>
        {isKnown ? (
          <p class="chosen">
            <span class="words">{email.value}</span>
            <button type="button" class="quiet" onClick={startAgain}>
              {texts.otherAddress}
            </button>
          </p>
        ) : (
          <Field
            {...{ label: texts.email, name: 'email', type: 'email', autocomplete: 'username' }}
            {...{ required: true, autofocus: true, value: email.value }}
          />
        )}
        {(found.value?.hints ?? []).map((hint) => (
          <Hint hint={hint} key={hint.code} />
        ))}
        {isKnown
          ? providers.map((provider) => (
              <button
                type="button"
                class="main"
                key={provider}
                onClick={({ currentTarget }) => {
                  const code = currentTarget.form === null ? '' : valueIn(currentTarget.form, 'inviteCode');
                  run(() => signInAt(provider, email.value, code));
                }}
              >
                {texts.signInWith(provider[0]?.toUpperCase() + provider.slice(1))}
              </button>
            ))
          : null}
        {isKnown ? <Credentials found={found.value} byHand={byHand} /> : null}
        <button type="submit" class={providers.length > 0 ? '' : 'main'} disabled={busy.value}>
          {busy.value ? texts.working : isKnown ? texts.signIn : texts.next}
        </button>
      </form>
    </main>
  );
}

function Hint({ hint: { text, url } }: { readonly hint: Found['hints'][number] }) {
  return (
    <p class="hint">
      {text} {url?.startsWith('https://') ? <Away href={url} text={new URL(url).host} /> : null}
    </p>
  );
}

function Credentials(props: { readonly found: Found | undefined; readonly byHand: { value: boolean } }) {
  const { found, byHand } = props;
  return (
    <>
      {found?.confirm === true && !byHand.value ? (
        <p class="hint">{texts.confirmServers(found.imap?.host ?? '')}</p>
      ) : null}
      <Field
        {...{ label: texts.password, name: 'password', type: 'password', autocomplete: 'current-password' }}
        {...{ required: true, autofocus: true }}
      />
      <Field label={texts.name} name="displayName" autocomplete="name" />
      {byHand.value ? (
        <div class="servers">
          <Field label={texts.imapHost} name="imapHost" required autocomplete="off" />
          <Field label={texts.imapPort} name="imapPort" inputMode="numeric" value="993" required />
          <Field label={texts.smtpHost} name="smtpHost" required autocomplete="off" />
          <Field label={texts.smtpPort} name="smtpPort" inputMode="numeric" value="465" required />
        </div>
      ) : null}
      <details>
        <summary>{texts.more}</summary>
        <Field label={texts.invite} name="inviteCode" autocomplete="off" />
        {byHand.value ? null : (
          <button type="button" class="quiet" onClick={() => (byHand.value = true)}>
            {texts.ownServers}
          </button>
        )}
      </details>
    </>
  );
}

function entered(form: HTMLFormElement, byHand: boolean, found: Found | undefined) {
  const given = (name: string) => valueIn(form, name);
  const optional = (name: string) => (given(name) === '' ? {} : { [name]: given(name) });
  const server = (kind: 'imap' | 'smtp') => {
    const port = Number(given(`${kind}Port`));
    const tls = port === 587 || port === 143 ? ('starttls' as const) : ('implicit' as const);
    return { host: given(`${kind}Host`), port, tls };
  };
  const servers = byHand
    ? { imap: server('imap'), smtp: server('smtp') }
    : // Servers that only DNS names were shown to the user; signing in says that they are right.
      found?.confirm === true
      ? { ...(found.imap && { imap: found.imap }), ...(found.smtp && { smtp: found.smtp }) }
      : {};
  return {
    password: given('password'),
    ...optional('displayName'),
    ...optional('inviteCode'),
    ...servers,
  };
}
