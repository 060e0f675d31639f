/**
 * What a message does to others instead of being said itself. `targets` are Message-IDs with angle brackets, at least one:
 * of an edit that is edited again, the edit's. Who may do what to which message is told where events are folded.
 */
export type MessageEvent =
  | { readonly kind: 'edit' | 'delete'; readonly targets: readonly string[] }
  /** All reactions of the sender from now on; none takes them back (RFC 9078, as Delta Chat uses it). */
  | { readonly kind: 'reaction'; readonly targets: readonly string[]; readonly emoji: readonly string[] }
  /** The sender of the report has read it (RFC 8098). */
  | { readonly kind: 'receipt'; readonly targets: readonly string[] }
  /** It did not reach these recipients (RFC 3464). */
  | { readonly kind: 'bounce'; readonly targets: readonly string[]; readonly recipients: readonly string[] }
  | { readonly kind: 'pin' | 'unpin'; readonly targets: readonly string[] };
