import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { AccountChanges, Session } from '../../api-client/types.ts';
import { Check, Choice, dayOf, Field, Header, Section, taking, valueIn } from '../parts.tsx';
import { changeWish, pushState, pushWish, testPush, turnOff, turnOn } from '../push.ts';
import { account, api, attempt, forget, notice } from '../state.ts';
import { texts } from '../texts.ts';
import { saveBlob } from './attachment.tsx';

export function Settings() {
  return (
    <>
      <Header title={texts.settings} back="#/" />
      <div class="sheet">
        <a class="button" href="#/contacts">
          {texts.contacts}
        </a>
        <Notifications />
        <AccountSettings />
        <Devices />
        <YourData />
      </div>
    </>
  );
}

function Notifications() {
  const state = pushState.value;
  const { content, silentOk } = pushWish.value;
  return (
    <Section title={texts.notifications}>
      <p role="status">{texts.push[state]}</p>
      <div class="buttons">
        {state === 'off' || state === 'waiting' ? (
          <button type="button" class="main" onClick={() => void attempt(turnOn)}>
            {state === 'off' ? texts.turnOn : texts.tryAgain}
          </button>
        ) : null}
        {state === 'on' ? (
          <button type="button" onClick={() => void attempt(testPush)}>
            {texts.test}
          </button>
        ) : null}
        {state === 'on' || state === 'waiting' ? (
          <button type="button" onClick={() => void attempt(turnOff)}>
            {texts.turnOff}
          </button>
        ) : null}
      </div>
      <Choice
        label={texts.content}
        value={content}
        options={texts.contents}
        onChoose={(chosen) => void attempt(() => changeWish({ content: chosen }))}
      />
      <Check
        label={texts.silent}
        checked={silentOk}
        onChange={(checked) => void attempt(() => changeWish({ silentOk: checked }))}
      />
      <p class="dim">{texts.silentNote}</p>
    </Section>
  );
}

const usualNight = { from: '22:00', to: '07:00' };

function AccountSettings() {
  if (account.value === undefined) return null;
  const { email, settings, status } = account.value;
  const { quietHours, readReceipts, messageFilter, unknownSenders } = settings;
  const change = (body: AccountChanges) =>
    void attempt(async () => {
      account.value = await api.call('PATCH /v1/account', { body });
    });
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const setNight = taking((form) =>
    change({ quietHours: { from: valueIn(form, 'from'), to: valueIn(form, 'to'), timeZone } }),
  );
  const setPassword = taking((form) => {
    void attempt(async () => {
      const body = { password: valueIn(form, 'password') };
      account.value = await api.call('PUT /v1/account/credentials', { body });
      form.reset();
      notice.value = texts.saved;
    });
  });
  const night = quietHours ?? usualNight;
  return (
    <Section title={texts.account}>
      <p class="dim">{email}</p>
      <Check
        label={texts.quiet}
        checked={quietHours !== null}
        onChange={(checked) => change({ quietHours: checked ? { ...usualNight, timeZone } : null })}
      />
      {quietHours === null ? null : (
        <form class="inline" onSubmit={setNight}>
          <Field label={texts.quietFrom} name="from" type="time" required value={night.from} />
          <Field label={texts.quietTo} name="to" type="time" required value={night.to} />
          <button type="submit">{texts.save}</button>
        </form>
      )}
      <Choice
        label={texts.strangers}
        value={unknownSenders}
        options={texts.strangersRing}
        onChoose={(chosen) => change({ unknownSenders: chosen })}
      />
      <Choice
        label={texts.readElsewhere}
        value={messageFilter}
        options={texts.filters}
        onChoose={(chosen) => change({ messageFilter: chosen })}
      />
      <Check
        label={texts.receipts}
        checked={readReceipts === 'always'}
        onChange={(checked) => change({ readReceipts: checked ? 'always' : 'never' })}
      />
      <details open={status === 'login-refused'}>
        <summary>{texts.changePassword}</summary>
        <form class="inline" onSubmit={setPassword}>
          <Field
            label={texts.newPassword}
            name="password"
            type="password"
            required
            autocomplete="current-password"
          />
          <button type="submit">{texts.save}</button>
        </form>
      </details>
    </Section>
  );
}

function Devices() {
  const sessions = useSignal<readonly Session[] | undefined>(undefined);
  const refresh = async () => {
    sessions.value = (await api.call('GET /v1/sessions', {})).items;
  };
  useEffect(() => void attempt(refresh), []);
  const end = (id: string) =>
    void attempt(async () => {
      await api.call('DELETE /v1/sessions/{id}', { path: { id } });
      await refresh();
    });
  return (
    <Section title={texts.devices}>
      {sessions.value === undefined ? <p class="dim">{texts.loading}</p> : null}
      <ul class="rows">
        {(sessions.value ?? []).map(({ id, deviceName, current, createdAt }) => (
          <li class="row" key={id}>
            <span class="words">
              <b>{deviceName ?? id}</b>
              <span class="dim">{current ? texts.thisDevice : texts.signedIn(dayOf(createdAt))}</span>
            </span>
            {current ? null : (
              <button
                type="button"
                aria-label={texts.signOutDevice(deviceName ?? id)}
                onClick={() => end(id)}
              >
                {texts.signOut}
              </button>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function YourData() {
  const leave = (call: 'DELETE /v1/sessions/current' | 'DELETE /v1/account') =>
    void attempt(async () => {
      await api.call(call, {});
      await forget();
    });
  return (
    <Section title={texts.data}>
      <button type="button" onClick={() => void attempt(saveAll)}>
        {texts.export}
      </button>
      <button type="button" onClick={() => leave('DELETE /v1/sessions/current')}>
        {texts.signOut}
      </button>
      <button
        type="button"
        class="danger"
        onClick={() => {
          if (confirm(texts.eraseSure)) leave('DELETE /v1/account');
        }}
      >
        {texts.erase}
      </button>
    </Section>
  );
}

/** All pages of the export, as one file. */
async function saveAll(): Promise<void> {
  const all: unknown[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.call('GET /v1/account/export', { query: cursor === undefined ? {} : { cursor } });
    all.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  saveBlob(new Blob([JSON.stringify(all, undefined, 2)], { type: 'application/json' }), 'coi-chat.json');
}
