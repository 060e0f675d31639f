import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Json, type JsonObject, listOf, objectOf, textOf } from './deployed/template.ts';

export type SynthesizedResource = {
  readonly id: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly deletionPolicy: Json | undefined;
  readonly updateReplacePolicy: Json | undefined;
};

/** The resources of a stack as they stand in its template, references and all. */
export class Synthesized {
  readonly resources: readonly SynthesizedResource[];
  readonly outputs: JsonObject;

  /** @param dir the cloud assembly */
  constructor(dir: string, stack = 'coi-push') {
    const template = objectOf(JSON.parse(readFileSync(join(dir, `${stack}.template.json`), 'utf8')));
    this.outputs = objectOf(template['Outputs'] ?? {});
    this.resources = Object.entries(objectOf(template['Resources'])).map(([id, value]) => {
      const resource = objectOf(value);
      return {
        id,
        type: textOf(resource['Type']),
        properties: objectOf(resource['Properties'] ?? {}),
        deletionPolicy: resource['DeletionPolicy'],
        updateReplacePolicy: resource['UpdateReplacePolicy'],
      };
    });
  }

  ofType(type: string): readonly SynthesizedResource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** The ids of all resources that a value refers to, however deep. */
  idsIn(value: unknown): readonly string[] {
    const text = JSON.stringify(value ?? null);
    return this.resources
      .map(({ id }) => id)
      .filter((id) => new RegExp(`"${id}(?:"|\\.)|\\$\\{${id}[.}]`).test(text));
  }
}

export type Statement = {
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly Json[];
  readonly condition: JsonObject | undefined;
};

export function statementsOf(policyDocument: Json | undefined): readonly Statement[] {
  return listOf(objectOf(policyDocument)['Statement']).map((each) => {
    const statement = objectOf(each);
    const condition = statement['Condition'];
    return {
      effect: textOf(statement['Effect']),
      actions: anyList(statement['Action']).map(textOf),
      resources: anyList(statement['Resource']),
      condition: condition === undefined ? undefined : objectOf(condition),
    };
  });
}

/** IAM takes one value in place of a list of one. */
function anyList(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? listOf(value) : [value];
}
