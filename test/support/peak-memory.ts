import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How often memory is looked at while something runs. */
const everyMs = 5;

/** Bytes of heap and buffers in use at most while something ran, above what there was before. Garbage counts until collected. */
export async function peakBytes(work: () => Promise<unknown>): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  const used = () => {
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = used();
  let peak = before;
  const sampling = setInterval(() => {
    peak = Math.max(peak, used());
  }, everyMs);
  try {
    await work();
  } finally {
    clearInterval(sampling);
  }
  return Math.max(peak, used()) - before;
}
