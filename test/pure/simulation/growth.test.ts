import { describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { measuredTick } from '../../simulation/measured.ts';
import { type Outcome, simulate } from '../../simulation/simulate.ts';
import { total } from '../../simulation/usage.ts';

const sizes = [1_000, 10_000, 50_000] as const;

function perAccount(host: 'lambda' | 'container', of: (outcome: Outcome) => number): readonly number[] {
  return outcomes.map((size) => of(size[host]) / size.accounts);
}

const outcomes = sizes.map((accounts) =>
  simulate({ accounts, activeShare: 0.3, watch: 'auto' }, measuredTick),
);

describe.each(['lambda', 'container'] as const)('a simulated day with workers of kind %s', (host) => {
  it.each([
    ['dollars', (outcome: Outcome) => outcome.dollars.total],
    ['read units', (outcome: Outcome) => total(outcome.usage.reads)],
    ['write units', (outcome: Outcome) => total(outcome.usage.writes)],
    ['gigabyte seconds', (outcome: Outcome) => outcome.usage.lambdaGbSeconds],
    ['bytes out', (outcome: Outcome) => outcome.usage.egressBytes],
  ])('takes no more %s per account when there are more accounts', (_, of) => {
    const [small = 0, medium = 0, large = 0] = perAccount(host, of);
    // What a thousand people do differs from day to day by some percent.
    expect(medium).toBeLessThan(small * 1.1);
    expect(large).toBeLessThan(medium * 1.02);
  });

  it('leaves nobody who wants a connection without one', () => {
    expect(outcomes.map((size) => size[host].workers.waitingMinutes)).toEqual([0, 0, 0]);
  });

  it('fills its workers evenly, and none beyond what it holds', () => {
    const { load } = outcomes[2]?.[host].workers ?? { load: { most: 0, mean: 1 } };
    expect(load.most).toBeLessThanOrEqual(
      host === 'lambda' ? limits.workerSessions : limits.containerSessions,
    );
    expect(load.most / load.mean).toBeLessThan(1.25);
  });
});

it('spreads accounts evenly over the partitions', () => {
  const [, , large] = outcomes;
  const accounts = [...(large?.day.accounts ?? [])];
  const mean = accounts.reduce((sum, each) => sum + each, 0) / accounts.length;
  expect(Math.max(...accounts) / mean).toBeLessThan(1.3);
  expect(Math.min(...accounts) / mean).toBeGreaterThan(0.7);
});

it('spreads the polls evenly over the minutes', () => {
  const polls = outcomes[2]?.lambda.usage.polls ?? new Float64Array();
  expect(Math.max(...polls) / (total(polls) / polls.length)).toBeLessThan(1.15);
});
