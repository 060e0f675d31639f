import { openEmbedded } from '../../functions/local/embedded/open-embedded.ts';
import { openStore } from '../../shared/store/client.ts';
import { putSession } from '../../shared/store/session.ts';
import { exampleSession } from './store-examples.ts';

/** A process to be killed: writes sessions to the folder it is given and says the number of each one acknowledged. */
const [dir = ''] = process.argv.slice(2);
const store = openStore((await openEmbedded({ dir })).store);
for (let number = 0; ; number++) {
  await putSession(store, exampleSession({ id: `session-${number}` }));
  process.stdout.write(`${number}\n`);
}
