/** A source file and what it says. */
export type SourceFile = { readonly path: string; readonly text: string };

/** Folders of `shared` that deal with one part of the outside world each. */
const outsideWorld = [
  'address-book',
  'discovery',
  'imap',
  'smtp',
  'push',
  'store',
  'queue',
  'keyring',
  'logging',
  'mail-body',
  'oauth',
  'net',
];

/** Each library is imported from one folder only: to learn how we use IMAP, one folder is enough reading. */
const homeOf: Readonly<Record<string, string | readonly string[]>> = {
  imapflow: 'shared/imap',
  nodemailer: 'shared/smtp',
  oauth4webapi: 'shared/oauth',
  'web-push': 'shared/push',
  '@aws-sdk/client-dynamodb': 'shared/store',
  '@aws-sdk/util-dynamodb': 'shared/store',
  '@aws-sdk/client-sqs': 'shared/queue',
  '@aws-sdk/client-kms': 'shared/keyring',
  '@aws-sdk/client-secrets-manager': 'functions/on-aws',
  '@aws-sdk/client-lambda': 'functions/schedule',
  '@aws-sdk/credential-provider-env': 'functions/on-aws',
  '@aws-sdk/credential-provider-http': 'functions/on-aws',
  '@aws-lambda-powertools/metrics': 'shared/logging',
  'ipaddr.js': 'shared/net',
  pino: 'shared/logging',
  mailparser: 'shared/mail-body',
  'sanitize-html': 'shared/mail-body',
  'html-to-text': 'shared/mail-body',
  // HTML of contact mails, and XML of configuration files.
  htmlparser2: ['shared/address-book', 'shared/discovery'],
  zod: 'functions/api',
  '@hono/zod-openapi': 'functions/api',
  hono: ['functions/api', 'functions/web'],
  preact: 'functions/web',
  '@preact/signals': 'functions/web',
  '@noble/hashes': 'functions/web',
  '@hono/node-server': 'functions/local',
  dynalite: 'functions/local',
  fauxqs: 'functions/local',
  'hoodiecrow-imap': 'functions/local',
  'smtp-server': 'functions/local',
  selfsigned: 'functions/local',
  'aws-cdk-lib': 'infra',
  constructs: 'infra',
  'cdk-nag': 'infra',
  // The client is built when the service starts, and when it is deployed.
  esbuild: ['infra', 'functions/web'],
};

/** Node modules that reach beyond the computation; the pure code has none of them. */
const impureModules = /^node:(?!crypto$|buffer$|url$|util$)/;

/**
 * Everything in the product's sources that goes against the direction of imports, or reads the environment where it
 * must not: one line each.
 */
export function importProblems(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => [
    ...importsOf(file.text).flatMap((imported) => problemOf(file.path, imported)),
    ...(readsEnvironment.test(file.text) && !/^functions\/[^/]+\/(?:handler|main)\.ts$/.test(file.path)
      ? [`${file.path} reads process.env`]
      : []),
  ]);
}

const readsEnvironment = /\bprocess\s*(?:\?\.|\.)\s*env\b|\bprocess\s*\[|[}=]\s*=?\s*process\s*;/;

/** What a file imports, statically or not; comments may not fake an import at the start of a line. */
function importsOf(text: string): string[] {
  const statics = text.matchAll(
    /(?:^|;)[ \t]*(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]|(?:^|;)[ \t]*import\s*['"]([^'"]+)['"]/gm,
  );
  const dynamics = text.matchAll(/\b(?:import|require)\(\s*['"`]([^'"`]+)['"`]/g);
  return [...statics, ...dynamics].flatMap(([, from, alone]) => from ?? alone ?? []);
}

function problemOf(path: string, imported: string): string[] {
  const wrong = (why: string) => [`${path} imports ${imported}: ${why}`];
  if (imported.startsWith('.')) {
    const target = resolvePath(path, imported);
    return mayImport(path, target) ? [] : wrong('against the direction of imports');
  }
  if (/^(?:node:)?(?:module|process)$/.test(imported)) return wrong('a way around the rules');
  if (['coi', 'providers'].includes(layerOf(path)) && impureModules.test(imported))
    return wrong('this folder is computation only');
  if (imported.startsWith('node:')) return [];
  const library = libraryOf(imported);
  const home = homeOf[library];
  if (home === undefined) return wrong('no folder is named for this library');
  const homes = [home].flat();
  return homes.some((each) => path.startsWith(`${each}/`))
    ? []
    : wrong(`this library is used in ${homes.join(' and ')} only`);
}

/** The npm libraries that a file imports. */
export function librariesIn(text: string): string[] {
  return importsOf(text)
    .filter((imported) => !/^(?:\.|node:)/.test(imported))
    .map(libraryOf);
}

/** The library that a module is part of: `hono` for `hono/cors`. */
function libraryOf(imported: string): string {
  return /^(@[^/]+\/[^/]+|[^/]+)/.exec(imported)?.[1] ?? imported;
}

type Layer = 'functions' | 'flows' | 'outside' | 'coi' | 'providers' | 'core' | 'infra' | 'other';

function layerOf(path: string): Layer {
  const [top = '', folder = ''] = path.split('/');
  if (top === 'functions' || top === 'infra') return top;
  if (top !== 'shared') return 'other';
  if (folder === 'flows' || folder === 'coi' || folder === 'providers' || folder === 'core') return folder;
  return outsideWorld.includes(folder) ? 'outside' : 'other';
}

const below: Readonly<Record<Layer, readonly Layer[]>> = {
  functions: ['functions', 'flows', 'outside', 'coi', 'providers', 'core'],
  flows: ['flows', 'outside', 'coi', 'providers', 'core'],
  outside: ['coi', 'providers', 'core'],
  coi: ['coi', 'core'],
  providers: ['providers', 'core'],
  core: ['core'],
  infra: ['infra', 'functions', 'outside', 'core'],
  other: [],
};

function mayImport(path: string, target: string): boolean {
  const from = layerOf(path);
  const to = layerOf(target);
  if (from === 'outside' && to === 'outside')
    return folderOf(path) === folderOf(target) || folderOf(target) === 'net';
  return below[from].includes(to);
}

function folderOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function resolvePath(from: string, relative: string): string {
  return new URL(relative, `file:///${from}`).pathname.slice(1);
}
