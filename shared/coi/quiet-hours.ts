/** A time of each day at which nothing rings, by the clocks of a place: `from` and `to` are `HH:MM`, over midnight or not. */
export type QuietHours = {
  readonly from: string;
  readonly to: string;
  /** As the IANA time zone database calls it, or an offset such as `+02:00`. */
  readonly timeZone: string;
};

const dayMinutes = 24 * 60;

/**
 * When the quiet hours end that hold at a moment (ms, a whole minute); undefined when none do. Clocks that are put forward
 * or back in between are seen: it is over when the clocks there show `to`. A time zone that this process does not know,
 * because it was named to a newer one, has no quiet hours.
 */
export function quietUntil({ from, to, timeZone }: QuietHours, at: number): number | undefined {
  const clockAt = clockOf(timeZone);
  if (clockAt === undefined) return undefined;
  const [start, end] = [minuteOf(from), minuteOf(to)];
  const length = until(end, start);
  const left = (moment: number): number => {
    const minute = clockAt(moment);
    return until(minute, start) < length ? until(end, minute) : 0;
  };
  let moment = Math.floor(at / 60_000) * 60_000;
  if (left(moment) === 0) return undefined;
  for (let minutes = left(moment); minutes > 0; minutes = left(moment)) {
    // Clocks are put forward by an hour: half the way is never too far while more than two hours are left.
    moment += (minutes > 120 ? Math.floor(minutes / 2) : 1) * 60_000;
  }
  return moment;
}

/** Whether `Intl` knows a time zone by this name. */
export function isTimeZone(name: string): boolean {
  return clockOf(name) !== undefined;
}

/** Minutes from one time of day to the next time that clocks show another. */
function until(later: number, earlier: number): number {
  return (later - earlier + dayMinutes) % dayMinutes;
}

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

/** The minute of the day that clocks there show. */
function clockOf(timeZone: string): ((at: number) => number) | undefined {
  try {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    return (at) => minuteOf(format.format(at));
  } catch {
    // The one thing Intl finds wrong with this is the name.
    return undefined;
  }
}
