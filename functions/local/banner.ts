import type { Settings } from './settings.ts';

/** What the operator reads once the service is up at `url`. */
export function banner(url: string, { dataDir, admit }: Pick<Settings, 'dataDir' | 'admit'>): string {
  return `
coi-push on ${url}
  docs     ${url}/docs
  data     ${dataDir}
  sign-in  ${whoMaySignIn(admit)}
  Ctrl-C ends it.
`;
}

function whoMaySignIn(admit: string): string {
  if (admit === '') return 'nobody yet: set ADMIT to your domains or addresses, as in ADMIT=example.org';
  return admit.split(',').includes('*') ? 'everybody who reaches it' : admit.replaceAll(',', ', ');
}
