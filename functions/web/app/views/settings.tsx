import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Session } from '../../api-client/types.ts';
import { Header, Section } from '../parts.tsx';
import { api, attempt, forget } from '../state.ts';
import { texts } from '../texts.ts';
import { dayOf } from '../times.ts';
import { AccountSettings } from './account-settings.tsx';
import { saveBlob } from './attachment.tsx';
import { NotificationSettings } from './notification-settings.tsx';

export function Settings() {
  return (
    <>
      <Header title={texts.settings} back="#/" />
      <div class="sheet">
        <a class="button" href="#/contacts">
          {texts.contacts}
        </a>
        <NotificationSettings />
        <AccountSettings />
        <Devices />
        <YourData />
      </div>
    </>
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
