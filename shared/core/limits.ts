/** Every limit of the service in one place, with its unit and where the number comes from. */
export const limits = {
  // Mail: sizes and counts
  /** Header fields of one mail that are looked at. zone-eu/mailsplit#19 shows 1 MB headers in the wild; ours fit in far less. */
  headerBytes: 64 * 1024,
  /** Body bytes fetched with the header: COI WebPush sends a body only when it has at most 4096 bytes. */
  pushBodyBytes: 4096,
  /** Body bytes read of a report: what came back lies behind an explanation in every language of the postmaster's. */
  reportBytes: 64 * 1024,
  /** Body parts looked at in one BODYSTRUCTURE, and how deep. */
  bodyParts: 100,
  bodyDepth: 10,
  /** What one mail may name; the rest is not kept. */
  addressesPerMail: 200,
  messageIds: 100,
  messageIdCharacters: 998,
  subjectCharacters: 500,
  nameCharacters: 200,
  attachments: 32,
  /** What file systems take as a name (ext4, NTFS, APFS), and RFC 6838 section 4.2 of a type. */
  filenameCharacters: 255,
  mediaTypeCharacters: 255,
  /** Messages one edit, deletion, reaction or report may speak of. */
  eventTargets: 50,
  /** Edits of edits that are followed; messages a conversation waits for; who may react to one message or report on it. */
  editChain: 64,
  waitingTargets: 8,
  reactionsPerMessage: 100,
  receiptsPerMessage: 100,
  /** Emoji of one sender on one message, and the longest one taken: families with skin tones have about a dozen. */
  emojiPerReaction: 10,
  emojiCharacters: 20,
  /** Times that clients may move one message to other conversations: each conversation is made anew at each repeat. */
  messageMoves: 8,
  /** Messages a conversation remembers to have counted in. */
  recentKeys: 24,
  /** Messages a conversation is made anew from, newest first; a late edit of an older one is shown as a message. */
  replayMessages: 500,
  /** Mails fetched and taken in together: no more than a conversation remembers, so that a repeat is known as one. */
  fetchBatch: 24,

  /** Moving chats out of INBOX: batches at one check, and how often it is looked for what came in the meantime. */
  filingBatches: 20,
  filingRounds: 3,
  /** UIDs that may lie between the oldest mail looked through again and the newest, before the oldest is looked for anew. */
  filingAhead: 500,
  /** Own addresses that a SEARCH for own mail names. */
  ownAddressesSearched: 5,

  /** After a UIDVALIDITY change: how far back mail is read again, at most how many, and how young it must be to alert. */
  backFillMs: 2 * 24 * 3_600_000,
  backFillMails: 500,
  backFillAlertMs: 10 * 60_000,
  /** How long one who was overtaken at the same mails lets the other go ahead: a batch is stored and pushed within a second. */
  overtakenMs: 5_000,
  /** Writers of one conversation that may win before we give up. */
  conversationWriteAttempts: 8,

  // Watching
  /** Logins refused in a row before the watch ends: providers lock accounts that are asked on and on. */
  loginRefusals: 2,
  /** A connection is healthy once it has lasted this long. */
  healthyAfterMs: 60_000,
  failuresUntilUnreachable: 5,
  /** That its user is there is noted of an account this often, by accounts kept in mind; a reply waits so long for it. */
  activityNotedMs: 600_000,
  activityNoteMs: 1_000,
  activeAccounts: 10_000,
  /** Pause before a new connection: full jitter between these two. */
  reconnectMinMs: 1_000,
  reconnectMaxMs: 600_000,
  /** Without a word of the server's, one that throttles is left alone this long; and the longest it may ask for. */
  throttledMs: 60_000,
  throttledMaxMs: 3_600_000,
  /** A mailbox whose server throttles is polled for this long, and its host asked for half as many logins. */
  throttledPollMs: 3_600_000,
  hostSlowMs: 3_600_000,
  /** Polls of a mailbox in trouble become rarer down to this. */
  pollBackOffMaxMs: 1_800_000,
  /** A pause that is over before the next minute tick concerns nobody else, and is not stored. */
  backOffStoredMs: 60_000,

  // Hosts in trouble
  /** One is left alone when, of so many attempts or more in so long, more than this share failed for a reason of its own. */
  hostAttempts: 20,
  hostWindowMs: 60_000,
  hostFailedShare: 0.5,
  /** It is left alone for a time between these two, twice as long with each probe that failed. */
  hostShutMinMs: 60_000,
  hostShutMaxMs: 600_000,
  /** A probe that has not come back after this long is made by another one; a connect may take half of it. */
  hostProbeMs: 60_000,
  /** How old what a process knows of hosts and workers may be. */
  hostLookMs: 30_000,
  /** A host that nobody asks for is forgotten so long after it may be asked. */
  hostKeptMs: 3_600_000,

  /** Logins under way at once, and at one host: a fifth of a processor does some 30 handshakes in a second. */
  logins: 20,
  loginsPerHost: 10,

  // Hearing of folders that are not open
  /** An announcement may take so long: Dovecot needs half a second. */
  notifyGraceMs: 10_000,
  /** A server that kept mail to itself is not asked to tell of it again for so long. */
  notifyDistrustMs: 24 * 3_600_000,

  // Answers that were filed as spam
  /** How often the folder for spam is looked into: on a connection that is held, and by polls. */
  spamHeldMs: 15 * 60_000,
  spamPolledMs: 3_600_000,
  /** After it could not be looked into; and for how long it is remembered which folder it is. */
  spamFailedMs: 24 * 3_600_000,
  spamFoldersMs: 24 * 3_600_000,
  spamFolders: 3,
  /** UIDs that are searched, the newest; mails that are read, the newest; and ids of each that are looked up. */
  spamSearched: 500,
  spamRead: 48,
  spamAnswered: 10,
  /** UIDs that may have been looked through since the cursor was stored: to store it costs a write, to search again none. */
  spamUnstored: 500,

  // Workers that hold connections
  /**
   * A worker gives a sign of life each 10 s. When 20 s have passed since the last, by clocks that may differ, the tick waits
   * for the time of one more: a worker from which none comes then is dead.
   */
  workerBeatMs: 10_000,
  workerLifeMs: 20_000,
  workerLookAgainMs: 15_000,
  /** Clocks usually differ by less. Nothing that must be right depends on it. */
  workerSkewMs: 5_000,
  /** One that was announced must have started by then; else the next tick starts another. */
  workerStartMs: 90_000,
  /** One that was announced so long ago is started once more: the first call may have been lost. */
  workerStartAgainMs: 45_000,
  /** So long after the end of a worker, accounts that nobody has taken up are polled each minute; then as rarely as any. */
  orphanPollMs: 10 * 60_000,
  /** Connecting to the accounts of one partition, before it is taken with those that did not answer yet. */
  workerJoinMs: 60_000,
  /** Pause before a lease is asked for again, when it is not known whether the last request took it. */
  leaseRetryMs: 2_000,
  /** How often a worker looks for accounts that came to its partitions, went, or are to be polled. */
  workerListMs: 60_000,
  /** An account whose login was refused is looked at again after this: its owner may have signed in again. */
  workerRestMs: 300_000,
  /** Connections of one worker on Lambda, which gives a process 1,024 file descriptors; and how full it is planned. */
  workerSessions: 900,
  workerFill: 0.8,
  /** Shares of its memory: above the first, a worker takes no more connections; below the second, it does again. */
  workerMemoryFull: 0.8,
  workerMemoryFree: 0.7,
  /** Connections of one container with 1 GB, at some 105 KB each; and from SIGTERM to its end, for which Fargate gives 120 s. */
  containerSessions: 7_000,
  containerStopMs: 110_000,
  /**
   * A hand-over begins so long before the end: a tick, a cold start and the logins fit in. It begins earlier by a random
   * part of more than the minute by which ticks round it up: workers that were started together part in a few rounds, and
   * do not all log in again in the same minute for ever (by simulation, a fifth of the logins per second at a tenth more).
   */
  handOverMs: 150_000,
  handOverSpreadMs: 150_000,
  /** How often one that hands over looks for what others have taken. */
  handOverLookMs: 5_000,
  /** One that hands over so soon gets nothing more to hold. */
  handOverSoonMs: 180_000,
  /** All connections are closed so long before the end. */
  workerCloseMs: 20_000,

  // Connections
  /** Addresses of one host that are tried. */
  hostAddresses: 8,
  /** Names whose addresses are kept, and for how long: as the shortest times to live of providers' names. */
  hostNames: 1_000,
  hostAddressesMs: 30_000,
  /** One address, before the next is tried beside it. Node's 250 ms drop servers on other continents. */
  connectAttemptMs: 1_000,
  /** Mail servers whose TLS session is kept, at some 2 KB each; and how long until a certificate is looked at again. */
  tlsSessions: 1_000,
  tlsSessionMs: 3_600_000,

  // Push
  /** Mail that reached the mailbox longer ago alerts nobody, and push services forget its alert by then. */
  alertAgeMs: 24 * 3_600_000,
  alertTtlSeconds: 24 * 3_600,
  /** A login that is refused stays so until somebody does something: told to a device that comes back within a week. */
  statusTtlSeconds: 7 * 24 * 3_600,
  /** Whoever asked for a test push waits for it. */
  testPushTtlSeconds: 60,
  /** Where people whom the account does not know may ring once: each of them after so long again. */
  unknownSenderMs: 24 * 3_600_000,
  /**
   * Bursts in one conversation: so many messages of a minute ring each by itself; the others wait so long for one push that
   * tells how many they are, and counts no further than this.
   */
  burstAtOnce: 3,
  burstWindowMs: 60_000,
  burstPauseMs: 20_000,
  summaryMessages: 100,
  /** That a conversation was read elsewhere is of use while its notifications are new; mails that are looked after for it. */
  seenTtlSeconds: 3_600,
  toldRemembered: 50,
  /** That a message was edited or deleted, or that somebody reacted to one, is of no use much later. */
  changeTtlSeconds: 3_600,
  /** A call rings about this long. */
  callTtlSeconds: 60,
  /** Endpoints of UnifiedPush have up to 1000 bytes, those of WNS more. */
  pushEndpointBytes: 2048,
  /** 4096-byte record less 86 header, 1 delimiter and 16 tag bytes (RFC 8188, COI WebPush). */
  pushPayloadBytes: 3993,
  /** Push services that were found to take less are remembered, so many at once, and tried with more again after so long. */
  pushCappedHosts: 1_000,
  pushCapKeptMs: 30 * 24 * 3_600_000,
  /** One push, from lookup to the push service's answer. Those answer within a second; a tarpit must not hold the others up. */
  pushMs: 10_000,
  /** What is read of an answer: enough for any reason given in JSON. */
  pushAnswerBytes: 4096,
  /** Sockets to one push service, to all of them, and how long one is kept open without use. */
  pushSocketsPerHost: 16,
  pushSockets: 256,
  pushSocketIdleMs: 60_000,
  /** A VAPID header is good for 12 h (24 are allowed, RFC 8292 section 2), and made anew after 11. */
  vapidRenewMs: 11 * 3_600_000,
  /** Push services whose VAPID header is kept at hand. */
  vapidAudiences: 500,
  /** The longest pause a push service may ask for. */
  retryAfterSeconds: 3600,
  /** Refusals in a row until a subscription ends: one that never delivered is deleted, another one suspended. */
  pushRefusalsNeverDelivered: 5,
  pushRefusalsDelivered: 10,
  /** A deferred push is tried again after 10 s, 20 s, 40 s .. 15 min (with jitter), until its TTL is over. */
  pushRetryMinMs: 10_000,
  pushRetryMaxMs: 900_000,
  /** So long nobody else makes an owed push that somebody is making: two tries, and what is written of them. */
  pushInHandMs: 60_000,
  /** SQS holds a message back for 15 minutes at most. */
  queueDelaySeconds: 900,

  // Sending
  /** One submission, from connect to the last reply; the API's own answer has 30 s. */
  submitMs: 20_000,
  /** One reply of a submission server; RFC 5321 has 512 bytes a line. */
  smtpResponseBytes: 64 * 1024,
  /** A mail is written to the connection in pieces of this size. */
  smtpPieceBytes: 64 * 1024,
  /** How long the answer to QUIT is waited for, in the background. */
  smtpQuitMs: 2_000,
  /** How far the `Date` of messages sent in one second may run ahead of the clock, a second each, to keep them in order. */
  sendAheadMs: 60_000,
  /** After this long an attempt that never reported back counts as abandoned. */
  sendAttemptMs: 60_000,
  /** A submission that could not be made is tried again after 1, 2, 4 .. 30 min, for two days (RFC 5321 4.5.4.1 asks for days). */
  sendRetryMinMs: 60_000,
  sendRetryMaxMs: 1_800_000,
  sendGiveUpMs: 2 * 24 * 3_600_000,
  sentCopyAttempts: 6,
  /** How often a mail of an unknown fate is looked for by itself: at once, and after 1, 3 and 7 min. Most servers file at once. */
  sentLooks: 4,
  /** How long the record of a sent mail is kept: long enough for late bounces and repeats. */
  outgoingKeptMs: 7 * 24 * 3_600_000,
  /**
   * A mail that is to prove an alias is waited for so long, and looked for so often, in so many folders; it counts for so long.
   */
  aliasWaitMs: 8_000,
  aliasLookMs: 500,
  aliasFolders: 20,
  aliasProofMs: 24 * 3_600_000,
  /** Partitions that one tick reads at the same time. */
  tickLanes: 8,
  /** Accounts in one poll message; a host with more than so many shares its messages with no other one. */
  pollBatch: 100,
  pollSharedHost: 20,
  /** By what the intervals of polls are stretched at most, while more waits than is done. */
  pollStretch: 16,
  /** A poll that a tick asked for so long ago is of no use any more; times the stretch of that minute. */
  pollStaleMs: 120_000,
  /** Looking into one mailbox, from being logged in to the end. */
  pollAccountMs: 60_000,
  /** Each held mailbox is looked into beside its connection once in so many minutes; who holds it has this long to be faster. */
  sampleMinutes: 100,
  sampleWaitMs: 15_000,
  /** Mailboxes checked at the same time by one poll. */
  pollLanes: 20,
  /** A process that polls lists the folders of a mailbox this often. */
  folderListMs: 3_600_000,
  previewCharacters: 100,
  /**
   * A mail that a client made. Lambda takes 6 MB in and gets a body in base64, which leaves 4.5 MB; Delta Chat's pictures
   * and voice messages stay below 1 MB.
   */
  rawMailBytes: 4 * 1024 * 1024,
  /** A submission token has about 170 bytes; a command carries up to two. */
  submissionTokenBytes: 400,
  /** Tokens kept for one contact: temporary ones come with each mail, and the newest is used. */
  tokensPerContact: 4,
  /** A token may be made this far ahead of our clock (Dovecot's COI plugin: a day). */
  tokenAheadMs: 24 * 3_600_000,

  /** A mute for longer than this is one for good, and stored with its group. */
  lastingMuteMs: 10 * 365 * 24 * 3_600_000,

  // Store
  /** A new table of the embedded database is ready within some ms. */
  tableLooks: 500,
  tableLookMs: 20,
  /** DynamoDB takes 400 KB in an item. What is larger than the first of these lies in items of its own, of the second's size. */
  storeInlineCharacters: 16 * 1024,
  storePieceCharacters: 350 * 1024,
  /** Reads for one page of messages, when what is not shown fills them. */
  pageReads: 5,
  /** Repeats of one request by the SDK, with its own jitter. What fails after that is left to whoever repeats the work. */
  storeRetries: 3,
  /** One try of one request: DynamoDB answers within some 10 ms, or not at all. */
  storeConnectMs: 1_000,
  storeRequestMs: 3_000,
  /** Sockets kept open to the database by one process. */
  storeSockets: 50,
  /** Keys in one BatchWriteItem (DynamoDB's limit), and tries until it has taken all of them. */
  storeBatchKeys: 25,
  /** Keys in one BatchGetItem: DynamoDB's limit. */
  storeReadKeys: 100,
  storeBatchTries: 8,
  /** A conversation in which nothing happens is forgotten after this long; its next message makes it anew. */
  conversationKeptMs: 400 * 24 * 3_600_000,
  /** The last successful push is noted at most this often: it tells dead devices from living ones, and a write costs. */
  pushSuccessNotedMs: 6 * 3_600_000,
  /** A request that holds an idempotency key for longer than this has died; its repeat may run. */
  idempotencyHeldMs: 60_000,

  // Keys
  /**
   * Opened keys in the memory of one process, of some 600 bytes each, and for how long: KMS may be away for that time without
   * harm. A process that polls meets all partitions, of which ten million accounts have 25,600.
   */
  openKeys: 40_000,
  openKeyMs: 12 * 3_600_000,
  keySockets: 50,

  // Functions
  /** Work ends so long before Lambda would end the process, and is given so long to notice. */
  functionReserveMs: 5_000,
  functionGraceMs: 2_000,
  apiReserveMs: 2_000,

  // Queues
  /** The longest long poll of SQS: fewest empty replies. */
  queueWaitSeconds: 20,
  /** Messages of one queue handled at once by one process, and the sockets for all queues' lanes and sends. */
  queueLanes: 4,
  queueSockets: 50,
  /** Pause after a failed receive: doubles between these two. */
  queuePauseMinMs: 250,
  queuePauseMaxMs: 30_000,

  // IMAP: times
  /** IDLE is renewed below every 5-minute and 350-second timer seen at NATs and providers. */
  idleRenewMs: 270_000,
  /** One IMAP command, from sending to its tagged answer. */
  imapCommandMs: 30_000,
  /** Connect, TLS, greeting and login together. */
  imapConnectMs: 30_000,
  /** A connection without a byte for the renewal time and this is dead. */
  imapWatchdogMs: 30_000,
  /** An IDLE that the server ends sooner than this was not one. */
  idleMinMs: 1_000,
  /** What one response of a mail server may be: a header, a structure and a small body fit many times over. */
  imapLineBytes: 1024 * 1024,
  imapLiteralBytes: 2 * 1024 * 1024,
  imapResponseBytes: 4 * 1024 * 1024,
  imapResponseTokens: 200_000,
  /** A mail whose structure is sure to fit into these: of one byte of a mail, a server makes up to 12 of structure. */
  carefulStructureBytes: 64 * 1024,
  /** Whole mails asked for by one FETCH: with the largest contact mail in all of them, its answer still fits its deadline. */
  rawBatch: 10,
  /** Annotations in one answer, and the characters of their names and values together: ten subscriptions have some 10 KB. */
  metadataEntries: 500,
  metadataBytes: 256 * 1024,
  /** What is kept of the words a server refuses with. */
  refusalCharacters: 256,
  /** Large mails are passed on in pieces of this size, and not beyond this end (Gmail takes 50 MB in). */
  streamPieceBytes: 512 * 1024,
  streamBytes: 150 * 1024 * 1024,
  /** TCP keep-alive: below the 350 s after which NAT gateways forget a connection, and rare enough to cost nothing. */
  tcpKeepAliveMs: 240_000,

  // API
  /** One request body. API Gateway takes 10 MB and Lambda 6 MB; a text message and a sign-in need far less. */
  apiBodyBytes: 1024 * 1024,
  /**
   * A message with its attachments. Lambda takes 6 MB in, with the request's header around it; attachments of 3 MB, which
   * JSON carries in base64, make a mail as large as one made by a client may be.
   */
  sendBodyBytes: 4 * 1024 * 1024,
  /** A reply on Lambda: 6 MB go out as JSON, which carries any bytes in base64, with the headers beside it. */
  replyBytes: 4_500_000,
  /**
   * Asking for changes: the longest wait that an answer within 30 s leaves room for, how often is looked meanwhile, how many
   * requests of one account may wait in one process, and the conversations in one answer.
   */
  changesWaitMs: 25_000,
  changesLookMs: 2_000,
  /** Clients pause so long between two looks where requests are not held. */
  changesPauseSeconds: 5,
  changesWaiting: 10,
  changesPage: 100,
  /** Clocks of those who write may differ so much; conversations that a token remembers one by one, in 10 bytes each. */
  changesOverlapMs: 60_000,
  changesRemembered: 120,
  /** So often is looked without a sign too: who changed something may have died before it gave one. */
  changesLookAnywayMs: 600_000,
  /** Items on one page of a list: the contract's default and maximum. */
  pageItems: 50,
  pageItemsMax: 100,
  /** Devices signed in to one account. One more ends the oldest, so that nobody is locked out by forgotten devices. */
  sessionsPerAccount: 50,
  /** A device that has not signed in again for this long is signed out. */
  sessionKeptMs: 365 * 24 * 3_600_000,
  /** Each of the two logins at sign-in; the answer has 30 s. */
  signInProofMs: 12_000,
  /** Writers of one account or subscription that may win before we give up. */
  accountWriteAttempts: 5,
  subscriptionWriteAttempts: 5,
  /** How long a repeated request gets the first one's reply. */
  idempotencyKeptMs: 24 * 3_600_000,
  /** Names that clients choose, in bytes of UTF-8 (COI WebPush: 128 octets for client and device). */
  chosenNameBytes: 128,
  /** Other addresses of one account: each is looked for in every mail. */
  aliases: 20,
  /** Recipients named in one message. */
  recipients: 100,
  /** Characters of one text message. Longer texts are documents, and belong into an attachment. */
  textCharacters: 100_000,
  /** Delta Chat drops a group name of 200 bytes or more (chatmail/core, receive_imf.rs, 2026). */
  groupNameBytes: 199,
  /** Goes into one header field, beside all others: four bytes a character, in base64, make 5 KB at most. */
  groupDescriptionCharacters: 1_000,
  /** Options of one poll, and characters of one: more is no question but a form. */
  pollOptions: 20,
  pollOptionCharacters: 200,
  /** What file systems take as a name. */
  filenameBytes: 255,

  /** JSON characters of one page of an export: one that goes through Lambda may have 4.5 MB. */
  exportPageCharacters: 2_000_000,

  // Discovery
  /** Each question to a web or name server, and all of them together: somebody waits, and the answer has 30 s. */
  discoveryStepMs: 5_000,
  discoveryMs: 12_000,
  dnsTryMs: 2_000,
  dnsRecords: 10,
  /** A configuration file; Thunderbird's own have some 5 KB. */
  autoconfigBytes: 256 * 1024,
  autoconfigDepth: 16,
  autoconfigServers: 20,
  autoconfigText: 512,
  /** Domains whose settings one process remembers, and for how long. */
  discoveryKept: 1_000,
  discoveryKeptMs: 3_600_000,

  // OAuth
  /** One question to a provider, and its answer: tokens of Microsoft have some 3 KB, metadata up to 20 KB. */
  oauthRequestMs: 8_000,
  oauthReplyBytes: 128 * 1024,
  /** From sending a user to a provider until they come back, and from then until the app asks for its session. */
  oauthFlowMs: 10 * 60_000,
  oauthHandoverMs: 60_000,
  /** A token is renewed so long before its end; a connection is held at most so much of that longer, at random. */
  tokenRenewBeforeMs: 5 * 60_000,
  tokenHoldSpreadMs: 2 * 60_000,
  /** A connection is held so long at least, also where a token could not be renewed: never one login after another. */
  tokenHoldMinMs: 60_000,
  /** Who renews a token has it to themselves so long: twice what a question may take, and the write. */
  tokenRenewalMs: 20_000,
  /** How often those who wait for it look, and how long they wait. */
  tokenWaitStepMs: 250,
  tokenWaitMs: 10_000,

  // Address book
  /** Mails of the Contacts folder that are looked at, the newest; and one contact mail, with a picture in it. */
  contactMails: 2_000,
  contactMailBytes: 512 * 1024,
  contacts: 1_000,
  /** Of one contact. */
  contactAddresses: 20,
  contactCategories: 20,
  photoBytes: 128 * 1024,
  statusCharacters: 500,
  /** Things and properties read of one page of microformats, and how deep properties lie within each other. */
  microformats: 2_000,
  microformatDepth: 8,
  /** What alerts need of the address book is one item: of DynamoDB's 400 KB half, names in it cut to this. */
  addressBookBytes: 200 * 1024,
  addressBookNameCharacters: 40,
  /** Looking into the address book beside what somebody waits for: the answer has 30 s, of which the submission may take 20. */
  besideContactsMs: 5_000,
  /** Contacts that are known to have the own profile. */
  profileSent: 1_000,
  /** Mails of one blocked sender moved away by one call. */
  blockedMoves: 1_000,
  addressBookWriteAttempts: 5,

  // Subscriptions
  /** COI WebPush section 5.3 recommends a limit and five minutes; Dovecot has ten. */
  subscriptionsPerAccount: 10,
  validationMs: 5 * 60_000,
  /** Wrong validation texts before one is void. */
  validationAttempts: 5,
  /** The validation push, from lookup to the push service's answer: somebody waits for it. */
  validationPushMs: 5_000,
  /** The mail server's own validation push, which it makes before it answers; the API's answer has 30 s. */
  serverPushMs: 15_000,
  /** What is shown of the names that other programs gave to their subscriptions at a mail server (Dovecot takes 1024). */
  foreignNameCharacters: 256,
  /** A subscription that its device does not renew ends after this long. */
  subscriptionKeptMs: 30 * 24 * 3_600_000,
  /** That it was renewed is noted this often: clients do it at each start, and a write costs. */
  subscriptionRenewedMs: 24 * 3_600_000,
  /** Senders that one subscription does not want to hear of. */
  subscriptionExcludes: 50,

  // Reading mail for the API
  /** Connect and log in for a request that somebody waits for; the answer has 30 s. */
  requestImapMs: 12_000,
  /** Text of one message as shown: larger ones are cut, with a mark. */
  shownTextBytes: 256 * 1024,
  /** Text parts of one mail that are shown: mailing lists add a footer, Apple Mail puts text around each picture. */
  shownTextParts: 10,
  /** How deep HTML may be nested before the rest is dropped. Newsletters have some 30. */
  htmlDepth: 100,
  /** Messages looked at by one "seen", and UIDs in one STORE. More than these are old, and their badge is of no use. */
  seenMessages: 2_000,
  seenBatch: 200,
  /** Read receipts one "seen" sends in one folder; who reads that much at once has not read it. Each is a mail of its own. */
  receiptsPerSeen: 50,
} as const;
