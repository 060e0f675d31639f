import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { calibrate } from '../bench/machine.ts';
import { drawScale } from './draw-scale.ts';
import { firstLimits } from './first-limits.ts';
import { measuredTick } from './measured.ts';
import { costTable, growthTable, loadTable } from './scale-table.ts';
import { type SizeOutcome, simulate } from './simulate.ts';
import { sizes, ways } from './sizes.ts';
import { measureTick } from './tick-cost.ts';

const root = new URL('../../', import.meta.url);
const startedAt = performance.now();

/** Simulates all sizes, and with `--write` puts what came out into the README, with its picture. */
async function main(): Promise<void> {
  const tick = await measureTick();
  progress(
    `the minute tick takes ${micros(tick.perAccount)} of CPU per account and ${micros(tick.perPartition)} per partition; ` +
      `worked out with ${micros(measuredTick.perAccount)} and ${micros(measuredTick.perPartition)}`,
  );
  const outcomes: SizeOutcome[] = [];
  for (const accounts of sizes) {
    for (const way of ways) {
      const { day, ...outcome } = simulate({ accounts, ...way }, measuredTick);
      outcomes.push({ ...outcome, day: { ...day, loads: new Uint16Array() } });
      progress(`${accounts.toLocaleString('en')} accounts, ${way.watch}, ${way.activeShare * 100} % in use`);
    }
  }
  const text = [
    `By \`npm run simulate\` on ${new Date().toISOString().slice(0, 10)}, in ${Math.ceil((performance.now() - startedAt) / 60_000)} minutes. Two figures in a cell: the mean, and the busiest minute.`,
    '',
    loadTable(outcomes),
    '',
    'US dollars a month, at list prices without cheaper tiers for much use:',
    '',
    costTable(outcomes),
    '',
    'What an account takes among more accounts, as a multiple of what it takes among fewer:',
    '',
    growthTable(outcomes),
    '',
    `From which number of accounts on something does not suffice. The minute tick was measured with ${micros(tick.perAccount)} of CPU for an account and ${micros(tick.perPartition)} for a partition (calibration ${calibrate().loopSeconds.toFixed(2)} s); the figures here are worked out with ${micros(measuredTick.perAccount)} and ${micros(measuredTick.perPartition)}.`,
    '',
    firstLimits(outcomes),
  ].join('\n');
  process.stdout.write(`${text}\n`);
  if (!process.argv.includes('--write')) return;
  const readme = readFileSync(new URL('README.md', root), 'utf8');
  const block = /(<!-- scale -->\n).*(<!-- \/scale -->)/s;
  if (!block.test(readme)) throw new Error('the README has no place for it');
  writeFileSync(
    new URL('README.md', root),
    readme.replace(block, (_, start, end) => `${start}${text}\n${end}`),
  );
  mkdirSync(new URL('.github/images/', root), { recursive: true });
  writeFileSync(new URL('.github/images/scale.svg', root), drawScale(outcomes));
}

function micros(seconds: number): string {
  return `${(seconds * 1e6).toFixed(0)} µs`;
}

function progress(line: string): void {
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
}

await main();
