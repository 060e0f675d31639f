import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionDefinitions, vapidKeyDefinition } from '../../../functions/definitions.ts';
import { functionSettings } from '../../../functions/settings/function-settings.ts';
import { bundleFile, bundleOptionsFor } from '../../../infra/bundle-options.ts';

const root = new URL('../../../', import.meta.url).pathname;
const definitions = { ...functionDefinitions, 'vapid-key': vapidKeyDefinition };
const names = Object.keys(definitions);

type Made = { readonly bytes: number; readonly libraries: ReadonlySet<string>; readonly file: string };
const made = new Map<string, Made>();
const dir = mkdtempSync(join(tmpdir(), 'coi-push-bundles-'));

beforeAll(async () => {
  for (const [name, { entry }] of Object.entries(definitions)) {
    const file = join(dir, name, bundleFile);
    const { metafile } = await build({
      ...bundleOptionsFor(entry),
      absWorkingDir: root,
      entryPoints: [entry],
      outfile: file,
      metafile: true,
      logLevel: 'error',
    });
    const [output] = Object.values(metafile.outputs);
    const inputs = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
    const libraries = inputs.flatMap(
      ([path]) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
    );
    made.set(name, { bytes: output?.bytes ?? 0, libraries: new Set(libraries), file });
  }
  const rows = Object.entries(definitions).map(
    ([name, { bundleLimitBytes }]) =>
      `  ${name.padEnd(10)} ${kilobytes(made.get(name)?.bytes ?? 0)} of ${kilobytes(bundleLimitBytes)}`,
  );
  console.log(['Bundles:', ...rows].join('\n'));
});
afterAll(() => rmSync(dir, { recursive: true }));

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} KB`.padStart(8);
}

describe('the bundles', () => {
  it.each(Object.entries(definitions))('of %s stay below their limit', (name, { bundleLimitBytes }) => {
    expect(made.get(name)?.bytes).toBeGreaterThan(100_000);
    expect(made.get(name)?.bytes).toBeLessThanOrEqual(bundleLimitBytes);
  });

  it('keep the promised limits: 1.5 MB for what logs in, 600 KB for what does not', () => {
    const { schedule, poll, idle, push } = functionDefinitions;
    expect([poll, idle].map(({ bundleLimitBytes }) => bundleLimitBytes)).toEqual([1_500_000, 1_500_000]);
    expect([push, schedule].map(({ bundleLimitBytes }) => bundleLimitBytes)).toEqual([600_000, 600_000]);
  });

  it.each([
    ['schedule', ['imapflow', 'nodemailer', 'mailparser', 'web-push', '@aws-sdk/client-kms', 'hono']],
    ['push', ['imapflow', 'nodemailer', 'mailparser', '@aws-sdk/client-kms', 'hono']],
    ['poll', ['nodemailer', 'mailparser', 'hono', 'iconv-lite', '@aws-sdk/client-lambda']],
    ['idle', ['nodemailer', 'mailparser', 'hono', 'iconv-lite', '@aws-sdk/client-lambda']],
    ['send', ['mailparser', 'hono', 'web-push']],
    ['api', ['@aws-sdk/client-lambda', 'dynalite', 'fauxqs', '@hono/node-server']],
    ['web', ['preact', 'esbuild', 'imapflow', 'zod', '@aws-sdk/client-dynamodb', '@aws-sdk/client-kms']],
    ['vapid-key', ['imapflow', '@aws-sdk/client-dynamodb', '@aws-sdk/client-kms']],
  ])('of %s have none of %s', (name, unwanted) => {
    const libraries = made.get(name)?.libraries ?? new Set();
    expect(libraries.size).toBeGreaterThan(name === 'web' ? 1 : 3);
    expect(unwanted.filter((library) => libraries.has(library))).toEqual([]);
  });

  it.each(names)('of %s load by themselves, and have a handler', (name) => {
    const env = Object.fromEntries(
      Object.values(functionSettings).map((setting) => [setting.name, exampleOf(setting.name)]),
    );
    const code = `import(${JSON.stringify(made.get(name)?.file)}).then((m) => console.log(typeof m.handler))`;
    const printed = execFileSync(process.execPath, ['-e', code], {
      cwd: dir,
      env: { ...env, AWS_REGION: 'eu-west-1', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
      encoding: 'utf8',
    });
    expect(printed.trim()).toBe('function');
  });
});

function exampleOf(setting: string): string {
  if (['PARTITIONS', 'RETENTION_DAYS', 'IDLE_WORKERS', 'MAX_ACCOUNTS', 'HOLD_SECONDS'].includes(setting))
    return '4';
  if (setting === 'LOG_LEVEL') return 'info';
  if (setting === 'WATCH') return 'auto';
  if (setting === 'VAPID_SUBJECT') return 'mailto:operator@example.org';
  if (['PUBLIC_URL', 'ISPDB_URL'].includes(setting)) return 'https://push.example.org';
  return setting === 'CORS_ORIGINS' || setting === 'ALLOW_PRIVATE_HOSTS' || setting === 'ADMIT' ? '' : 'x';
}
