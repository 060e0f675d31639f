import { isRecord } from '../../../shared/core/outside-data.ts';

/**
 * TypeScript for the calls of an OpenAPI 3.1 document: one type for each of its schemas, and `Calls`, which maps each call
 * (`'GET /v1/account'`) to its path parameters, query, body and reply. Knows the part of JSON Schema that our own document
 * uses; what it does not know becomes `unknown`.
 */
export function clientTypes(document: unknown): string {
  const schemas = Object.entries(member(member(document, 'components'), 'schemas'))
    .map(([name, schema]) => `export type ${name} = ${typeOf(schema)};`)
    .join('\n\n');
  const calls = Object.entries(member(document, 'paths')).flatMap(([path, methods]) =>
    Object.entries(isRecord(methods) ? methods : {})
      .filter(([, operation]) => isRecord(operation))
      .map(([method, operation]) => callOf(`${method.toUpperCase()} ${path}`, operation)),
  );
  return `// Made from the OpenAPI document by \`npm run client-types\`; do not edit.\n\n${schemas}\n\nexport type Calls = {\n${calls.join('\n')}\n};\n`;
}

function callOf(name: string, operation: unknown): string {
  const parameters = listOf(member(operation, 'parameters', []));
  const inPlace = (place: string) => {
    const found = parameters.filter((each) => isRecord(each) && each['in'] === place);
    const members = found.map((each) => {
      const optional = isRecord(each) && each['required'] === true ? '' : '?';
      return `${key(String(isRecord(each) ? each['name'] : ''))}${optional}: ${typeOf(member(each, 'schema'))}`;
    });
    return members.length === 0 ? 'undefined' : `{ ${members.join('; ')} }`;
  };
  const replies = Object.entries(member(operation, 'responses')).filter(([status]) => /^2/.test(status));
  const reply = [...new Set(replies.map(([, each]) => contentOf(each)))].join(' | ');
  return `  '${name}': { path: ${inPlace('path')}; query: ${inPlace('query')}; body: ${contentOf(member(operation, 'requestBody'))}; reply: ${reply || 'undefined'} };`;
}

/** What a request or a reply holds: JSON as its type, other bytes as such, else nothing. */
function contentOf(of: unknown): string {
  const content = member(of, 'content');
  if (Object.keys(content).length === 0) return 'undefined';
  const json = content['application/json'];
  return json === undefined ? 'Blob' : typeOf(member(json, 'schema'));
}

function typeOf(schema: unknown): string {
  if (!isRecord(schema)) return 'unknown';
  const { $ref, type, enum: values, const: value, anyOf, oneOf, allOf } = schema;
  if (typeof $ref === 'string') return $ref.slice($ref.lastIndexOf('/') + 1);
  if (value !== undefined) return JSON.stringify(value);
  if (Array.isArray(values)) return values.map((each) => JSON.stringify(each)).join(' | ');
  const either = anyOf ?? oneOf;
  if (Array.isArray(either)) return `(${either.map(typeOf).join(' | ')})`;
  if (Array.isArray(allOf)) {
    const parts = isRecord(schema['properties']) ? [...allOf, { ...schema, allOf: undefined }] : allOf;
    return `(${parts.map(typeOf).join(' & ')})`;
  }
  if (Array.isArray(type)) return type.map((each) => typeOf({ ...schema, type: each })).join(' | ');
  if (type === 'array') return `(${typeOf(schema['items'])})[]`;
  if (type === 'object') return objectType(schema);
  if (type === 'integer') return 'number';
  return typeof type === 'string' ? type : 'unknown';
}

function objectType(schema: Record<string, unknown>): string {
  const required = listOf(schema['required']);
  const members = Object.entries(member(schema, 'properties')).map(
    ([name, each]) => `${key(name)}${required.includes(name) ? '' : '?'}: ${typeOf(each)}`,
  );
  if (members.length > 0) return `{ ${members.join('; ')} }`;
  const others = schema['additionalProperties'];
  return `Record<string, ${isRecord(others) ? typeOf(others) : 'unknown'}>`;
}

function key(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
}

function member(of: unknown, name: string, otherwise: unknown = {}): Record<string, unknown> {
  const value = isRecord(of) ? (of[name] ?? otherwise) : otherwise;
  return isRecord(value) ? value : Array.isArray(value) ? { ...value } : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : [];
}
