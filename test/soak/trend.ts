/** A straight line through measurements, by least squares. */
export type Trend = {
  /** Per unit of `at`. */
  readonly slope: number;
  /** Half of the interval that holds the true slope with 95 %. */
  readonly uncertainty: number;
};

export type Point = { readonly at: number; readonly value: number };

/**
 * The slope with its uncertainty. Measurements of memory follow each other closely, so that many of them tell little more
 * than few: the correlation of neighbours widens the interval (effective number of measurements of an AR(1) process).
 */
export function trendOf(points: readonly Point[]): Trend {
  const count = points.length;
  if (count < 3) return { slope: 0, uncertainty: Number.POSITIVE_INFINITY };
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const at = mean(points.map((point) => point.at));
  const value = mean(points.map((point) => point.value));
  const spread = points.reduce((sum, point) => sum + (point.at - at) ** 2, 0);
  const slope = points.reduce((sum, point) => sum + (point.at - at) * (point.value - value), 0) / spread;
  const rest = points.map((point) => point.value - value - slope * (point.at - at));
  const squares = rest.reduce((sum, each) => sum + each ** 2, 0);
  const neighbours = rest.slice(1).reduce((sum, each, index) => sum + each * (rest[index] ?? 0), 0);
  const correlation = squares === 0 ? 0 : Math.min(0.95, Math.max(0, neighbours / squares));
  const effective = Math.max(3, (count * (1 - correlation)) / (1 + correlation));
  const error = Math.sqrt(squares / (effective - 2) / spread) * Math.sqrt((count - 2) / count);
  return { slope, uncertainty: studentT(effective - 2) * error };
}

/** The 97.5 % quantile of Student's distribution (Cornish and Fisher; exact to 1 % from three degrees on). */
function studentT(degrees: number): number {
  if (degrees < 2) return 12.7;
  const z = 1.959964;
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + g1 / degrees + g2 / degrees ** 2 + g3 / degrees ** 3;
}
