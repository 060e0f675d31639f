import { useSignal } from '@preact/signals';
import { Field, Header, valueIn } from '../parts.tsx';
import { api, attempt } from '../state.ts';
import { refreshConversations } from '../sync.ts';
import { texts } from '../texts.ts';

/** A chat begins with its first message. */
export function NewChat({ group }: { readonly group: boolean }) {
  const busy = useSignal(false);
  const begin = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (!(form instanceof HTMLFormElement)) return;
    const addresses = valueIn(form, 'to')
      .split(/[\s,;]+/)
      .filter((each) => each !== '');
    busy.value = true;
    void attempt(async () => {
      const { conversation } = await api.call('POST /v1/messages', {
        body: {
          kind: 'text',
          text: valueIn(form, 'text'),
          ...(group
            ? { group: { name: valueIn(form, 'name'), participants: addresses } }
            : { to: addresses }),
        },
        idempotencyKey: crypto.randomUUID(),
      });
      await refreshConversations();
      location.hash = `#/c/${encodeURIComponent(conversation)}`;
    }).finally(() => (busy.value = false));
  };
  return (
    <>
      <Header title={group ? texts.newGroup : texts.newChat} back="#/" />
      <form class="sheet" onSubmit={begin}>
        {group ? (
          <>
            <Field label={texts.groupName} name="name" required />
            <label class="field">
              <span>{texts.members}</span>
              <textarea name="to" rows={4} required />
            </label>
          </>
        ) : (
          <Field label={texts.to} name="to" type="email" required />
        )}
        <label class="field">
          <span>{texts.firstMessage}</span>
          <textarea name="text" rows={3} required />
        </label>
        <button type="submit" class="main" disabled={busy.value}>
          {texts.send}
        </button>
        {group ? null : <a href="#/group">{texts.newGroup}</a>}
        <a href="#/contacts">{texts.contacts}</a>
      </form>
    </>
  );
}
