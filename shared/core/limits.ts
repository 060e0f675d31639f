/** Every limit of the service in one place, with its unit and where the number comes from. */
export const limits = {
  // Mail: sizes and counts
  /** Header fields of one mail that are looked at. zone-eu/mailsplit#19 shows 1 MB headers in the wild; ours fit in far less. */
  headerBytes: 64 * 1024,
  /** Body bytes fetched with the header: COI WebPush sends a body only when it has at most 4096 bytes. */
  pushBodyBytes: 4096,
  /** Body parts looked at in one BODYSTRUCTURE, and how deep. */
  bodyParts: 100,
  bodyDepth: 10,
  /** Mails fetched in one command. */
  fetchBatch: 50,

  // Push
  /** 4096-byte record less 86 header, 1 delimiter and 16 tag bytes (RFC 8188, COI WebPush). */
  pushPayloadBytes: 3993,

  // IMAP: times
  /** IDLE is renewed below every 5-minute and 350-second timer seen at NATs and providers. */
  idleRenewMs: 270_000,
  /** One IMAP command, from sending to its tagged answer. */
  imapCommandMs: 30_000,
  /** Connect, TLS, greeting and login together. */
  imapConnectMs: 30_000,
  /** TCP keep-alive: below the 350 s after which NAT gateways forget a connection, and rare enough to cost nothing. */
  tcpKeepAliveMs: 240_000,
} as const;
