import type { Setting } from '../settings/common-settings.ts';
import { type FunctionSetting, settingReader } from '../settings/function-settings.ts';

/** A deployed function's view of its environment. */
export type FunctionHost = {
  read: ReturnType<typeof settingReader>;
  /** Whether the function is declared to read this one. */
  reads(setting: Setting<FunctionSetting, unknown>): boolean;
};

/** @throws Error that names all settings which are not right */
export function functionHost(
  definition: { readonly settings: readonly FunctionSetting[] },
  env: Readonly<Record<string, string | undefined>>,
): FunctionHost {
  return {
    read: settingReader(definition.settings, env),
    reads: ({ name }) => definition.settings.includes(name),
  };
}

/** Makes something at the first call and gives the same from then on. What could not be made is tried again. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return async () => {
    made ??= make();
    try {
      return await made;
    } catch (error) {
      made = undefined;
      throw error;
    }
  };
}
