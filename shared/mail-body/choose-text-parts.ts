import type { BodyPart } from '../coi/received-mail.ts';
import { limits } from '../core/limits.ts';

/**
 * The parts that hold what a person reads, in their order: of each `multipart/alternative` one, plus its HTML form when
 * that is asked for. Attachments and the texts of mails inside the mail are left out. At most `limits.shownTextParts`.
 */
export function chooseTextParts(
  structure: BodyPart,
  options: { readonly html: boolean },
): readonly BodyPart[] {
  return chosenOf(structure, options.html).slice(0, limits.shownTextParts);
}

function chosenOf(part: BodyPart, html: boolean): BodyPart[] {
  if (part.type === 'multipart/alternative') return alternativesOf(part, html);
  if (part.type.startsWith('multipart/')) return part.children.flatMap((child) => chosenOf(child, html));
  return isShownText(part) ? [part] : [];
}

/** The HTML form often lies deeper, beside its pictures: alternative(plain, related(html, image)). */
function alternativesOf(part: BodyPart, html: boolean): BodyPart[] {
  const texts = part.children.flatMap((child) => chosenOf(child, html));
  const plain = texts.find((text) => text.type === 'text/plain');
  const rich = texts.find((text) => text.type === 'text/html');
  return [...(plain ? [plain] : []), ...(rich && (html || plain === undefined) ? [rich] : [])];
}

function isShownText({ type, disposition }: BodyPart): boolean {
  return (type === 'text/plain' || type === 'text/html') && disposition !== 'attachment';
}
