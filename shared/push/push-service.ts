export type PushServiceName = 'apple' | 'google' | 'mozilla' | 'microsoft' | 'other';

const domains: readonly (readonly [string, PushServiceName])[] = [
  ['push.apple.com', 'apple'],
  ['googleapis.com', 'google'],
  ['push.services.mozilla.com', 'mozilla'],
  ['notify.windows.com', 'microsoft'],
];

/** Whose push service an endpoint belongs to: few enough to count by. UnifiedPush has as many hosts as it has users. */
export function pushServiceOf(endpoint: string): PushServiceName {
  const host = URL.canParse(endpoint) ? new URL(endpoint).hostname : '';
  return domains.find(([domain]) => host === domain || host.endsWith(`.${domain}`))?.[1] ?? 'other';
}
