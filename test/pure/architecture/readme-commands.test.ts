import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../../', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');

/** What runs each command of the README; those for AWS want an account, and are tried as far as it goes without one. */
const runBy: readonly (readonly [RegExp, string])[] = [
  [/^npm ci && npm start -- --demo$/, 'test/real/demo/demo.test.ts'],
  [/^npm ci && npm start$/, 'test/real/host/kill.test.ts'],
  [/^npm ci && npm test$/, '.ci/run'],
  [/^npm ci$/, '.ci/run'],
  [/^(?:URL=|TOKEN=|curl )/, 'test/real/host/readme.test.ts'],
  [/^npm run admin -- /, 'test/real/admin/admin.test.ts'],
  [/^cat > cdk\.context\.json/, 'test/pure/infra/config.test.ts'],
  [/^(?:git pull && npm ci && )?npx cdk /, 'test/pure/infra/synth.test.ts'],
  [/^aws (?:dynamodb|secretsmanager|kms) /, 'test/pure/infra/template.test.ts'],
];

/** The commands of all blocks, without what goes on or is put in. */
function commands(): string[] {
  return [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
    block
      .replaceAll(/<<'END'\n.*?^END$/gms, "<<'END'")
      .replaceAll(/\\\n/g, ' ')
      .replaceAll(/'\{\n.*?\}'$/gms, "'{}'")
      .split('\n')
      .map((line) => line.replace(/\s+#.*$/, '').trim())
      .filter((line) => line !== ''),
  );
}

describe('the commands of the README', () => {
  it('are found', () => {
    expect(commands().length).toBeGreaterThan(15);
  });

  it.each(commands())('are run by a test: %s', (command) => {
    const [, file] = runBy.find(([pattern]) => pattern.test(command)) ?? [];
    expect(file, command).toBeDefined();
    expect(existsSync(new URL(file ?? '', root))).toBe(true);
  });
});
