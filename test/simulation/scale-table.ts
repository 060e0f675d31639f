import { hostStretch } from '../../shared/flows/watch/due.ts';
import { loginsPerMinute } from './hosts.ts';
import { cents, dollars, markdownTable, shown } from './shown.ts';
import type { Outcome, SizeOutcome } from './simulate.ts';
import { type Minutes, mean, most, perSecond, total } from './usage.ts';

/**
 * What a day asks of the service, a row for each size and way. Rates are the mean and the busiest minute. Polls are as many
 * as the intervals ask for; at the largest host they would be stretched, so that it is not asked more than it takes.
 */
export function loadTable(sizes: readonly SizeOutcome[]): string {
  return markdownTable(
    [
      ...[
        'accounts',
        'way',
        'polls a minute',
        'logins a second',
        'at the largest host',
        'polls stretched there',
        'in IDLE',
      ],
      ...['Lambda workers', 'containers', 'hand-overs a minute', 'reads a second', 'writes a second'],
    ],
    sizes.map(loadRow),
  );
}

export function loadRow(size: SizeOutcome): readonly string[] {
  const { usage, workers } = size.lambda;
  const isHeld = most(usage.held) > 0;
  return [
    size.accounts.toLocaleString('en'),
    wayOf(size),
    both(usage.polls),
    both(usage.logins, 60),
    both(usage.loginsOfLargest, 60),
    `${hostStretch(most(usage.pollsOfLargest), loginsPerMinute)} x`,
    shown(most(usage.held)),
    isHeld ? shown(most(workers.running)) : '-',
    isHeld ? shown(size.containers) : '-',
    isHeld ? both(workers.handOvers) : '-',
    both(usage.reads, 60),
    both(usage.writes, 60),
  ];
}

/** Dollars a month, and what the largest part of them is for. */
export function costTable(sizes: readonly SizeOutcome[]): string {
  return markdownTable(
    [
      'accounts',
      'way',
      'on Lambda',
      'for 1,000',
      'in containers',
      'for 1,000',
      'mostly for, on Lambda',
      'in containers',
      'calls of KMS a second',
    ],
    sizes.map(costRow),
  );
}

export function costRow(size: SizeOutcome): readonly string[] {
  const perThousand = ({ dollars: { total } }: Outcome) => cents((total / size.accounts) * 1_000);
  const isHeld = most(size.lambda.usage.held) > 0;
  return [
    size.accounts.toLocaleString('en'),
    wayOf(size),
    dollars(size.lambda.dollars.total),
    perThousand(size.lambda),
    isHeld ? dollars(size.container.dollars.total) : '-',
    isHeld ? perThousand(size.container) : '-',
    largestParts(size.lambda),
    isHeld ? largestParts(size.container) : '-',
    shown(perSecond(size.lambda.usage.keyRequests)),
  ];
}

/** What an account takes, as a multiple of what it takes among fewer accounts: 1 is growth in proportion, less is better. */
export function growthTable(sizes: readonly SizeOutcome[]): string {
  const perAccount: readonly ((size: SizeOutcome) => number)[] = [
    ({ lambda }) => lambda.dollars.total,
    ({ container }) => container.dollars.total,
    ({ lambda }) => total(lambda.usage.reads),
    ({ lambda }) => total(lambda.usage.writes),
    ({ lambda }) => total(lambda.usage.logins),
    ({ lambda }) => mean(lambda.workers.running),
  ];
  const rows = sizes.flatMap((size) => {
    const before = sizes.findLast((other) => wayOf(other) === wayOf(size) && other.accounts < size.accounts);
    if (before === undefined) return [];
    const ratios = perAccount.map((of) => of(size) / size.accounts / (of(before) / before.accounts));
    return [
      [
        wayOf(size),
        `${before.accounts.toLocaleString('en')} to ${size.accounts.toLocaleString('en')}`,
        ...ratios.map((ratio) => (Number.isFinite(ratio) ? ratio.toFixed(2) : '-')),
      ],
    ];
  });
  return markdownTable(
    ['way', 'from, to', 'dollars on Lambda', 'in containers', 'reads', 'writes', 'logins', 'Lambda workers'],
    rows,
  );
}

export function wayOf({ watch, activeShare }: Pick<SizeOutcome, 'watch' | 'activeShare'>): string {
  return `\`${watch}\`, ${Math.round(activeShare * 100)} % in use`;
}

/** The two that cost most. */
function largestParts({ dollars: { total: all, ...parts } }: Outcome): string {
  return Object.entries(parts)
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, 2)
    .map(([part, amount]) => `${part} ${Math.round((amount / all) * 100)} %`)
    .join(', ');
}

function both(values: Minutes, divisor = 1): string {
  return `${shown(mean(values) / divisor)} / ${shown(most(values) / divisor)}`;
}
