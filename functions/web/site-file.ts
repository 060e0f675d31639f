import { brotliCompressSync, gzipSync } from 'node:zlib';

export type Bytes = Uint8Array<ArrayBuffer>;

/** A file as browsers get it, in each encoding they may ask for. */
export type SiteFile = {
  readonly path: string;
  /** Whether its name changes with its content. */
  readonly immutable: boolean;
  readonly plain: Bytes;
  readonly br: Bytes;
  readonly gzip: Bytes;
};

export function siteFile(path: string, content: Uint8Array, immutable: boolean): SiteFile {
  return {
    path,
    immutable,
    plain: new Uint8Array(content),
    br: new Uint8Array(brotliCompressSync(content)),
    gzip: new Uint8Array(gzipSync(content)),
  };
}

/** The files as one text, which the bundle of the function holds: it needs no disk, and compresses nothing. */
export function packFiles(files: readonly SiteFile[]): string {
  return JSON.stringify(
    files.map(({ path, immutable, ...bytes }) => [
      path,
      immutable,
      ...[bytes.plain, bytes.br, bytes.gzip].map((each) => Buffer.from(each).toString('base64')),
    ]),
  );
}

/** @param packed by `packFiles`, when the function was bundled */
export function unpackFiles(packed: string): readonly SiteFile[] {
  const rows: [string, boolean, string, string, string][] = JSON.parse(packed);
  return rows.map(([path, immutable, plain, br, gzip]) => ({
    path,
    immutable,
    plain: new Uint8Array(Buffer.from(plain, 'base64')),
    br: new Uint8Array(Buffer.from(br, 'base64')),
    gzip: new Uint8Array(Buffer.from(gzip, 'base64')),
  }));
}
