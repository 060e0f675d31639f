// The embedded DynamoDB, in a thread of its own so that its work never holds up the mail connections. Plain JavaScript,
// because a worker starts without the loader that reads TypeScript.
import { parentPort, workerData } from 'node:worker_threads';
import dynalite from 'dynalite';
import { isOurs } from './is-ours.js';

const { dir, accessKeyId } = workerData;
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

server.listen(0, '127.0.0.1', () => parentPort.postMessage({ port: server.address().port }));

parentPort.once('message', () => {
  server.close(() => parentPort.postMessage({ stopped: true }));
  server.closeAllConnections();
});
