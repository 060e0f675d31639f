/** How people tell one browser of theirs from another, by its `User-Agent`. */
export function deviceNameOf(agent: string): string {
  const first = (words: readonly string[]) => words.find((word) => agent.includes(word));
  // Each browser names those that it wants to be taken for, so the rarer word goes first; Android names Linux too.
  const browser = first(['Firefox', 'Edg', 'Chrome', 'Safari']) ?? 'Browser';
  const system = first(['Android', 'iPhone', 'iPad', 'Mac', 'Windows', 'Linux']) ?? 'web';
  return `${browser === 'Edg' ? 'Edge' : browser}, ${system}`;
}
