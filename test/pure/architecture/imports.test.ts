import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importProblems, type SourceFile } from '../../support/import-rules.ts';

const root = new URL('../../../', import.meta.url).pathname;

function sourcesIn(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:tsx?|js)$/.test(name))
    .map((name) => ({
      path: `${folder}/${name}`,
      text: readFileSync(join(root, folder, name), 'utf8'),
    }));
}

describe('the direction of imports', () => {
  it('holds in all sources', () => {
    const sources = [...sourcesIn('functions'), ...sourcesIn('shared'), ...sourcesIn('infra')];
    expect(sources.length).toBeGreaterThan(100);
    expect(importProblems(sources)).toEqual([]);
  });

  it.each([
    ['shared/coi/a.ts', "import { x } from '../store/items.ts';"],
    ['shared/coi/a.ts', "import { readFileSync } from 'node:fs';"],
    ['shared/core/a.ts', "import type { x } from '../coi/header.ts';"],
    ['shared/store/a.ts', "import { x } from '../queue/queues.ts';"],
    ['shared/store/a.ts', "import { x } from '../flows/tick.ts';"],
    ['shared/flows/a.ts', "import {\n  x,\n} from '../../functions/api/app.ts';"],
    ['shared/flows/a.ts', "import { ImapFlow } from 'imapflow';"],
    ['shared/flows/a.ts', "const x = await import('nodemailer');"],
    ['shared/flows/a.ts', "export { x } from '../../test/support/dovecot.ts';"],
    ['shared/flows/a.ts', 'const port = process.env.PORT;'],
    ['shared/flows/a.ts', "const port = process['env'];"],
    ['shared/flows/a.ts', 'const { env } = process;'],
    ['shared/flows/a.ts', "import { env } from 'node:process';"],
    ['shared/flows/a.ts', "import { createRequire } from 'node:module';"],
    ['shared/flows/a.ts', "const x = require('nodemailer');"],
    ['shared/flows/a.ts', "import{x}from'nodemailer';"],
    ['shared/flows/a.ts', "import { x } from './tick.ts'; import { y } from 'nodemailer';"],
    ['shared/flows/a.ts', "type Client = import('imapflow').ImapFlow;"],
    ['functions/api/a.ts', "import { stack } from '../../infra/stack.ts';"],
    ['functions/api/a.ts', "import 'left-pad';"],
    ['functions/poll/a.ts', "import { Stack } from 'aws-cdk-lib';"],
    ['infra/a.ts', "import { tick } from '../shared/flows/watch/tick.ts';"],
    ['infra/app.ts', 'const name = process.env.NAME;'],
  ])('refuses in %s: %s', (path, text) => {
    expect(importProblems([{ path, text }])).toHaveLength(1);
  });

  it.each([
    ['shared/coi/a.ts', "import { createHash } from 'node:crypto';\nimport { x } from './header.ts';"],
    ['shared/smtp/a.ts', "import { openTls } from '../net/connect.ts';"],
    ['functions/local/main.ts', 'readSettings(process.env);'],
    ['functions/api/a.ts', "import { cors } from 'hono/cors';"],
    ['shared/flows/a.ts', '// Never import x from "nodemailer" here.'],
    ['shared/flows/a.ts', "process.once('SIGINT', stop);"],
  ])('allows in %s: %s', (path, text) => {
    expect(importProblems([{ path, text }])).toEqual([]);
  });
});
