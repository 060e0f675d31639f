import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Which of these processes has a TCP connection over IPv4 from a local port, as Linux tells; undefined when none has. */
export function portOwner(port: number, pids: readonly number[]): number | undefined {
  const inode = inodeOf(port);
  return inode === undefined ? undefined : pids.find((pid) => hasOpen(pid, `socket:[${inode}]`));
}

function inodeOf(port: number): string | undefined {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n')) {
    // sl, local address, remote address, state, ...; the inode is the tenth.
    const fields = line.trim().split(/\s+/);
    if (fields[1]?.endsWith(wanted) && fields[9] !== '0') return fields[9];
  }
  return undefined;
}

function hasOpen(pid: number, file: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkOf(`/proc/${pid}/fd/${fd}`) === file);
  } catch {
    // It died meanwhile.
    return false;
  }
}

function readlinkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
