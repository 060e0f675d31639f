import { describe, expect, it } from 'vitest';
import { isTimeZone, quietUntil } from '../../../shared/coi/quiet-hours.ts';

const night = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
const at = (text: string) => Date.parse(text);
const ends = (quiet: typeof night, when: string) => {
  const until = quietUntil(quiet, at(when));
  return until === undefined ? undefined : new Date(until).toISOString();
};

describe('quiet hours', () => {
  it.each([
    ['2026-01-10T21:59:59+01:00', undefined],
    ['2026-01-10T22:00:00+01:00', '2026-01-11T06:00:00.000Z'],
    ['2026-01-10T23:59:59.999+01:00', '2026-01-11T06:00:00.000Z'],
    ['2026-01-11T00:00:00+01:00', '2026-01-11T06:00:00.000Z'],
    ['2026-01-11T06:59:59.999+01:00', '2026-01-11T06:00:00.000Z'],
    ['2026-01-11T07:00:00+01:00', undefined],
    ['2026-07-10T23:00:00+02:00', '2026-07-11T05:00:00.000Z'],
  ])('over midnight hold from their first minute to their last: %s', (when, until) => {
    expect(ends(night, when)).toBe(until);
  });

  it('within a day hold between the two', () => {
    const nap = { from: '13:00', to: '14:30', timeZone: 'UTC' };
    expect(ends(nap, '2026-01-10T12:59:59Z')).toBeUndefined();
    expect(ends(nap, '2026-01-10T13:00:00Z')).toBe('2026-01-10T14:30:00.000Z');
    expect(ends(nap, '2026-01-10T14:30:00Z')).toBeUndefined();
  });

  it.each([
    [
      'clocks are put forward, so that the night is short',
      night,
      '2026-03-28T22:30:00+01:00',
      '2026-03-29T05:00:00.000Z',
    ],
    [
      'clocks are put back, so that it is long',
      night,
      '2026-10-24T22:30:00+02:00',
      '2026-10-25T06:00:00.000Z',
    ],
    [
      'the end lies just behind the change',
      { ...night, to: '03:10' },
      '2026-03-29T01:50:00+01:00',
      '2026-03-29T01:10:00.000Z',
    ],
    [
      'the end is a time that clocks skip',
      { ...night, to: '02:30' },
      '2026-03-28T23:00:00+01:00',
      '2026-03-29T01:00:00.000Z',
    ],
    [
      'the end is shown twice',
      { ...night, to: '02:30' },
      '2026-10-25T01:00:00+02:00',
      '2026-10-25T00:30:00.000Z',
    ],
    [
      'they are put forward by half an hour',
      { ...night, timeZone: 'Australia/Lord_Howe' },
      '2026-10-03T23:00:00+10:30',
      '2026-10-03T20:00:00.000Z',
    ],
  ])('end by the clocks of the place when %s', (_, quiet, when, until) => {
    expect(ends(quiet, when)).toBe(until);
  });

  it('hold all day but for a minute, where that is asked for', () => {
    const always = { from: '00:00', to: '23:59', timeZone: 'Asia/Kathmandu' };
    expect(ends(always, '2026-01-10T00:00:00+05:45')).toBe('2026-01-10T18:14:00.000Z');
    expect(ends(always, '2026-01-10T23:59:30+05:45')).toBeUndefined();
  });

  it('hold nowhere in a zone that is not known', () => {
    expect(quietUntil({ ...night, timeZone: 'Mars/Olympus' }, at('2026-01-10T23:00:00Z'))).toBeUndefined();
    expect([isTimeZone('Mars/Olympus'), isTimeZone('Europe/Berlin'), isTimeZone('')]).toEqual([
      false,
      true,
      false,
    ]);
  });
});
