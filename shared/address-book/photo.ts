/** A picture of a person or group. */
export type Photo = {
  /** One of `photoTypes`. */
  readonly type: string;
  readonly content: Buffer;
};

/** How each kind of picture begins, in hex. Kinds that can hold scripts (SVG) are none. */
const beginnings: Readonly<Record<string, RegExp>> = {
  'image/png': /^89504e470d0a1a0a/,
  'image/jpeg': /^ffd8ff/,
  'image/gif': /^474946383[79]61/,
  'image/webp': /^52494646.{8}57454250/,
};

export const photoTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;

/** Whether these bytes are a picture of the type they are said to be. */
export function isPhoto({ type, content }: Photo): boolean {
  return Object.hasOwn(beginnings, type) && beginnings[type]?.test(content.toString('hex', 0, 16)) === true;
}

/**
 * The picture in a `data:` URL (RFC 2397), whose lines may be broken and indented, as in the COI client spec's examples.
 * Undefined for anything else: a picture that lies elsewhere is never fetched, for that would tell whoever put it there.
 */
export function photoOf(url: string): Photo | undefined {
  const [, type = '', data = ''] =
    /^\s*data:\s*(image\/[a-z.+-]+)\s*(?:;[^,;]*)*;\s*base64\s*,(.*)$/is.exec(url) ?? [];
  const text = data.replace(/\s+/g, '');
  if (text === '' || !/^[A-Za-z0-9+/_-]+=*$/.test(text)) return undefined;
  const photo = { type: type.toLowerCase(), content: Buffer.from(text, 'base64') };
  return isPhoto(photo) ? photo : undefined;
}

/** In lines, as no mail should have longer ones. */
export function photoUrl({ type, content }: Photo): string {
  return `data:${type};base64,\r\n${content.toString('base64').replace(/.{76}(?=.)/g, '$&\r\n')}`;
}
