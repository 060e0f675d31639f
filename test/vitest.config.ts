import { defineConfig } from 'vitest/config';

const common = {
  root: new URL('..', import.meta.url).pathname,
  // Waits end with what they wait for; these bounds are for what never comes, also where the machine is slow.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  setupFiles: ['test/support/logs/name-test-file.ts'],
  // Said by each process on Node 20; the lock file holds a version that runs there.
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
};

/**
 * `pure` needs nothing but Node; `real` talks to real servers; `browser` drives a real Firefox, one file at a time. Two
 * workers at once: the servers under test share the machine.
 */
export default defineConfig({
  test: {
    maxWorkers: 2,
    reporters: ['default', new URL('support/summary-reporter.ts', import.meta.url).pathname],
    coverage: { provider: 'v8', include: ['shared/**', 'functions/**'], exclude: ['**/*.js'] },
    projects: [
      { test: { ...common, name: 'pure', include: ['test/pure/**/*.test.ts'] } },
      {
        test: {
          ...common,
          name: 'real',
          include: ['test/real/**/*.test.ts'],
          // Seven minutes of a whole machine: it is asked for by name, `npm run fault-sends`.
          exclude:
            process.env['FAULT_SENDS'] === undefined ? ['test/real/faults/no-send-doubled.test.ts'] : [],
          globalSetup: ['test/support/mail-servers-setup.ts'],
        },
      },
      {
        test: {
          ...common,
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/support/mail-servers-setup.ts'],
          fileParallelism: false,
        },
      },
    ],
  },
});
