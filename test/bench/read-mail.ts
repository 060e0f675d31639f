import { simpleParser } from 'mailparser';
import { parseHeader } from '../../shared/coi/header.ts';
import { type MailPlace, mailOfBytes } from '../../shared/coi/mail-of-bytes.ts';
import type { MailRecord } from '../../shared/coi/mail-record.ts';
import { readMail } from '../../shared/coi/read-mail.ts';
import { quantile } from './machine.ts';

/** CPU time to read one mail, µs: medians of alternating runs. */
export type ReadMailFigures = {
  readonly bytes: number;
  /** As the watch does: the server tells the structure, and gives header and body. */
  readonly fetched: number;
  /** From the bytes of the whole mail, the structure with it. */
  readonly ofBytes: number;
  readonly mailparser: number;
};

const rounds = 9;
const repeats = 2_000;

const account = { addresses: ['alice@example.test'] };
const place: Omit<MailPlace, 'uid'> = {
  ...{ folder: 'INBOX', folderRole: 'inbox', uidValidity: 1 },
  ...{ receivedAt: Date.UTC(2026, 2, 14, 9, 26, 53), flags: [] },
};

/** What a chat client sends to a group of four, and what servers on the way add: about 1 KB. */
const mail = Buffer.from(
  [
    'Return-Path: <bob@example.test>',
    'Received: from mail.example.test (mail.example.test [192.0.2.7])',
    '\tby mx.example.test with ESMTPS id 4Z8xQk1; Sat, 14 Mar 2026 09:26:52 +0000 (UTC)',
    'From: =?utf-8?Q?J=C3=BCrgen_B=C3=A4r?= <bob@example.test>',
    'To: alice@example.test, Carol Cee <carol@example.test>,',
    ' "Doe, Dean" <dean@example.test>',
    'Subject: Hiking on Sunday',
    'Date: Sat, 14 Mar 2026 10:26:50 +0100',
    'Message-ID: <chat$group.4321dcba1234.Zm9vYmFyYmF6cXV4@example.test>',
    'References: <chat$group.4321dcba1234.Zmlyc3Rtc2c@example.test>',
    ' <chat$group.4321dcba1234.bGFzdG1lc3NhZ2U@example.test>',
    'In-Reply-To: <chat$group.4321dcba1234.bGFzdG1lc3NhZ2U@example.test>',
    'Disposition-Notification-To: bob@example.test',
    'Chat-Version: 1.0',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8; format=flowed',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'Let us meet at the station at nine. @Alice:alice@example.test brings the =',
    'map, I bring caf=C3=A9 and cake.',
    '',
    '> Who brings what?',
    '-- ',
    'Sent from my chat',
    '',
  ].join('\r\n'),
);

/** Reads a typical chat mail our way, all that is kept of it, and with mailparser as it comes. */
export async function benchReadMail(): Promise<ReadMailFigures> {
  const known = mailOfBytes(mail, { ...place, uid: 1 });
  const header = mail.subarray(0, mail.indexOf('\r\n\r\n') + 4);
  const runs = {
    fetched: (uid: number) => check(readMail({ ...known, uid, header: parseHeader(header) }, account)),
    ofBytes: (uid: number) => check(readMail(mailOfBytes(mail, { ...place, uid }), account)),
    mailparser: async () => {
      const { messageId } = await simpleParser(mail);
      if (messageId === undefined) throw new Error('the mail was not read');
    },
  };
  const round = async () => ({
    fetched: await cpuOf(runs.fetched),
    ofBytes: await cpuOf(runs.ofBytes),
    mailparser: await cpuOf(runs.mailparser),
  });
  await round();
  const figures: Awaited<ReturnType<typeof round>>[] = [];
  for (let done = 0; done < rounds; done++) figures.push(await round());
  const median = (of: 'fetched' | 'ofBytes' | 'mailparser') =>
    quantile(
      figures.map((figure) => figure[of]),
      0.5,
    );
  return {
    bytes: mail.length,
    fetched: median('fetched'),
    ofBytes: median('ofBytes'),
    mailparser: median('mailparser'),
  };
}

function check({ class: mailClass, mention, preview }: MailRecord): void {
  if (mailClass !== 'chat' || !mention || preview === undefined) throw new Error('the mail was not read');
}

/** µs per mail. What can be read at once is: a promise for each mail would count too. */
async function cpuOf(run: (uid: number) => void | Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  for (let uid = 1; uid <= repeats; uid++) {
    const running = run(uid);
    if (running !== undefined) await running;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / repeats;
}
