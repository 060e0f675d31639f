import { createReadStream } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cutMark } from './collected-log.ts';
import { leaksIn } from './find-leaks.ts';

export type LogLeak = { readonly testFile: string; readonly what: string; readonly line: string };

/** Told of one test file: the first ones are enough to find the others. */
const mostLeaksOfOne = 5;
const shownCharacters = 300;

/** Reads all logs that a run collected, and deletes each. */
export async function judgeLogs(dir: string): Promise<{ lines: number; leaks: LogLeak[] }> {
  const leaks: LogLeak[] = [];
  let lines = 0;
  for (const name of (await readdir(dir)).toSorted()) {
    const testFile = name.replace(/:.*$/, '').replaceAll('+', '/');
    let found = 0;
    for await (const line of createInterface({ input: createReadStream(join(dir, name)) })) {
      lines += 1;
      const what = line === cutMark ? [cutMark] : leaksIn(line);
      if (what.length === 0 || found >= mostLeaksOfOne) continue;
      found += 1;
      leaks.push({ testFile, what: what.join(', '), line: line.slice(0, shownCharacters) });
    }
    await rm(join(dir, name));
  }
  return { lines, leaks };
}
