import { createTransport } from 'nodemailer';
import pLimit from 'p-limit';
import { createAddressGuard } from '../../shared/net/address-guard.ts';
import { trustStore } from '../../shared/net/trust-store.ts';
import { submitMail } from '../../shared/smtp/submit-mail.ts';
import { chatMail } from '../support/chat-mail.ts';

export type SendKind = 'ours' | 'nodemailer' | 'nodemailer-pooled';
export type SendTask =
  | { readonly kind: SendKind; readonly port: number; readonly ca: string }
  | { readonly sends: number };

const lanes = 10;
const [from, to] = ['bench@example.test', 'bob@example.test'];
const login = { user: 'bench', password: 'bench' };
const raw = Buffer.from(chatMail({ from, to, text: 'Words of a chat. '.repeat(40) }));
let send: () => Promise<unknown> = async () => undefined;

// Should the bench end early, so does this process.
process.once('disconnect', () => process.exit());

/** Started by `send-rate.ts`: told how to send first, then how many mails; answers CPU ms of each. */
process.on('message', (task: SendTask) => {
  void answer(task).then((figure) => process.send?.(figure));
});

async function answer(task: SendTask): Promise<number> {
  if ('kind' in task) {
    send = task.kind === 'ours' ? ours(task) : plain(task, task.kind === 'nodemailer-pooled');
    return 0;
  }
  const limit = pLimit(lanes);
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: task.sends }, () => limit(send)));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / task.sends;
}

type Server = { readonly port: number; readonly ca: string };

function ours({ port, ca }: Server) {
  const network = {
    guard: createAddressGuard({ allowPrivateHosts: ['127.0.0.0/8'] }),
    trust: trustStore([ca]),
  };
  const at = { ...login, host: '127.0.0.1', port, tls: 'implicit' } as const;
  return async () => {
    const { kind } = await submitMail(at, network, { from, to: [to], raw }, { deadlineMs: 30_000 });
    if (kind !== 'accepted') throw new Error(`a mail was not sent: ${kind}`);
  };
}

/** As its documentation shows it; the trusted CA is given in the cheaper of the two ways. */
function plain({ port, ca }: Server, pool: boolean) {
  const secureContext = trustStore([ca]).context;
  const common = {
    ...{ host: '127.0.0.1', port, secure: true, tls: { secureContext } },
    auth: { user: login.user, pass: login.password },
  };
  const transport = pool
    ? createTransport({ ...common, pool: true, maxConnections: lanes })
    : createTransport(common);
  return () => transport.sendMail({ envelope: { from, to: [to] }, raw });
}
