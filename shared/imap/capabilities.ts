import type { Capabilities } from '../core/capabilities.ts';

export function capabilitiesOf(names: ReadonlyMap<string, unknown>): Capabilities {
  return {
    coi: names.has('COI'),
    webpush: names.has('WEBPUSH'),
    // RFC 9051 made IDLE part of the protocol.
    idle: names.has('IDLE') || names.has('IMAP4rev2'),
    condstore: names.has('CONDSTORE'),
    qresync: names.has('QRESYNC'),
    metadata: names.has('METADATA'),
    notify: names.has('NOTIFY'),
  };
}
