/** What Lambda tells a handler besides its event, as far as it is used. */
export type LambdaContext = {
  readonly awsRequestId: string;
  /** What the process may use, in MB. */
  readonly memoryLimitInMB: string;
  getRemainingTimeInMillis(): number;
};

/** Aborts `ms` before Lambda ends the process; at once when there is less time left. */
export function abortBeforeEnd(context: LambdaContext, ms: number): AbortSignal {
  return AbortSignal.timeout(Math.max(0, Math.floor(context.getRemainingTimeInMillis() - ms)));
}
