export const minutesPerDay = 1_440;

/** An assumption: how much is written in each hour of the local day, with peaks at noon and in the evening. */
const hourWeights = [
  0.8, 0.4, 0.25, 0.2, 0.25, 0.6, 1.8, 3.2, 4.4, 4.8, 5.0, 5.6, 7.2, 6.4, 5.0, 4.8, 5.2, 6.2, 7.4, 8.6, 8.8,
  7.0, 4.2, 2.0,
];

/** An assumption: where people live, as hours before UTC. The evening of most is shared. */
const timeZones = [
  { share: 0.6, hours: 1 },
  { share: 0.25, hours: -6 },
  { share: 0.15, hours: 7 },
] as const;

const steps = 8_192;

/**
 * For each time zone, the minute of the UTC day by which a share of the day's events has happened: what is spread evenly
 * from 0 to 1 is spread like a day after it went through here.
 */
const minutesByShare = timeZones.map(({ hours }) => inverse(hours));

/** @param share 0 <= share < 1 of a day's events */
export function minuteAt(zone: number, share: number): number {
  return minutesByShare[zone]?.[Math.floor(share * steps)] ?? 0;
}

export function zoneOf(chance: number): number {
  let below = 0;
  for (const [zone, { share }] of timeZones.entries()) {
    below += share;
    if (chance < below) return zone;
  }
  return 0;
}

function inverse(hours: number): Uint16Array {
  const weights = Array.from({ length: minutesPerDay }, (_, minute) => {
    const local = (minute / 60 + hours + 24) % 24;
    const hour = Math.floor(local);
    const here = hourWeights[hour] ?? 0;
    const next = hourWeights[(hour + 1) % 24] ?? 0;
    return here + (next - here) * (local - hour);
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const minutes = new Uint16Array(steps);
  let minute = 0;
  let below = weights[0] ?? 0;
  for (let step = 0; step < steps; step++) {
    while (below <= ((step + 0.5) / steps) * total && minute < minutesPerDay - 1)
      below += weights[++minute] ?? 0;
    minutes[step] = minute;
  }
  return minutes;
}
