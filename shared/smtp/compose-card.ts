import type { ContactContent, LocationContent } from '../coi/message-content.ts';
import { element, page, paragraph } from './compose-html.ts';
import { textPart } from './compose-part.ts';
import type { Said } from './compose-said.ts';

/**
 * A place (COI client spec, "Location Messages"; microformats2 h-geo). The text has it twice: for people, and as a URI
 * (RFC 5870) that programs open in a map.
 */
export function sayLocation({ latitude, longitude, text }: LocationContent): Said {
  const [north, east] = [degrees(latitude), degrees(longitude)];
  const place = `<p class="h-geo">\n${element('span', 'p-latitude', north)},\n${element('span', 'p-longitude', east)}\n</p>\n`;
  return {
    text: [...(text === '' ? [] : [text, '-']), `Position: ${north}, ${east}`, `geo:${north},${east}`].join(
      '\n',
    ),
    others: [
      textPart('html', page(`${paragraph(text)}<hr>\n<p>Position:</p>\n${place}`), {
        'Chat-Content': 'location',
      }),
    ],
  };
}

/** A contact to take over: an h-card (COI client spec) and a vCard, which every address book reads. */
export function sayContact(contact: ContactContent): Said {
  const { name, nickname, addresses } = contact;
  return {
    text: [`Contact: ${name}`, ...(nickname === undefined ? [] : [nickname]), ...addresses].join('\n'),
    fields: { 'Chat-Content': 'contact' },
    others: [textPart('html', page(hCard({ name, nickname, addresses })), { 'Chat-Content': 'contact' })],
    attached: [
      {
        type: 'text/vcard; charset=utf-8',
        content: Buffer.from(vCard(contact), 'utf8'),
        filename: 'contact.vcf',
        fields: { 'Content-Disposition': 'attachment' },
      },
    ],
  };
}

/** http://microformats.org/wiki/h-card, as the COI client spec extends it. */
export function hCard(card: {
  readonly name?: string | undefined;
  readonly nickname?: string | undefined;
  readonly addresses: readonly string[];
}): string {
  const { name, nickname, addresses } = card;
  const lines = [
    ...(name === undefined ? [] : [element('span', 'p-name', name)]),
    ...(nickname === undefined ? [] : [`Nickname: ${element('span', 'p-nickname', nickname)}`]),
    ...addresses.map((address) => `Email: ${element('span', 'u-email', address)}`),
  ];
  return `<p class="h-card">\n${lines.join('<br>\n')}\n</p>\n`;
}

/** vCard 3.0 (RFC 2426): what the oldest address books read too. */
function vCard({ name, nickname, addresses }: ContactContent): string {
  const lines = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    // Which of its words is the family name, only its owner knows.
    `N:;${vCardText(name)};;;`,
    `FN:${vCardText(name)}`,
    ...(nickname === undefined ? [] : [`NICKNAME:${vCardText(nickname)}`]),
    ...addresses.map((address) => `EMAIL;TYPE=INTERNET:${vCardText(address)}`),
    'END:VCARD',
  ];
  return lines.map((line) => `${line}\r\n`).join('');
}

/** RFC 2426 section 5. */
function vCardText(text: string): string {
  return text.replace(/[\\,;]/g, '\\$&').replace(/\r\n|\r|\n/g, '\\n');
}

/** Without an exponent, and to a centimetre: more digits than that no receiver has. */
function degrees(value: number): string {
  return String(Number(value.toFixed(7)) === 0 ? 0 : value.toFixed(7).replace(/\.?0+$/, ''));
}
