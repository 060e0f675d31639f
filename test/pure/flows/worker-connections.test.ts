import { describe, expect, it } from 'vitest';
import { type Connections, WorkerConnections } from '../../../shared/flows/watch/worker-connections.ts';

/** Connections that close when they are told to. */
class SlowConnections implements Connections {
  readonly watching = new Map<string, number | undefined>();
  readonly #closers = new Map<string, () => void>();

  get size(): number {
    return this.watching.size;
  }

  isWatching(accountId: string): boolean {
    return this.watching.has(accountId);
  }

  ensure(accountId: string, generation?: () => number): void {
    if (!this.watching.has(accountId)) this.watching.set(accountId, generation?.());
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  drop(accountId: string): Promise<void> {
    return new Promise((resolve) => {
      this.#closers.set(accountId, () => {
        this.watching.delete(accountId);
        resolve();
      });
    });
  }

  async close(accountId: string): Promise<void> {
    this.#closers.get(accountId)?.();
    this.#closers.delete(accountId);
    await new Promise((resolve) => setImmediate(resolve));
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}

describe('the connections of a worker', () => {
  it('to an account that is taken up while its former connection is being closed are made after that', async () => {
    const slow = new SlowConnections();
    const connections = new WorkerConnections(slow);
    connections.begin('a', () => 1);
    connections.end('a');
    expect(connections.isWatching('a')).toBe(false);
    connections.begin('a', () => 2);
    expect(connections.isWatching('a')).toBe(true);
    expect([...slow.watching]).toEqual([['a', 1]]);
    await slow.close('a');
    expect([...slow.watching]).toEqual([['a', 2]]);
  });

  it('are not made again for one that was given up meanwhile', async () => {
    const slow = new SlowConnections();
    const connections = new WorkerConnections(slow);
    connections.begin('a', () => 1);
    connections.end('a');
    connections.begin('a', () => 2);
    connections.end('a');
    await slow.close('a');
    expect(slow.size).toBe(0);
    connections.begin('a', () => 3);
    expect([...slow.watching]).toEqual([['a', 3]]);
  });

  it('count as settled once the former one is closed too', async () => {
    const slow = new SlowConnections();
    const connections = new WorkerConnections(slow);
    connections.begin('a', () => 1);
    connections.end('a');
    connections.begin('a', () => 2);
    let isSettled = false;
    const settled = connections.settled(['a']).then(() => {
      isSettled = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isSettled).toBe(false);
    await slow.close('a');
    await settled;
    expect(slow.watching.get('a')).toBe(2);
  });

  it('that end by themselves may be begun again', () => {
    const slow = new SlowConnections();
    const connections = new WorkerConnections(slow);
    connections.begin('a', () => 1);
    slow.watching.delete('a');
    expect(connections.isWatching('a')).toBe(false);
    connections.begin('a', () => 2);
    expect(connections.isWatching('a')).toBe(true);
  });
});
