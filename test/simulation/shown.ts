/** Numbers as people read them: three digits, and thousands and millions as k and M. */
export function shown(value: number): string {
  const [divisor, unit] = value >= 999_500 ? [1e6, 'M'] : value >= 9_995 ? [1e3, 'k'] : [1, ''];
  const scaled = value / divisor;
  if (scaled === 0) return '0';
  if (unit === '' && scaled >= 999.5) return Math.round(scaled).toLocaleString('en');
  const digits = scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
  return `${scaled.toFixed(digits).replace(/\.0+$/, '')}${unit}`;
}

export const dollars = (amount: number): string => `$${Math.round(amount).toLocaleString('en')}`;
export const cents = (amount: number): string => `$${amount.toFixed(2)}`;

export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  texts = 2,
): string {
  return [header, header.map((_, column) => (column < texts ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
