/** The time for an attempt ran out. `step` names what was waited for; it never holds user data. */
export class DeadlineExceeded extends Error {
  constructor(readonly step: string) {
    super(`out of time: ${step}`);
    this.name = 'DeadlineExceeded';
  }
}

/**
 * What `work` gives, unless `ms` pass first: then `onExpiry` runs (close the socket there, so that the work ends too)
 * and a `DeadlineExceeded` is thrown. Late results and late errors of the work are dropped.
 */
export async function withDeadline<T>(
  work: Promise<T>,
  ms: number,
  step: string,
  onExpiry: () => void = () => undefined,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => {
        reject(new DeadlineExceeded(step));
        onExpiry();
      },
      Math.max(0, ms),
    );
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
