/** One mail of each class there is (field by field as clients send them), from Bob to `own` unless its class says otherwise. */
export function mailOfClass(name: MailClassName, own: string): string {
  const mail: ClassMail = classes[name];
  const { fields = [], body = 'Hello', from = 'Bob <bob@example.test>', to } = mail;
  const type = fields.some((field) => /^content-type:/i.test(field))
    ? []
    : ['Content-Type: text/plain; charset=utf-8'];
  return [
    `From: ${from === 'own' ? own : from}`,
    `To: ${to ?? own}`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    'MIME-Version: 1.0',
    ...type,
    ...(fields.some((field) => /^message-id:/i.test(field))
      ? []
      : [`Message-ID: <chat$${name}@example.test>`]),
    ...(name === 'mail' ? [] : ['Chat-Version: 1.0']),
    ...fields,
    '',
    body.replaceAll('OWN', own),
    '',
  ].join('\r\n');
}

export type MailClassName = keyof typeof classes;

type ClassMail = {
  readonly fields?: readonly string[];
  readonly body?: string;
  readonly from?: string;
  readonly to?: string;
};

const ofHis = 'In-Reply-To: <chat$first@example.test>';
const ofOwn = 'In-Reply-To: <chat$own@example.test>';
const report = (type: string) => `Content-Type: multipart/report; report-type=${type}; boundary=b`;

const classes = {
  first: {},
  chat: {},
  mention: { body: 'Dear @Alice:OWN, hello' },
  mail: { fields: ['Message-ID: <mail@example.test>', 'Subject: Invoice'] },
  stranger: { from: 'Mallory <mallory@elsewhere.test>' },
  own: { from: 'own', to: 'bob@example.test' },
  edit: { fields: ['Chat-Content: editrequest', ofHis], body: 'Hello again' },
  forgedEdit: {
    from: 'Bob <bob@elsewhere.test>',
    fields: ['Chat-Content: deleterequest', ofHis],
  },
  delete: { fields: ['Chat-Content: deleterequest', ofHis], body: '' },
  reaction: { fields: ['Content-Disposition: reaction', ofOwn], body: '👍' },
  reactionTakenBack: { fields: ['Content-Disposition: reaction', ofOwn], body: '' },
  reactionToHis: { fields: ['Content-Disposition: reaction', ofHis], body: '👍' },
  call: { fields: ['Chat-Content: call'] },
  group: { fields: ['Message-ID: <chat$group.hikingfriends1.1@example.test>', 'Subject: Hiking'] },
  encrypted: {
    fields: [
      'Subject: [...]',
      'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b',
    ],
    body: [
      ...['--b', 'Content-Type: application/pgp-encrypted', '', 'Version: 1', ''],
      ...[
        '--b',
        'Content-Type: application/octet-stream',
        '',
        '-----BEGIN PGP MESSAGE-----',
        '',
        'abc',
        '--b--',
      ],
    ].join('\r\n'),
  },
  mdn: {
    fields: [report('disposition-notification')],
    body: [
      ...['--b', 'Content-Type: message/disposition-notification', ''],
      ...[
        'Original-Message-ID: <chat$own@example.test>',
        'Disposition: manual-action/MDN-sent-manually; displayed',
      ],
      '--b--',
    ].join('\r\n'),
  },
  handshake: { fields: ['Secure-Join: vc-request'] },
  sync: { fields: [report('multi-device-sync')], body: '--b\r\n\r\n{}\r\n--b--' },
  post: { fields: ['Chat-Is-Post-Message: 1'] },
} as const satisfies Record<string, ClassMail>;
