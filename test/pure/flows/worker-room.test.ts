import { describe, expect, it } from 'vitest';
import { WorkerRoom } from '../../../shared/flows/watch/worker-room.ts';

describe('the room of a worker', () => {
  it('is what it was announced with, until its memory is nearly full; then what it has', () => {
    let use = 0.3;
    const room = new WorkerRoom(900, () => use);
    expect(room.capacity(500)).toBe(900);
    use = 0.8;
    expect(room.capacity(510)).toBe(510);
    // Neither those that leave nor those that come change it: the tick would take away more and more.
    expect(room.capacity(480)).toBe(510);
    use = 0.75;
    expect(room.capacity(480)).toBe(510);
    use = 0.69;
    expect(room.capacity(480)).toBe(900);
    use = 0.9;
    expect(room.capacity(600)).toBe(600);
  });

  it('is never more than it was announced with', () => {
    expect(new WorkerRoom(900, () => 0.9).capacity(950)).toBe(900);
  });
});
