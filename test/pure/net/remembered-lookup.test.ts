import { describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { rememberedLookup } from '../../../shared/net/remembered-lookup.ts';

describe('a lookup that remembers', () => {
  function scripted(most?: number) {
    let now = 0;
    const asked: string[] = [];
    const answers: ((outcome: string | Error) => void)[] = [];
    const lookup = rememberedLookup(
      (host) => {
        asked.push(host);
        return new Promise((resolve, reject) =>
          answers.push((outcome) =>
            typeof outcome === 'string' ? resolve([{ address: outcome, family: 4 }]) : reject(outcome),
          ),
        );
      },
      { now: () => now },
      most,
    );
    const pass = (ms: number) => {
      now += ms;
    };
    return { lookup, asked, pass, answer: (outcome: string | Error) => answers.shift()?.(outcome) };
  }

  it('asks once for a name that many want at the same time, and for each name', async () => {
    const { lookup, asked, answer } = scripted();
    const wanted = [lookup('a.example.org'), lookup('a.example.org'), lookup('b.example.org')];
    answer('192.0.2.1');
    answer('192.0.2.2');
    expect((await Promise.all(wanted)).map(([first]) => first?.address)).toEqual([
      '192.0.2.1',
      '192.0.2.1',
      '192.0.2.2',
    ]);
    expect(asked).toEqual(['a.example.org', 'b.example.org']);
  });

  it('asks again when the answer became old', async () => {
    const { lookup, asked, pass, answer } = scripted();
    const first = lookup('a.example.org');
    answer('192.0.2.1');
    await first;
    pass(limits.hostAddressesMs - 1);
    await lookup('a.example.org');
    expect(asked).toHaveLength(1);
    pass(1);
    const anew = lookup('a.example.org');
    answer('192.0.2.9');
    expect(await anew).toEqual([{ address: '192.0.2.9', family: 4 }]);
    expect(asked).toHaveLength(2);
  });

  it('keeps no failure', async () => {
    const { lookup, answer } = scripted();
    const failing = lookup('a.example.org');
    answer(new Error('SERVFAIL'));
    await expect(failing).rejects.toThrow('SERVFAIL');
    const anew = lookup('a.example.org');
    answer('192.0.2.1');
    expect(await anew).toHaveLength(1);
  });

  it('forgets the oldest of too many names', async () => {
    const { lookup, asked, answer } = scripted(1);
    for (const host of ['a.example.org', 'b.example.org', 'a.example.org']) {
      const found = lookup(host);
      answer('192.0.2.1');
      await found;
    }
    expect(asked).toEqual(['a.example.org', 'b.example.org', 'a.example.org']);
  });
});
