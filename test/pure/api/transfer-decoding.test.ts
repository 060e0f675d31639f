import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTransfer } from '../../../shared/flows/mailbox/transfer-decoding.ts';

function decode(pieces: readonly string[], encoding: string): Promise<Buffer> {
  return buffer(decodeTransfer(Readable.from(pieces.map((piece) => Buffer.from(piece, 'latin1'))), encoding));
}

/** A text cut at any places. */
const cut = (text: string) =>
  fc.array(fc.nat({ max: text.length }), { maxLength: 6 }).map((places) => {
    const ends = [...places.sort((a, b) => a - b), text.length];
    return ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end));
  });

describe('decoding a part piece by piece', () => {
  it('gives the bytes back, wherever base64 lines are cut', async () => {
    const bytesAndPieces = fc.uint8Array({ maxLength: 300 }).chain((bytes) => {
      const lines =
        Buffer.from(bytes)
          .toString('base64')
          .match(/.{1,76}/g) ?? [];
      return fc.tuple(fc.constant(Buffer.from(bytes)), cut(lines.join('\r\n')));
    });
    await fc.assert(
      fc.asyncProperty(bytesAndPieces, async ([bytes, pieces]) => {
        expect((await decode(pieces, 'base64')).equals(bytes)).toBe(true);
      }),
    );
  });

  it('gives the bytes back, wherever quoted-printable is cut', async () => {
    const encoded = 'Gr=C3=BC=C3=9Fe aus K=C3=B6ln =\r\nund anderswo   \r\n=3D ist ein Gleich\r\nEnde';
    await fc.assert(
      fc.asyncProperty(cut(encoded), async (pieces) => {
        const text = (await decode(pieces, 'quoted-printable')).toString();
        expect(text).toBe('Grüße aus Köln und anderswo\r\n= ist ein Gleich\r\nEnde');
      }),
    );
  });

  it('decodes a quoted-printable line that never ends without keeping all of it', async () => {
    const pieces = Array.from({ length: 50 }, () => '=41b'.repeat(500) + '=4').map((piece, index) =>
      index === 0 ? piece : `3${piece}`,
    );
    const decoded = (await decode([...pieces, '3'], 'quoted-printable')).toString();
    expect(decoded).toBe(`${'Ab'.repeat(500)}C`.repeat(50));
  });

  it('reads base64 that was joined from padded pieces, and passes over what is none', async () => {
    expect((await decode(['aGFs', 'bG8=', '\r\n*', 'IFdlbHQ='], 'base64')).toString()).toBe('hallo Welt');
  });

  it('leaves what is not encoded, or in an encoding nobody knows', async () => {
    for (const encoding of ['7bit', '8bit', 'binary', 'x-uuencode']) {
      expect((await decode(['a=41', 'b'], encoding)).toString()).toBe('a=41b');
    }
  });

  it('fails when its source fails', async () => {
    const source = new Readable({ read: () => undefined });
    const decoded = buffer(decodeTransfer(source, 'base64'));
    source.destroy(new Error('connection lost'));
    await expect(decoded).rejects.toThrow('connection lost');
  });

  it('ends its source when its reader goes away', async () => {
    const source = new Readable({ read: () => undefined });
    const closed = new Promise((resolve) => source.once('close', () => resolve('closed')));
    decodeTransfer(source, 'base64').destroy();
    expect(await closed).toBe('closed');
  });
});
