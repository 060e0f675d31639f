import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Message, SendRequest } from '../../api-client/types.ts';
import { Icon } from '../icon.tsx';
import { account, api, attempt, notice, textKey, texts_ } from '../state.ts';
import { refreshConversations, refreshMessages } from '../sync.ts';
import { texts } from '../texts.ts';

export type Doing = { readonly kind: 'reply' | 'edit'; readonly message: Message };

const largestFile = 3_000_000;

export function Composer({
  conversation,
  doing,
}: {
  readonly conversation: string;
  readonly doing: Signal<Doing | undefined>;
}) {
  const text = useSignal('');
  const busy = useSignal(false);
  const input = useRef<HTMLTextAreaElement>(null);
  const about = doing.value;
  useEffect(() => {
    if (about === undefined) return;
    if (about.kind === 'edit') text.value = texts_.value[textKey(about.message)] ?? '';
    input.current?.focus();
  }, [about, text]);

  const post = async (body: SendRequest) => {
    busy.value = true;
    const done = await attempt(async () => {
      await api.call('POST /v1/messages', { body, idempotencyKey: crypto.randomUUID() });
      await refreshMessages(conversation);
      await refreshConversations();
    });
    busy.value = false;
    return done;
  };
  const send = async () => {
    const words = text.value.trim();
    if (words === '' || busy.value) return;
    const done = await post(
      about?.kind === 'edit'
        ? { kind: 'edit', conversation, target: about.message.id, text: words }
        : {
            kind: 'text',
            conversation,
            text: words,
            requestReceipt: account.value?.settings.readReceipts === 'always',
            ...(about === undefined ? {} : { replyTo: about.message.id }),
          },
    );
    if (!done) return;
    text.value = '';
    doing.value = undefined;
    input.current?.focus();
  };
  const attach = async (file: File) => {
    if (file.size > largestFile) {
      notice.value = texts.tooLarge;
      return;
    }
    const content = await base64Of(file);
    const type = file.type === '' ? 'application/octet-stream' : file.type;
    await post({
      kind: 'text',
      conversation,
      text: text.value.trim(),
      attachments: [{ filename: file.name, type, content }],
    });
    text.value = '';
  };
  const sendPlace = () =>
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude, longitude } }) =>
        void post({ kind: 'location', conversation, latitude, longitude }),
      ({ message }) => {
        notice.value = message;
      },
    );
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {about === undefined ? null : (
        <p class="about">
          {about.kind === 'edit' ? texts.editing : texts.replyingTo}: {texts_.value[textKey(about.message)]}
          <button type="button" onClick={() => (doing.value = undefined)}>
            {texts.cancel}
          </button>
        </p>
      )}
      <label class="icon file-choice" title={texts.attach}>
        <Icon name="plus" />
        <input
          type="file"
          aria-label={texts.attach}
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            if (file !== undefined) void attach(file);
            currentTarget.value = '';
          }}
        />
      </label>
      <button type="button" class="icon" aria-label={texts.location} onClick={sendPlace}>
        <Icon name="place" />
      </button>
      <textarea
        ref={input}
        rows={1}
        aria-label={texts.write}
        placeholder={texts.write}
        value={text.value}
        onInput={({ currentTarget }) => (text.value = currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          void send();
        }}
      />
      <button type="submit" class="icon send" aria-label={texts.send} disabled={busy.value}>
        <Icon name="send" />
      </button>
    </form>
  );
}

function base64Of(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ''));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
