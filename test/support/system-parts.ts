import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A program that tests need and npm does not have. */
export type SystemPart = {
  readonly name: string;
  /** Debian's packages of it. */
  readonly packages: readonly string[];
  /** It is there when all of these are, below `/` or below the folder it was unpacked in. */
  readonly files: readonly string[];
  /** Paths in one of its files that are no settings; where it is unpacked, each leads there through a link of this name. */
  readonly fixedPaths?: {
    readonly file: string;
    readonly paths: readonly { readonly path: string; readonly link: string }[];
  };
};

export const dovecot: SystemPart = {
  name: 'Dovecot',
  packages: ['dovecot-core', 'dovecot-imapd', 'dovecot-lmtpd', 'dovecot-submissiond'],
  files: [
    'usr/sbin/dovecot',
    'usr/lib/dovecot/imap-login',
    'usr/lib/dovecot/lmtp',
    'usr/lib/dovecot/submission',
  ],
  // Where its modules are, and where `doveconf` is (seen in 2.3.19).
  fixedPaths: {
    file: 'usr/lib/dovecot/libdovecot.so.0.0.0',
    paths: [
      { path: '/usr/lib/dovecot/modules', link: 'm' },
      { path: '/usr/bin/doveconf', link: 'c' },
    ],
  },
};

export const firefox: SystemPart = {
  name: 'Firefox',
  packages: ['firefox-esr'],
  files: ['usr/lib/firefox-esr/firefox-esr'],
};

export const chromium: SystemPart = {
  name: 'Chromium',
  packages: ['chromium-headless-shell'],
  files: ['usr/lib/chromium/chromium-headless-shell'],
};

export const systemParts = [dovecot, firefox, chromium] as const;

/** The folder below which a part's files are: `/` where it is installed, else where it was unpacked, else nothing. */
export function rootOf(part: SystemPart): string | undefined {
  return ['/', unpackedAt(part)].find((root) => part.files.every((file) => existsSync(join(root, file))));
}

/** Where a part is unpacked for a user who may not install it. The folder is ignored by git. */
export function unpackedAt(part: SystemPart): string {
  return new URL(`../../.test/${part.name.toLowerCase()}`, import.meta.url).pathname;
}

/** The command that installs a part by hand. */
export function installCommand(part: SystemPart): string {
  return `sudo apt-get update && sudo apt-get install --no-install-recommends ${part.packages.join(' ')}`;
}

/** Where the dynamic linker finds the libraries that were unpacked along with a part. */
export function libraryPath(root: string): string {
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  return ['usr/lib/dovecot', 'usr/lib/dovecot/modules/old-stats', `usr/lib/${triplet}`, `lib/${triplet}`]
    .map((dir) => join(root, dir))
    .join(':');
}
