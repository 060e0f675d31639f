/**
 * What the service asks of its table for one piece of work, in capacity units. `test/real/simulation` holds these to what
 * the table itself reports.
 */
export const units = {
  /** A look into a mailbox that has nothing new: the account, its watch. */
  readsPerCheck: 2,
  /** A received message; the look that finds it not counted. */
  writesPerMessage: 3,
  readsPerMessage: 2,
  /** What a process that logs in asks from time to time: hosts in trouble, and how many share the logins. */
  readsPerHostLook: 2,
  /** A sign of life of a worker, and what it is to hold. */
  writesPerBeat: 1,
  readsPerBeat: 1,
  /** A worker is announced, starts, and ends. */
  writesPerWorker: 3,
  /** A partition changes hands: its lease, and the worker that had it. */
  readsPerHandOver: 2,
  writesPerHandOver: 1,
} as const;
