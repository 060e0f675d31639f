import { writeFileSync } from 'node:fs';
import { describeApi } from '../../api/app.ts';
import { clientTypes } from './generate.ts';

/** `npm run client-types`: after each change of the API; a test compares. */
writeFileSync(new URL('types.ts', import.meta.url), clientTypes(describeApi()));
