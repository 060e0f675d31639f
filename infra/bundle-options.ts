import { functionDefinitions } from '../functions/definitions.ts';
import { buildWeb } from '../functions/web/build.ts';
import { packFiles } from '../functions/web/site-file.ts';

/**
 * How esbuild makes the one file of a function, for the stack and for the test that weighs it. Everything is bundled, the
 * AWS SDK too: what runs is what was tested, and not what the runtime brings along that month.
 */
export const bundleOptions = {
  bundle: true,
  minify: true,
  platform: 'node',
  /** Lambda's runtime, see the stack. */
  target: 'node24',
  format: 'esm',
  /** ES modules where a library has both: of those, esbuild leaves out what is not used. */
  mainFields: ['module', 'main'],
  legalComments: 'none',
  /** Libraries in CommonJS call `require` for Node's own modules. */
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
  alias: { '@aws-sdk/credential-provider-node': inPlaceOf('credential-provider-node') },
} as const;

/** For the file of this entry; `bundleOptions` with what its function can do without. */
export function bundleOptionsFor(entry: string) {
  const { mainFields, alias, ...options } = bundleOptions;
  // The API shows bodies: mailparser takes all that imapflow is spared.
  const spared = entry === functionDefinitions.api.entry ? {} : sparedToImapflow;
  // The client is built with its function, which holds it whole.
  const site =
    entry === functionDefinitions.web.entry ? { PACKED_SITE: JSON.stringify(packFiles(buildWeb())) } : {};
  return { ...options, mainFields: [...mainFields], alias: { ...alias, ...spared }, define: site };
}

/** See functions/on-aws/in-place-of. */
const sparedToImapflow = {
  libmime: inPlaceOf('libmime'),
  'iconv-lite': inPlaceOf('iconv-lite'),
  'encoding-japanese': inPlaceOf('nothing'),
  '@zone-eu/mailsplit/lib/flowed-decoder.js': inPlaceOf('nothing'),
  '@zone-eu/mailsplit': inPlaceOf('nothing'),
  socks: inPlaceOf('nothing'),
};

/** From the root of the project, where esbuild is to work. */
function inPlaceOf(library: string): string {
  return `./functions/on-aws/in-place-of/${library}.ts`;
}

/** `index.mjs`, so that Node takes it for an ES module; the handler is `index.handler`. */
export const bundleFile = 'index.mjs';
