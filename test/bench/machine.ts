import { cpus } from 'node:os';

/** How fast this machine is today: a fixed integer loop, in seconds. Figures of two runs compare by it. */
export function calibrate(): { cpu: string; cores: number; loopSeconds: number } {
  const startedAt = process.hrtime.bigint();
  let state = 1;
  for (let i = 0; i < 300_000_000; i++) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  const loopSeconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
  const [cpu] = cpus();
  return { cpu: `${cpu?.model ?? 'unknown'}${state === 0 ? ' ' : ''}`, cores: cpus().length, loopSeconds };
}

/** The value below which `share` (0..1) of the values lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
