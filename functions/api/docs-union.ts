import { type JsonRecord, record, records, resolve, text } from './docs-schema.ts';

/** One of the forms that a body may have. */
export type BodyForm = {
  /** `kind: "edit"` */
  readonly title: string;
  readonly description: string;
  /** Its members, but for those all forms have. */
  readonly schema: JsonRecord;
};

/**
 * The forms of a body that one of its members tells apart, and what they all have in common; undefined for a body of one
 * form.
 */
export function formsOf(
  document: JsonRecord,
  given: JsonRecord,
): { readonly common: JsonRecord; readonly forms: readonly BodyForm[] } | undefined {
  const union = resolve(document, given);
  const name = text(record(union, 'discriminator'), 'propertyName');
  const schemas = records(union, 'oneOf').map((form) => resolve(document, form));
  const [first, ...others] = schemas;
  if (name === '' || first === undefined) return undefined;
  const isCommon = (member: string) =>
    others.every((schema) => isSame(record(schema, 'properties'), record(first, 'properties'), member));
  return {
    common: withMembers(first, isCommon),
    forms: schemas.map((schema) => ({
      title: `${name}: ${JSON.stringify(record(record(schema, 'properties'), name)['enum'] ?? '')}`.replace(
        /[[\]]/g,
        '',
      ),
      description: text(schema, 'description'),
      schema: withMembers(schema, (member) => !isCommon(member)),
    })),
  };
}

function withMembers(schema: JsonRecord, isWanted: (name: string) => boolean): JsonRecord {
  const members = Object.entries(record(schema, 'properties')).filter(([name]) => isWanted(name));
  return { ...schema, properties: Object.fromEntries(members) };
}

function isSame(a: JsonRecord, b: JsonRecord, member: string): boolean {
  return JSON.stringify(a[member]) === JSON.stringify(b[member]);
}
