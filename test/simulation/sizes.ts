import type { Size } from './simulate.ts';

export const sizes = [1_000, 100_000, 10_000_000] as const;

/** Few or many of the mailboxes in use, and all of them polled. */
export const ways: readonly Omit<Size, 'accounts'>[] = [
  { watch: 'auto', activeShare: 0.1 },
  { watch: 'auto', activeShare: 0.5 },
  { watch: 'poll', activeShare: 0.5 },
];
