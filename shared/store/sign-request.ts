import { createHash, createHmac } from 'node:crypto';

/** What a request to AWS is signed with. */
export type Signer = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of credentials that last for a while only: those of every role. */
  readonly sessionToken?: string | undefined;
  readonly region: string;
  readonly service: string;
};

/** The key of a day depends on the secret and the day alone; made anew, its four hashes cost more than all else here. */
const dayKeys = new Map<string, Buffer>();
const dayKeysKept = 8;

/**
 * The headers of a signed POST to `/` (AWS Signature Version 4): those given, by lower-case names, with the date and the
 * authorization. Whoever sends it sends `host` as it was signed.
 *
 * @param now ms since the epoch
 */
export function signedHeaders(
  signer: Signer,
  headers: Readonly<Record<string, string>>,
  body: string,
  now: number,
): Record<string, string> {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const signed: Record<string, string> = {
    ...headers,
    'x-amz-date': time,
    ...(signer.sessionToken === undefined ? {} : { 'x-amz-security-token': signer.sessionToken }),
  };
  const names = Object.keys(signed).sort();
  const lines = names.map((name) => `${name}:${signed[name]}\n`).join('');
  const request = `POST\n/\n\n${lines}\n${names.join(';')}\n${sha256(body)}`;
  const scope = `${day}/${signer.region}/${signer.service}/aws4_request`;
  const signature = createHmac('sha256', dayKey(signer, day))
    .update(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(request)}`)
    .digest('hex');
  signed['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${signer.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return signed;
}

function dayKey({ secretAccessKey, region, service }: Signer, day: string): Buffer {
  const name = `${day} ${region} ${service} ${secretAccessKey}`;
  const known = dayKeys.get(name);
  if (known !== undefined) return known;
  const hash = (key: Buffer | string, part: string) => createHmac('sha256', key).update(part).digest();
  const made = hash(hash(hash(hash(`AWS4${secretAccessKey}`, day), region), service), 'aws4_request');
  const [oldest] = dayKeys.keys();
  if (dayKeys.size >= dayKeysKept && oldest !== undefined) dayKeys.delete(oldest);
  dayKeys.set(name, made);
  return made;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
