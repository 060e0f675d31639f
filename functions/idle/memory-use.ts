import { totalmem } from 'node:os';

const megabyte = 1024 * 1024;

/**
 * Which share of its memory this process uses, 0 to 1.
 *
 * @param limitMb what the process is given, where its host says so; else what its container is, and at last the machine
 */
export function memoryUse(limitMb: number | undefined): number {
  const limit = limitMb === undefined ? process.constrainedMemory() : limitMb * megabyte;
  return process.memoryUsage.rss() / Math.min(limit > 0 ? limit : totalmem(), totalmem());
}
