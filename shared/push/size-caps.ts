import { limits } from '../core/limits.ts';
import { sizeClassesBytes } from './padding.ts';

/** The largest payload a push service has been found to take, and until when that is believed (ms). */
export type SizeCap = { readonly bytes: number; readonly until: number };

/** RFC 8030 section 7.2 has push services take 4096 bytes, encrypted. These take less, or may. */
export const smallPushServices: readonly {
  readonly of: (url: URL) => boolean;
  /** Before encryption, which adds 103 bytes. */
  readonly payloadBytes: number;
  readonly because: string;
  readonly source: string;
  readonly seen: string;
}[] = [
  {
    of: ({ pathname }) => /^\/push\/send\/[^/]+$/.test(pathname),
    payloadBytes: 2800,
    because: 'it puts base64 into 3993 bytes, and answers 400 to what does not fit',
    source: 'coi-dev/coi-push-service',
    seen: '2020-10',
  },
  {
    of: ({ hostname }) => hostname.endsWith('.push.services.mozilla.com'),
    payloadBytes: 2744 - 103,
    because: 'where it goes on by FCM it takes 2744 bytes, and an endpoint does not show whether it does',
    source: 'mozilla-services/autopush-rs, docs/src/http.md',
    seen: '2026-11',
  },
];

/** What one process knows of the sizes that push services take, by host. */
export type SizeCaps = {
  /** The largest payload to build for an endpoint. `stored` is what was learned of it before, by whichever process. */
  limitOf(target: { readonly endpoint: string; readonly cap?: SizeCap | undefined }, now: number): number;
  /** Takes note of a payload that was too large. Undefined when there is none that is smaller. */
  refused(endpoint: string, payloadBytes: number, now: number): SizeCap | undefined;
};

export function createSizeCaps(): SizeCaps {
  const learned = new Map<string, SizeCap>();
  const note = (host: string, cap: SizeCap) => {
    // Hosts come from strangers' subscriptions: the map stays bounded, and the oldest goes first.
    learned.delete(host);
    const [oldest] = learned.keys();
    if (learned.size >= limits.pushCappedHosts && oldest !== undefined) learned.delete(oldest);
    learned.set(host, cap);
  };
  return {
    limitOf({ endpoint, cap }, now) {
      if (!URL.canParse(endpoint)) return limits.pushPayloadBytes;
      const url = new URL(endpoint);
      const here = learned.get(url.host);
      const isNews = cap !== undefined && cap.until > now && !(here !== undefined && here.bytes <= cap.bytes);
      if (isNews) note(url.host, cap);
      const caps = [here, cap].flatMap((each) =>
        each !== undefined && each.until > now ? [each.bytes] : [],
      );
      const preset = smallPushServices.find(({ of }) => of(url))?.payloadBytes ?? limits.pushPayloadBytes;
      return Math.min(preset, ...caps);
    },
    refused(endpoint, payloadBytes, now) {
      const bytes = rungs.findLast((rung) => rung < payloadBytes);
      if (bytes === undefined || !URL.canParse(endpoint)) return undefined;
      const { host } = new URL(endpoint);
      const here = learned.get(host);
      // Answers come in any order: that of a larger one says nothing new.
      if (here !== undefined && here.until > now && here.bytes < bytes) return here;
      const cap = { bytes, until: now + limits.pushCapKeptMs };
      note(host, cap);
      return cap;
    },
  };
}

/** What is tried next after a size was too large. */
const rungs = [...sizeClassesBytes, 2800].sort((a, b) => a - b);
