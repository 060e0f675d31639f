import { ConfigRefused, makeApp } from './make-app.ts';

/** What `npx cdk` runs: makes the cloud assembly, and tells what the bundles weigh. */
try {
  const { app, bundles } = makeApp();
  app.synth();
  for (const { name, bytes, limitBytes } of bundles) {
    process.stderr.write(`bundle ${name}: ${kilobytes(bytes)} of ${kilobytes(limitBytes)} KB\n`);
  }
} catch (error) {
  if (!(error instanceof ConfigRefused)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

function kilobytes(bytes: number): number {
  return Math.round(bytes / 1000);
}
