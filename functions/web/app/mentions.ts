/** Mentions as the COI client spec writes them: `@Name:address`, `@"Name with blanks":address`. */
type Person = { readonly address: string; readonly name: string | null };

/** What was written, with the addresses of those who are mentioned by name or first name. */
export function withMentions(text: string, people: readonly Person[]): string {
  return people.reduce((changed, { name, address }) => {
    const full = name?.replaceAll('"', '').trim() ?? '';
    if (full === '') return changed;
    const [first = ''] = full.split(' ');
    const either = [full, first].map((each) => each.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|');
    const written = full.includes(' ') ? `@"${full}":${address}` : `@${full}:${address}`;
    return changed.replaceAll(new RegExp(`(?<![\\w.])@(?:${either})(?![\\w:@-])`, 'giu'), () => written);
  }, text);
}

/** The same for people to read: names alone. */
export function withoutAddresses(text: string): string {
  return text.replaceAll(
    /(?<![\w.])@(?:"([^"\n]+)"|([^\s:@"]+)):[^\s@]+@[^\s@,;:!?)]*[^\s@,.;:!?)]/g,
    '@$1$2',
  );
}
