import { once } from 'node:events';
import { connect } from 'node:net';

/** Nothing but a socket that waits in IDLE: the earliest that any client could hear of a mail. */
export type RawIdleClient = {
  /** When the mailbox was first announced to hold `count` mails or more (performance.now(), ms). */
  announcedAt(count: number): number | undefined;
  close(): void;
};

/** Logs in in cleartext on loopback, opens INBOX and waits. */
export async function startRawIdleClient(
  port: number,
  user: string,
  password: string,
): Promise<RawIdleClient> {
  const announced: { at: number; count: number }[] = [];
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let text = '';
  let wake: () => void = () => undefined;
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    const at = performance.now();
    const line = chunk.toString('latin1');
    for (const [, count] of line.matchAll(/^\* (\d+) EXISTS/gm)) announced.push({ at, count: Number(count) });
    text += line;
    wake();
  });
  const until = async (sign: RegExp) => {
    while (!sign.test(text)) {
      if (socket.destroyed) throw new Error('the waiting client lost its connection');
      await new Promise<void>((resolve) => {
        wake = resolve;
        socket.once('close', () => resolve());
      });
    }
    text = '';
  };
  await once(socket, 'connect');
  await until(/^\* OK/m);
  socket.write(`a LOGIN ${user} ${password}\r\n`);
  await until(/^a OK/m);
  socket.write('b EXAMINE INBOX\r\n');
  await until(/^b OK/m);
  socket.write('c IDLE\r\n');
  await until(/^\+/m);
  return {
    announcedAt: (count) => announced.find((line) => line.count >= count)?.at,
    close: () => void socket.destroy(),
  };
}
