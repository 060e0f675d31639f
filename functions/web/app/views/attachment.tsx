import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Message } from '../../api-client/types.ts';
import { Icon } from '../icon.tsx';
import { api, attempt } from '../state.ts';
import { sizeOf } from '../times.ts';

/** Types that a browser only decodes, and never runs. */
const shownTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'];
const largestShown = 8_000_000;

type Part = Message['attachments'][number];

/** Pictures are shown; everything else is saved, and never opened here. */
export function Attachment(props: { readonly message: string; readonly attachment: Part }) {
  const { part, type, filename, size } = props.attachment;
  const path = `/v1/messages/${encodeURIComponent(props.message)}/parts/${encodeURIComponent(part)}`;
  const url = useSignal<string | undefined>(undefined);
  const isShown = shownTypes.includes(type.toLowerCase()) && size <= largestShown;
  useEffect(() => {
    if (!isShown) return;
    let gone = false;
    void attempt(async () => {
      const blob = await api.bytes(path);
      if (!gone) url.value = URL.createObjectURL(new Blob([blob], { type: type.toLowerCase() }));
    });
    return () => {
      gone = true;
      if (url.value !== undefined) URL.revokeObjectURL(url.value);
    };
  }, [path, isShown, type, url]);
  const name = filename ?? type;
  const save = () =>
    void attempt(async () =>
      saveBlob(new Blob([await api.bytes(path)], { type: 'application/octet-stream' }), name),
    );
  return (
    <>
      {isShown ? (
        <span class="picture">{url.value === undefined ? null : <img src={url.value} alt={name} />}</span>
      ) : null}
      <button type="button" class="file" onClick={save}>
        <Icon name="file" size={20} />
        <span class="words">{name}</span> {sizeOf(size)}
      </button>
    </>
  );
}

export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
