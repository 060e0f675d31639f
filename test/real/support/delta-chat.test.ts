import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';

it('the Delta Chat of the tests ends with the process that started it, also when that is killed', async () => {
  const script = new URL('../../support/delta-chat-process.ts', import.meta.url).pathname;
  const owner = spawn(process.execPath, ['--import', 'tsx', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(owner.stdout), 'line');
  const pid = Number(line);
  expect(isRunning(pid)).toBe(true);
  const gone = once(owner, 'exit');
  owner.kill('SIGKILL');
  await gone;
  await eventually('its end', () => (isRunning(pid) ? undefined : true));
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
