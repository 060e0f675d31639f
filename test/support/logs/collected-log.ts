import type { ChildProcess } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Log, silentLog } from '../../../shared/core/log.ts';
import { type Metrics, silentMetrics } from '../../../shared/core/metrics.ts';
import { pinoLog } from '../../../shared/logging/pino-log.ts';

/** Where the logs of a run are collected, and which test file they are of. Not set outside of a run of tests. */
export const logsVariable = 'COI_PUSH_TEST_LOGS';
export const testFileVariable = 'COI_PUSH_TEST_FILE';

/** One test file says far less; a log without end would fill the disk. */
const mostLogBytes = 32 * 1024 * 1024;
/** Stands at the end of a log that was cut: no log is that long for a good reason. */
export const cutMark = 'this log is longer than any may be';

const written = new Map<string, number>();

/**
 * Keeps what a part of the service said, until the end of the run, when all of it is read.
 *
 * @param source tells who said it from others of the same test process, whose lines it must not break
 */
export function collect(text: string, source: string): void {
  const dir = process.env[logsVariable];
  if (dir === undefined) return;
  const testFile = (process.env[testFileVariable] ?? 'unknown').replaceAll('/', '+');
  const file = join(dir, `${testFile}:${process.pid}:${source}`);
  const before = written.get(file) ?? 0;
  if (before > mostLogBytes) return;
  const after = before + Buffer.byteLength(text);
  written.set(file, after);
  appendFileSync(file, after > mostLogBytes ? `\n${cutMark}\n` : text);
}

/**
 * The same of what a child process prints.
 *
 * @param isLog leaves out lines that are meant for who started it, as the links of a demonstration are
 */
export function collectOutput(
  { pid, stdout, stderr }: ChildProcess,
  isLog: (line: string) => boolean = () => true,
): void {
  for (const [name, input] of Object.entries({ stdout, stderr }))
    if (input !== null)
      createInterface({ input }).on('line', (line) => {
        if (isLog(line)) collect(`${line}\n`, `${pid}.${name}`);
      });
}

/** The same of a file that another process wrote. */
export function collectFile(path: string): void {
  if (process.env[logsVariable] !== undefined && existsSync(path))
    collect(readFileSync(path, 'utf8'), basename(path));
}

/** The service's own log, its finest level included, with its lines collected. */
export function collectedLog(): Log {
  return process.env[logsVariable] === undefined
    ? silentLog
    : pinoLog('debug', { write: (line) => collect(line, 'log') });
}

/** What figures are told apart by is as public as the log. */
export function collectedMetrics(): Metrics {
  if (process.env[logsVariable] === undefined) return silentMetrics;
  return {
    add: (metric, figure, of) => collect(`${JSON.stringify({ metric, figure, of })}\n`, 'metrics'),
    flush: () => undefined,
  };
}
