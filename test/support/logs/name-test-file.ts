import { relative } from 'node:path';
import { expect } from 'vitest';
import { testFileVariable } from './collected-log.ts';

// Vitest runs this before each test file, in its process: what is logged there is known by it.
const { testPath } = expect.getState();
const root = new URL('../../..', import.meta.url).pathname;
process.env[testFileVariable] = testPath === undefined ? 'unknown' : relative(root, testPath);
