import {
  type Json,
  type JsonObject,
  listOf,
  objectOf,
  resolve,
  type Template,
  textOf,
  type Values,
} from './template.ts';

/** One thing a function asks AWS to do. */
export type Request = {
  /** `dynamodb:GetItem`. */
  readonly action: string;
  /** The ARN it is to be done to. */
  readonly resource: string;
  /** Condition keys of this request: `kms:EncryptionContext:account`. */
  readonly context: Readonly<Record<string, string>>;
};

export type Policy = { allows(request: Request): boolean };

/**
 * What a role of the template may do, judged more strictly than AWS would: only `Allow`, and only the conditions that the
 * stack uses. The libraries that simulate IAM are under the AGPL or bring all of AWS's data along (2026), and all that is
 * needed here is whether a plain statement names an action and a resource.
 *
 * @throws Error for a statement that cannot be judged so
 */
export function policyOf(template: Template, roleId: string, values: Values): Policy {
  const statements = template
    .ofType('AWS::IAM::Policy')
    .filter(({ properties }) => listOf(properties['Roles']).some((role) => objectOf(role)['Ref'] === roleId))
    .flatMap(({ properties }) => listOf(objectOf(properties['PolicyDocument'])['Statement']))
    .map((statement) => objectOf(resolve(statement, values)));
  for (const statement of statements) {
    const unknown = Object.keys(statement).filter((name) => !known.has(name));
    if (statement['Effect'] !== 'Allow' || unknown.length > 0) {
      throw new Error(`a statement that is not judged here: ${JSON.stringify(statement)}`);
    }
  }
  return {
    allows: (request) =>
      statements.some(
        (statement) =>
          matches(statement['Action'], request.action) &&
          matches(statement['Resource'], request.resource) &&
          conditionHolds(statement['Condition'], request.context),
      ),
  };
}

const known = new Set(['Effect', 'Action', 'Resource', 'Sid', 'Condition']);

function matches(pattern: Json | undefined, value: string): boolean {
  const patterns = Array.isArray(pattern) ? pattern : [pattern];
  return patterns.some((each) => {
    const words = textOf(each).split('*').map(escaped);
    return new RegExp(`^${words.join('.*')}$`).test(value);
  });
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function conditionHolds(condition: Json | undefined, context: Request['context']): boolean {
  if (condition === undefined) return true;
  return Object.entries(objectOf(condition)).every(([operator, keys]) =>
    holds(operator, objectOf(keys), context),
  );
}

function holds(operator: string, keys: JsonObject, context: Request['context']): boolean {
  switch (operator) {
    case 'StringEquals':
    case 'StringLike':
      return Object.entries(keys).every(
        ([key, wanted]) => key in context && matches(wanted, context[key] ?? ''),
      );
    case 'Null':
      return Object.entries(keys).every(([key, isNull]) => String(isNull) === String(!(key in context)));
    case 'ForAllValues:StringEquals':
      // Which keys an encryption context may have.
      return Object.entries(keys).every(([, wanted]) => Object.keys(context).length <= listOf(wanted).length);
    default:
      throw new Error(`a condition that is not judged here: ${operator}`);
  }
}
