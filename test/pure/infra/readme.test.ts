import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configTable } from '../../../infra/config.ts';
import { costTable } from '../../../infra/cost-table.ts';
import { fixedParts } from '../../../infra/costs.ts';
import { metricTable } from '../../../shared/core/metrics.ts';
import { assembly } from '../../support/assembly.ts';
import { listOf, objectOf } from '../../support/deployed/template.ts';
import { Synthesized } from '../../support/synthesized.ts';

const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

function block(name: string): string | undefined {
  return new RegExp(`<!-- ${name} -->\\n(.*?)<!-- /${name} -->`, 's').exec(readme)?.[1]?.trim();
}

describe('the README on deployment', () => {
  it('has the settings as the code has them', () => {
    const rows = configTable.map(
      ({ name, fallback, does }) =>
        `| \`${name}\` | ${fallback === '' ? 'none' : `\`${fallback}\``} | ${does} |`,
    );
    expect(block('deploy-settings')?.split('\n').slice(2)).toEqual(rows);
  });

  it('has the costs that the formula gives', () => {
    expect(block('costs')).toBe(costTable());
  });

  it('names only settings that there are', () => {
    const known = configTable.map(({ name }) => name);
    for (const text of [readme, readFileSync(new URL('../../../infra/README.md', import.meta.url), 'utf8')]) {
      for (const [name] of text.matchAll(/coi:[a-zA-Z]+/g)) expect(known).toContain(name);
    }
  });

  it('names only outputs that the stack has', async () => {
    const template = readFileSync(`${await assembly()}/coi-push.template.json`, 'utf8');
    const outputs = Object.keys(objectOf(objectOf(JSON.parse(template))['Outputs']));
    expect(outputs).toEqual(expect.arrayContaining(['Url', 'TableName', 'KeyArn', 'VapidSecretArn']));
    for (const name of ['Url', 'TableName', 'KeyArn', 'VapidSecretArn']) expect(readme).toContain(name);
  });
});

it('counts in the costs what the stack has', async () => {
  const stack = new Synthesized(await assembly());
  const alarmMetrics = stack
    .ofType('AWS::CloudWatch::Alarm')
    .map(({ properties: { Metrics } }) =>
      Metrics === undefined ? 1 : listOf(Metrics).filter((each) => 'MetricStat' in objectOf(each)).length,
    );
  const metrics = Object.values(metricTable).map(({ by }) =>
    Object.values(by).reduce((product, values) => product * values.length, 1),
  );
  const partitions = stack
    .ofType('AWS::Lambda::Function')
    .map(({ properties }) => objectOf(objectOf(properties['Environment'])['Variables'])['PARTITIONS'])
    .find((each) => each !== undefined);
  expect({
    alarmMetrics: alarmMetrics.reduce((sum, each) => sum + each, 0),
    dashboards: stack.ofType('AWS::CloudWatch::Dashboard').length,
    keys: stack.ofType('AWS::KMS::Key').length,
    secrets: stack.ofType('AWS::SecretsManager::Secret').length,
    partitions: Number(partitions),
  }).toEqual({ ...fixedParts, metrics: undefined });
  expect(fixedParts.metrics).toBeLessThanOrEqual(metrics.reduce((sum, each) => sum + each, 0));
});
