import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** Condition and update expressions of DynamoDB, as far as the store writes them; anything else is an error. */
export type StoredAttributes = Readonly<Record<string, AttributeValue>>;

export type Placeholders = {
  readonly names: Readonly<Record<string, string>>;
  readonly values: StoredAttributes;
};

type Condition = (item: StoredAttributes, given: Placeholders) => boolean;
type Operand = (item: StoredAttributes, given: Placeholders) => AttributeValue | undefined;
/** `before` is the item as it was: what is set is computed from that, whatever else the update changes. */
type Change = (now: StoredAttributes, before: StoredAttributes, given: Placeholders) => StoredAttributes;

const conditions = new Map<string, Condition>();
const updates = new Map<string, Change>();

/** Whether a condition holds; the item is an empty one where there is none. */
export function holds(text: string | undefined, item: StoredAttributes, given: Placeholders): boolean {
  if (text === undefined) return true;
  const condition = conditions.get(text) ?? new Parser(text).condition();
  conditions.set(text, condition);
  return condition(item, given);
}

/** The item as it is after an update. */
export function updated(text: string, item: StoredAttributes, given: Placeholders): StoredAttributes {
  const change = updates.get(text) ?? new Parser(text).update();
  updates.set(text, change);
  return change(item, item, given);
}

class Parser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = text.match(/<>|<=|>=|[=<>()+,]|[:#\w.]+/g) ?? [];
  }

  condition(): Condition {
    const parsed = this.#any();
    if (this.#at < this.#tokens.length) throw new Error(`unknown condition: ${this.#tokens.join(' ')}`);
    return parsed;
  }

  update(): Change {
    const changes: Change[] = [];
    while (this.#at < this.#tokens.length) {
      const kind = this.#next();
      do changes.push(this.#change(kind));
      while (this.#took(','));
    }
    return (item, before, given) => changes.reduce((now, change) => change(now, before, given), item);
  }

  #any(): Condition {
    const first = this.#all();
    if (!this.#took('OR')) return first;
    const second = this.#any();
    return (item, given) => first(item, given) || second(item, given);
  }

  #all(): Condition {
    const first = this.#single();
    if (!this.#took('AND')) return first;
    const second = this.#all();
    return (item, given) => first(item, given) && second(item, given);
  }

  #single(): Condition {
    if (this.#took('(')) return this.#closed(this.#any());
    if (this.#took('attribute_exists')) {
      const path = this.#inParentheses();
      return (item, given) => path(item, given) !== undefined;
    }
    if (this.#took('attribute_not_exists')) {
      const path = this.#inParentheses();
      return (item, given) => path(item, given) === undefined;
    }
    const left = this.#operand();
    const sign = this.#next();
    const right = this.#operand();
    return (item, given) => compared(sign, left(item, given), right(item, given));
  }

  #change(kind: string): Change {
    const path = this.#next();
    if (kind === 'REMOVE') return (now, _, given) => withAttribute(now, path, undefined, given);
    if (kind === 'ADD') {
      const [old, by] = [operandOf(path), this.#operand()];
      return (now, before, given) =>
        withAttribute(now, path, sum(old(before, given) ?? { N: '0' }, by(before, given)), given);
    }
    if (kind !== 'SET' || this.#next() !== '=') throw new Error('an update of unknown form');
    const value = this.#took('if_not_exists') ? this.#ifNotExists() : this.#operand();
    const more = this.#took('+') ? this.#operand() : undefined;
    return (now, before, given) => {
      const first = value(before, given);
      return withAttribute(now, path, more === undefined ? first : sum(first, more(before, given)), given);
    };
  }

  #ifNotExists(): Operand {
    if (!this.#took('(')) throw new Error('if_not_exists of what');
    const path = this.#operand();
    if (!this.#took(',')) throw new Error('if_not_exists or what');
    const other = this.#closed(this.#operand());
    return (item, given) => path(item, given) ?? other(item, given);
  }

  #inParentheses(): Operand {
    if (!this.#took('(')) throw new Error('a function of what');
    return this.#closed(this.#operand());
  }

  #closed<T>(parsed: T): T {
    if (!this.#took(')')) throw new Error('a parenthesis that is not closed');
    return parsed;
  }

  #operand(): Operand {
    return operandOf(this.#next());
  }

  #next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new Error(`an expression without an end: ${this.#tokens.join(' ')}`);
    return token;
  }

  #took(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }
}

function operandOf(token: string): Operand {
  if (token.startsWith(':')) {
    return (_, { values }) => {
      const value = values[token];
      if (value === undefined) throw new Error(`${token} is not given`);
      return value;
    };
  }
  const [first = '', second] = token.split('.');
  return (item, given) => {
    const attribute = item[nameOf(first, given)];
    return second === undefined ? attribute : attribute?.M?.[nameOf(second, given)];
  };
}

function withAttribute(
  item: StoredAttributes,
  path: string,
  value: AttributeValue | undefined,
  given: Placeholders,
): StoredAttributes {
  const [first = '', second] = path.split('.');
  const name = nameOf(first, given);
  if (second === undefined) return withMember(item, name, value);
  const map = item[name]?.M;
  if (map === undefined) throw new Error('an update within a map that is not there');
  return { ...item, [name]: { M: withMember(map, nameOf(second, given), value) } };
}

function withMember(map: StoredAttributes, name: string, value: AttributeValue | undefined) {
  const { [name]: _, ...rest } = map;
  return value === undefined ? rest : { ...rest, [name]: value };
}

function nameOf(token: string, { names }: Placeholders): string {
  if (!token.startsWith('#')) return token;
  const name = names[token];
  if (name === undefined) throw new Error(`${token} is not given`);
  return name;
}

function sum(one: AttributeValue | undefined, other: AttributeValue | undefined): AttributeValue {
  if (one?.N === undefined || other?.N === undefined) throw new Error('a sum of what are no numbers');
  return { N: String(Number(one.N) + Number(other.N)) };
}

/** An attribute that is missing is unequal to everything, and neither below nor above it. */
function compared(
  sign: string,
  left: AttributeValue | undefined,
  right: AttributeValue | undefined,
): boolean {
  if (sign === '<>') return !isEqual(left, right);
  if (left === undefined || right === undefined) return false;
  if (sign === '=') return isEqual(left, right);
  const order = orderOf(left, right);
  if (order === undefined) return false;
  switch (sign) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      throw new Error(`a comparison by ${sign}`);
  }
}

function isEqual(left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
  if (left === undefined || right === undefined) return false;
  return orderOf(left, right) === 0 || JSON.stringify(left) === JSON.stringify(right);
}

/** Undefined for values of two types, and for those without an order. */
function orderOf(left: AttributeValue, right: AttributeValue): number | undefined {
  if (left.N !== undefined && right.N !== undefined) return Number(left.N) - Number(right.N);
  if (left.S === undefined || right.S === undefined) return undefined;
  return left.S < right.S ? -1 : left.S > right.S ? 1 : 0;
}
