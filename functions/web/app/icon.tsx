/** Drawn here, because fonts lack many signs. */
const paths = {
  plus: 'M12 5v14M5 12h14',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M13 7a2 2 0 1 0 4 0a2 2 0 1 0-4 0M7 17a2 2 0 1 0 4 0a2 2 0 1 0-4 0',
  info: 'M12 11v6M12 7.5v.1M3 12a9 9 0 1 0 18 0a9 9 0 1 0-18 0',
  place: 'M12 21c4-5 7-8 7-11a7 7 0 1 0-14 0c0 3 3 6 7 11zM9.5 10a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0',
  send: 'M4 12l16-8-5 16-3-7z',
  back: 'M15 5l-7 7 7 7',
  remove: 'M6 6l12 12M18 6L6 18',
} as const;

export function Icon({ name }: { readonly name: keyof typeof paths }) {
  return (
    <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" class="drawn">
      <path d={paths[name]} />
    </svg>
  );
}
