import type { ReceivedMail } from '../../shared/coi/received-mail.ts';
import { mailFromEml } from './mail-from-eml.ts';

/** One mail of a story, line by line. */
type Told = { readonly at: number; readonly mail: readonly string[] };

/** When the first mail of a story came; each `at` is a minute later than the one before. */
export const storyStart = Date.UTC(2026, 5, 1, 8, 0, 0);

/**
 * A story of two conversations of `own`, in which mails change what others said: edits of edits, a forged one, deletions,
 * reactions that are replaced and taken back, receipts, a bounce, pins, members who come, leave and are named by old
 * answers, and a stranger who knows the group's id. Its mails are in the order in which they came.
 */
export function story(own: string): ReceivedMail[] {
  const bob = 'Bob <bob@example.test>';
  const carol = 'Carol <carol@example.test>';
  const dora = 'Dora <dora@example.test>';
  const mallory = 'Mallory <mallory@elsewhere.test>';
  const direct = (from: string, to: string, id: string, more: readonly string[] = []) => [
    `From: ${from}`,
    `To: ${to}`,
    `Message-ID: <chat$${id}@example.test>`,
    'Chat-Version: 1.0',
    ...more,
  ];
  const inGroup = (from: string, to: readonly string[], id: string, more: readonly string[] = []) => [
    `From: ${from}`,
    `To: ${to.join(', ')}`,
    `Message-ID: <chat$group.hikingfriends1.${id}@example.test>`,
    'Chat-Version: 1.0',
    ...(more.some((field) => field.startsWith('Subject:')) ? [] : ['Subject: Hiking']),
    ...more,
  ];
  const answers = (id: string) => `In-Reply-To: <chat$${id}@example.test>`;
  const groupAnswers = (id: string) => `In-Reply-To: <chat$group.hikingfriends1.${id}@example.test>`;
  const edit = 'Chat-Content: editrequest';
  const reaction = 'Content-Disposition: reaction';
  const told: readonly Told[] = [
    { at: 1, mail: [...direct(bob, own, 'b1'), '', 'Hallo', ''] },
    { at: 2, mail: [...direct(own, bob, 'a1'), '', 'Hello Bob', ''] },
    { at: 3, mail: [...direct(bob, own, 'b2', [edit, answers('b1')]), '', 'Hello', ''] },
    { at: 4, mail: [...direct(bob, own, 'b3', [edit, answers('b2')]), '', 'Hello!', ''] },
    {
      at: 5,
      mail: [...direct('mallory@elsewhere.test', own, 'm1', [edit, answers('b1')]), '', 'Send money', ''],
    },
    { at: 6, mail: [...direct(bob, own, 'b4', [reaction, answers('a1')]), '', '👍', ''] },
    { at: 7, mail: [...direct(bob, own, 'b5', [reaction, answers('a1')]), '', '❤️ 😂', ''] },
    { at: 8, mail: receipt(bob, own, 'b6', '<chat$a1@example.test>') },
    {
      at: 9,
      mail: [...direct(bob, own, 'b7', ['Content-Disposition: pinned']), '', 'The address: here', ''],
    },
    { at: 10, mail: [...direct(bob, own, 'b8'), '', 'I should not have said this', ''] },
    {
      at: 11,
      mail: [...direct(bob, own, 'b9', ['Chat-Content: deleterequest;', answers('b8')]), '', 'gone', ''],
    },
    { at: 12, mail: [...direct(own, bob, 'a2'), '', 'A typo', ''] },
    { at: 13, mail: [...direct(own, bob, 'a3', [edit, answers('a2')]), '', 'No typo', ''] },
    {
      at: 14,
      mail: [...direct(bob, own, 'b10', [edit, answers('never-came')]), '', 'Of something lost', ''],
    },
    { at: 15, mail: [...direct(bob, own, 'b11', [reaction, answers('b7')]), '', '🎉', ''] },
    { at: 16, mail: [...direct(bob, own, 'b12', [reaction, answers('b7')]), '', '', ''] },
    { at: 20, mail: [...inGroup(bob, [own, carol], 'g1'), '', 'Shall we?', ''] },
    { at: 21, mail: [...inGroup(own, [bob, carol], 'g2'), '', 'Yes', ''] },
    {
      at: 22,
      mail: [...inGroup(mallory, [own, bob, carol, mallory], 'g3', ['Subject: Taken']), '', 'Hi all', ''],
    },
    {
      at: 23,
      mail: [...inGroup(bob, [own, carol, dora], 'g4', ['Subject: Hiking on Sunday']), '', 'Dora too', ''],
    },
    {
      at: 24,
      mail: [
        ...inGroup(carol, [own, bob, dora], 'g5', ['Subject: Hiking on Sunday', 'Chat-Content: groupleft']),
        '',
        'Bye',
        '',
      ],
    },
    {
      at: 25,
      mail: [
        ...inGroup(dora, [own, bob, carol], 'g6', ['Subject: Hiking on Sunday', groupAnswers('g4')]),
        '',
        'Thanks for having me',
        '',
      ],
    },
    { at: 26, mail: [...inGroup(dora, [own, bob], 'g7', [reaction, groupAnswers('g1')]), '', '🥾', ''] },
    {
      at: 27,
      mail: [...inGroup(bob, [own, dora], 'g8', ['Subject: Hiking on Sunday']), '', '@all at eight', ''],
    },
    { at: 28, mail: receipt(dora, own, 'r1', '<chat$group.hikingfriends1.g2@example.test>') },
    { at: 29, mail: [...inGroup(own, [bob, dora], 'g9', ['Subject: Hiking on Sunday']), '', 'Fine', ''] },
    {
      at: 30,
      mail: bounce(own, 'dora@example.test', '<chat$group.hikingfriends1.g9@example.test>'),
    },
    {
      at: 31,
      mail: [
        ...inGroup(bob, [own, dora], 'g10', [
          'Subject: Hiking on Sunday',
          'Chat-Content: message-pinned',
          groupAnswers('g8'),
        ]),
        '',
        'Bob pinned a message',
        '',
      ],
    },
  ];
  return told.map(({ at, mail }, index) =>
    mailFromEml(Buffer.from(mail.join('\r\n')), { uid: index + 1, receivedAt: storyStart + at * 60_000 }),
  );
}

/** RFC 8098, as COI clients send it. */
function receipt(from: string, to: string, id: string, of: string): string[] {
  return [
    `From: ${from}`,
    `To: ${to}`,
    `Message-ID: <chat$${id}@example.test>`,
    'Chat-Version: 1.0',
    'Content-Type: multipart/report; report-type=disposition-notification; boundary=b',
    '',
    '--b',
    '',
    'Your message was displayed.',
    '--b',
    'Content-Type: message/disposition-notification',
    '',
    `Original-Message-ID: ${of}`,
    'Disposition: manual-action/MDN-sent-manually; displayed',
    '--b--',
    '',
  ];
}

/** RFC 3464, as Postfix sends it. */
function bounce(to: string, failed: string, of: string): string[] {
  return [
    'From: MAILER-DAEMON@example.test',
    `To: ${to}`,
    'Message-ID: <20260601.bounce@example.test>',
    'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
    '',
    '--b',
    '',
    'I am sorry.',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example.test',
    '',
    `Final-Recipient: rfc822; ${failed}`,
    'Action: failed',
    'Status: 5.1.1',
    '--b',
    'Content-Type: text/rfc822-headers',
    '',
    `Message-ID: ${of}`,
    '--b--',
    '',
  ];
}
