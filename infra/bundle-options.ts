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
} as const;

/** `index.mjs`, so that Node takes it for an ES module; the handler is `index.handler`. */
export const bundleFile = 'index.mjs';
