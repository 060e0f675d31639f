import { limits } from '../core/limits.ts';

/** Few enough that a size says little, small enough that the usual push does not cost ten times its traffic. */
export const sizeClassesBytes = [512, 1024, 2048] as const;

/**
 * The JSON payload brought to the next size class, so that an observer of the encrypted push cannot tell which known
 * message or conversation it is from its length. RFC 8188 pads inside the encryption, which web-push has no option for;
 * blanks after a JSON text mean nothing (RFC 8259 section 2), so they serve as well. The largest class is what the push
 * service takes; a payload above it comes back as it is.
 */
export function padPayload(json: Buffer, limitBytes: number = limits.pushPayloadBytes): Buffer {
  const classes = [...sizeClassesBytes.filter((bytes) => bytes < limitBytes), limitBytes];
  const size = classes.find((bytes) => json.length <= bytes) ?? json.length;
  return Buffer.concat([json, Buffer.alloc(size - json.length, ' ')]);
}
