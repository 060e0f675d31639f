import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { afterAll, describe, expect, it } from 'vitest';
import { functionDefinitions, vapidKeyDefinition } from '../../../functions/definitions.ts';
import { bundled, projectDir } from '../../../infra/bundle.ts';
import { SettingSheet } from '../../../infra/deployed-code.ts';
import { makeApp } from '../../../infra/make-app.ts';
import { assembly, synth } from '../../support/assembly.ts';

const dir = mkdtempSync(join(tmpdir(), 'coi-push-synth-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const entries = [...Object.values(functionDefinitions), vapidKeyDefinition].map(({ entry }) => entry);

describe('the synth', () => {
  it('needs neither credentials nor the network, and tells what each bundle weighs', async () => {
    const said = await synth(join(dir, 'out'), {});
    const told = [...said.matchAll(/^bundle (\S+): \d+ of \d+ KB$/gm)].map(([, entry]) => entry);
    expect(told.toSorted()).toEqual(entries.toSorted());
  });

  it('finds each bundle within its limit, and no other fault', async () => {
    expect(errorsIn(await assembly())).toEqual([]);
  });

  it('fails for a bundle above its limit', async () => {
    const app = new App({ outdir: join(dir, 'heavy') });
    const stack = new Stack(app, 'heavy');
    const [entry = ''] = entries;
    new Asset(stack, 'Bundle', {
      path: projectDir,
      ...bundled(stack, { entry, limitBytes: 1_000 }, () => {}),
    });
    app.synth();
    expect(errorsIn(join(dir, 'heavy'))).toEqual([
      expect.stringMatching(new RegExp(`^the bundle of ${entry} has \\d+ bytes, and may have 1000`)),
    ]);
  });

  it('fails for what breaks a rule of AwsSolutions, which the stack breaks nowhere', async () => {
    const { app, stack } = makeApp({ outdir: join(dir, 'broken') });
    new Queue(stack, 'NoDeadLettersNoTls');
    expect(() => app.synth()).toThrow('AwsSolutions-SQS3');
    expect(rulesBrokenIn(join(dir, 'broken'))).toEqual(['AwsSolutions-SQS3', 'AwsSolutions-SQS4']);
    expect(rulesBrokenIn(await assembly())).toEqual([]);
  });

  it('fails when a setting that a function reads is forgotten, and when one is to spare', () => {
    const app = new App({ outdir: join(dir, 'forgotten') });
    const sheet = new SettingSheet(new Stack(app, 'forgotten'), ['TABLE_NAME', 'KEY_ARN'], () => {});
    sheet.set('TABLE_NAME', 'a-table');
    expect(() => sheet.set('ADMIT', '*')).toThrow('ADMIT is set for a function that does not read it');
    expect(() => app.synth()).toThrow('KEY_ARN is not set');
  });

  it('refuses a configuration with faults, in words', async () => {
    const failed = await synth(join(dir, 'refused'), { 'coi:watch': 'sometimes' }).catch(
      (error: unknown) => error,
    );
    expect(failed).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('coi:watch: must be one of auto, idle, poll, not "sometimes"'),
    });
    expect(existsSync(join(dir, 'refused', 'manifest.json'))).toBe(false);
  });
});

it('explains each rule of AwsSolutions that is not followed', () => {
  const infra = join(projectDir, 'infra');
  const acknowledged = readdirSync(infra)
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [...readFileSync(join(infra, name), 'utf8').matchAll(/\.acknowledge\(\{([^}]*)\}/g)])
    .map(([, text]) => /id: '([^']+)',\s*reason:\s*'([^']+)'/.exec(text ?? ''));
  expect(acknowledged.length).toBeGreaterThan(3);
  for (const found of acknowledged) {
    expect(found?.[1]).toMatch(/^AwsSolutions-[A-Z]+\d+/);
    expect(found?.[2]?.split(' ').length).toBeGreaterThan(8);
  }
});

function errorsIn(outdir: string): string[] {
  return readdirSync(outdir)
    .filter((name) => name.endsWith('.metadata.json') || name === 'manifest.json')
    .flatMap((name) => [
      ...readFileSync(join(outdir, name), 'utf8').matchAll(/"type": "aws:cdk:error",\s*"data": "([^"]+)"/g),
    ])
    .map(([, message]) => message ?? '');
}

function rulesBrokenIn(outdir: string): string[] {
  const report = readFileSync(join(outdir, 'validation-report.json'), 'utf8');
  return [...report.matchAll(/"ruleName": "([^"]+)"/g)].map(([, name]) => name ?? '').toSorted();
}
