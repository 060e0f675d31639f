import { type Signal, useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Message, SendRequest } from '../../api-client/types.ts';
import { Icon } from '../icon.tsx';
import { withMentions } from '../mentions.ts';
import { post } from '../outbox.ts';
import { base64Of, readyPicture } from '../picture.ts';
import { account, attempt, bodies, bodyKey, conversations, notice } from '../state.ts';
import { texts } from '../texts.ts';
import { wordsOf } from './bubble.tsx';

export type Doing = { readonly kind: 'reply' | 'edit'; readonly message: Message };

/** All files of a message; a request may have 4 MB in base64. */
const mostBytes = 3_000_000;
/** What was begun in each conversation, until the page is closed. */
const drafts = new Map<string, string>();

export function Composer(props: {
  readonly conversation: string;
  readonly doing: Signal<Doing | undefined>;
  readonly onSent: () => void;
}) {
  const { conversation, doing } = props;
  const text = useSignal(drafts.get(conversation) ?? '');
  const files = useSignal<readonly File[]>([]);
  const input = useRef<HTMLTextAreaElement>(null);
  const about = doing.value;
  // Before anybody can type: a later moment would write over the first letters.
  useLayoutEffect(() => {
    if (about === undefined) return;
    if (about.kind === 'edit') text.value = bodies.value[bodyKey(about.message)] ?? '';
    input.current?.focus();
  }, [about, text]);

  const write = (words: string) => {
    text.value = words;
    drafts.set(conversation, words);
  };
  const stop = () => {
    if (about?.kind === 'edit') write('');
    doing.value = undefined;
  };
  const send = async () => {
    const words = text.value.trim();
    if (words === '' && (files.value.length === 0 || about?.kind === 'edit')) return;
    await attempt(async () => {
      post(await bodyOf({ conversation, words, about, files: files.value }));
      files.value = [];
      write('');
      doing.value = undefined;
      props.onSent();
    });
    input.current?.focus();
  };
  const choose = async (chosen: Iterable<File>) => {
    const all = [...files.value, ...(await Promise.all([...chosen].map(readyPicture)))];
    const isTooMuch = all.reduce((sum, { size }) => sum + size, 0) > mostBytes;
    if (isTooMuch) notice.value = texts.tooLarge;
    else files.value = all;
    input.current?.focus();
  };
  const sendPlace = () =>
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude, longitude } }) => post({ kind: 'location', conversation, latitude, longitude }),
      () => (notice.value = texts.locationFailed),
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
          <span class="words">
            {about.kind === 'edit' ? texts.editing : texts.replyingTo}: {wordsOf(about.message)}
          </span>
          <button type="button" class="icon" aria-label={texts.cancel} onClick={stop}>
            <Icon name="remove" />
          </button>
        </p>
      )}
      {files.value.map((file) => (
        <p class="about" key={file}>
          <Icon name="file" size={20} />
          <span class="words">{file.name}</span>
          <button
            type="button"
            class="icon"
            aria-label={texts.removeFile(file.name)}
            onClick={() => (files.value = files.value.filter((each) => each !== file))}
          >
            <Icon name="remove" />
          </button>
        </p>
      ))}
      <label class="icon file-choice" title={texts.attach}>
        <Icon name="plus" />
        <input
          type="file"
          multiple
          aria-label={texts.attach}
          onChange={({ currentTarget }) => {
            void choose([...(currentTarget.files ?? [])]);
            currentTarget.value = '';
          }}
        />
      </label>
      <button
        type="button"
        class="icon"
        aria-label={texts.location}
        title={texts.location}
        onClick={sendPlace}
      >
        <Icon name="place" />
      </button>
      <textarea
        ref={input}
        rows={1}
        aria-label={texts.write}
        placeholder={texts.write}
        value={text.value}
        onInput={({ currentTarget }) => write(currentTarget.value)}
        onPaste={(event) => {
          const pasted = [...(event.clipboardData?.files ?? [])];
          if (pasted.length === 0) return;
          event.preventDefault();
          void choose(pasted);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') stop();
          // The keyboard of a phone has no other way to a new line, and the button is beside it.
          const sends = event.key === 'Enter' && !event.shiftKey && !event.isComposing && !isTouched();
          if (!sends) return;
          event.preventDefault();
          void send();
        }}
      />
      <button type="submit" class="icon send" aria-label={texts.send} title={texts.send}>
        <Icon name="send" />
      </button>
    </form>
  );
}

async function bodyOf(what: {
  readonly conversation: string;
  readonly words: string;
  readonly about: Doing | undefined;
  readonly files: readonly File[];
}): Promise<SendRequest> {
  const { conversation, about, files } = what;
  const chat = conversations.value?.find(({ id }) => id === conversation);
  const text = chat?.kind === 'group' ? withMentions(what.words, chat.participants) : what.words;
  if (about?.kind === 'edit') return { kind: 'edit', conversation, target: about.message.id, text };
  const attachments = await Promise.all(
    files.map(async (file) => ({
      filename: file.name,
      type: file.type === '' ? 'application/octet-stream' : file.type,
      content: await base64Of(file),
    })),
  );
  return {
    ...{ kind: 'text', conversation, text, attachments },
    requestReceipt: account.value?.settings.readReceipts === 'always',
    ...(about === undefined ? {} : { replyTo: about.message.id }),
  };
}

function isTouched(): boolean {
  return matchMedia('(pointer: coarse)').matches;
}
