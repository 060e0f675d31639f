import { isDeltaPlace } from './body-structure.ts';
import { textOf } from './body-text.ts';
import { chatContentOf } from './chat-content.ts';
import { mediaTypeOf, parameterOf } from './content-type.ts';
import type { Header } from './header.ts';
import { parseMailDate } from './mail-date.ts';
import type { Location, Pin } from './mail-record.ts';
import { contentOfPart } from './part-content.ts';
import { type SmallPart, transferred } from './small-body.ts';

/**
 * COI client spec, "Pinned messages": `Content-Disposition: pinned; timeout=Tue, 5 Dec 2019 0:00:00 +0100`. The date stands
 * unquoted, with blanks and a comma that no parser of parameters takes: all that follows `timeout=` is the date.
 */
export function pinOf(header: Header, parts: readonly SmallPart[]): Pin | undefined {
  for (const of of [header, ...parts.map((part) => part.header)]) {
    const disposition = of.first('content-disposition') ?? '';
    if (!/^\s*pinned\b/i.test(disposition)) continue;
    const timeout = /;\s*timeout\s*=\s*(.*)$/i.exec(disposition)?.[1];
    return { until: parseMailDate(timeout?.replace(/"/g, '')) };
  }
  return undefined;
}

/**
 * The place a `Chat-Content: location` part names by h-geo (COI client spec, "Location Messages"; microformats2), or that
 * Delta Chat attaches (`message.kml`).
 */
export function locationIn(header: Header, parts: readonly SmallPart[]): Location | undefined {
  const whole = chatContentOf(header.first('chat-content')) === 'location';
  const html = textOf(
    parts.filter((part) => whole || contentOfPart(part) === 'location'),
    'text/html',
  );
  const place =
    html === undefined
      ? placeInKml(parts)
      : { latitude: propertyOf(html, 'p-latitude'), longitude: propertyOf(html, 'p-longitude') };
  const { latitude, longitude } = place;
  if (latitude === undefined || longitude === undefined) return undefined;
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : undefined;
}

/** KML writes the longitude first (OGC 07-147r2 section 10.4). */
function placeInKml(parts: readonly SmallPart[]): {
  readonly latitude: number | undefined;
  readonly longitude: number | undefined;
} {
  const kml = parts.find(({ header }) => {
    const filename = parameterOf(header.first('content-disposition'), 'filename');
    const type = mediaTypeOf(header.first('content-type'));
    return isDeltaPlace({ type, filename });
  });
  const [, longitude, latitude] =
    /<coordinates\b[^<>]{0,100}>([^<>,]{1,60}),([^<>,]{1,60})/i.exec(
      kml === undefined ? '' : transferred(kml).toString('latin1'),
    ) ?? [];
  return { latitude: degrees(latitude), longitude: degrees(longitude) };
}

/** The number in an element of this class: its `value` or `title`, or else the text in it. */
function propertyOf(html: string, name: string): number | undefined {
  for (const [, attributes = '', text = ''] of html.matchAll(/<[a-z]+\s([^<>]{1,500})>([^<>]{0,100})/gi)) {
    const classes = /(?:^|\s)class\s*=\s*["']?([^"'>]*)/i.exec(attributes)?.[1]?.split(/\s+/) ?? [];
    if (!classes.includes(name)) continue;
    const value = /(?:^|\s)(?:value|title)\s*=\s*["']?([^"'>]*)/i.exec(attributes)?.[1] ?? text;
    return degrees(value);
  }
  return undefined;
}

/** As many digits as programs print of a double. */
function degrees(text: string | undefined): number | undefined {
  const number = /^\s*([+-]?\d{1,3}(?:\.\d{1,20})?)\s*°?\s*$/.exec(text ?? '')?.[1];
  return number === undefined ? undefined : Number(number);
}

/** Delta Chat's `Ephemeral-Timer`, in seconds: how long after it came a message is to be kept; 0 is for ever. */
export function forgetAfterMs(header: Header): number | undefined {
  const seconds = /^\d{1,10}$/.exec(header.first('ephemeral-timer') ?? '')?.[0];
  return seconds === undefined || Number(seconds) === 0 ? undefined : Number(seconds) * 1000;
}
