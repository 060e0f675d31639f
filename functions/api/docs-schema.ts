import { isRecord } from '../../shared/core/outside-data.ts';

/** Reads JSON Schemas of the OpenAPI document for people. What is missing reads as empty. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export type SchemaRow = {
  /** Path in the body, as in `items[].id`. */
  readonly name: string;
  readonly required: boolean;
  readonly type: string;
  readonly notes: string;
};

/** Deeper members than this are left to the document itself. */
const maxDepth = 5;

/** One row for each member of a schema, nested ones after the one that holds them. */
export function schemaRows(
  document: JsonRecord,
  given: JsonRecord,
  at: { readonly name: string; readonly required: boolean },
  depth = 0,
): SchemaRow[] {
  const schema = resolve(document, given);
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const members = Object.entries(record(schema, 'properties')).flatMap(([name, member]) => {
    if (!isRecord(member) || depth >= maxDepth) return [];
    const path = at.name === '' ? name : `${at.name}.${name}`;
    return schemaRows(document, member, { name: path, required: required.includes(name) }, depth + 1);
  });
  const items = schema['items'];
  if (isRecord(items)) {
    const inner = schemaRows(document, items, { name: `${at.name}[]`, required: true }, depth + 1);
    members.push(...inner.slice(1));
  }
  // A body that is an object is told by its members.
  if (at.name === '' && members.length > 0) return members;
  return [{ ...at, type: typeText(document, schema), notes: notesOf(schema, given) }, ...members];
}

/** Follows a reference, and joins what `allOf` puts together. */
export function resolve(document: JsonRecord, schema: JsonRecord): JsonRecord {
  const ref = schema['$ref'];
  if (typeof ref === 'string') {
    const name = ref.slice(ref.lastIndexOf('/') + 1);
    return resolve(document, record(record(record(document, 'components'), 'schemas'), name));
  }
  const parts = records(schema, 'allOf').map((part) => resolve(document, part));
  if (parts.length === 0) return schema;
  const all = [...parts, schema];
  return Object.assign({}, ...all, {
    properties: Object.assign({}, ...all.map((part) => record(part, 'properties'))),
    required: all.flatMap((part) => (Array.isArray(part['required']) ? part['required'] : [])),
  });
}

function typeText(document: JsonRecord, schema: JsonRecord): string {
  const alternatives = [...records(schema, 'anyOf'), ...records(schema, 'oneOf')];
  if (alternatives.length > 0) {
    return alternatives.map((alternative) => typeText(document, resolve(document, alternative))).join(' or ');
  }
  const { enum: choices, type, items, format } = schema;
  if (Array.isArray(choices)) return choices.map((choice) => JSON.stringify(choice)).join(' or ');
  if ('const' in schema) return JSON.stringify(schema['const']);
  if (isRecord(items)) return `array of ${typeText(document, resolve(document, items))}`;
  const name = [type].flat().join(' or ') || 'anything';
  return typeof format === 'string' ? `${name} (${format})` : name;
}

function notesOf(schema: JsonRecord, given: JsonRecord): string {
  const told = [
    rangeText(schema['minLength'], schema['maxLength'], 'characters'),
    rangeText(schema['minItems'], schema['maxItems'], 'items'),
    rangeText(schema['minimum'], schema['maximum'], ''),
    // A format says the same in words.
    schema['format'] === undefined && typeof schema['pattern'] === 'string'
      ? `Pattern \`${schema['pattern']}\``
      : '',
    schema['default'] === undefined ? '' : `Default ${JSON.stringify(schema['default'])}`,
  ].filter((note) => note !== '');
  const description = text(given, 'description') || text(schema, 'description');
  return [description, ...told.map((note) => `${note}.`)].filter((note) => note !== '').join(' ');
}

/** `1 to 128 characters`; the bounds of safe integers are none. */
function rangeText(from: unknown, to: unknown, unit: string): string {
  const low = typeof from === 'number' && from > Number.MIN_SAFE_INTEGER ? from : undefined;
  const high = typeof to === 'number' && to < Number.MAX_SAFE_INTEGER ? to : undefined;
  if (low === undefined && high === undefined) return '';
  if (high === undefined) return `At least ${low} ${unit}`.trim();
  return (low === undefined ? `At most ${high} ${unit}` : `${low} to ${high} ${unit}`).trim();
}

export function record(parent: JsonRecord, name: string): JsonRecord {
  const value = parent[name];
  return isRecord(value) ? value : {};
}

export function records(parent: JsonRecord, name: string): readonly JsonRecord[] {
  const value = parent[name];
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function text(parent: JsonRecord, name: string): string {
  const value = parent[name];
  return typeof value === 'string' ? value : '';
}
