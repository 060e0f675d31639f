// The embedded DynamoDB, in a thread of its own so that its work never holds up the mail connections. Plain JavaScript,
// because a worker starts without the loader that reads TypeScript.
import { request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import dynalite from 'dynalite';
import { isOurs } from './is-ours.js';

const { dir, accessKeyId } = workerData;
const server = dynalite({ createTableMs: 0, deleteTableMs: 0, ...(dir ? { path: dir } : {}) });

const [answer] = server.listeners('request');
server.removeAllListeners('request');
server.on('request', (incoming, response) => {
  if (!isOurs(incoming, accessKeyId)) {
    response.writeHead(403).end();
    return;
  }
  answer.call(server, incoming, response);
  // dynalite 4.0.0 throws what a request emits, so a client that hangs up early would end the whole database.
  incoming.removeAllListeners('error');
  incoming.on('error', () => undefined);
});

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  // The files are opened by the first request. Should they be in use or broken, dynalite throws, and that ends the start.
  const headers = {
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20000101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none`,
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-date': '20000101T000000Z',
    'x-amz-target': 'DynamoDB_20120810.ListTables',
  };
  request({ host: '127.0.0.1', port, method: 'POST', headers }, (response) => {
    response.resume();
    if (response.statusCode !== 200) throw new Error(`the database answers ${response.statusCode}`);
    parentPort.postMessage({ port });
  }).end('{}');
});

parentPort.once('message', () => {
  server.close(() => parentPort.postMessage({ stopped: true }));
  server.closeAllConnections();
});
