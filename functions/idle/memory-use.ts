import { totalmem } from 'node:os';

export type Memory = {
  /** What the process uses, in bytes. */
  readonly used: number;
  /** What its container may use, where that is known: else 0, or more than there is. */
  readonly constrained: number;
  readonly ofMachine: number;
};

const megabyte = 1024 * 1024;

/**
 * Which share of its memory this process uses, 0 to 1.
 *
 * @param limitMb what the process is given, where its host says so; else it is what its container is given, or the machine has
 */
export function memoryUse(limitMb: number | undefined, memory: Memory = ownMemory()): number {
  const { used, constrained, ofMachine } = memory;
  const limit = limitMb === undefined ? constrained : limitMb * megabyte;
  return used / (limit > 0 ? Math.min(limit, ofMachine) : ofMachine);
}

function ownMemory(): Memory {
  return {
    used: process.memoryUsage.rss(),
    constrained: process.constrainedMemory(),
    ofMachine: totalmem(),
  };
}
