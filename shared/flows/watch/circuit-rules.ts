import { createHash } from 'node:crypto';
import { limits } from '../../core/limits.ts';
import type { HostCircuit } from '../../store/items.ts';

/** What came of attempts to log in at one host, counted by slices of time. */
export type Attempts = readonly { readonly from: number; readonly good: number; readonly bad: number }[];

const sliceMs = 5_000;

/** The attempts with one more; those from before `limits.hostWindowMs` are forgotten. */
export function withAttempt(attempts: Attempts, outcome: 'good' | 'bad', now: number): Attempts {
  const from = now - (now % sliceMs);
  const young = attempts.filter((slice) => slice.from > now - limits.hostWindowMs);
  const last = young.at(-1);
  const slice = last?.from === from ? last : { from, good: 0, bad: 0 };
  return [...young.filter((each) => each !== slice), { ...slice, [outcome]: slice[outcome] + 1 }];
}

/** Whether so many of these failed that the host is to be left alone. */
export function mustShut(attempts: Attempts): boolean {
  const sum = (outcome: 'good' | 'bad') => attempts.reduce((all, slice) => all + slice[outcome], 0);
  const bad = sum('bad');
  const all = sum('good') + bad;
  return all >= limits.hostAttempts && bad > limits.hostFailedShare * all;
}

/** For how long a host is left alone that was found to be in trouble so many times in a row, 1 for the first time. */
export function shutMs(openings: number, random: number): number {
  const least = Math.min(limits.hostShutMinMs * 2 ** Math.min(openings - 1, 20), limits.hostShutMaxMs / 2);
  return Math.floor(least * (1 + random));
}

/** A host's circuit after it was found to be in trouble, once more if it was before. */
export function circuitAfterTrouble(
  host: string,
  former: HostCircuit | undefined,
  now: number,
  random: number,
): HostCircuit {
  const openings = (former?.openings ?? 0) + 1;
  return {
    host,
    shutUntil: now + shutMs(openings, random),
    openings,
    probeUntil: undefined,
    version: former?.version ?? 0,
  };
}

/** Tells hosts apart in logs and queues without naming them. */
export function digestOfHost(host: string): string {
  return createHash('sha256').update(host).digest('base64url').slice(0, 22);
}

/** How a host stands: whoever comes may connect, or nobody before `until`, or one who proves whether it is well again. */
export type Standing =
  | { readonly kind: 'well' }
  | { readonly kind: 'shut'; readonly until: number }
  | { readonly kind: 'wants-probe' };

export function standingOf(circuit: HostCircuit | undefined, now: number): Standing {
  if (circuit === undefined) return { kind: 'well' };
  const until = Math.max(circuit.shutUntil, circuit.probeUntil ?? 0);
  return now < until ? { kind: 'shut', until } : { kind: 'wants-probe' };
}
