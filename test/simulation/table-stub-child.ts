import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

/**
 * A table and a queue that answer from memory, in a process of their own, so that what the tick takes is all that is
 * measured in its own. Each partition holds the same number of watches, of the form that is stored; no work is pending.
 */
const watches = Number(process.argv[2]);
const reply = JSON.stringify({
  Items: [leaseItem(), ...Array.from({ length: watches }, watchItem)],
  Count: watches + 1,
  ScannedCount: watches + 1,
  ConsumedCapacity: { TableName: 'coi-push', CapacityUnits: 1 },
});

const nothing = JSON.stringify({ Items: [], Count: 0, ScannedCount: 0 });

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    const target = String(request.headers['x-amz-target']);
    if (target.endsWith('.Query')) {
      // Only partitions hold watches; no host is in trouble, and no worker is asked for.
      response.end(Buffer.concat(chunks).includes('"P#') ? reply : nothing);
      return;
    }
    if (target.endsWith('.GetQueueAttributes')) {
      response.end(JSON.stringify({ Attributes: { ApproximateNumberOfMessages: '0' } }));
      return;
    }
    const sent: unknown = JSON.parse(Buffer.concat(chunks).toString());
    const body =
      typeof sent === 'object' && sent !== null && 'MessageBody' in sent ? String(sent.MessageBody) : '';
    response.end(
      JSON.stringify({ MessageId: 'sent', MD5OfMessageBody: createHash('md5').update(body).digest('hex') }),
    );
  });
});
server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
process.once('disconnect', () => process.exit(0));

function leaseItem() {
  return { pk: { S: 'P#0' }, sk: { S: 'LEASE' }, v: { N: '1' }, g: { N: '7' }, w: { S: '29859840-12' } };
}

function watchItem() {
  return {
    pk: { S: 'P#0' },
    sk: { S: `M#${randomBytes(16).toString('base64url')}` },
    v: { N: '1' },
    h: { S: 'imap.example.org' },
    m: { S: 'auto' },
    la: { N: '1795392000123' },
    lm: { N: '1795392000123' },
    f: { M: { INBOX: { S: '1700000000.48211' }, 'COI/Chats': { S: '1700000001.1207' } } },
    g: { N: '7' },
  };
}
