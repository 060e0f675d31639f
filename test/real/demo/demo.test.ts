import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
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
    await writeFile(join(dir, 'thesis.txt'), "not the demo's");
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
    expect(output).toMatch(/<!doctype html>/i);
    expect(output).toContain('"own":true');
    expect(output).toContain('"title":"Bob"');
    expect(output).toMatch(/"state":"(?:sent|queued)"/);
    await eventually('the push of the mail that curl sent', () =>
      /alice\s+is woken: "Hello from curl"/.test(demo.output()) ? true : undefined,
    );
  });

  it('has links that open the client as alice and as bob, whose own is in one of his messages', async () => {
    for (const name of ['alice', 'bob']) {
      const [link = ''] = new RegExp(`http://\\S+/demo/${name}$`, 'm').exec(shown) ?? [];
      const reply = await fetch(link, { redirect: 'manual' });
      expect(reply.headers.get('location')).toMatch(/^http:\/\/\S+\/#\/token\/[\w.~-]{40,}$/);
    }
    const token = /ALICE=(\S+)/.exec(shown)?.[1];
    const chat = /CHAT=(\S+)/.exec(shown)?.[1];
    const headers = { authorization: `Bearer ${token}` };
    const list = await fetch(`${demo.url}/v1/conversations/${chat}/messages`, { headers });
    const theirs = JSON.parse(await list.text()).items.filter((each: { own: boolean }) => !each.own);
    const texts = await Promise.all(
      theirs.map(async ({ id }: { id: string }) => {
        const message = await fetch(`${demo.url}/v1/messages/${id}`, { headers });
        return JSON.parse(await message.text()).text;
      }),
    );
    expect(texts).toContainEqual(expect.stringMatching(/: http:\/\/127\.0\.0\.1:\d+\/demo\/bob$/));
  });

  it('writes no colours where no terminal is', () => {
    expect(shown).not.toContain('\u001b');
  });

  it('runs beside another one on the same data folder', async () => {
    const other = await startService({ DATA_DIR: dir }, ['--demo']);
    await eventually('the other demo to be through', () =>
      other.output().includes('Ctrl-C ends it all') ? true : undefined,
    );
    expect(await other.stop()).toBe(0);
    expect((await fetch(`${demo.url}/healthz`)).status).toBe(200);
  });

  it('tells what to do when its port is taken, and leaves nothing behind', async () => {
    const before = await readdir(dir);
    const { port } = new URL(demo.url);
    const start = startService({ DATA_DIR: dir, PORT: port }, ['--demo']);
    await expect(start).rejects.toThrow(new RegExp(`ended with 2:\nPort ${port} is taken\\. .*PORT=`));
    expect(await readdir(dir)).toEqual(before);
  });

  it('does not run where others could reach it', async () => {
    const start = startService({ DATA_DIR: dir, HOST: '0.0.0.0' }, ['--demo']);
    await expect(start).rejects.toThrow(/ended with 2:\n.*loopback only/);
  });

  it('ends at once on Ctrl-C, and removes its own data alone', async () => {
    expect(await demo.stop()).toBe(0);
    expect(await readdir(dir)).toEqual(['thesis.txt']);
  });
});

describe('npm start', () => {
  it('tells every wrong setting at once and starts nothing', async () => {
    const start = startService({ PORT: 'x', WATCH: 'sometimes' });
    await expect(start).rejects.toThrow(/PORT: .*\n.*WATCH: /);
  });

  it('refuses an option it does not know, and shows which there are', async () => {
    await expect(startService({}, ['--dmeo'])).rejects.toThrow(/ended with 2:\nUnknown: --dmeo\n\nUsage: /);
  });

  it('tells where it is and keeps its data on Ctrl-C', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'coi-push-start-'));
    const service = await startService({ DATA_DIR: dir, ADMIT: 'example.org' });
    const shown = await eventually('the banner', () =>
      service.output().includes('Ctrl-C ends it.') ? service.output() : undefined,
    );
    expect(shown).toContain(`docs     ${service.url}/docs`);
    expect(shown).toContain('sign-in  example.org');
    expect(await service.stop()).toBe(0);
    expect(await readdir(dir)).toContain('master.key');
    await rm(dir, { recursive: true, force: true });
  });

  it('logs where an error nobody caught came from, not what it says, and ends with 1', () => {
    const script = `
      import { pinoLog } from './shared/logging/pino-log.ts';
      import { endOnUncaught } from './functions/local/end-on-uncaught.ts';
      endOnUncaught(pinoLog('info'));
      Promise.reject(new RangeError('alice@example.org'));`;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script],
      { cwd: new URL('../../..', import.meta.url).pathname, encoding: 'utf8' },
    );
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ event: 'service-crashed', error: 'RangeError' });
    expect(stdout + stderr).not.toContain('alice');
  });
});
