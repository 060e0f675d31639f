import type { ReceivedMail } from '../../shared/coi/received-mail.ts';
import { mailFromEml } from './mail-from-eml.ts';

/** A mail, and what a client finds when it decrypts it: `to` is the kind of the conversation it belongs to. */
export type EncryptedMail = {
  readonly mail: ReceivedMail;
  readonly messageId: string;
  readonly wish?: {
    readonly to?: 'direct' | 'group';
    readonly kind?: string;
    readonly silent?: boolean;
  };
};

/**
 * A story of a 1:1 and a group of which half is encrypted: its mails all look as if they were for the 1:1. One is a receipt,
 * two belong to the group, one is a picture.
 */
export function encryptedStory(own: string): EncryptedMail[] {
  const bob = 'Bob <bob@example.test>';
  const encrypted = (id: string) => [
    `From: ${bob}`,
    `To: ${own}`,
    `Message-ID: <chat$${id}@example.test>`,
    'Chat-Version: 1.0',
    'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b',
    '',
    '--b',
    'Content-Type: application/pgp-encrypted',
    '',
    'Version: 1',
    '--b',
    'Content-Type: application/octet-stream',
    '',
    '-----BEGIN PGP MESSAGE-----',
    '--b--',
    '',
  ];
  const carol = 'Carol <carol@example.test>';
  const inGroup = (id: string, from: string, to: string) => [
    `From: ${from}`,
    `To: ${own}, ${to}`,
    `Message-ID: <chat$group.hikingfriends1.${id}@example.test>`,
    'Chat-Version: 1.0',
    'Subject: Hiking',
    '',
    id,
    '',
  ];
  const told: readonly { lines: readonly string[]; wish?: NonNullable<EncryptedMail['wish']> }[] = [
    { lines: encrypted('e1') },
    { lines: encrypted('e2') },
    { lines: encrypted('e3'), wish: { to: 'group' } },
    { lines: inGroup('g1', carol, bob) },
    { lines: encrypted('r1'), wish: { silent: true, kind: 'receipt' } },
    { lines: inGroup('g2', carol, bob) },
    { lines: encrypted('e4'), wish: { to: 'group', kind: 'image' } },
    { lines: encrypted('r2'), wish: { to: 'group', silent: true } },
    { lines: inGroup('g3', carol, bob) },
    { lines: encrypted('e5'), wish: { kind: 'image' } },
  ];
  return told.map(({ lines, wish }, index) => ({
    ...mailAt(lines, Date.UTC(2026, 5, 1, 8, index)),
    ...(wish === undefined ? {} : { wish }),
  }));
}

function mailAt(lines: readonly string[], receivedAt: number): Pick<EncryptedMail, 'mail' | 'messageId'> {
  const messageId = lines.find((line) => line.startsWith('Message-ID: '))?.slice('Message-ID: '.length) ?? '';
  return { mail: { ...mailFromEml(Buffer.from(lines.join('\r\n'))), receivedAt }, messageId };
}
