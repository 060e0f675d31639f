/** Undoes format=flowed (RFC 3676): a line that ends in a blank goes on in the next one of the same quote depth. */
export function unflow(text: string, options: { readonly delSp: boolean }): string {
  const lines: string[] = [];
  let open: { depth: number } | undefined;
  for (const raw of text.split(/\r?\n/)) {
    const depth = /^>*/.exec(raw)?.[0].length ?? 0;
    // A leading blank was put there so that the line is not taken for a quote ("space-stuffing").
    const line = raw.startsWith(' ', depth) ? raw.slice(depth + 1) : raw.slice(depth);
    const isSignature = line === '-- ';
    const flows = line.endsWith(' ') && !isSignature;
    const words = flows && options.delSp ? line.slice(0, -1) : line;
    if (open?.depth === depth && !isSignature) lines.push(`${lines.pop() ?? ''}${words}`);
    else lines.push(depth > 0 ? `${'>'.repeat(depth)} ${words}` : words);
    open = flows ? { depth } : undefined;
  }
  return lines.join('\n');
}
