import { getEventListeners } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withAnySignal } from '../../../shared/core/any-signal.ts';

describe('A signal of several', () => {
  it.each([0, 1])('aborts with each of them: %i', async (which) => {
    const controllers = [new AbortController(), new AbortController()];
    const signals = controllers.map(({ signal }) => signal);
    await withAnySignal(signals, async (signal) => {
      expect(signal.aborted).toBe(false);
      controllers[which]?.abort();
      expect(signal.aborted).toBe(true);
    });
  });

  it('is aborted from the start where one of them was', async () => {
    const signals = [new AbortController().signal, AbortSignal.abort()];
    expect(await withAnySignal(signals, async (signal) => signal.aborted)).toBe(true);
  });

  it('aborts when the work is done', async () => {
    const { signal } = new AbortController();
    const after = await withAnySignal([signal], async (any) => any);
    expect([after.aborted, signal.aborted]).toEqual([true, false]);
  });

  it('leaves nothing behind in them, however the work ends', async () => {
    const { signal: lasting } = new AbortController();
    expect(await withAnySignal([lasting, new AbortController().signal], async () => 'done')).toBe('done');
    const broken = withAnySignal([lasting], async () => {
      throw new Error('broken');
    });
    await expect(broken).rejects.toThrow('broken');
    expect(getEventListeners(lasting, 'abort')).toEqual([]);
  });
});

describe('The code that runs for long', () => {
  it('combines signals in this way alone', () => {
    const root = new URL('../../../', import.meta.url).pathname;
    const files = ['shared', 'functions'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(root, folder, name),
      ),
    );
    const code = files.filter((name) => name.endsWith('.ts') && !name.endsWith('any-signal.ts'));
    expect(code.filter((name) => readFileSync(name, 'utf8').includes('AbortSignal.any('))).toEqual([]);
  });
});
