import { openEmbedded } from '../../../functions/local/embedded/open-embedded.ts';
import { Random } from '../random.ts';
import { type AwsTrouble, startAwsProxy } from './aws-proxy.ts';
import { type ImapProxy, startImapProxy } from './imap-proxy.ts';

export type SurroundingsTask = {
  readonly seed: number;
  readonly imapPort: number;
  readonly mailboxes: number;
};

export type Command =
  | { readonly kind: 'aws'; readonly trouble: AwsTrouble }
  | { readonly kind: 'cut' | 'silence'; readonly mailboxes: readonly number[]; readonly most: number }
  | { readonly kind: 'refuse' | 'admit'; readonly mailboxes: readonly number[] }
  | { readonly kind: 'silent' }
  | { readonly kind: 'requests' };

/** An endpoint of an AWS service without its path's first part, which says who asks. */
export type Addresses = {
  readonly region: string;
  readonly dynamoCredentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly sqsCredentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly tableName: string;
  readonly queueUrls: Readonly<Record<'poll' | 'push' | 'send', string>>;
  readonly proxyPort: number;
  readonly directDynamo: string;
  readonly directSqs: string;
};

export type Reply =
  | { readonly kind: 'ready'; readonly addresses: Addresses; readonly imapPorts: readonly number[] }
  | { readonly kind: 'done'; readonly count: number }
  | { readonly kind: 'silent'; readonly mailboxes: readonly number[] }
  | {
      readonly kind: 'requests';
      readonly requests: { readonly passed: number; readonly troubled: number };
    };

// What the workers depend on, in a process of its own: the embedded database and queues behind a proxy that fails, and a
// way to each mailbox that can be cut. Commands come from the process that started this one.
process.once('disconnect', () => process.exit());
process.once('message', (task: SurroundingsTask) => void run(task));

function say(reply: Reply): void {
  process.send?.(reply);
}

async function run({ seed, imapPort, mailboxes }: SurroundingsTask): Promise<void> {
  const embedded = await openEmbedded();
  const { store, queues } = embedded;
  const { endpoint: directDynamo = '', credentials: dynamoCredentials, region = '' } = store;
  const { endpoint: directSqs = '', credentials: sqsCredentials } = queues;
  if (dynamoCredentials === undefined || sqsCredentials === undefined) throw new Error('no credentials');
  const aws = await startAwsProxy({ dynamo: directDynamo, sqs: directSqs }, new Random(seed));
  const ways: ImapProxy[] = [];
  for (let index = 0; index < mailboxes; index++) ways.push(await startImapProxy(imapPort));
  const chosen = (indexes: readonly number[]) => indexes.flatMap((index) => ways[index] ?? []);

  process.on('message', (command: Command) => {
    switch (command.kind) {
      case 'aws':
        aws.set(command.trouble);
        return say({ kind: 'done', count: 0 });
      case 'cut':
      case 'silence': {
        const met = chosen(command.mailboxes)
          .filter((way) => way.live() > 0)
          .slice(0, command.most);
        const counts = met.map((way) => (command.kind === 'cut' ? way.cut() : way.silence()));
        return say({ kind: 'done', count: counts.reduce((sum, count) => sum + count, 0) });
      }
      case 'refuse':
      case 'admit':
        for (const way of chosen(command.mailboxes)) way.refuse(command.kind === 'refuse');
        return say({ kind: 'done', count: 0 });
      case 'silent':
        return say({
          kind: 'silent',
          mailboxes: ways.flatMap((way, index) => (way.silent() > 0 ? [index] : [])),
        });
      case 'requests':
        return say({ kind: 'requests', requests: aws.requests });
    }
  });
  say({
    kind: 'ready',
    addresses: {
      region,
      dynamoCredentials,
      sqsCredentials,
      tableName: store.tableName,
      queueUrls: queues.urls,
      proxyPort: aws.port,
      directDynamo,
      directSqs,
    },
    imapPorts: ways.map(({ port }) => port),
  });
}
