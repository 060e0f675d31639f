import { decodeEncodedWords } from '../../../shared/coi/encoded-words.ts';

/** As much of libmime as imapflow uses for what we ask of it: names in an envelope and in the structure of a mail. */
const libmime = { decodeWords: decodeEncodedWords };

// biome-ignore lint/style/noDefaultExport: imapflow imports it so.
export default libmime;
