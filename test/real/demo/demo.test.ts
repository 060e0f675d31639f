import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { type RunningService, startService } from '../../support/running-service.ts';

describe('npm start -- --demo', () => {
  let dir: string;
  let demo: RunningService;
  let shown: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'coi-push-demo-'));
    demo = await startService({ DATA_DIR: dir }, ['--demo']);
    shown = await eventually('the demo to be through', () =>
      demo.output().includes('Ctrl-C ends it all') ? demo.output() : undefined,
    );
  });

  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('shows a chat mail becoming a decrypted push, and the answer', () => {
    expect(shown).toMatch(/bob\s+sends "Hi Alice! This is ordinary e-mail\." \(accepted by SMTP\)/);
    expect(shown).toMatch(/alice\s+is woken: \d+ encrypted bytes, decrypted \d+ ms after bob pressed send/);
    expect(shown).toMatch(/"Hi Alice! This is ordinary e-mail\." from Bob/);
    expect(shown).toMatch(/"And it arrives like a chat\. Hi Bob!" from Alice/);
  });

  it('ends with lines that work as they are printed', async () => {
    const printed = shown.slice(shown.indexOf('  API='), shown.indexOf('The API is described'));
    const output = execFileSync('sh', ['-e', '-c', printed], { encoding: 'utf8' });
    expect(output).toContain('"version"');
    expect(output).toContain('"title":"Bob"');
    expect(output).toMatch(/"state":"(?:sent|queued)"/);
    await eventually('the push of the mail that curl sent', () =>
      /alice\s+is woken: "Hello from curl"/.test(demo.output()) ? true : undefined,
    );
  });

  it('ends at once on Ctrl-C', async () => {
    const { code, ms } = await demo.stop();
    expect(code).toBe(0);
    expect(ms).toBeLessThan(5_000);
  });
});

describe('npm start', () => {
  it('tells every wrong setting at once and starts nothing', async () => {
    const start = startService({ PORT: 'x', WATCH: 'sometimes' });
    await expect(start).rejects.toThrow(/PORT: .*\n.*WATCH: /);
  });
});
