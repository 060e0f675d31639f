import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Annotations, AssetHashType, BundlingOutput, DockerImage } from 'aws-cdk-lib';
import type { AssetOptions } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { buildSync } from 'esbuild';
import { bundleFile, bundleOptionsFor } from './bundle-options.ts';

/** The root of the project: what esbuild bundles lies in it. */
export const projectDir = fileURLToPath(new URL('..', import.meta.url));

export type Bundle = { readonly name: string; readonly bytes: number; readonly limitBytes: number };

export type BundleOptions = {
  readonly entry: string;
  readonly limitBytes: number;
  /** Whether the asset is the file as it is, and no folder with it that becomes a zip. */
  readonly alone?: boolean;
};

/**
 * Makes an asset of one file out of an entry and all it imports, by esbuild in this process: no Docker, no network. Its
 * size is told to `weighed`; more than the limit fails the synth, because it is paid for at each cold start.
 */
export function bundled(
  scope: Construct,
  { entry, limitBytes, alone = false }: BundleOptions,
  weighed: (bundle: Bundle) => void,
): AssetOptions {
  return {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('docker is not used'),
      // The CDK takes two assets with the same source and the same command for one.
      command: [entry],
      outputType: alone ? BundlingOutput.SINGLE_FILE : BundlingOutput.NOT_ARCHIVED,
      local: {
        tryBundle(outputDir) {
          const outfile = join(outputDir, bundleFile);
          buildSync({
            ...bundleOptionsFor(entry),
            absWorkingDir: projectDir,
            entryPoints: [entry],
            outfile,
            logLevel: 'error',
          });
          const { size: bytes } = statSync(outfile);
          weighed({ name: entry, bytes, limitBytes });
          if (bytes > limitBytes) {
            Annotations.of(scope).addError(
              `the bundle of ${entry} has ${bytes} bytes, and may have ${limitBytes}`,
            );
          }
          return true;
        },
      },
    },
  };
}
