import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

export type Resource = {
  readonly id: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly metadata: JsonObject;
};

/** What CloudFormation fills in: `Ref` of a resource or parameter, and its attributes. */
export type Values = {
  ref(id: string): Json | undefined;
  attribute(id: string, name: string): Json | undefined;
};

/** A synthesized stack: its resources, and their properties with every reference replaced. */
export class Template {
  readonly resources: readonly Resource[];
  readonly #dir: string;

  /** @param dir the cloud assembly, `cdk.out` */
  constructor(dir: string) {
    const file = readdirSync(dir).find((name) => name.endsWith('.template.json'));
    if (file === undefined) throw new Error(`no template in ${dir}`);
    this.#dir = dir;
    const template = objectOf(JSON.parse(readFileSync(join(dir, file), 'utf8')));
    this.resources = Object.entries(objectOf(template['Resources'])).map(([id, resource]) => ({
      id,
      type: textOf(objectOf(resource)['Type']),
      properties: objectOf(objectOf(resource)['Properties'] ?? {}),
      metadata: objectOf(objectOf(resource)['Metadata'] ?? {}),
    }));
  }

  ofType(type: string): readonly Resource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  get(id: string): Resource {
    const found = this.resources.find((resource) => resource.id === id);
    if (found === undefined) throw new Error(`no resource ${id}`);
    return found;
  }

  /** The folder with a function's code, as it would be uploaded. */
  assetOf(resource: Resource): string {
    const dir = join(this.#dir, textOf(resource.metadata['aws:asset:path']));
    if (!existsSync(dir)) throw new Error(`no asset for ${resource.id}`);
    return dir;
  }

  /** A file that is an asset of its own, by the name it would be uploaded under. */
  fileOf(uploaded: string): string {
    const file = join(this.#dir, `asset.${uploaded.slice(uploaded.lastIndexOf('/') + 1)}`);
    if (!existsSync(file)) throw new Error(`no asset for ${uploaded}`);
    return file;
  }
}

/** Replaces the intrinsic functions in a value. What CloudFormation would not know, or this does not, is an error. */
export function resolve(value: Json | undefined, values: Values): Json {
  if (value === undefined) throw new Error('a property that is missing');
  if (Array.isArray(value)) return value.map((each) => resolve(each, values));
  if (typeof value !== 'object' || value === null) return value;
  const object = objectOf(value);
  const [entry, ...more] = Object.entries(object);
  if (entry !== undefined && more.length === 0) {
    const [name, argument] = entry;
    if (name === 'Ref') return known(values.ref(textOf(argument)), textOf(argument));
    if (name.startsWith('Fn::')) return intrinsic(name, argument, values);
  }
  return Object.fromEntries(Object.entries(object).map(([name, member]) => [name, resolve(member, values)]));
}

function intrinsic(name: string, argument: Json, values: Values): Json {
  switch (name) {
    case 'Fn::GetAtt': {
      const [id, attribute] =
        typeof argument === 'string' ? argument.split('.') : listOf(argument).map(textOf);
      return known(values.attribute(id ?? '', attribute ?? ''), `${id}.${attribute}`);
    }
    case 'Fn::Join': {
      const [separator, parts] = listOf(argument);
      return listOf(resolve(parts, values)).map(textOf).join(textOf(separator));
    }
    case 'Fn::Sub':
      return textOf(argument).replace(/\$\{([^}]+)\}/g, (_, inner: string) => {
        const [id = '', attribute] = inner.split('.');
        return textOf(known(attribute ? values.attribute(id, attribute) : values.ref(id), inner));
      });
    case 'Fn::Select': {
      const [index, list] = listOf(argument);
      return known(listOf(resolve(list, values))[Number(index)], 'Fn::Select');
    }
    case 'Fn::Split': {
      const [separator, text] = listOf(argument);
      return textOf(resolve(text, values)).split(textOf(separator));
    }
    default:
      throw new Error(`${name} is not known here`);
  }
}

function known(value: Json | undefined, what: string): Json {
  if (value === undefined) throw new Error(`nothing stands for ${what}`);
  return value;
}

export function objectOf(value: unknown): JsonObject {
  if (isObject(value)) return value;
  throw new Error(`not an object: ${JSON.stringify(value)?.slice(0, 100)}`);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listOf(value: Json | undefined): readonly Json[] {
  if (Array.isArray(value)) return value;
  throw new Error(`not a list: ${JSON.stringify(value)?.slice(0, 100)}`);
}

export function textOf(value: Json | undefined): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new Error(`not a text: ${JSON.stringify(value)?.slice(0, 100)}`);
}
