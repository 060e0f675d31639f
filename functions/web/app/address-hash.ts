import { sha3_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** What names a contact: SHA3-256 of its address in lower case, in hex (COI client spec). Browsers lack that function. */
export function addressHash(address: string): string {
  return bytesToHex(sha3_256(utf8ToBytes(address.toLowerCase().normalize('NFC'))));
}
