/** What this device keeps: the session, settings of its own, and what was shown last, for when there is no connection. */
const storeName = 'kept';

export async function keep(key: string, value: unknown): Promise<void> {
  await run('readwrite', (store) => store.put(value, key));
}

export async function kept(key: string): Promise<unknown> {
  return run('readonly', (store) => store.get(key));
}

/** At sign-out: nothing of the account stays here. */
export async function forgetAll(): Promise<void> {
  await run('readwrite', (store) => store.clear());
}

async function run<T>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<unknown> {
  const database = await open();
  try {
    const request = work(database.transaction(storeName, mode).objectStore(storeName));
    return await result(request);
  } finally {
    database.close();
  }
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open('coi-chat', 1);
  request.onupgradeneeded = () => request.result.createObjectStore(storeName);
  return result(request);
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
