/**
 * What all of these give, in their order. The first failure is thrown only when all have ended: what went on after its
 * caller gave up would meet the caller's next try.
 */
export async function allEnded<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
