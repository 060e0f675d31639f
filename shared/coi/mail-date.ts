const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Zones by name (RFC 5322 section 4.3), in hours; all others mean UTC. */
const zoneHours: Readonly<Record<string, number>> = {
  edt: -4,
  est: -5,
  cdt: -5,
  cst: -6,
  mdt: -6,
  mst: -7,
  pdt: -7,
  pst: -8,
};

const form =
  /^\D{0,24}(\d{1,2})[\s-]([a-z]{3})[a-z]{0,6}[\s-](\d{2,4})\s(\d{1,2}):(\d{2})(?::(\d{2}))?\s?([+-]\d{4}|[a-z]{1,5})?/i;

/**
 * A `Date` field (RFC 5322 section 3.3, the obsolete forms too) in ms since the epoch; undefined when it cannot be read or
 * lies before 1970. A date without a zone is taken as UTC, whatever zone this machine is in.
 */
export function parseMailDate(value: string | undefined): number | undefined {
  const match = form.exec((value ?? '').slice(0, 200).split(/\s+/).join(' ').trim());
  if (match === null) return undefined;
  const [, day, monthName = '', yearText = '', hour, minute, second, zone] = match;
  const month = months.indexOf(monthName.toLowerCase());
  const at = Date.UTC(
    fullYear(yearText),
    month,
    Number(day),
    Number(hour),
    Number(minute),
    // A leap second is the start of the next minute.
    Number(second ?? 0),
  );
  const utc = at - offsetMs(zone ?? '');
  return month >= 0 && Number(day) <= 31 && Number(hour) <= 24 && utc > 0 ? utc : undefined;
}

/** RFC 5322 section 4.3: two digits up to 49 are 20xx; three digits are years since 1900. */
function fullYear(text: string): number {
  const year = Number(text);
  if (text.length >= 4) return year;
  return text.length === 2 && year < 50 ? year + 2000 : year + 1900;
}

function offsetMs(zone: string): number {
  const digits = /^([+-])(\d{2})(\d{2})$/.exec(zone);
  if (digits === null) return (zoneHours[zone.toLowerCase()] ?? 0) * 3_600_000;
  const minutes = Number(digits[2]) * 60 + Number(digits[3]);
  return (digits[1] === '-' ? -minutes : minutes) * 60_000;
}

/** A point in time (ms) as the value of a field: RFC 5322 section 3.3, where the name GMT is obsolete. */
export function mailDateText(at: number): string {
  return new Date(at).toUTCString().replace('GMT', '+0000');
}
