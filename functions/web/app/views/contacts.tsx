import { useEffect } from 'preact/hooks';
import type { Contact } from '../../api-client/types.ts';
import { addressHash } from '../address-hash.ts';
import { Field, taking, valueIn } from '../fields.tsx';
import { Icon } from '../icon.tsx';
import { Header, Person, Section } from '../parts.tsx';
import { hrefOf, refreshContacts } from '../people.ts';
import { api, attempt, contacts } from '../state.ts';
import { texts } from '../texts.ts';

export function Contacts() {
  useEffect(() => void attempt(refreshContacts), []);
  const list = contacts.value;
  const add = taking((form) => {
    void attempt(async () => {
      const address = valueIn(form, 'address');
      await api.call('PUT /v1/contacts/{hash}', {
        path: { hash: addressHash(address) },
        body: { name: valueIn(form, 'name'), addresses: [address] },
      });
      form.reset();
      await refreshContacts();
    });
  });
  return (
    <>
      <Header title={texts.contacts} back="#/" />
      <div class="sheet">
        {list === undefined ? <p class="empty">{texts.loading}</p> : null}
        {list?.length === 0 ? <p class="empty">{texts.noContacts}</p> : null}
        {list !== undefined && list.length > 0 ? (
          <ul class="rows card">
            {list.map((each) => (
              <Row contact={each} key={each.hash} />
            ))}
          </ul>
        ) : null}
        <Section title={texts.addContact}>
          <form onSubmit={add}>
            <Field label={texts.contactName} name="name" required autocomplete="off" />
            <Field label={texts.email} name="address" type="email" required autocomplete="off" />
            <button type="submit" class="main">
              {texts.add}
            </button>
          </form>
        </Section>
      </div>
    </>
  );
}

function Row({ contact }: { readonly contact: Contact }) {
  const { hash, addresses, blocked } = contact;
  const [first = ''] = addresses;
  const name = contact.name ?? first;
  const change = (question: string | undefined, work: () => Promise<unknown>) => () => {
    if (question !== undefined && !confirm(question)) return;
    void attempt(async () => {
      await work();
      await refreshContacts();
    });
  };
  const path = { hash };
  return (
    <Person
      name={name}
      about={blocked ? `${addresses.join(', ')} (${texts.blocked})` : addresses.join(', ')}
      {...(blocked || first === '' ? {} : { href: hrefOf(first) })}
    >
      {blocked ? (
        <button
          type="button"
          onClick={change(undefined, () => api.call('DELETE /v1/contacts/{hash}/block', { path }))}
        >
          {texts.unblock}
        </button>
      ) : (
        <button
          type="button"
          onClick={change(texts.blockSure(name), () => api.call('PUT /v1/contacts/{hash}/block', { path }))}
        >
          {texts.block}
        </button>
      )}
      <button
        type="button"
        class="icon"
        aria-label={texts.removeMember(name)}
        onClick={change(texts.removeContactSure(name), () =>
          api.call('DELETE /v1/contacts/{hash}', { path }),
        )}
      >
        <Icon name="remove" />
      </button>
    </Person>
  );
}
