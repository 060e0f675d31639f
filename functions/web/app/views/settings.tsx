import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Calls, Session } from '../../api-client/types.ts';
import { Header } from '../parts.tsx';
import { chooseContent, pushContent, pushState, testPush, turnOff, turnOn } from '../push.ts';
import { account, api, attempt, forget } from '../state.ts';
import { texts } from '../texts.ts';
import { saveBlob } from './attachment.tsx';

export function Settings() {
  const settings = account.value?.settings;
  const change = (body: Calls['PATCH /v1/account']['body']) =>
    void attempt(async () => {
      account.value = await api.call('PATCH /v1/account', { body });
    });
  const signOut = () =>
    void attempt(async () => {
      await api.call('DELETE /v1/sessions/current', {});
      await forget();
    });
  const save = () =>
    void attempt(async () => {
      const all = await api.bytes('/v1/account/export');
      saveBlob(all, 'coi-chat.json');
    });
  const erase = () =>
    void attempt(async () => {
      if (!confirm(texts.eraseSure)) return;
      await api.call('DELETE /v1/account', {});
      await forget();
    });
  return (
    <>
      <Header title={texts.settings} back="#/" />
      <div class="sheet">
        <p>{account.value?.email}</p>
        <a href="#/contacts">{texts.contacts}</a>
        <Notifications />
        {settings === undefined ? null : (
          <section>
            <label class="check">
              <input
                type="checkbox"
                checked={settings.readReceipts === 'always'}
                onChange={(event) =>
                  change({ readReceipts: event.currentTarget.checked ? 'always' : 'never' })
                }
              />
              {texts.receipts}
            </label>
            <Choice
              label={texts.readElsewhere}
              value={settings.messageFilter}
              options={texts.filters}
              onChoose={(messageFilter) => change({ messageFilter })}
            />
          </section>
        )}
        <Devices />
        <section>
          <h2>{texts.data}</h2>
          <button type="button" onClick={save}>
            {texts.export}
          </button>
          <button type="button" onClick={signOut}>
            {texts.signOut}
          </button>
          <button type="button" class="danger" onClick={erase}>
            {texts.erase}
          </button>
        </section>
      </div>
    </>
  );
}

function Notifications() {
  const state = pushState.value;
  return (
    <section>
      <h2>{texts.notifications}</h2>
      <p>
        {
          { missing: texts.pushMissing, denied: texts.pushDenied, off: texts.pushOff, on: texts.pushOn }[
            state
          ]
        }
      </p>
      {state === 'off' ? (
        <button type="button" class="main" onClick={() => void attempt(turnOn)}>
          {texts.turnOn}
        </button>
      ) : null}
      {state === 'on' ? (
        <>
          <button type="button" onClick={() => void attempt(testPush)}>
            {texts.test}
          </button>
          <button type="button" onClick={() => void attempt(turnOff)}>
            {texts.turnOff}
          </button>
        </>
      ) : null}
      <Choice
        label={texts.content}
        value={pushContent.value}
        options={texts.contents}
        onChoose={(content) => void attempt(() => chooseContent(content))}
      />
    </section>
  );
}

function Choice<K extends string>(props: {
  readonly label: string;
  readonly value: K;
  readonly options: Readonly<Record<K, string>>;
  readonly onChoose: (key: K) => void;
}) {
  const isKey = (key: string): key is K => key in props.options;
  return (
    <label class="field">
      <span>{props.label}</span>
      <select
        value={props.value}
        onChange={({ currentTarget }) => {
          if (isKey(currentTarget.value)) props.onChoose(currentTarget.value);
        }}
      >
        {Object.keys(props.options)
          .filter(isKey)
          .map((key) => (
            <option value={key} key={key}>
              {props.options[key]}
            </option>
          ))}
      </select>
    </label>
  );
}

function Devices() {
  const sessions = useSignal<readonly Session[]>([]);
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
    <section>
      <h2>{texts.devices}</h2>
      <ul class="rows">
        {sessions.value.map(({ id, deviceName, current }) => (
          <li class="row" key={id}>
            <span class="words">
              <b>{deviceName ?? id}</b>
              {current ? <span class="preview">{texts.thisDevice}</span> : null}
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
    </section>
  );
}
