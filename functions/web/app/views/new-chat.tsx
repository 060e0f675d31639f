import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Field, taking, valueIn } from '../fields.tsx';
import { Avatar, Header, Person, Section } from '../parts.tsx';
import { hrefOf, known, refreshContacts } from '../people.ts';
import { api, attempt, notice } from '../state.ts';
import { refreshConversations } from '../sync.ts';
import { texts } from '../texts.ts';

/** A chat begins with its first message. `to` is whom it was opened for. */
export function NewChat({ to }: { readonly to: string }) {
  const busy = useSignal(false);
  useEffect(() => void attempt(refreshContacts), []);
  const begin = taking((form) => {
    const text = valueIn(form, 'text');
    void start(busy, { kind: 'text', text, to: [valueIn(form, 'to')] });
  });
  return (
    <>
      <Header title={texts.newChat} back="#/" />
      <div class="sheet">
        <a class="button" href="#/group">
          {texts.newGroup}
        </a>
        <form class="card" onSubmit={begin}>
          <Field label={texts.to} name="to" type="email" required value={to} autocomplete="off" />
          <FirstMessage busy={busy.value} />
        </form>
        {known.value.length === 0 ? null : (
          <Section title={texts.known}>
            <ul class="rows">
              {known.value.map(({ address, name }) => (
                <Person name={name} about={address} href={hrefOf(address)} key={address} />
              ))}
            </ul>
          </Section>
        )}
      </div>
    </>
  );
}

export function NewGroup() {
  const busy = useSignal(false);
  useEffect(() => void attempt(refreshContacts), []);
  const begin = taking((form) => {
    const others = valueIn(form, 'others').split(/[\s,;]+/);
    const chosen = new FormData(form).getAll('member').map(String);
    const participants = [...new Set([...chosen, ...others])].filter((each) => each !== '');
    if (participants.length === 0) notice.value = texts.nobody;
    else
      void start(busy, {
        ...{ kind: 'text', text: valueIn(form, 'text') },
        group: { name: valueIn(form, 'name'), participants },
      });
  });
  return (
    <>
      <Header title={texts.newGroup} back="#/new" />
      <div class="sheet">
        <form class="card" onSubmit={begin}>
          <Field label={texts.groupName} name="name" required autocomplete="off" />
          {known.value.length === 0 ? null : (
            <fieldset>
              <legend>{texts.known}</legend>
              {known.value.map(({ address, name }) => (
                <label class="check" key={address}>
                  <input type="checkbox" name="member" value={address} />
                  <Avatar name={name} />
                  <span class="words">
                    <b>{name}</b>
                    <span class="dim">{address}</span>
                  </span>
                </label>
              ))}
            </fieldset>
          )}
          <label class="field">
            <span>{texts.others}</span>
            <textarea name="others" rows={2} />
          </label>
          <FirstMessage busy={busy.value} />
        </form>
      </div>
    </>
  );
}

function FirstMessage({ busy }: { readonly busy: boolean }) {
  return (
    <>
      <label class="field">
        <span>{texts.firstMessage}</span>
        <textarea name="text" rows={3} required />
      </label>
      <button type="submit" class="main" disabled={busy}>
        {busy ? texts.working : texts.send}
      </button>
    </>
  );
}

type First = { readonly kind: 'text'; readonly text: string } & (
  | { readonly to: string[] }
  | { readonly group: { readonly name: string; readonly participants: string[] } }
);

async function start(busy: { value: boolean }, body: First): Promise<void> {
  busy.value = true;
  await attempt(async () => {
    const { conversation } = await api.call('POST /v1/messages', {
      body,
      idempotencyKey: crypto.randomUUID(),
    });
    await refreshConversations();
    location.hash = `#/c/${encodeURIComponent(conversation)}`;
  });
  busy.value = false;
}
