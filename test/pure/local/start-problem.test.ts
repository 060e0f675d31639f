import { describe, expect, it } from 'vitest';
import { startProblem } from '../../../functions/local/start-problem.ts';

describe('a service that does not start', () => {
  const settings = { port: 443, host: '10.9.9.9', dataDir: '/srv/coi' };
  const error = (members: object) => Object.assign(new Error('as Node says it'), members);
  it.each([
    [{ code: 'EADDRINUSE' }, /^Port 443 is taken\..*PORT=8788 npm start$/],
    [{ code: 'EADDRNOTAVAIL' }, /no address 10\.9\.9\.9\. Set HOST/],
    [{ code: 'EACCES', syscall: 'listen' }, /^Port 443 is not for this user\..*PORT=8787 npm start$/],
    [
      { code: 'EACCES', syscall: 'mkdir' },
      /^The folder \/srv\/coi cannot be made or written \(EACCES\)\. Set DATA_DIR/,
    ],
    [{ code: 'ENOTDIR' }, /^The folder \/srv\/coi cannot be made/],
    [{}, /^as Node says it$/],
  ])('says why, and what to do: %o', (members, words) =>
    expect(startProblem(error(members), settings)).toMatch(words),
  );
});
