import { describe, expect, it } from 'vitest';
import {
  type CheckPlan,
  type FolderReach,
  planCheck,
  planFromHighest,
} from '../../../shared/imap/plan-check.ts';

type Case = {
  readonly behaviour: string;
  readonly cursor: FolderReach | undefined;
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly plan: CheckPlan;
};

const cases: readonly Case[] = [
  {
    behaviour: 'takes a folder seen for the first time as it is',
    cursor: undefined,
    uidValidity: 7,
    uidNext: 120,
    plan: { kind: 'baseline' },
  },
  {
    behaviour: 'has nothing to do while UIDNEXT stands still',
    cursor: { uidValidity: 7, uidNext: 120 },
    uidValidity: 7,
    uidNext: 120,
    plan: { kind: 'nothing' },
  },
  {
    behaviour: 'fetches from the first UID that was not dealt with',
    cursor: { uidValidity: 7, uidNext: 120 },
    uidValidity: 7,
    uidNext: 123,
    plan: { kind: 'fetch', fromUid: 120 },
  },
  {
    behaviour: 'fetches the first mail ever of a folder that was empty',
    cursor: { uidValidity: 7, uidNext: 1 },
    uidValidity: 7,
    uidNext: 2,
    plan: { kind: 'fetch', fromUid: 1 },
  },
  {
    behaviour: 'starts anew under another UIDVALIDITY, even when UIDNEXT is the same',
    cursor: { uidValidity: 7, uidNext: 120 },
    uidValidity: 8,
    uidNext: 120,
    plan: { kind: 'reset' },
  },
  {
    behaviour: 'starts anew when UIDNEXT fell under the same UIDVALIDITY (GMX)',
    cursor: { uidValidity: 7, uidNext: 120 },
    uidValidity: 7,
    uidNext: 119,
    plan: { kind: 'reset' },
  },
];

const highestCases: readonly {
  readonly behaviour: string;
  readonly cursor: FolderReach | undefined;
  readonly current: { readonly uidValidity: number; readonly highestUid: number };
  readonly plan: CheckPlan;
}[] = [
  {
    behaviour: 'takes a folder seen for the first time as it is',
    cursor: undefined,
    current: { uidValidity: 7, highestUid: 119 },
    plan: { kind: 'baseline' },
  },
  {
    behaviour: 'has nothing to do while the last mail is the one dealt with',
    cursor: { uidValidity: 7, uidNext: 120 },
    current: { uidValidity: 7, highestUid: 119 },
    plan: { kind: 'nothing' },
  },
  {
    behaviour: 'has nothing to do when the last mails were deleted',
    cursor: { uidValidity: 7, uidNext: 120 },
    current: { uidValidity: 7, highestUid: 0 },
    plan: { kind: 'nothing' },
  },
  {
    behaviour: 'fetches from the first UID that was not dealt with',
    cursor: { uidValidity: 7, uidNext: 120 },
    current: { uidValidity: 7, highestUid: 120 },
    plan: { kind: 'fetch', fromUid: 120 },
  },
  {
    behaviour: 'starts anew under another UIDVALIDITY',
    cursor: { uidValidity: 7, uidNext: 120 },
    current: { uidValidity: 8, highestUid: 119 },
    plan: { kind: 'reset' },
  },
];

describe('planCheck', () => {
  it.each(cases)('$behaviour', ({ cursor, uidValidity, uidNext, plan }) => {
    expect(planCheck(cursor, { uidValidity, uidNext })).toEqual(plan);
  });
});

describe('planFromHighest', () => {
  it.each(highestCases)('$behaviour', ({ cursor, current, plan }) => {
    expect(planFromHighest(cursor, current)).toEqual(plan);
  });
});
