import { provideParts } from './provide-parts.ts';
import { installCommand, systemParts } from './system-parts.ts';

/**
 * Runs before the tests and provides the programs they need. What cannot be had makes its tests skip, which only CI counts
 * as a failure.
 */
function setUp(): void {
  for (const part of provideParts(systemParts, console.log)) {
    console.log(`${part.name} is not here: its tests are skipped. To have them: ${installCommand(part)}`);
  }
}

setUp();
