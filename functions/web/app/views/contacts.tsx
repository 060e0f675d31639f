import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Contact } from '../../api-client/types.ts';
import { Avatar, Field, Header, valueIn } from '../parts.tsx';
import { sha3 } from '../sha3.ts';
import { api, attempt } from '../state.ts';
import { texts } from '../texts.ts';

export function Contacts() {
  const contacts = useSignal<readonly Contact[] | undefined>(undefined);
  const refresh = async () => {
    contacts.value = (await api.call('GET /v1/contacts', { query: { limit: 100 } })).items;
  };
  useEffect(() => void attempt(refresh), []);
  const block = ({ hash, blocked }: Contact) =>
    void attempt(async () => {
      await api.call(blocked ? 'DELETE /v1/contacts/{hash}/block' : 'PUT /v1/contacts/{hash}/block', {
        path: { hash },
      });
      await refresh();
    });
  const add = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (!(form instanceof HTMLFormElement)) return;
    void attempt(async () => {
      const address = valueIn(form, 'address');
      await api.call('PUT /v1/contacts/{hash}', {
        path: { hash: sha3(address.toLowerCase()) },
        body: { name: valueIn(form, 'name'), addresses: [address] },
      });
      form.reset();
      await refresh();
    });
  };
  return (
    <>
      <Header title={texts.contacts} back="#/" />
      <div class="sheet">
        {contacts.value?.length === 0 ? <p class="empty">{texts.noContacts}</p> : null}
        <ul class="rows">
          {(contacts.value ?? []).map((each) => (
            <li class="row" key={each.hash}>
              <Avatar name={each.name ?? each.addresses[0] ?? '?'} />
              <span class="words">
                <b>{each.name ?? each.addresses[0]}</b>
                <span class="preview">
                  {each.addresses.join(', ')} {each.blocked ? `(${texts.blocked})` : ''}
                </span>
              </span>
              <button type="button" onClick={() => block(each)}>
                {each.blocked ? texts.unblock : texts.block}
              </button>
            </li>
          ))}
        </ul>
        <form onSubmit={add}>
          <Field label={texts.contactName} name="name" required />
          <Field label={texts.contactAddress} name="address" type="email" required />
          <button type="submit" class="main">
            {texts.add}
          </button>
        </form>
      </div>
    </>
  );
}
