import { getAddressBook } from '../../store/address-book.ts';
import type { Store } from '../../store/client.ts';
import type { Account, StoredAddressBook } from '../../store/items.ts';

/** The address book of an account; it costs no read where there is none. */
export async function bookOf(
  store: Store,
  { id, addressBookAt }: Pick<Account, 'id' | 'addressBookAt'>,
): Promise<StoredAddressBook | undefined> {
  return addressBookAt === undefined ? undefined : getAddressBook(store, id);
}
