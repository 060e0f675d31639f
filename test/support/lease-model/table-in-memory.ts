import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DeleteItemInput,
  type GetItemInput,
  type GetItemOutput,
  type PutItemInput,
  type QueryInput,
  type QueryOutput,
  type UpdateItemInput,
} from '@aws-sdk/client-dynamodb';
import { holds, type Placeholders, type StoredAttributes, updated } from './expressions.ts';

export type Write = {
  readonly pk: string;
  readonly sk: string;
  readonly before: StoredAttributes | undefined;
  readonly after: StoredAttributes | undefined;
};

/** What one request asks of the table; each is one step, which nothing comes between. */
export type TableInput =
  | { readonly kind: 'get'; readonly input: GetItemInput }
  | { readonly kind: 'put'; readonly input: PutItemInput }
  | { readonly kind: 'update'; readonly input: UpdateItemInput }
  | { readonly kind: 'delete'; readonly input: DeleteItemInput }
  | { readonly kind: 'query'; readonly input: QueryInput };

type Collection = ReadonlyMap<string, StoredAttributes>;
/** `since` when a collection was so. */
type State = { readonly since: number; readonly items: Collection };

/** So far back a read may look that need not be consistent. */
export const mostBehindMs = 2_000;

/** A table as DynamoDB has it, in memory: single items, conditions, and queries of one collection. */
export class TableInMemory {
  readonly #collections = new Map<string, readonly State[]>();
  readonly #now: () => number;
  readonly #onWrite: (write: Write) => void;

  /** @param onWrite told of each write that its condition allowed */
  constructor(now: () => number, onWrite: (write: Write) => void = () => {}) {
    this.#now = now;
    this.#onWrite = onWrite;
  }

  /**
   * @param behindMs how old the answer to a read is that need not be consistent
   * @throws ConditionalCheckFailedException
   */
  answer(request: TableInput, behindMs = 0): GetItemOutput & QueryOutput {
    switch (request.kind) {
      case 'get': {
        const { pk, sk } = keyIn(request.input.Key);
        const item = this.#collection(pk).get(sk);
        return item === undefined ? {} : { Item: { ...item } };
      }
      case 'put': {
        const { input } = request;
        const { pk, sk } = keyIn(input.Item);
        this.#check(pk, sk, input);
        this.#write(pk, sk, { ...input.Item });
        return {};
      }
      case 'update': {
        const { input } = request;
        const { pk, sk } = keyIn(input.Key);
        const before = this.#check(pk, sk, input);
        const text = input.UpdateExpression ?? '';
        this.#write(pk, sk, updated(text, before ?? { ...input.Key }, givenIn(input)));
        return {};
      }
      case 'delete': {
        const { pk, sk } = keyIn(request.input.Key);
        if (this.#check(pk, sk, request.input) !== undefined) this.#write(pk, sk, undefined);
        return {};
      }
      case 'query': {
        const { KeyConditionExpression, ExpressionAttributeValues, ConsistentRead } = request.input;
        if (KeyConditionExpression !== 'pk = :pk') throw new Error(`a query of ${KeyConditionExpression}`);
        const collection = this.#collection(
          ExpressionAttributeValues?.[':pk']?.S ?? '',
          ConsistentRead ? 0 : behindMs,
        );
        const items = [...collection].toSorted(([one], [other]) => (one < other ? -1 : 1));
        return { Items: items.map(([, item]) => ({ ...item })) };
      }
    }
  }

  /** What lies there now. */
  item(pk: string, sk: string): StoredAttributes | undefined {
    return this.#collection(pk).get(sk);
  }

  #collection(pk: string, behindMs = 0): Collection {
    const states = this.#collections.get(pk) ?? [];
    const at = this.#now() - behindMs;
    return (states.findLast(({ since }) => since <= at) ?? states[0])?.items ?? new Map();
  }

  #check(
    pk: string,
    sk: string,
    input: PutItemInput | UpdateItemInput | DeleteItemInput,
  ): StoredAttributes | undefined {
    const before = this.#collection(pk).get(sk);
    if (holds(input.ConditionExpression, before ?? {}, givenIn(input))) return before;
    throw new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} });
  }

  #write(pk: string, sk: string, after: StoredAttributes | undefined): void {
    const states = this.#collections.get(pk) ?? [{ since: 0, items: new Map() }];
    const next = new Map(states.at(-1)?.items);
    const before = next.get(sk);
    if (after === undefined) next.delete(sk);
    else next.set(sk, after);
    const now = this.#now();
    const first = states.findLastIndex(({ since }) => since <= now - mostBehindMs);
    this.#collections.set(pk, [...states.slice(Math.max(0, first)), { since: now, items: next }]);
    this.#onWrite({ pk, sk, before, after });
  }
}

function givenIn(input: PutItemInput | UpdateItemInput | DeleteItemInput): Placeholders {
  return {
    names: input.ExpressionAttributeNames ?? {},
    values: input.ExpressionAttributeValues ?? {},
  };
}

function keyIn(attributes: Record<string, AttributeValue> | undefined): { pk: string; sk: string } {
  const [pk, sk] = [attributes?.['pk']?.S, attributes?.['sk']?.S];
  if (pk === undefined || sk === undefined) throw new Error('a request without a key');
  return { pk, sk };
}
