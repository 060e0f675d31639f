import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type ConsumedCapacity,
  type KeysAndAttributes,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { AwsAddress } from '../core/aws-client.ts';
import { systemClock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';
import { openTableRequests, type TableRequests } from './dynamo-client.ts';
import type { Key } from './keys.ts';
import { type Item, itemForm } from './stored-item.ts';

/** What the functions here write. Members that are undefined are left out. */
export type Value =
  | string
  | number
  | boolean
  | Uint8Array
  | undefined
  | readonly Value[]
  | { readonly [name: string]: Value };
export type Values = Readonly<Record<string, Value>>;

/** A condition or update expression with what its placeholders stand for. Attribute names of ours are no reserved words. */
export type Expression = {
  readonly text: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Values;
};

export type Query = {
  readonly pk: string;
  /** Condition on `sk`, as in `begins_with(sk, :prefix)`; without one, the whole collection. */
  readonly range?: Expression;
  readonly newestFirst?: boolean;
  /** Items wanted at most; without one, all. */
  readonly limit?: number;
  readonly keysOnly?: boolean;
  readonly consistent: boolean;
};

export type Access = 'read' | 'write';

export type StoreOptions = AwsAddress & {
  readonly tableName: string;
  /** How many watch partitions there are. Fixed when the table is created: accounts are found by it. */
  readonly partitions: number;
  /** Told the capacity units of every request that succeeded, as the database reports them. */
  readonly onConsumed?: (units: number, access: Access) => void;
};

/** @param requests in the place of those to DynamoDB */
export function openStore(
  options: StoreOptions,
  requests: TableRequests = openTableRequests(options),
): Store {
  return new Store(options, requests);
}

/** The few requests that the item files are made of. A condition that does not hold is an outcome, not an error. */
export class Store {
  readonly partitions: number;
  readonly #requests: TableRequests;
  readonly #tableName: string;
  readonly #onConsumed: StoreOptions['onConsumed'];

  constructor(options: StoreOptions, requests: TableRequests) {
    this.partitions = options.partitions;
    this.#requests = requests;
    this.#tableName = options.tableName;
    this.#onConsumed = options.onConsumed;
  }

  /** Always a consistent read: what was written before is seen. */
  async get(key: Key): Promise<Item | undefined> {
    const reply = await this.#requests.getItem({
      ...this.#common(),
      Key: toAttributes(key),
      ConsistentRead: true,
    });
    this.#count('read', reply.ConsumedCapacity);
    return reply.Item && unmarshall(reply.Item);
  }

  /** Those of these items that are there, in no order. Consistent reads. */
  async getAll(keys: readonly Key[]): Promise<Item[]> {
    const items: Item[] = [];
    for (let start = 0; start < keys.length; start += limits.storeReadKeys) {
      items.push(...(await this.#getBatch(keys.slice(start, start + limits.storeReadKeys))));
    }
    return items;
  }

  /** Writes the whole item. False when the condition did not hold and nothing was written. */
  put(key: Key, item: Values, condition?: Expression): Promise<boolean> {
    const input = {
      ...this.#common(),
      Item: toAttributes({ ...key, v: itemForm, ...item }),
      ConditionExpression: condition?.text,
      ...placeholders(condition),
    };
    return this.#write(() => this.#requests.putItem(input));
  }

  /** Changes single attributes. False when the condition did not hold and nothing was written. */
  update(key: Key, change: Expression, condition: Expression): Promise<boolean> {
    const input = {
      ...this.#common(),
      Key: toAttributes(key),
      UpdateExpression: change.text,
      ConditionExpression: condition.text,
      ...placeholders(change, condition),
    };
    return this.#write(() => this.#requests.updateItem(input));
  }

  /**
   * Adds to a counter, which begins at 0, and sets the other attributes given.
   *
   * @returns what it is now; undefined when the condition did not hold and nothing was written
   */
  async add(
    key: Key,
    attribute: string,
    by: number,
    options: { readonly set?: Values; readonly condition?: Expression } = {},
  ): Promise<number | undefined> {
    const { set = {}, condition } = options;
    const names = Object.keys(set);
    const change: Expression = {
      text: `ADD ${attribute} :by${names.length > 0 ? ` SET ${names.map((name) => `${name} = :${name}`).join(', ')}` : ''}`,
      values: { ':by': by, ...Object.fromEntries(names.map((name) => [`:${name}`, set[name]])) },
    };
    let now: number | undefined;
    await this.#write(async () => {
      const reply = await this.#requests.updateItem({
        ...this.#common(),
        Key: toAttributes(key),
        UpdateExpression: change.text,
        ConditionExpression: condition?.text,
        ...placeholders(change, condition),
        ReturnValues: 'UPDATED_NEW',
      });
      now = Number(reply.Attributes?.[attribute]?.N);
      return reply;
    });
    return now;
  }

  /** True when the item is gone now, also when there was none; false when the condition did not hold. */
  delete(key: Key, condition?: Expression): Promise<boolean> {
    const input = {
      ...this.#common(),
      Key: toAttributes(key),
      ConditionExpression: condition?.text,
      ...placeholders(condition),
    };
    return this.#write(() => this.#requests.deleteItem(input));
  }

  /** The items of one collection, page after page, in the order of their sort keys. */
  async query(query: Query): Promise<Item[]> {
    const items: Item[] = [];
    let startKey: Record<string, AttributeValue> | undefined;
    do {
      const reply = await this.#requests.query({
        ...this.#common(),
        KeyConditionExpression: query.range ? `pk = :pk AND ${query.range.text}` : 'pk = :pk',
        ProjectionExpression: query.keysOnly ? 'pk, sk' : undefined,
        ...placeholders({ text: '', values: { ':pk': query.pk } }, query.range),
        ScanIndexForward: !query.newestFirst,
        ConsistentRead: query.consistent,
        Limit: query.limit === undefined ? undefined : query.limit - items.length,
        ExclusiveStartKey: startKey,
      });
      this.#count('read', reply.ConsumedCapacity);
      items.push(...(reply.Items ?? []).map((item) => unmarshall(item)));
      startKey = reply.LastEvaluatedKey;
    } while (startKey && (query.limit === undefined || items.length < query.limit));
    return items;
  }

  /** Deletes many items, in no order. Doing it again does no harm. */
  async deleteAll(keys: readonly Key[]): Promise<void> {
    for (let start = 0; start < keys.length; start += limits.storeBatchKeys) {
      await this.#deleteBatch(keys.slice(start, start + limits.storeBatchKeys));
    }
  }

  /** Closes the connections; the store is of no use afterwards. */
  close(): void {
    this.#requests.destroy();
  }

  async #getBatch(keys: readonly Key[]): Promise<Item[]> {
    const items: Item[] = [];
    let waiting: Record<string, KeysAndAttributes> = {
      [this.#tableName]: { Keys: keys.map((key) => toAttributes(key)), ConsistentRead: true },
    };
    for (let tries = 0; tries < limits.storeBatchTries; tries++) {
      const reply = await this.#requests.batchGetItem({
        RequestItems: waiting,
        ReturnConsumedCapacity: this.#onConsumed ? 'TOTAL' : undefined,
      });
      for (const consumed of reply.ConsumedCapacity ?? []) this.#count('read', consumed);
      items.push(...(reply.Responses?.[this.#tableName] ?? []).map((item) => unmarshall(item)));
      waiting = reply.UnprocessedKeys ?? {};
      if (Object.keys(waiting).length === 0) return items;
      await pauseBeforeRest(tries);
    }
    throw new Error('the database did not give all of a batch');
  }

  async #deleteBatch(keys: readonly Key[]): Promise<void> {
    let waiting: Record<string, WriteRequest[]> = {
      [this.#tableName]: keys.map((key) => ({ DeleteRequest: { Key: toAttributes(key) } })),
    };
    for (let tries = 0; tries < limits.storeBatchTries; tries++) {
      const reply = await this.#requests.batchWriteItem({
        RequestItems: waiting,
        ReturnConsumedCapacity: this.#onConsumed ? 'TOTAL' : undefined,
      });
      for (const consumed of reply.ConsumedCapacity ?? []) this.#count('write', consumed);
      waiting = reply.UnprocessedItems ?? {};
      if (Object.keys(waiting).length === 0) return;
      await pauseBeforeRest(tries);
    }
    throw new Error('the database did not take all of a batch');
  }

  async #write(send: () => Promise<{ ConsumedCapacity?: ConsumedCapacity | undefined }>): Promise<boolean> {
    try {
      this.#count('write', (await send()).ConsumedCapacity);
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  #common(): { TableName: string; ReturnConsumedCapacity: 'TOTAL' | undefined } {
    return { TableName: this.#tableName, ReturnConsumedCapacity: this.#onConsumed ? 'TOTAL' : undefined };
  }

  #count(access: Access, consumed: ConsumedCapacity | undefined): void {
    this.#onConsumed?.(consumed?.CapacityUnits ?? 0, access);
  }
}

/** DynamoDB does what it can of a batch when it throttles, and asks for a pause before the rest. */
async function pauseBeforeRest(tries: number): Promise<void> {
  await systemClock.sleep(Math.random() * 50 * 2 ** tries);
}

function toAttributes(values: Values): Record<string, AttributeValue> {
  return marshall(values, { removeUndefinedValues: true });
}

function placeholders(...expressions: readonly (Expression | undefined)[]) {
  const names = Object.assign({}, ...expressions.map((expression) => expression?.names));
  const values: Values = Object.assign({}, ...expressions.map((expression) => expression?.values));
  return {
    ExpressionAttributeNames: Object.keys(names).length > 0 ? names : undefined,
    ExpressionAttributeValues: Object.keys(values).length > 0 ? toAttributes(values) : undefined,
  };
}
