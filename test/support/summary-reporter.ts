import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { isRecord } from '../../shared/core/outside-data.ts';
import { logsVariable } from './logs/collected-log.ts';
import { judgeLogs } from './logs/judge-logs.ts';

/**
 * Closes the run with one plain line, `N passed, N failed`, that people and machines can read, and before it a line
 * `FAILED` for everything that failed: a log of thousands of lines is read from its end. What the services under test
 * logged is read too, and fails the run by anything personal in it. On CI a skipped test is a
 * failure: there everything a test needs can be installed.
 */
class SummaryReporter implements Reporter {
  #logs: string | undefined;

  onInit(): void {
    const dir = mkdtempSync(join(tmpdir(), 'coi-push-logs-'));
    process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
    this.#logs = dir;
    // The processes that run the tests are started after this.
    process.env[logsVariable] = dir;
  }

  async onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): Promise<void> {
    const count = { passed: 0, skipped: 0 };
    const failures = unhandledErrors.map((error) => failure('outside of any test', error));
    for (const module of modules) {
      // A file or a suite can fail by itself, as when a hook does: its tests then count as skipped.
      for (const suite of [module, ...module.children.allSuites()]) {
        if (suite.errors().length > 0) failures.push(failure(module.relativeModuleId, suite.errors()[0]));
      }
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        if (state === 'failed')
          failures.push(failure(`${module.relativeModuleId} > ${test.fullName}`, errors[0]));
        else if (state === 'passed' || state === 'skipped') count[state] += 1;
      }
    }
    if (this.#logs !== undefined) {
      const { lines, leaks } = await judgeLogs(this.#logs);
      console.log(`${lines} lines of logs were read`);
      for (const { testFile, what, line } of leaks)
        failures.push(`FAILED ${testFile}: its log holds ${what}: ${line}`);
      if (leaks.length > 0) process.exitCode = 1;
    }
    if (process.env['CI'] === 'true' && count.skipped > 0) {
      console.log(`${count.skipped} tests were skipped, which CI does not allow`);
      process.exitCode = 1;
    }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
    // After the other reporters' last words.
    setImmediate(() => {
      for (const line of failures) console.log(line);
      console.log(`${count.passed} passed, ${failures.length} failed${skipped}`);
    });
  }
}

/** Where it failed, and the first 500 characters of why. */
function failure(where: string, error: unknown): string {
  const why = isRecord(error) ? error['message'] : error;
  return `FAILED ${where}: ${String(why).replace(/\s+/g, ' ').slice(0, 500)}`;
}

// biome-ignore lint/style/noDefaultExport: vitest loads a reporter by its default export
export default SummaryReporter;
