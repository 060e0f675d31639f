/** One line of the bench's table; texts as they are to be shown. */
export type Row = {
  readonly figure: string;
  readonly ours: number;
  readonly unit: string;
  /** What ours is measured beside, in the same run. */
  readonly baseline?: { readonly what: string; readonly value: number };
  readonly target?: { readonly atMost?: number; readonly atLeast?: number };
};

const titles = ['figure', 'ours', 'baseline', 'ratio', 'target', '', 'baseline is'] as const;

/** Plain text in aligned columns; numbers to the right. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [titles, ...rows.map(cellsOf)];
  const widths = titles.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const isText = (column: number) => column === 0 || column >= 5;
  const [head = '', ...body] = lines.map((cells) =>
    cells
      .map((cell, column) =>
        isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return [head, '-'.repeat(Math.max(...body.map((line) => line.length))), ...body].join('\n');
}

function cellsOf({ figure, ours, unit, baseline, target }: Row): readonly string[] {
  return [
    figure,
    `${shown(ours)} ${unit}`.trim(),
    baseline === undefined ? '-' : shown(baseline.value),
    baseline === undefined || baseline.value === 0 ? '-' : `${(ours / baseline.value).toFixed(2)} x`,
    targetOf(target),
    verdictOf(ours, target),
    baseline?.what ?? '',
  ];
}

function targetOf(target: Row['target']): string {
  if (target?.atMost !== undefined) return `<= ${shown(target.atMost)}`;
  if (target?.atLeast !== undefined) return `>= ${shown(target.atLeast)}`;
  return '-';
}

function verdictOf(ours: number, target: Row['target']): string {
  if (target === undefined) return '';
  return ours <= (target.atMost ?? ours) && ours >= (target.atLeast ?? ours) ? 'met' : 'MISSED';
}

function shown(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(value < 10 ? 2 : 1);
}
