import { join } from 'node:path';
import { dovecot, libraryPath, rootOf } from './system-parts.ts';
import { linkTo } from './unpack-part.ts';

/** How to run the Dovecot that is here. */
export type DovecotProgram = {
  /** The command and arguments that run it in the foreground. */
  command(configFile: string): readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Settings it needs besides those of the instance. */
  readonly settings: string;
};

/** @throws Error where there is no Dovecot */
export function dovecotProgram(): DovecotProgram {
  const root = rootOf(dovecot);
  if (root === undefined) throw new Error('there is no Dovecot here');
  const program = join(root, 'usr/sbin/dovecot');
  if (root === '/') {
    return { command: (file) => [program, '-F', '-c', file], env: {}, settings: '' };
  }
  linkTo(root);
  const libraries = libraryPath(root);
  return {
    // Dovecot reads its configuration by running doveconf from a fixed path, so doveconf is run first and starts it.
    command: (file) => [
      join(root, 'usr/bin/doveconf'),
      ...['-f', 'service=master', '-c', file, '-m', 'master'],
      ...['-e', program, '-F', '-c', file],
    ],
    env: { LD_LIBRARY_PATH: libraries },
    settings: `
libexec_dir = ${root}/usr/lib/dovecot
mail_plugin_dir = ${root}/usr/lib/dovecot/modules
import_environment = TZ LD_LIBRARY_PATH=${libraries}
`,
  };
}
