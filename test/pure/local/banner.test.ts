import { describe, expect, it } from 'vitest';
import { banner } from '../../../functions/local/banner.ts';

describe('the banner', () => {
  it('tells where the API, its documentation and the data are', () => {
    const text = banner('http://127.0.0.1:8787', { dataDir: '/srv/chat', admit: '*' });
    expect(text).toContain('coi-push on http://127.0.0.1:8787\n');
    expect(text).toContain('http://127.0.0.1:8787/docs\n');
    expect(text).toContain('/srv/chat\n');
  });

  it.each([
    ['*', /sign-in +everybody who reaches it/],
    ['example.org,me@club.example', /sign-in +example\.org, me@club\.example/],
    ['', /sign-in +nobody yet: set ADMIT/],
  ])('tells who may sign in with ADMIT=%s', (admit, line) => {
    expect(banner('http://[::1]:1', { dataDir: '/', admit })).toMatch(line);
  });
});
