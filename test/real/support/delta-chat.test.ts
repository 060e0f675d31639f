import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';

const dir = mkdtempSync(join(tmpdir(), 'coi-push-killed-'));

afterAll(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));

it('the Delta Chat of the tests ends with the process that started it, also when that is killed', async () => {
  const script = new URL('../../support/delta-chat-process.ts', import.meta.url).pathname;
  const owner = spawn(process.execPath, ['--import', 'tsx', script], {
    env: { ...process.env, TMPDIR: dir },
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
