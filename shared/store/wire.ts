import type { AttributeValue, ConsumedCapacity } from '@aws-sdk/client-dynamodb';
import { arrayOf, isRecord, memberOf } from '../core/outside-data.ts';

type Attributes = Record<string, AttributeValue>;

/** A request as DynamoDB's JSON has it: the same members, with bytes in base64. Those that are undefined are left out. */
export function wireOf(input: object): string {
  return JSON.stringify(input, function (this: unknown, name, value: unknown) {
    // Of a Buffer, `value` is what its own toJSON made of it already.
    const given = memberOf(this, name);
    return given instanceof Uint8Array ? base64Of(given) : value;
  });
}

/** As much of an answer as the store reads. */
export type Reply = {
  readonly Item?: Attributes;
  readonly Items?: Attributes[];
  readonly Attributes?: Attributes;
  readonly LastEvaluatedKey?: Attributes;
  readonly ConsumedCapacity?: ConsumedCapacity;
};

/** @throws UnknownForm for what is no answer of DynamoDB's */
export function replyOf(text: string): Reply {
  const parsed: unknown = JSON.parse(text);
  if (!isRecord(parsed)) throw new UnknownForm();
  const { Item, Items, Attributes, LastEvaluatedKey, ConsumedCapacity } = parsed;
  const units = memberOf(ConsumedCapacity, 'CapacityUnits');
  return {
    ...(Item === undefined ? {} : { Item: attributesOf(Item) }),
    ...(Items === undefined ? {} : { Items: arrayOf(Items).map(attributesOf) }),
    ...(Attributes === undefined ? {} : { Attributes: attributesOf(Attributes) }),
    ...(LastEvaluatedKey === undefined ? {} : { LastEvaluatedKey: attributesOf(LastEvaluatedKey) }),
    ...(typeof units === 'number' ? { ConsumedCapacity: { CapacityUnits: units } } : {}),
  };
}

/** The name of an error, without the name space before it; undefined where the answer names none. */
export function errorNameOf(text: string): string | undefined {
  try {
    const type = memberOf(JSON.parse(text), '__type');
    return typeof type === 'string' ? type.slice(type.indexOf('#') + 1) : undefined;
  } catch {
    return undefined;
  }
}

export class UnknownForm extends Error {
  constructor() {
    super('an answer of unknown form');
    this.name = 'UnknownForm';
  }
}

function attributesOf(value: unknown): Attributes {
  if (!isRecord(value)) throw new UnknownForm();
  const attributes: Attributes = {};
  for (const name of Object.keys(value)) attributes[name] = attributeOf(value[name]);
  return attributes;
}

/** The types that the store writes: no sets. */
function attributeOf(value: unknown): AttributeValue {
  if (!isRecord(value)) throw new UnknownForm();
  const { S, N, B, BOOL, NULL, L, M } = value;
  if (typeof S === 'string') return { S };
  if (typeof N === 'string') return { N };
  if (typeof B === 'string') return { B: bytesOf(B) };
  if (typeof BOOL === 'boolean') return { BOOL };
  if (Array.isArray(L)) return { L: L.map(attributeOf) };
  if (M !== undefined) return { M: attributesOf(M) };
  if (NULL === true) return { NULL };
  throw new UnknownForm();
}

function base64Of({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

/** A plain Uint8Array, as the SDK gives it: a Buffer of few bytes would keep a pool of others in memory. */
function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}
