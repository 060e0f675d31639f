import type { Capabilities } from '../core/capabilities.ts';

/** Extensions that IMAP4rev2 made part of the protocol (RFC 9051 appendix E), as far as they are used here. */
type BuiltIn = 'IDLE' | 'LIST-EXTENDED' | 'LIST-STATUS' | 'MOVE' | 'NAMESPACE' | 'UIDPLUS';

/**
 * Whether a server has an extension, whichever way it says so. One that speaks both versions of the protocol speaks the old
 * one to us, because we never enable the other: there, only the word itself counts, as it does for imapflow.
 */
export function hasExtension(names: ReadonlyMap<string, unknown>, name: BuiltIn): boolean {
  return names.has(name) || (names.has('IMAP4rev2') && !names.has('IMAP4rev1'));
}

export function capabilitiesOf(names: ReadonlyMap<string, unknown>): Capabilities {
  return {
    coi: names.has('COI'),
    webpush: names.has('WEBPUSH'),
    idle: hasExtension(names, 'IDLE'),
    condstore: names.has('CONDSTORE'),
    qresync: names.has('QRESYNC'),
    metadata: names.has('METADATA'),
    notify: names.has('NOTIFY'),
  };
}
