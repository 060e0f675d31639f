// The embedded SQS, in a thread of its own like the database. Messages lie in memory: the table knows what is owed.
import { setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { buildApp } from 'fauxqs';
import { isOurs } from './is-ours.js';

const { accessKeyId } = workerData;
// fauxqs 1.9.2's own start listens on every address of the machine; its app can be told where to.
const app = buildApp({ logger: false, defaultRegion: 'us-east-1' });

app.addHook('onRequest', async (request, reply) => {
  if (!isOurs(request.raw, accessKeyId)) await reply.code(403).send();
});

// fauxqs 1.9.2 does not notice that a client broke off its long poll, and would hide the next message for nobody.
app.addHook('onSend', async (request, _reply, payload) => {
  const { headers, body, socket } = request;
  if (headers['x-amz-target'] !== 'AmazonSQS.ReceiveMessage') return payload;
  const { Messages = [] } = JSON.parse(payload);
  if (Messages.length === 0) return payload;
  // The client's end may lie unread behind its request or beside the message that woke this up: two turns of the loop read it.
  await turn();
  await turn();
  if (!socket.destroyed && !socket.readableEnded) return payload;
  for (const { ReceiptHandle } of Messages) {
    await app.inject({
      method: 'POST',
      url: '/',
      headers: {
        authorization: headers.authorization,
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'AmazonSQS.ChangeMessageVisibility',
      },
      payload: JSON.stringify({ QueueUrl: body.QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
    });
  }
  return payload;
});

await app.listen({ port: 0, host: '127.0.0.1' });
parentPort.postMessage({ port: app.server.address().port });

parentPort.once('message', async () => {
  await app.close();
  parentPort.postMessage({ stopped: true });
});
