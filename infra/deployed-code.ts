import { Effect, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { FunctionDefinition } from '../functions/definitions.ts';
import type { FunctionSetting } from '../functions/settings/function-settings.ts';

/** Something that runs our code under a role of its own: a function, or a container. What is shared gives it access. */
export type DeployedCode = {
  readonly definition: FunctionDefinition;
  readonly role: Role;
  readonly settings: SettingSheet;
};

/** Lets code do a few things to one thing. */
export function allow(role: Role, actions: readonly string[], resource: string, conditions?: object): void {
  if (actions.length === 0) return;
  role.addToPrincipalPolicy(
    new PolicyStatement({
      effect: Effect.ALLOW,
      actions: [...actions],
      resources: [resource],
      ...(conditions === undefined ? {} : { conditions: { ...conditions } }),
    }),
  );
}

/**
 * The environment variables of one function: exactly those that it is declared to read. What is forgotten or to spare
 * fails the synth, not the night.
 */
export class SettingSheet {
  readonly #declared: readonly FunctionSetting[];
  readonly #set: (name: string, value: string) => void;
  readonly #done = new Set<FunctionSetting>();

  constructor(
    scope: Construct,
    declared: readonly FunctionSetting[],
    set: (name: string, value: string) => void,
  ) {
    this.#declared = declared;
    this.#set = set;
    scope.node.addValidation({
      validate: () =>
        declared
          .filter((name) => !this.#done.has(name))
          .map((name) => `${scope.node.path}: ${name} is not set`),
    });
  }

  /** @throws Error for a setting that the function does not read */
  set(name: FunctionSetting, value: string): void {
    if (!this.#declared.includes(name))
      throw new Error(`${name} is set for a function that does not read it`);
    this.#done.add(name);
    this.#set(name, value);
  }

  /** Sets those of the values that the function reads. */
  setDeclared(values: Readonly<Partial<Record<FunctionSetting, string>>>): void {
    for (const name of this.#declared) {
      const value = values[name];
      if (value !== undefined) this.set(name, value);
    }
  }
}
