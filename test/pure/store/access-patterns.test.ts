import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { accessPatterns, createTableInput, tableDefinition } from '../../../shared/store/table.ts';

const folder = new URL('../../../shared/store/', import.meta.url);

/** Every exported function of the folder that asks the store for something: its first parameter is the store. */
async function storeFunctions(): Promise<string[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts') && file !== 'items.ts');
  const modules: Record<string, unknown>[] = await Promise.all(
    files.map((file) => import(new URL(file, folder).href)),
  );
  return modules
    .flatMap((module) => Object.entries(module))
    .filter(
      ([, value]) => typeof value === 'function' && /^(async )?function \w+\(store\b/.test(String(value)),
    )
    .map(([name]) => name);
}

describe('The table of access patterns', () => {
  it('names exactly the functions that the store has', async () => {
    const functions = await storeFunctions();
    expect(functions.length).toBeGreaterThan(30);
    expect(accessPatterns.map(([name]) => name).sort()).toEqual([...functions].sort());
  });

  it('asks for no scan', async () => {
    const files = (await readdir(folder)).filter((file) => file.endsWith('.ts'));
    const sources = await Promise.all(files.map((file) => readFile(new URL(file, folder), 'utf8')));
    for (const source of sources) expect(source).not.toMatch(/ScanCommand|TransactWrite/);
    expect(accessPatterns.map(([, request]) => String(request))).not.toContain('Scan');
  });
});

describe('The table definition', () => {
  it('has string keys pk and sk, pays per request and expires by expiresAt', () => {
    expect(tableDefinition).toMatchObject({
      tableName: 'coi-push',
      billingMode: 'PAY_PER_REQUEST',
      timeToLiveAttribute: 'expiresAt',
    });
    expect(createTableInput('another')).toMatchObject({
      TableName: 'another',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    });
  });
});
