import { pipeline, type Readable, Transform, type TransformCallback } from 'node:stream';

/**
 * Decodes a Content-Transfer-Encoding (RFC 2045 section 6) piece by piece. What is malformed is passed over, as mail
 * programs do; an unknown encoding is passed on as it is. Errors and the end of either stream end the other.
 */
export function decodeTransfer(source: Readable, encoding: string): Readable {
  const decoder = decoderFor(encoding);
  if (decoder === undefined) return source;
  // The callback is there for errors, which the reader of the result sees on the result itself.
  return pipeline(source, decoder, () => undefined);
}

function decoderFor(encoding: string): Transform | undefined {
  switch (encoding) {
    case 'base64':
      return piecewise(base64Step);
    case 'quoted-printable':
      return piecewise(quotedPrintableStep);
    default:
      return undefined;
  }
}

/** Decodes as much of `text` as is complete, and tells what has to wait for the next piece. */
type Step = (text: string, isLast: boolean) => { decoded: Buffer; rest: string };

function piecewise(step: Step): Transform {
  let rest = '';
  const run = (text: string, isLast: boolean, done: TransformCallback) => {
    const result = step(rest + text, isLast);
    rest = result.rest;
    done(null, result.decoded);
  };
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => run(chunk.toString('latin1'), false, done),
    flush: (done) => run('', true, done),
  });
}

/** Groups of four. Padding within the data, as some gateways leave it, starts a new run. */
const base64Step: Step = (text, isLast) => {
  const clean = text.replace(/[^A-Za-z0-9+/=]/g, '');
  const whole = isLast ? clean.length : clean.length - (clean.length % 4);
  const runs = clean.slice(0, whole).match(/[^=]+/g) ?? [];
  return {
    decoded: Buffer.concat(runs.map((run) => Buffer.from(run, 'base64'))),
    rest: clean.slice(whole),
  };
};

const quotedPrintableStep: Step = (text, isLast) => {
  const lastLine = isLast ? text.length : text.lastIndexOf('\n') + 1;
  // A line without end is decoded anyway once it is longer than any line may be; only an open escape waits.
  const open = text.length - lastLine > 4096 ? text.search(/=[0-9A-Fa-f\r]?$/) : undefined;
  const end = open === undefined ? lastLine : open < 0 ? text.length : open;
  const decoded = text
    .slice(0, end)
    .replace(/[ \t]+(?=\r?\n)/g, '')
    .replace(/=\r?\n|=$/g, '')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return { decoded: Buffer.from(decoded, 'latin1'), rest: text.slice(end) };
};
