// The embedded SQS, in a thread of its own like the database. Messages lie in memory: the table knows what is owed.
import { parentPort, workerData } from 'node:worker_threads';
import { buildApp } from 'fauxqs';
import { isOurs } from './is-ours.js';

const { accessKeyId } = workerData;
// fauxqs 1.9.2's own start listens on every address of the machine; its app can be told where to.
const app = buildApp({ logger: false, defaultRegion: 'us-east-1' });

app.addHook('onRequest', async (request, reply) => {
  if (!isOurs(request.raw, accessKeyId)) await reply.code(403).send();
});

await app.listen({ port: 0, host: '127.0.0.1' });
parentPort.postMessage({ port: app.server.address().port });

parentPort.once('message', async () => {
  await app.close();
  parentPort.postMessage({ stopped: true });
});
