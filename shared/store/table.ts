/**
 * The one table and everything that is asked of it. No scan, no index, no transaction; a test compares this table with
 * `accessPatterns` and with the exported functions. One item is <= 1 KB in the usual case, so one write is one unit.
 *
 * | function                 | request    | keys                                         | how often                         |
 * |--------------------------|------------|----------------------------------------------|-----------------------------------|
 * | getAccount               | GetItem    | A#account, ACCOUNT                           | each API call, each connection    |
 * | getPolledAccounts        | BatchGetItem | A#account, ACCOUNT; P#partition, M#account | each 50 accounts of a poll        |
 * | claimAccountId           | PutItem    | E#sha256(email), EMAIL                       | each sign-in                      |
 * | findAccountByEmail       | GetItem    | E#sha256(email), EMAIL; A#account, ACCOUNT   | each sign-in                      |
 * | createAccount            | PutItem    | A#account, ACCOUNT                           | once per account                  |
 * | updateAccount            | PutItem    | A#account, ACCOUNT                           | change of settings or status      |
 * | getAddressBook           | GetItem    | A#account, BOOK                              | each batch of mail with contacts  |
 * | putAddressBook           | PutItem    | A#account, BOOK                              | each change of a contact          |
 * | setAddressBookAt         | UpdateItem | A#account, ACCOUNT                           | first and last contact            |
 * | putSession               | PutItem    | A#account, S#session                         | each sign-in                      |
 * | getSession               | GetItem    | A#account, S#session                         | each API call                     |
 * | listSessions             | Query      | A#account, S#                                | when the user looks at devices    |
 * | deleteSession            | DeleteItem | A#account, S#session                         | each sign-out                     |
 * | putWatch                 | UpdateItem | P#partition, M#account                       | sign-in, change of watch mode     |
 * | getWatch                 | GetItem    | P#partition, M#account                       | each connection                   |
 * | moveCursor               | UpdateItem | P#partition, M#account                       | once per batch of new mail        |
 * | moveLastActivity         | UpdateItem | P#partition, M#account                       | each 10 min that a user is there  |
 * | setFiled                 | UpdateItem | P#partition, M#account                       | once per batch of mail moved away |
 * | setWatchChanged          | UpdateItem | P#partition, M#account                       | each sign-in, change of settings  |
 * | countNews                | UpdateItem | P#partition, M#account                       | each change by a call or a send   |
 * | setTrouble               | UpdateItem | P#partition, M#account                       | each failed poll, and its end     |
 * | deleteWatch              | DeleteItem | P#partition, M#account                       | once per account                  |
 * | listPartition            | Query      | P#partition                                  | each partition, each minute       |
 * | putPendingWork           | PutItem    | P#partition, W#account#kind#sha256(id)       | each deferred push, each send     |
 * | getPendingWork           | GetItem    | P#partition, W#account#kind#sha256(id)       | each retry of a push              |
 * | reschedulePendingWork    | UpdateItem | P#partition, W#account#kind#sha256(id)       | each retry of a send              |
 * | replacePendingWork       | PutItem    | P#partition, W#account#kind#sha256(id)       | each burst, each retry of a push  |
 * | endPendingWork           | DeleteItem | P#partition, W#account#kind#sha256(id)       | once per such a summary           |
 * | deletePendingWork        | DeleteItem | P#partition, W#account#kind#sha256(id)       | once per pending work             |
 * | getConversation          | GetItem    | A#account, C#conversation                    | each received message             |
 * | listConversations        | Query      | A#account, C#                                | each start of a client            |
 * | putConversation          | PutItem    | A#account, C#conversation                    | each received message             |
 * | touchConversation        | UpdateItem | A#account, C#conversation                    | each change of a sent mail        |
 * | putNewMessage            | PutItem    | C#account#conversation, time#hash            | each received message             |
 * | getMessage               | GetItem    | C#account#conversation, time#hash            | each message known already        |
 * | listMessages             | Query      | C#account#conversation, after .. before      | each opened conversation          |
 * | getOldestMessageId       | Query      | C#account#conversation, first                | each sent message                 |
 * | listMessagesBetween      | Query      | C#account#conversation, after .. upTo        | each "seen"                       |
 * | setMessagePlace          | UpdateItem | C#account#conversation, time#hash            | each copy or move found           |
 * | setMessageOutgoing       | UpdateItem | C#account#conversation, time#hash            | each change of a sent mail        |
 * | setMessageTold           | UpdateItem | C#account#conversation, time#hash            | each decrypted message            |
 * | setMessageMoves          | UpdateItem | C#account#conversation, time#hash            | each message a client moves       |
 * | putMovedMessage          | PutItem    | C#account#conversation, time#hash            | each message a client moves       |
 * | setMessageMovedTo        | UpdateItem | C#account#conversation, time#hash            | each message a client moves       |
 * | forgetMessage            | DeleteItem | C#account#conversation, time#hash            | each message its owner deletes    |
 * | getSubscription          | GetItem    | A#account, P#subscription                    | each retry of a push              |
 * | listSubscriptions        | Query      | A#account, P#                                | when the user looks at devices    |
 * | listActiveSubscriptions  | Query      | A#account, P#                                | each batch of new mail            |
 * | putSubscription          | PutItem    | A#account, P#subscription                    | each renewal of a subscription    |
 * | deleteSubscription       | DeleteItem | A#account, P#subscription                    | once per subscription             |
 * | createOutgoing           | PutItem    | A#account, X#sha256(Message-ID)              | each sent mail                    |
 * | getOutgoing              | GetItem    | A#account, X#sha256(Message-ID)              | each step of a sent mail          |
 * | moveOutgoing             | PutItem    | A#account, X#sha256(Message-ID)              | two or three per sent mail        |
 * | noteHandOver             | UpdateItem | A#account, X#sha256(Message-ID)              | each try to send a mail           |
 * | putMailPieces            | PutItem    | A#account, B#sha256(mail)#piece              | each sent mail above 12 KB        |
 * | getMailPieces            | Query      | A#account, B#sha256(mail)#                   | each step of such a mail          |
 * | deleteMailPieces         | BatchWriteItem | A#account, B#sha256(mail)#piece              | once per such a mail              |
 * | getSubmissionTokens      | GetItem    | A#account, T#sha256(address)                 | each mail to a server with STOKEN |
 * | putSubmissionTokens      | PutItem    | A#account, T#sha256(address)                 | each new submission token         |
 * | deleteSubmissionTokens   | DeleteItem | A#account, T#sha256(address)                 | once the last token is spent      |
 * | reserveIdempotencyKey    | PutItem    | A#account, I#sha256(key)                     | each API call that sends          |
 * | completeIdempotencyKey   | UpdateItem | A#account, I#sha256(key)                     | each API call that sends          |
 * | releaseIdempotencyKey    | DeleteItem | A#account, I#sha256(key)                     | each API call that fails to send  |
 * | setMessageFold           | UpdateItem | C#account#conversation, time#hash            | each edit, reaction, receipt...   |
 * | listShownMessages        | Query      | C#account#conversation, after .. before      | each opened conversation          |
 * | putEarlyReport           | PutItem    | A#account, R#sha256(Message-ID)#time#hash    | reports of mail not known yet     |
 * | listEarlyReports         | Query      | A#account, R#sha256(Message-ID)#             | each mail of another own client   |
 * | getLease                 | GetItem    | P#partition, LEASE                           | each partition held, each 10 s    |
 * | takeLease                | PutItem    | P#partition, LEASE                           | each hand-over of a partition     |
 * | releaseLease             | UpdateItem | P#partition, LEASE                           | each end of a worker              |
 * | getSharedKey             | GetItem    | KEYS, partition                              | each sign-in                      |
 * | keepSharedKey            | PutItem    | KEYS, partition                              | once per partition                |
 * | replaceSharedKey         | PutItem    | KEYS, partition                              | each rotation of keys             |
 * | putLoads                 | PutItem    | LOADS, tick                                  | each of several ticks, each minute |
 * | listLoads                | Query      | LOADS                                        | each minute, with several ticks   |
 * | createWorker             | PutItem    | WORKERS, worker                              | each start of a worker            |
 * | listWorkers              | Query      | WORKERS                                      | each minute                       |
 * | putWorkerCount           | PutItem    | COUNT, WORKERS                               | each minute                       |
 * | getWorkerCount           | GetItem    | COUNT, WORKERS                               | each process, each 30 s           |
 * | getWorker                | GetItem    | WORKERS, worker                              | each worker, each 10 s            |
 * | startWorker              | UpdateItem | WORKERS, worker                              | each start of a worker            |
 * | noteWorkerAlive          | UpdateItem | WORKERS, worker                              | each worker, each 10 s            |
 * | noteWorkerDead           | UpdateItem | WORKERS, worker                              | once per worker that died         |
 * | assignPartitions         | UpdateItem | WORKERS, worker                              | each change of who holds what     |
 * | deleteWorker             | DeleteItem | WORKERS, worker                              | each end of a worker              |
 * | listHostCircuits         | Query      | HOSTS                                        | each process that connects, 30 s  |
 * | putHostCircuit           | PutItem    | HOSTS, host                                  | each host in trouble, each probe  |
 * | deleteHostCircuit        | DeleteItem | HOSTS, host                                  | each host that is well again      |
 * | countUp                  | UpdateItem | N#name#sha256(of), window                    | each call with a limit            |
 * | addToAccountTotal        | UpdateItem | TOTAL, ACCOUNTS                              | once per account                  |
 * | takeFromAccountTotal     | UpdateItem | TOTAL, ACCOUNTS                              | once per account                  |
 * | putInvite                | PutItem    | I#sha256(code), INVITE                       | each invitation                   |
 * | getInvite                | GetItem    | I#sha256(code), INVITE                       | each sign-in with a code          |
 * | spendInvite              | UpdateItem | I#sha256(code), INVITE                       | each account made with a code     |
 * | returnInvite             | UpdateItem | I#sha256(code), INVITE                       | each such account that failed     |
 * | putOauthFlow             | PutItem    | O#sha256(state), FLOW                        | each sign-in at a provider        |
 * | takeOauthFlow            | DeleteItem | O#sha256(state), FLOW                        | each return from a provider       |
 * | putOauthHandover         | PutItem    | O#sha256(code), HANDOVER                     | each return from a provider       |
 * | takeOauthHandover        | DeleteItem | O#sha256(code), HANDOVER                     | each sign-in at a provider        |
 * | listAccountItems         | Query      | all of the account, page by page             | each export                       |
 * | eraseAccount             | Query      | all of the account, batch by batch           | once per account                  |
 */
export const accessPatterns = [
  ['getAccount', 'GetItem', 'A#account, ACCOUNT', 'each API call, each connection'],
  [
    'getPolledAccounts',
    'BatchGetItem',
    'A#account, ACCOUNT; P#partition, M#account',
    'each 50 accounts of a poll',
  ],
  ['claimAccountId', 'PutItem', 'E#sha256(email), EMAIL', 'each sign-in'],
  ['findAccountByEmail', 'GetItem', 'E#sha256(email), EMAIL; A#account, ACCOUNT', 'each sign-in'],
  ['createAccount', 'PutItem', 'A#account, ACCOUNT', 'once per account'],
  ['updateAccount', 'PutItem', 'A#account, ACCOUNT', 'change of settings or status'],
  ['getAddressBook', 'GetItem', 'A#account, BOOK', 'each batch of mail with contacts'],
  ['putAddressBook', 'PutItem', 'A#account, BOOK', 'each change of a contact'],
  ['setAddressBookAt', 'UpdateItem', 'A#account, ACCOUNT', 'first and last contact'],
  ['putSession', 'PutItem', 'A#account, S#session', 'each sign-in'],
  ['getSession', 'GetItem', 'A#account, S#session', 'each API call'],
  ['listSessions', 'Query', 'A#account, S#', 'when the user looks at devices'],
  ['deleteSession', 'DeleteItem', 'A#account, S#session', 'each sign-out'],
  ['putWatch', 'UpdateItem', 'P#partition, M#account', 'sign-in, change of watch mode'],
  ['getWatch', 'GetItem', 'P#partition, M#account', 'each connection'],
  ['moveCursor', 'UpdateItem', 'P#partition, M#account', 'once per batch of new mail'],
  ['moveLastActivity', 'UpdateItem', 'P#partition, M#account', 'each 10 min that a user is there'],
  ['setFiled', 'UpdateItem', 'P#partition, M#account', 'once per batch of mail moved away'],
  ['setWatchChanged', 'UpdateItem', 'P#partition, M#account', 'each sign-in, change of settings'],
  ['countNews', 'UpdateItem', 'P#partition, M#account', 'each change by a call or a send'],
  ['setTrouble', 'UpdateItem', 'P#partition, M#account', 'each failed poll, and its end'],
  ['deleteWatch', 'DeleteItem', 'P#partition, M#account', 'once per account'],
  ['listPartition', 'Query', 'P#partition', 'each partition, each minute'],
  ['putPendingWork', 'PutItem', 'P#partition, W#account#kind#sha256(id)', 'each deferred push, each send'],
  ['getPendingWork', 'GetItem', 'P#partition, W#account#kind#sha256(id)', 'each retry of a push'],
  ['reschedulePendingWork', 'UpdateItem', 'P#partition, W#account#kind#sha256(id)', 'each retry of a send'],
  [
    'replacePendingWork',
    'PutItem',
    'P#partition, W#account#kind#sha256(id)',
    'each burst, each retry of a push',
  ],
  ['endPendingWork', 'DeleteItem', 'P#partition, W#account#kind#sha256(id)', 'once per such a summary'],
  ['deletePendingWork', 'DeleteItem', 'P#partition, W#account#kind#sha256(id)', 'once per pending work'],
  ['getConversation', 'GetItem', 'A#account, C#conversation', 'each received message'],
  ['listConversations', 'Query', 'A#account, C#', 'each start of a client'],
  ['putConversation', 'PutItem', 'A#account, C#conversation', 'each received message'],
  ['touchConversation', 'UpdateItem', 'A#account, C#conversation', 'each change of a sent mail'],
  ['putNewMessage', 'PutItem', 'C#account#conversation, time#hash', 'each received message'],
  ['getMessage', 'GetItem', 'C#account#conversation, time#hash', 'each message known already'],
  ['listMessages', 'Query', 'C#account#conversation, after .. before', 'each opened conversation'],
  ['getOldestMessageId', 'Query', 'C#account#conversation, first', 'each sent message'],
  ['listMessagesBetween', 'Query', 'C#account#conversation, after .. upTo', 'each "seen"'],
  ['setMessagePlace', 'UpdateItem', 'C#account#conversation, time#hash', 'each copy or move found'],
  ['setMessageOutgoing', 'UpdateItem', 'C#account#conversation, time#hash', 'each change of a sent mail'],
  ['setMessageTold', 'UpdateItem', 'C#account#conversation, time#hash', 'each decrypted message'],
  ['setMessageMoves', 'UpdateItem', 'C#account#conversation, time#hash', 'each message a client moves'],
  ['putMovedMessage', 'PutItem', 'C#account#conversation, time#hash', 'each message a client moves'],
  ['setMessageMovedTo', 'UpdateItem', 'C#account#conversation, time#hash', 'each message a client moves'],
  ['forgetMessage', 'DeleteItem', 'C#account#conversation, time#hash', 'each message its owner deletes'],
  ['getSubscription', 'GetItem', 'A#account, P#subscription', 'each retry of a push'],
  ['listSubscriptions', 'Query', 'A#account, P#', 'when the user looks at devices'],
  ['listActiveSubscriptions', 'Query', 'A#account, P#', 'each batch of new mail'],
  ['putSubscription', 'PutItem', 'A#account, P#subscription', 'each renewal of a subscription'],
  ['deleteSubscription', 'DeleteItem', 'A#account, P#subscription', 'once per subscription'],
  ['createOutgoing', 'PutItem', 'A#account, X#sha256(Message-ID)', 'each sent mail'],
  ['getOutgoing', 'GetItem', 'A#account, X#sha256(Message-ID)', 'each step of a sent mail'],
  ['moveOutgoing', 'PutItem', 'A#account, X#sha256(Message-ID)', 'two or three per sent mail'],
  ['noteHandOver', 'UpdateItem', 'A#account, X#sha256(Message-ID)', 'each try to send a mail'],
  ['putMailPieces', 'PutItem', 'A#account, B#sha256(mail)#piece', 'each sent mail above 12 KB'],
  ['getMailPieces', 'Query', 'A#account, B#sha256(mail)#', 'each step of such a mail'],
  ['deleteMailPieces', 'BatchWriteItem', 'A#account, B#sha256(mail)#piece', 'once per such a mail'],
  ['getSubmissionTokens', 'GetItem', 'A#account, T#sha256(address)', 'each mail to a server with STOKEN'],
  ['putSubmissionTokens', 'PutItem', 'A#account, T#sha256(address)', 'each new submission token'],
  ['deleteSubmissionTokens', 'DeleteItem', 'A#account, T#sha256(address)', 'once the last token is spent'],
  ['reserveIdempotencyKey', 'PutItem', 'A#account, I#sha256(key)', 'each API call that sends'],
  ['completeIdempotencyKey', 'UpdateItem', 'A#account, I#sha256(key)', 'each API call that sends'],
  ['releaseIdempotencyKey', 'DeleteItem', 'A#account, I#sha256(key)', 'each API call that fails to send'],
  ['setMessageFold', 'UpdateItem', 'C#account#conversation, time#hash', 'each edit, reaction, receipt...'],
  ['listShownMessages', 'Query', 'C#account#conversation, after .. before', 'each opened conversation'],
  ['putEarlyReport', 'PutItem', 'A#account, R#sha256(Message-ID)#time#hash', 'reports of mail not known yet'],
  ['listEarlyReports', 'Query', 'A#account, R#sha256(Message-ID)#', 'each mail of another own client'],
  ['getLease', 'GetItem', 'P#partition, LEASE', 'each partition held, each 10 s'],
  ['takeLease', 'PutItem', 'P#partition, LEASE', 'each hand-over of a partition'],
  ['releaseLease', 'UpdateItem', 'P#partition, LEASE', 'each end of a worker'],
  ['getSharedKey', 'GetItem', 'KEYS, partition', 'each sign-in'],
  ['keepSharedKey', 'PutItem', 'KEYS, partition', 'once per partition'],
  ['replaceSharedKey', 'PutItem', 'KEYS, partition', 'each rotation of keys'],
  ['putLoads', 'PutItem', 'LOADS, tick', 'each of several ticks, each minute'],
  ['listLoads', 'Query', 'LOADS', 'each minute, with several ticks'],
  ['createWorker', 'PutItem', 'WORKERS, worker', 'each start of a worker'],
  ['listWorkers', 'Query', 'WORKERS', 'each minute'],
  ['putWorkerCount', 'PutItem', 'COUNT, WORKERS', 'each minute'],
  ['getWorkerCount', 'GetItem', 'COUNT, WORKERS', 'each process, each 30 s'],
  ['getWorker', 'GetItem', 'WORKERS, worker', 'each worker, each 10 s'],
  ['startWorker', 'UpdateItem', 'WORKERS, worker', 'each start of a worker'],
  ['noteWorkerAlive', 'UpdateItem', 'WORKERS, worker', 'each worker, each 10 s'],
  ['noteWorkerDead', 'UpdateItem', 'WORKERS, worker', 'once per worker that died'],
  ['assignPartitions', 'UpdateItem', 'WORKERS, worker', 'each change of who holds what'],
  ['deleteWorker', 'DeleteItem', 'WORKERS, worker', 'each end of a worker'],
  ['listHostCircuits', 'Query', 'HOSTS', 'each process that connects, 30 s'],
  ['putHostCircuit', 'PutItem', 'HOSTS, host', 'each host in trouble, each probe'],
  ['deleteHostCircuit', 'DeleteItem', 'HOSTS, host', 'each host that is well again'],
  ['countUp', 'UpdateItem', 'N#name#sha256(of), window', 'each call with a limit'],
  ['addToAccountTotal', 'UpdateItem', 'TOTAL, ACCOUNTS', 'once per account'],
  ['takeFromAccountTotal', 'UpdateItem', 'TOTAL, ACCOUNTS', 'once per account'],
  ['putInvite', 'PutItem', 'I#sha256(code), INVITE', 'each invitation'],
  ['getInvite', 'GetItem', 'I#sha256(code), INVITE', 'each sign-in with a code'],
  ['spendInvite', 'UpdateItem', 'I#sha256(code), INVITE', 'each account made with a code'],
  ['returnInvite', 'UpdateItem', 'I#sha256(code), INVITE', 'each such account that failed'],
  ['putOauthFlow', 'PutItem', 'O#sha256(state), FLOW', 'each sign-in at a provider'],
  ['takeOauthFlow', 'DeleteItem', 'O#sha256(state), FLOW', 'each return from a provider'],
  ['putOauthHandover', 'PutItem', 'O#sha256(code), HANDOVER', 'each return from a provider'],
  ['takeOauthHandover', 'DeleteItem', 'O#sha256(code), HANDOVER', 'each sign-in at a provider'],
  ['listAccountItems', 'Query', 'all of the account, page by page', 'each export'],
  ['eraseAccount', 'Query', 'all of the account, batch by batch', 'once per account'],
] as const;

/** What the embedded server and the deployed stack both create. */
export const tableDefinition = {
  tableName: 'coi-push',
  partitionKey: { name: 'pk', type: 'S' },
  sortKey: { name: 'sk', type: 'S' },
  billingMode: 'PAY_PER_REQUEST',
  /** Holds seconds since the epoch, as DynamoDB's time to live asks. */
  timeToLiveAttribute: 'expiresAt',
  pointInTimeRecovery: true,
} as const;

/** The CreateTable request for this definition. Time to live and recovery are set by requests of their own. */
export function createTableInput(tableName: string) {
  const { partitionKey, sortKey, billingMode } = tableDefinition;
  return {
    TableName: tableName,
    BillingMode: billingMode,
    AttributeDefinitions: [
      { AttributeName: partitionKey.name, AttributeType: partitionKey.type },
      { AttributeName: sortKey.name, AttributeType: sortKey.type },
    ],
    KeySchema: [
      { AttributeName: partitionKey.name, KeyType: 'HASH' as const },
      { AttributeName: sortKey.name, KeyType: 'RANGE' as const },
    ],
  };
}
