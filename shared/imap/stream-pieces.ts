import { Readable } from 'node:stream';
import { Fault } from '../core/faults.ts';
import { limits } from '../core/limits.ts';

/**
 * One stream of what is fetched piece by piece, each only when the reader wants it. Undefined when there is not even a
 * first piece.
 *
 * @param fetchPiece bytes from `start` on, fewer than `maxLength` only at the end; undefined when the mail is gone
 */
export async function streamPieces(
  fetchPiece: (start: number, maxLength: number) => Promise<Buffer | undefined>,
): Promise<Readable | undefined> {
  const maxLength = limits.streamPieceBytes;
  const first = await fetchPiece(0, maxLength);
  if (first === undefined) return undefined;
  async function* pieces(head: Buffer) {
    let piece = head;
    for (let start = 0; ; ) {
      yield piece;
      start += piece.length;
      if (piece.length < maxLength) return;
      if (start >= limits.streamBytes)
        throw new Fault('limit-reached', 'This mail is too large to be passed on.');
      const next = await fetchPiece(start, maxLength);
      // What was passed on so far must not look like the whole.
      if (next === undefined) throw new Fault('not-found', 'The mail was removed while it was read.');
      piece = next;
    }
  }
  return Readable.from(pieces(first), { objectMode: false });
}
