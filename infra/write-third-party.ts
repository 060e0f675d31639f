import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from './bundle.ts';
import { thirdPartyPage } from './third-party-page.ts';

/** `npm run third-party`: after each change of the dependencies; a test compares. */
writeFileSync(join(projectDir, '.github/THIRD-PARTY.md'), thirdPartyPage());
