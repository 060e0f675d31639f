import { memberOf } from '../../shared/core/outside-data.ts';
import type { Settings } from './settings.ts';

/** Why the service did not start, and what to do about it. */
export function startProblem(
  error: unknown,
  { port, host, dataDir }: Pick<Settings, 'port' | 'host' | 'dataDir'>,
): string {
  const code = memberOf(error, 'code');
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken. End what uses it, or start with another one: PORT=${port === 8788 ? 8789 : 8788} npm start`;
  if (code === 'EADDRNOTAVAIL')
    return `This machine has no address ${host}. Set HOST to one of its own, or leave it out.`;
  if (code === 'EACCES' && memberOf(error, 'syscall') === 'listen')
    return `Port ${port} is not for this user. Start with one from 1024 on: PORT=8787 npm start`;
  if (typeof code === 'string' && ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR'].includes(code))
    return `The folder ${dataDir} cannot be made or written (${code}). Set DATA_DIR to one that can.`;
  return error instanceof Error ? error.message : 'The service could not start.';
}
