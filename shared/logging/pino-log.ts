import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino';
import type { EventName } from '../core/events.ts';
import type { Log, LogFields } from '../core/log.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * One JSON line per event: `level`, `time` (ISO 8601), `event`, and the fields. Written before the call returns, so that
 * nothing is lost when a function is frozen or a process is killed. Goes to standard output unless told otherwise.
 */
export function pinoLog(
  level: LogLevel,
  output: DestinationStream = destination({ dest: 1, sync: true }),
): Log {
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'event',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    output,
  );
  return {
    debug: (event: EventName, fields: LogFields = {}) => logger.debug(fields, event),
    info: (event: EventName, fields: LogFields = {}) => logger.info(fields, event),
    warn: (event: EventName, fields: LogFields = {}) => logger.warn(fields, event),
    error: (event: EventName, fields: LogFields = {}) => logger.error(fields, event),
  };
}
