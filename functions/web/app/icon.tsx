/** Drawn here, because fonts lack many signs. */
const paths = {
  plus: 'M12 5v14M5 12h14',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M13 7a2 2 0 1 0 4 0a2 2 0 1 0-4 0M7 17a2 2 0 1 0 4 0a2 2 0 1 0-4 0',
  info: 'M12 11v6M12 7.5v.1M3 12a9 9 0 1 0 18 0a9 9 0 1 0-18 0',
  place: 'M12 21c4-5 7-8 7-11a7 7 0 1 0-14 0c0 3 3 6 7 11zM9.5 10a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0',
  send: 'M4 12l16-8-5 16-3-7z',
  back: 'M15 5l-7 7 7 7',
  remove: 'M6 6l12 12M18 6L6 18',
  more: 'M6 12v.1M12 12v.1M18 12v.1',
  clock: 'M12 8v4l3 2M4 12a8 8 0 1 0 16 0a8 8 0 1 0-16 0',
  tick: 'M5 13l4 4L19 7',
  ticks: 'M2 13l4 4L16 7M11 16l1 1L22 7',
  warning: 'M12 4L2.5 20h19zM12 10v5M12 17.5v.1',
  muted: 'M6 17h12l-1.5-2.5V10a4.5 4.5 0 0 0-9 0v4.5zM10 20h4M4 4l16 16',
  file: 'M7 3h7l4 4v14H7zM14 3v4h4',
  bell: 'M6 17h12l-1.5-2.5V10a4.5 4.5 0 0 0-9 0v4.5zM10 20h4',
} as const;

export function Icon({ name, size = 24 }: { readonly name: keyof typeof paths; readonly size?: number }) {
  return (
    <svg viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" class="drawn">
      <path d={paths[name]} />
    </svg>
  );
}
