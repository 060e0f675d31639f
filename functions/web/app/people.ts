import { computed } from '@preact/signals';
import type { Conversation } from '../api-client/types.ts';
import { account, api, contacts, conversations } from './state.ts';

export async function refreshContacts(): Promise<void> {
  contacts.value = (await api.call('GET /v1/contacts', { query: { limit: 100 } })).items;
}

const called = computed(
  () =>
    new Map(
      (contacts.value ?? []).flatMap(({ name, addresses }) =>
        name === null ? [] : addresses.map((address) => [address, name] as const),
      ),
    ),
);

/** Somebody as the user calls them, else as they call themselves, else by their address. */
export function nameOf(address: string, name: string | null | undefined): string {
  return called.value.get(address) ?? name ?? address;
}

/** What a chat is called: its group's name, or whom it is with. */
export function titleOf({ kind, title, participants }: Conversation): string {
  const [other] = participants;
  return kind === 'direct' && other !== undefined ? nameOf(other.address, title) : title;
}

export type Known = { readonly address: string; readonly name: string };

/** Everybody who is a contact or in one of the chats, each once, by name. */
export const known = computed<readonly Known[]>(() => {
  const found = new Map<string, string>();
  for (const { participants } of conversations.value ?? [])
    for (const { address, name } of participants) found.set(address, name ?? address);
  for (const { name, addresses, blocked } of contacts.value ?? [])
    for (const address of addresses) {
      if (blocked) found.delete(address);
      else found.set(address, name ?? address);
    }
  found.delete(account.value?.email ?? '');
  return [...found]
    .map(([address, name]) => ({ address, name }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
});

/** The chat with somebody alone, where there is one. */
function chatWith(address: string): Conversation | undefined {
  return conversations.value?.find(
    ({ kind, participants }) => kind === 'direct' && participants.some((each) => each.address === address),
  );
}

/** Where a chat with somebody is, or begins. */
export function hrefOf(address: string): string {
  const chat = chatWith(address);
  return chat === undefined ? `#/new/${encodeURIComponent(address)}` : `#/c/${encodeURIComponent(chat.id)}`;
}
