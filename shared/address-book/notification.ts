/** `p-notification` of a contact or group (COI client spec, "Contact Storage Message Body"). */
export type Notification = {
  readonly enabled: boolean;
  readonly types: readonly string[];
  readonly sounds: readonly string[];
  /** What to tell of: `message`, `mention`, or a client's own. Empty: everything. */
  readonly filters: readonly string[];
  /** Settings of other clients, as `key=value`. */
  readonly other: readonly string[];
};

/** Reads `enabled=true; types=sound,banner;filters=message`, over however many lines. Only `false` and `no` switch it off. */
export function readNotification(text: string): Notification {
  const settings = text
    .split(';')
    .map((setting) => setting.trim())
    .filter((setting) => setting !== '')
    .map((setting) => {
      const [key = '', ...value] = setting.split('=');
      return { setting, key: key.trim().toLowerCase(), value: value.join('=').trim() };
    });
  const settingOf = (name: string) => settings.find(({ key }) => key === name)?.value ?? '';
  const listOf = (name: string) =>
    settingOf(name)
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  return {
    enabled: !/^(?:false|no)$/i.test(settingOf('enabled')),
    types: listOf('types'),
    sounds: listOf('sounds'),
    filters: listOf('filters'),
    other: settings.filter(({ key }) => !ownKeys.includes(key)).map(({ setting }) => setting),
  };
}

const ownKeys = ['enabled', 'types', 'sounds', 'filters'];

export function notificationText({ enabled, types, sounds, filters, other }: Notification): string {
  const list = (name: string, items: readonly string[]) =>
    items.length === 0 ? [] : [`${name}=${items.join(',')}`];
  return [
    `enabled=${enabled}`,
    ...list('types', types),
    ...list('sounds', sounds),
    ...list('filters', filters),
    ...other,
  ].join(';');
}

/** Whether messages as such are not to be told of. A mention is, even then. */
export function isMuted({ enabled, filters }: Notification): boolean {
  return !enabled || (filters.length > 0 && !filters.some((filter) => filter.toLowerCase() === 'message'));
}
