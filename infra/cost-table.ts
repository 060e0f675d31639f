import { costPerMonth, type IdleHost, type Use } from './costs.ts';

/** The README's table of costs: a row for each way to watch, a column for each number of accounts. */
export function costTable(): string {
  const header = [
    'how mailboxes are watched',
    ...sizes.map((size) => `${size.toLocaleString('en')} accounts`),
  ];
  const rows = ways.map(({ way, use }) => [
    way,
    ...sizes.map((accounts) => dollars(costPerMonth({ ...usual, ...use, accounts }).total)),
  ]);
  return [header, header.map((_, column) => (column === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

const sizes = [10, 1_000, 100_000] as const;

/** Workers are planned to be four fifths full. */
const onLambda: IdleHost = { kind: 'lambda', memoryMb: 512, connections: 0.8 * 900 };
const onFargate: IdleHost = { kind: 'fargate', vcpu: 0.25, memoryMb: 1024, connections: 0.8 * 7_000 };

const usual: Omit<Use, 'accounts'> = {
  messagesPerDay: 20,
  apiCallsPerDay: 30,
  idleShare: 0,
  pollMinutes: 15,
  idleHost: onLambda,
  fixed: true,
};

const ways: readonly { readonly way: string; readonly use: Partial<Use> }[] = [
  { way: '`poll`: each 15 minutes on average', use: {} },
  { way: '`auto`: a tenth in IDLE on Lambda, the others polled', use: { idleShare: 0.1 } },
  { way: '`auto` on Fargate', use: { idleShare: 0.1, idleHost: onFargate } },
  { way: '`idle` on Lambda', use: { idleShare: 1 } },
  { way: '`idle` on Fargate', use: { idleShare: 1, idleHost: onFargate } },
];

function dollars(amount: number): string {
  return `$${Math.round(amount).toLocaleString('en')}`;
}
