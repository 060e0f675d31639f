import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { hasMailServers } from '../../support/mail-site.ts';

describe.skipIf(!hasMailServers)('the mail servers of the tests', () => {
  it('end with the process that started them, also when it is killed', async () => {
    const script = new URL('../../support/mail-servers-process.ts', import.meta.url).pathname;
    const owner = spawn(process.execPath, ['--import', 'tsx', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface(owner.stdout), 'line');
    const ports: number[] = JSON.parse(String(line));
    expect(await Promise.all(ports.map(accepts))).toEqual(ports.map(() => true));
    const gone = once(owner, 'exit');
    owner.kill('SIGKILL');
    await gone;
    await eventually('every port to be closed', async () => {
      const open = await Promise.all(ports.map(accepts));
      return open.includes(true) ? undefined : true;
    });
  });
});

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
