/** Something that a library could do and that no function asks of it. */
class NotBundled {
  constructor() {
    throw new Error('this part of a library is not in the bundles: see infra/bundle-options.ts');
  }
}

/** @zone-eu/mailsplit */
/** socks */
export { NotBundled as Headers, NotBundled as SocksClient };

// biome-ignore lint/style/noDefaultExport: imapflow imports @zone-eu/mailsplit/lib/flowed-decoder.js and encoding-japanese so.
export default NotBundled;
