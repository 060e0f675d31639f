import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import {
  type FunctionDefinition,
  functionDefinitions,
  functionNames,
  vapidKeyDefinition,
} from '../../../functions/definitions.ts';
import { readSettings, settingTable } from '../../../functions/local/settings.ts';
import { commonSettings } from '../../../functions/settings/common-settings.ts';
import { functionSettings, settingReader } from '../../../functions/settings/function-settings.ts';
import { bundleOptionsFor } from '../../../infra/bundle-options.ts';
import { queueDefinitions, queueNames } from '../../../shared/queue/queue-definitions.ts';
import { accessPatterns } from '../../../shared/store/table.ts';

const root = new URL('../../../', import.meta.url).pathname;
const definitions: readonly [string, FunctionDefinition][] = Object.entries(functionDefinitions);
const queueSetting = { poll: 'POLL_QUEUE_URL', push: 'PUSH_QUEUE_URL', send: 'SEND_QUEUE_URL' } as const;

describe('the declared functions', () => {
  it('are all there are, each with its README', () => {
    expect(Object.keys(functionDefinitions)).toEqual([...functionNames]);
    const folders = readdirSync(join(root, 'functions'), { withFileTypes: true })
      .filter((each) => each.isDirectory() && existsSync(join(root, 'functions', each.name, 'handler.ts')))
      .map(({ name }) => name);
    const declared = [...definitions.map(([, each]) => each), vapidKeyDefinition].map(({ entry }) => entry);
    expect(declared.toSorted()).toEqual(folders.map((name) => `functions/${name}/handler.ts`).toSorted());
    for (const name of folders) expect(existsSync(join(root, 'functions', name, 'README.md'))).toBe(true);
  });

  it.each([...definitions.map(([, each]) => each), vapidKeyDefinition])(
    'read what they are declared to read: $entry',
    ({ entry, settings }) => {
      const { metafile } = buildSync({
        ...bundleOptionsFor(entry),
        absWorkingDir: root,
        entryPoints: [entry],
        write: false,
        metafile: true,
        outfile: 'index.mjs',
      });
      const code = Object.keys(metafile.inputs)
        .filter((path) => path === entry || path.startsWith('functions/on-aws/'))
        .map((path) => readFileSync(join(root, path), 'utf8'))
        .join('\n');
      const used = Object.entries(functionSettings)
        .filter(([key]) =>
          new RegExp(`functionSettings\\.${key}\\b|\\{[^{}]*\\b${key}\\b[^{}]*\\} = functionSettings`).test(
            code,
          ),
        )
        .map(([, { name }]) => name);
      // Code that all share reads some settings of the functions that have them.
      expect([...settings].filter((name) => !used.includes(name))).toEqual([]);
    },
  );

  it.each(definitions)('have the settings that their rights are for, and no others: %s', (_, definition) => {
    const { settings, sendsTo, unwraps, wraps, readsVapid, invokes } = definition;
    const has = (name: (typeof settings)[number]) => settings.includes(name);
    expect(has('KEY_ARN')).toBe(unwraps || wraps);
    expect(has('VAPID_SECRET_ARN')).toBe(readsVapid);
    expect(has('IDLE_FUNCTION_NAME')).toBe(invokes === 'idle');
    for (const queue of queueNames) expect(has(queueSetting[queue])).toBe(sendsTo.includes(queue));
    expect(new Set(settings).size).toBe(settings.length);
  });

  it('are told of no key and no password', () => {
    for (const { name } of Object.values(functionSettings))
      expect(name).not.toMatch(/PASSWORD|TOKEN|PRIVATE_KEY|SECRET(?!_ARN$)/);
  });

  it('open keys only where they log in', () => {
    const opening = definitions.filter(([, { unwraps }]) => unwraps).map(([name]) => name);
    expect(opening).toEqual(['poll', 'idle', 'send', 'api']);
    expect(definitions.filter(([, { wraps }]) => wraps).map(([name]) => name)).toEqual(['api']);
  });

  it('take one queue each, which hides a message six times as long as its work may take', () => {
    const taken = definitions.flatMap(([, { trigger, timeoutSeconds, consumes }]) =>
      trigger.kind === 'queue' ? [{ ...trigger, timeoutSeconds, consumes }] : [],
    );
    expect(taken.map(({ queue }) => queue).toSorted()).toEqual([...queueNames].toSorted());
    for (const { queue, timeoutSeconds, consumes } of taken) {
      expect(consumes).toBe(queue);
      expect(queueDefinitions[queue].visibilitySeconds).toBeGreaterThanOrEqual(6 * timeoutSeconds);
    }
  });

  it('do to the table what its access patterns have, and never scan it', () => {
    const requests = new Set(accessPatterns.map(([, request]) => `dynamodb:${request}`));
    const used = new Set(definitions.flatMap(([, { dynamoActions }]) => dynamoActions));
    expect([...used].toSorted()).toEqual([...requests].toSorted());
  });
});

describe('the settings', () => {
  it('that npm start and the functions share are the same', () => {
    for (const { name, does } of Object.values(commonSettings)) {
      expect(settingTable).toContainEqual(expect.objectContaining({ name, does }));
      expect(Object.values(functionSettings)).toContainEqual(expect.objectContaining({ name, does }));
    }
  });

  it('that are wrong are wrong for both', () => {
    const wrong = {
      ADMIT: '@example.org',
      WATCH: 'always',
      LOG_LEVEL: 'loud',
      RETENTION_DAYS: '0',
      CORS_ORIGINS: 'x',
    };
    const read = readSettings(wrong);
    const names = Object.values(functionSettings)
      .map(({ name }) => name)
      .filter((name) => name in wrong);
    expect(read.ok ? [] : read.faults).toHaveLength(5);
    for (const name of names) expect(() => settingReader([name], wrong)).toThrow(name);
  });

  it('of a function are read when it starts: all that are wrong are told at once', () => {
    const { settings } = functionDefinitions.schedule;
    expect(() => settingReader(settings, {})).toThrow(/LOG_LEVEL.*TABLE_NAME|TABLE_NAME.*LOG_LEVEL/);
  });

  it('that a function is not declared to read are not read', () => {
    const read = settingReader(['TABLE_NAME'], { TABLE_NAME: 't', KEY_ARN: 'arn' });
    expect(read(functionSettings.tableName)).toBe('t');
    expect(() => read(functionSettings.keyArn)).toThrow('not declared');
  });
});
