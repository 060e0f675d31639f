import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RoomiestFirst } from '../../../shared/flows/watch/roomiest-first.ts';

it('gives the one with the most room first, and of equals the earliest, whatever was added and taken', () => {
  const step = fc.record({ room: fc.nat({ max: 9 }), isNew: fc.boolean() });
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 9 })), fc.array(step), (rooms, steps) => {
      const bins = rooms.map((room) => ({ room }));
      const roomiest = new RoomiestFirst(bins);
      for (const { room, isNew } of steps) {
        if (isNew) {
          const bin = { room };
          bins.push(bin);
          roomiest.add(bin);
        } else roomiest.takeOfFirst(room);
        const most = Math.max(...bins.map((bin) => bin.room));
        expect(roomiest.first).toBe(bins.find((bin) => bin.room === most));
      }
    }),
  );
});
