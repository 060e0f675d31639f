import { Parser } from 'htmlparser2';
import { limits } from '../core/limits.ts';

/** One `h-card`, `h-group` or other thing that a page describes in microformats. */
export type Microformat = {
  /** Lower case: `h-card`. */
  readonly types: readonly string[];
  /** In the order of the page, class names in lower case with their prefix: `p-name`, `u-email`, `x-coi-status`. */
  readonly properties: readonly { readonly name: string; readonly value: string }[];
  /** Those that lie within, however deep. */
  readonly children: readonly Microformat[];
};

/**
 * The microformats of a page, leniently. The library of the microformats community reads other pages than these: it makes
 * URLs of addresses and keys, and goes by HTML's rule that a paragraph ends where the next begins, by which the COI client
 * spec's own example of a group loses its id and its first member. Here, classes count and nothing else; nothing is
 * loaded or run. At most `limits.microformats` properties and things are read.
 */
export function readMicroformats(html: string): Microformat[] {
  const roots: Building[] = [];
  const open: OpenElement[] = [];
  let count = 0;
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        const classes = (attributes['class'] ?? '').toLowerCase().split(/\s+/);
        const parent = open.at(-1);
        const element: OpenElement = {
          name,
          thing: parent?.inner,
          inner: parent?.inner,
          properties: [],
          texts: parent?.texts ?? [],
          silent: parent?.silent === true || unshown.includes(name),
        };
        const names = classes.filter((each) => /^(?:(?:p|u|dt)-[a-z0-9-]+|x-coi-status)$/.test(each));
        if (
          names.length > 0 &&
          count < limits.microformats &&
          element.texts.length < limits.microformatDepth
        ) {
          count += 1;
          const text = { value: '' };
          element.properties = names.map((each) => ({
            name: each,
            fixed: fixedValue(name, attributes),
            text,
          }));
          element.texts = [...element.texts, text];
        }
        const types = classes.filter((each) => /^h-[a-z0-9-]+$/.test(each));
        if (types.length > 0 && count < limits.microformats) {
          count += 1;
          const thing = { types, properties: [], children: [] };
          (parent?.inner?.children ?? roots).push(thing);
          element.inner = thing;
        }
        // Beyond any depth people write, elements no longer count, but their ends must find them.
        open.push(element);
      },
      ontext(text) {
        const element = open.at(-1);
        if (element === undefined || element.silent) return;
        for (const each of element.texts) each.value += text;
      },
      onclosetag() {
        const element = open.pop();
        for (const { name, fixed, text } of element?.properties ?? []) {
          const value = fixed ?? text.value.replace(/\s+/g, ' ').trim();
          element?.thing?.properties.push({ name, value });
        }
      },
    },
    { decodeEntities: true },
  );
  const page = withoutParagraphs(html);
  // Each end is searched among all that is open, so what opens ever more is not read to its end.
  for (let at = 0; at < page.length && open.length <= limits.htmlDepth; at += pieceCharacters) {
    parser.write(page.slice(at, at + pieceCharacters));
  }
  parser.end();
  return roots;
}

const pieceCharacters = 4096;

type Building = {
  types: string[];
  properties: { name: string; value: string }[];
  children: Building[];
};

type OpenElement = {
  name: string;
  /** What its properties belong to, and what those of the elements within it do. */
  thing: Building | undefined;
  inner: Building | undefined;
  properties: { name: string; fixed: string | undefined; text: { value: string } }[];
  /** The texts that what is written here is part of. */
  texts: readonly { value: string }[];
  silent: boolean;
};

const unshown = ['script', 'style', 'template', 'noscript'];

/** Values that stand in an attribute (microformats2 parsing, "parsing a p-, u- and dt- property"). */
function fixedValue(name: string, attributes: Readonly<Record<string, string>>): string | undefined {
  const attribute = attributeOf[name];
  return attribute === undefined ? undefined : attributes[attribute];
}

const attributeOf: Readonly<Record<string, string>> = {
  img: 'src',
  a: 'href',
  area: 'href',
  time: 'datetime',
  abbr: 'title',
  data: 'value',
  object: 'data',
};

/**
 * Paragraphs as blocks that may hold others. Only where each is ended: one that is not would hold all that follows.
 */
function withoutParagraphs(html: string): string {
  const starts = html.match(/<p(?=[\s>])/gi)?.length ?? 0;
  const ends = html.match(/<\/p(?=[\s>])/gi)?.length ?? 0;
  return starts === ends ? html.replace(/<(\/?)p(?=[\s>])/gi, '<$1div') : html;
}
