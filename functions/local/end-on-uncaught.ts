import type { Log } from '../../shared/core/log.ts';

/**
 * What nothing caught ends the process with 1; what was under way is found again at the next start. The error's message
 * stays out of the log, because it may hold an address or worse; the place where it happened is enough to find the fault.
 */
export function endOnUncaught(log: Log): void {
  process.on('uncaughtException', (error: unknown) => {
    log.error('service-crashed', error instanceof Error ? fieldsOf(error) : {});
    process.exit(1);
  });
}

function fieldsOf(error: Error) {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const places = (error.stack ?? '').match(/^ {4}at .*$/gm) ?? [];
  return { error: error.name, code, at: places.slice(0, 8).join('').trim() };
}
