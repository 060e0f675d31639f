// The embedded DynamoDB, in a thread of its own so that its work never holds up the mail connections. Plain JavaScript,
// because a worker starts without the loader that reads TypeScript.
import { parentPort, workerData } from 'node:worker_threads';
import dynalite from 'dynalite';
import { askDynamo } from './ask-dynamo.js';
import { expireItems } from './expire-items.js';
import { isOurs } from './is-ours.js';

const { dir, accessKeyId, timeToLiveAttribute } = workerData;
const expireEveryMs = 3_600_000;
const server = dynalite({ createTableMs: 0, deleteTableMs: 0, ...(dir ? { path: dir } : {}) });

const [answer] = server.listeners('request');
server.removeAllListeners('request');
server.on('request', (request, response) => {
  if (!isOurs(request, accessKeyId)) {
    response.writeHead(403).end();
    return;
  }
  answer.call(server, request, response);
  // dynalite 4.0.0 throws what a request emits, so a client that hangs up early would end the whole database.
  request.removeAllListeners('error');
  request.on('error', () => undefined);
});

server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const ask = (operation, input) => askDynamo({ port, accessKeyId }, operation, input);
  // The files are opened by the first request. Should they be in use or broken, dynalite throws, and that ends the start.
  await ask('ListTables', {});
  // dynalite has no time to live of its own. What has expired goes before anybody can ask for it, then every hour.
  await expireItems(ask, timeToLiveAttribute);
  // A round that breaks off, as when the server stops, is made up for by the next.
  const expire = () => expireItems(ask, timeToLiveAttribute).catch(() => undefined);
  const expiring = setInterval(expire, expireEveryMs);
  parentPort.once('message', () => {
    clearInterval(expiring);
    server.close(() => parentPort.postMessage({ stopped: true }));
    server.closeAllConnections();
  });
  parentPort.postMessage({ port });
});
