import { beforeAll, describe, expect, it } from 'vitest';
import { functionDefinitions } from '../../../functions/definitions.ts';
import { shardOf } from '../../../functions/schedule/shard-of.ts';
import { assembly } from '../../support/assembly.ts';
import { objectOf, textOf } from '../../support/deployed/template.ts';
import { Synthesized } from '../../support/synthesized.ts';

let stack: Synthesized;
beforeAll(async () => {
  stack = new Synthesized(await assembly({ 'coi:partitions': '1024', 'coi:tickShards': '3' }));
}, 120_000);

describe('a stack for many accounts', () => {
  it('starts as many ticks each minute as share the work, each with its part', () => {
    const parts = stack
      .ofType('AWS::Scheduler::Schedule')
      .map(({ properties }) => shardOf(JSON.parse(textOf(objectOf(properties['Target'])['Input']))));
    expect(parts).toEqual([0, 1, 2].map((index) => ({ index, of: 3 })));
  });

  it('keeps executions aside for all of them, and rings when one of them stands still', () => {
    const { does, reservedConcurrency } = functionDefinitions.schedule;
    const [tick] = stack
      .ofType('AWS::Lambda::Function')
      .filter(({ properties }) => properties['Description'] === does);
    expect(tick?.properties['ReservedConcurrentExecutions']).toBe(3 * reservedConcurrency);
    const thresholds = stack
      .ofType('AWS::CloudWatch::Alarm')
      .filter(
        ({ properties }) =>
          properties['MetricName'] === 'Invocations' &&
          stack.idsIn(properties['Dimensions']).includes(tick?.id ?? ''),
      )
      .map(({ properties }) => properties['Threshold']);
    expect(thresholds).toEqual([11, 30]);
  });

  it('tells every function how many partitions there are', () => {
    const told = stack
      .ofType('AWS::Lambda::Function')
      .flatMap(
        ({ properties }) =>
          objectOf(objectOf(properties['Environment'] ?? {})['Variables'] ?? {})['PARTITIONS'] ?? [],
      );
    expect(new Set(told)).toEqual(new Set(['1024']));
  });
});
