import { minutesPerDay } from './day-pattern.ts';
import { wayOf } from './scale-table.ts';
import { shown } from './shown.ts';
import type { SizeOutcome } from './simulate.ts';
import { total } from './usage.ts';

type Point = { readonly x: number; readonly y: number };
type Line = { readonly name: string; readonly points: readonly Point[] };
type Axis = {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly (readonly [number, string])[];
};
type Panel = { readonly title: string; readonly x: Axis; readonly y: Axis; readonly lines: readonly Line[] };

/** Of middle brightness: readable on a light page and on a dark one. */
const colors = ['#2f81f7', '#d29922', '#2da44e', '#db61a2', '#a371f7'];
const grey = '#8b949e';
const panelWidth = 400;
const plot = { left: 52, top: 34, width: 330, height: 210 } as const;

/** Two panels: the day at the largest size, and dollars by size. Both count upwards by powers of ten. */
export function drawScale(sizes: readonly SizeOutcome[]): string {
  const largest = Math.max(...sizes.map(({ accounts }) => accounts));
  const panels = [dayPanel(sizes.filter(({ accounts }) => accounts === largest)), costPanel(sizes)];
  const height = plot.top + plot.height + 36 + 16 * Math.max(...panels.map(({ lines }) => lines.length));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * panelWidth} ${height}" font-family="sans-serif" font-size="11" fill="${grey}" role="img">`,
    `<title>A simulated day, and what a month costs, by number of accounts</title>`,
    ...panels.map((panel, index) => `<g transform="translate(${index * panelWidth} 0)">${draw(panel)}</g>`),
    '</svg>\n',
  ].join('\n');
}

function dayPanel(sizes: readonly SizeOutcome[]): Panel {
  const [few, many, polled] = sizes;
  const tenMinutes = (values: Float64Array | undefined): readonly Point[] =>
    Array.from({ length: minutesPerDay / 10 }, (_, index) => ({
      x: index * 10,
      y: total(values?.subarray(index * 10, index * 10 + 10) ?? new Float64Array()) / 10,
    }));
  const lines = [
    {
      name: `connections in IDLE, ${many === undefined ? '' : plain(many)}`,
      points: tenMinutes(many?.lambda.usage.held),
    },
    {
      name: `connections in IDLE, ${few === undefined ? '' : plain(few)}`,
      points: tenMinutes(few?.lambda.usage.held),
    },
    {
      name: `polls a minute, ${polled === undefined ? '' : plain(polled)}`,
      points: tenMinutes(polled?.lambda.usage.polls),
    },
    {
      name: `polls a minute, ${few === undefined ? '' : plain(few)}`,
      points: tenMinutes(few?.lambda.usage.polls),
    },
    { name: 'messages a minute', points: tenMinutes(few?.day.messages) },
  ];
  return {
    title: `A day of ${(few?.accounts ?? 0).toLocaleString('en')} accounts (UTC)`,
    x: {
      from: 0,
      to: minutesPerDay,
      ticks: [0, 6, 12, 18, 24].map((hour) => [hour * 60, `${hour}:00`] as const),
    },
    y: powersOfTen(lines),
    lines,
  };
}

function costPanel(sizes: readonly SizeOutcome[]): Panel {
  const ways = [...new Set(sizes.map(wayOf))];
  const lineOf = (way: string, host: 'lambda' | 'container'): Line => {
    const of = sizes.filter((size) => wayOf(size) === way);
    const [first] = of;
    return {
      name: `${first === undefined ? way : plain(first)}${first?.watch === 'poll' ? '' : host === 'lambda' ? ', on Lambda' : ', in containers'}`,
      points: of.map((size) => ({ x: Math.log10(size.accounts), y: size[host].dollars.total })),
    };
  };
  const lines = ways.flatMap((way) =>
    way.includes('poll') ? [lineOf(way, 'lambda')] : [lineOf(way, 'lambda'), lineOf(way, 'container')],
  );
  const accounts = [...new Set(sizes.map((size) => size.accounts))];
  return {
    title: 'US dollars a month, by accounts',
    x: {
      from: Math.log10(Math.min(...accounts)),
      to: Math.log10(Math.max(...accounts)),
      ticks: accounts.map((each) => [Math.log10(each), shown(each)] as const),
    },
    y: powersOfTen(lines),
    lines,
  };
}

function plain(size: SizeOutcome): string {
  return wayOf(size).replaceAll('`', '');
}

function powersOfTen(lines: readonly Line[]): Axis {
  const values = lines.flatMap(({ points }) => points.map(({ y }) => y)).filter((y) => y > 0);
  const from = Math.floor(Math.log10(Math.min(...values)));
  const to = Math.ceil(Math.log10(Math.max(...values)));
  return {
    from,
    to,
    ticks: Array.from(
      { length: to - from + 1 },
      (_, index) => [from + index, shown(10 ** (from + index))] as const,
    ),
  };
}

function draw({ title, x, y, lines }: Panel): string {
  const toX = (value: number) => round(plot.left + ((value - x.from) / (x.to - x.from)) * plot.width);
  const toY = (value: number) =>
    round(plot.top + plot.height - ((value - y.from) / (y.to - y.from)) * plot.height);
  const right = plot.left + plot.width;
  const bottom = plot.top + plot.height;
  const legendAt = (index: number) => bottom + 36 + 16 * index;
  return [
    `<text x="${plot.left}" y="18" font-size="13" font-weight="bold">${title}</text>`,
    ...y.ticks.map(
      ([value, name]) =>
        `<path d="M${plot.left} ${toY(value)}H${right}" stroke="${grey}" stroke-opacity=".25"/>` +
        `<text x="${plot.left - 6}" y="${toY(value) + 4}" text-anchor="end">${name}</text>`,
    ),
    ...x.ticks.map(
      ([value, name]) =>
        `<path d="M${toX(value)} ${plot.top}V${bottom}" stroke="${grey}" stroke-opacity=".25"/>` +
        `<text x="${toX(value)}" y="${bottom + 15}" text-anchor="middle">${name}</text>`,
    ),
    ...lines.map(({ name, points }, index) => {
      const color = colors[index % colors.length];
      const path = points.map(({ x: at, y: value }) => `${toX(at)} ${toY(Math.log10(value))}`).join('L');
      return (
        `<path d="M${path}" fill="none" stroke="${color}" stroke-width="2"/>` +
        `<path d="M${plot.left} ${legendAt(index) - 4}h18" stroke="${color}" stroke-width="3"/>` +
        `<text x="${plot.left + 24}" y="${legendAt(index)}">${name}</text>`
      );
    }),
  ].join('\n');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
