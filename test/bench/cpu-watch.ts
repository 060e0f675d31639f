import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks that /proc counts in: 100 a second on every Linux that Node runs on. */
const tickMs = 10;

export type Cpu = { readonly service: number; readonly machine: number };

/** CPU in ms from now until `take`: of the child whose command line holds `script` (the service), of the machine. */
export function startCpuWatch(script: string): { take(): Cpu } {
  const child = childRunning(script);
  const before = now(child);
  return {
    take() {
      const after = now(child);
      return {
        service: after.service - before.service,
        machine: after.machine - before.machine,
      };
    },
  };
}

function now(child: string): Cpu {
  // user, nice, system; then idle and waiting for disks; then interrupts.
  const [, ...ticks] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/).map(Number);
  const busy = [0, 1, 2, 5, 6].reduce((sum, index) => sum + (ticks[index] ?? 0), 0);
  const fields = statOf(child);
  return {
    service: (Number(fields[11]) + Number(fields[12])) * tickMs,
    machine: busy * tickMs,
  };
}

function childRunning(script: string): string {
  const found = readdirSync('/proc').find((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        Number(statOf(pid)[1]) === process.pid &&
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(script)
      );
    } catch {
      // It ended while we looked.
      return false;
    }
  });
  if (found === undefined) throw new Error(`no child runs ${script}`);
  return found;
}

/** The fields of /proc/<pid>/stat behind the program's name, which may hold anything: state, parent, and so on. */
function statOf(pid: string): readonly string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}
