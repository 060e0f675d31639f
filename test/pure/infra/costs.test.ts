import { describe, expect, it } from 'vitest';
import { costPerMonth, type IdleHost, type Use } from '../../../infra/costs.ts';

const message: Use = {
  accounts: 0,
  messagesPerDay: 20,
  apiCallsPerDay: 0,
  idleShare: 0,
  pollMinutes: 1,
  idleHost: { kind: 'lambda', memoryMb: 512, connections: 900 },
  fixed: false,
};
const smallLambda: IdleHost = { kind: 'lambda', memoryMb: 256, connections: 800 };
const fargate: IdleHost = { kind: 'fargate', vcpu: 0.25, memoryMb: 1024, connections: 7000 };

/**
 * Worked out in November 2026 from the price list and measurements, before this formula and apart from it: US dollars a
 * month for 1,000 and for 100,000 mailboxes, with 20 chat mails a day, without what does not grow with mailboxes, and for
 * checks that read nothing from the table.
 */
const reference: readonly [string, Partial<Use>, number, number][] = [
  ['all polled each minute', {}, 12, 1208],
  ['all polled each 15 minutes', { pollMinutes: 15 }, 2.1, 205],
  ['all in IDLE on Lambda with 512 MB', { idleShare: 1 }, 41, 2349],
  ['all in IDLE on Lambda with 256 MB', { idleShare: 1, idleHost: smallLambda }, 21, 1415],
  ['all in IDLE on Fargate', { idleShare: 1, idleHost: fargate }, 14, 348],
  ['a tenth in IDLE on Lambda, the others each 15 minutes', { idleShare: 0.1, pollMinutes: 15 }, 22, 435],
  [
    'a tenth in IDLE on Fargate, the others each 15 minutes',
    { idleShare: 0.1, pollMinutes: 15, idleHost: fargate },
    14,
    225,
  ],
];

const tolerance = 0.1;

describe('the formula of costs', () => {
  it.each(reference)(
    'agrees within a tenth with what was worked out apart: %s',
    (_, use, thousand, hundredThousand) => {
      for (const [accounts, dollars] of [
        [1_000, thousand],
        [100_000, hundredThousand],
      ] as const) {
        const { total, checkReads } = costPerMonth({ ...message, ...use, accounts });
        const compared = total - checkReads;
        expect(Math.abs(compared / dollars - 1), `${accounts} accounts: ${compared}`).toBeLessThan(tolerance);
      }
    },
  );

  it('counts what each check reads of the table', () => {
    const { checkReads } = costPerMonth({ ...message, accounts: 1_000 });
    // 43,800 minutes in a month, two units at $0.125 a million.
    expect(checkReads).toBeCloseTo((1_000 * 43_800 * 2 * 0.125) / 1e6, 2);
  });

  it('takes the three write units of a message for its largest part', () => {
    const { messages } = costPerMonth({ ...message, accounts: 1_000 });
    expect(Math.abs(messages / 1.33 - 1)).toBeLessThan(tolerance);
  });

  it('pays for no worker when nobody is in IDLE', () => {
    expect(costPerMonth({ ...message, accounts: 1_000 }).idle).toBe(0);
  });

  it('pays for a whole worker for one mailbox in IDLE', () => {
    const one = costPerMonth({ ...message, accounts: 1, idleShare: 1 }).idle;
    const all = costPerMonth({ ...message, accounts: 900, idleShare: 1 }).idle;
    expect(one).toBeGreaterThan(all * 0.9);
  });
});
