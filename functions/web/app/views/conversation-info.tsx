import { useEffect } from 'preact/hooks';
import type { Conversation, SendRequest } from '../../api-client/types.ts';
import { addressHash } from '../address-hash.ts';
import { Check, Field, taking, valueIn } from '../fields.tsx';
import { Icon } from '../icon.tsx';
import { Header, Person, Section } from '../parts.tsx';
import { hrefOf, nameOf, refreshContacts, titleOf } from '../people.ts';
import { account, api, attempt, contacts, conversations } from '../state.ts';
import { refreshConversations } from '../sync.ts';
import { texts } from '../texts.ts';

export function ConversationInfo({ id }: { readonly id: string }) {
  const conversation = conversations.value?.find((each) => each.id === id);
  if (conversation === undefined) return <Header title={texts.info} back="#/" />;
  const { kind, muted, mentionOnly } = conversation;
  const change = (body: { muted?: boolean; mentionOnly?: boolean }) =>
    void attempt(async () => {
      await api.call('PATCH /v1/conversations/{id}', { path: { id }, body });
      await refreshConversations();
    });
  return (
    <>
      <Header title={titleOf(conversation)} back={`#/c/${encodeURIComponent(id)}`} />
      <div class="sheet">
        <Section title={texts.settings}>
          <Check
            label={texts.mute}
            checked={muted !== false}
            onChange={(checked) => change({ muted: checked })}
          />
          {kind === 'direct' ? null : (
            <Check
              label={texts.mentionsOnly}
              checked={mentionOnly}
              onChange={(checked) => change({ mentionOnly: checked })}
            />
          )}
        </Section>
        <People conversation={conversation} />
        {kind === 'group' ? <Group conversation={conversation} /> : null}
      </div>
    </>
  );
}

function People({ conversation }: { readonly conversation: Conversation }) {
  const { id, kind, participants } = conversation;
  useEffect(() => void (kind === 'direct' ? attempt(refreshContacts) : undefined), [kind]);
  return (
    <Section title={texts.people}>
      <ul class="rows">
        {participants.map(({ address, name }) => {
          const who = nameOf(address, name);
          const isMe = address === account.value?.email;
          return (
            <Person
              name={who}
              about={isMe ? texts.you : address}
              key={address}
              {...(kind === 'direct' || isMe ? {} : { href: hrefOf(address) })}
            >
              {kind === 'direct' ? <Block who={who} address={address} /> : null}
              {kind === 'group' && !isMe ? (
                <button
                  type="button"
                  class="icon"
                  aria-label={texts.removeMember(who)}
                  onClick={() => {
                    if (confirm(texts.removeSure(who)))
                      void tell({ kind: 'group-update', conversation: id, remove: [address] });
                  }}
                >
                  <Icon name="remove" />
                </button>
              ) : null}
            </Person>
          );
        })}
      </ul>
    </Section>
  );
}

function Block({ who, address }: { readonly who: string; readonly address: string }) {
  const contact = contacts.value?.find(({ addresses }) => addresses.includes(address));
  const path = { hash: contact?.hash ?? addressHash(address) };
  const change = (work: () => Promise<unknown>) =>
    void attempt(async () => {
      await work();
      await refreshContacts();
    });
  const block = async () => {
    // Only contacts are blocked, so a stranger becomes one.
    if (contact === undefined)
      await api.call('PUT /v1/contacts/{hash}', { path, body: { name: who, addresses: [address] } });
    await api.call('PUT /v1/contacts/{hash}/block', { path });
  };
  return contact?.blocked === true ? (
    <button
      type="button"
      onClick={() => change(() => api.call('DELETE /v1/contacts/{hash}/block', { path }))}
    >
      {texts.unblock}
    </button>
  ) : (
    <button
      type="button"
      class="danger"
      onClick={() => {
        if (confirm(texts.blockSure(who))) change(block);
      }}
    >
      {texts.block}
    </button>
  );
}

function Group({ conversation: { id, title } }: { readonly conversation: Conversation }) {
  const submit = (make: (form: HTMLFormElement) => SendRequest) =>
    taking((form) => {
      void tell(make(form)).then((done) => {
        if (done) form.reset();
      });
    });
  const add = submit((form) => ({
    kind: 'group-update',
    conversation: id,
    add: [valueIn(form, 'address')],
  }));
  const rename = submit((form) => ({ kind: 'group-update', conversation: id, name: valueIn(form, 'name') }));
  const leave = async () => {
    if (confirm(texts.leaveSure) && (await tell({ kind: 'group-leave', conversation: id })))
      location.hash = '#/';
  };
  return (
    <Section title={texts.group}>
      <form class="inline" onSubmit={add}>
        <Field label={texts.addMember} name="address" type="email" required autocomplete="off" />
        <button type="submit">{texts.add}</button>
      </form>
      <form class="inline" onSubmit={rename}>
        <Field label={texts.groupName} name="name" required value={title} autocomplete="off" />
        <button type="submit">{texts.rename}</button>
      </form>
      <button type="button" class="danger" onClick={() => void leave()}>
        {texts.leave}
      </button>
    </Section>
  );
}

function tell(body: SendRequest): Promise<boolean> {
  return attempt(async () => {
    await api.call('POST /v1/messages', { body, idempotencyKey: crypto.randomUUID() });
    await refreshConversations();
  });
}
