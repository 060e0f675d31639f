/** The `type/subtype` of a Content-Type value, lower case; `text/plain` where there is none (RFC 2045 section 5.2). */
export function mediaTypeOf(value: string | undefined): string {
  const type = (value ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type === '' ? 'text/plain' : type;
}

/** The first MIME parameter of this name, quoted or not; a quoted value is never taken for parameters of its own. */
export function parameterOf(value: string | undefined, name: string): string | undefined {
  for (const [, key, quoted, plain] of (value ?? '').matchAll(parameters)) {
    if (key?.toLowerCase() === name) return quoted?.replace(/\\(.)/g, '$1') ?? plain;
  }
  return undefined;
}

const parameters = /;\s*([^=;\s"]+)\s*=\s*(?:"([^"\\]*(?:\\.[^"\\]*)*)"?|([^;\s]*))/g;
