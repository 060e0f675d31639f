import type { SendRequest } from '../../api-client/types.ts';
import { Icon } from '../icon.tsx';
import { Avatar, Field, Header, valueIn } from '../parts.tsx';
import { api, attempt, conversations } from '../state.ts';
import { refreshConversations } from '../sync.ts';
import { texts } from '../texts.ts';

export function ConversationInfo({ id }: { readonly id: string }) {
  const conversation = conversations.value?.find((each) => each.id === id);
  if (conversation === undefined) return <Header title={texts.info} back="#/" />;
  const isGroup = conversation.kind === 'group';
  const change = (body: { muted?: boolean; mentionOnly?: boolean }) =>
    void attempt(async () => {
      await api.call('PATCH /v1/conversations/{id}', { path: { id }, body });
      await refreshConversations();
    });
  const post = (body: SendRequest) =>
    void attempt(async () => {
      await api.call('POST /v1/messages', { body, idempotencyKey: crypto.randomUUID() });
      await refreshConversations();
    });
  const submit = (make: (form: HTMLFormElement) => SendRequest) => (event: SubmitEvent) => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    post(make(event.currentTarget));
    event.currentTarget.reset();
  };
  return (
    <>
      <Header title={conversation.title} back={`#/c/${encodeURIComponent(id)}`} />
      <div class="sheet">
        <label class="check">
          <input
            type="checkbox"
            checked={conversation.muted !== false}
            onChange={(event) => change({ muted: event.currentTarget.checked })}
          />
          {texts.mute}
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={conversation.mentionOnly}
            onChange={(event) => change({ mentionOnly: event.currentTarget.checked })}
          />
          {texts.mentionsOnly}
        </label>
        <h2>{texts.people}</h2>
        <ul class="rows">
          {conversation.participants.map(({ address, name }) => (
            <li class="row" key={address}>
              <Avatar name={name ?? address} />
              <span class="words">
                <b>{name ?? address}</b>
                <span class="preview">{address}</span>
              </span>
              {isGroup ? (
                <button
                  type="button"
                  class="icon"
                  aria-label={texts.removeMember(name ?? address)}
                  onClick={() => post({ kind: 'group-update', conversation: id, remove: [address] })}
                >
                  <Icon name="remove" />
                </button>
              ) : null}
            </li>
          ))}
        </ul>
        {isGroup ? (
          <>
            <form
              onSubmit={submit((form) => ({
                kind: 'group-update',
                conversation: id,
                add: [valueIn(form, 'address')],
              }))}
            >
              <Field label={texts.addMember} name="address" type="email" required />
              <button type="submit">{texts.add}</button>
            </form>
            <form
              onSubmit={submit((form) => ({
                kind: 'group-update',
                conversation: id,
                name: valueIn(form, 'name'),
              }))}
            >
              <Field label={texts.groupName} name="name" required value={conversation.title} />
              <button type="submit">{texts.save}</button>
            </form>
            <button
              type="button"
              class="danger"
              onClick={() => {
                if (confirm(texts.leaveSure)) post({ kind: 'group-leave', conversation: id });
              }}
            >
              {texts.leave}
            </button>
          </>
        ) : null}
      </div>
    </>
  );
}
