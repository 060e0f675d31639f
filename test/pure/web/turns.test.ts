import { describe, expect, it } from 'vitest';
import { Turns } from '../../../functions/web/app/turns.ts';

describe('what the client asks more than once at a time', () => {
  it('is shown in the order of the questions, whatever order the answers come in', () => {
    const turns = new Turns();
    const [first, second, third] = [turns.begin(), turns.begin(), turns.begin()];
    expect([second(), first(), third()]).toEqual([true, false, true]);
  });

  it('is not shown when something newer is there by other means', () => {
    const turns = new Turns();
    const before = turns.begin();
    turns.overtake();
    const after = turns.begin();
    expect([before(), after()]).toEqual([false, true]);
  });
});
