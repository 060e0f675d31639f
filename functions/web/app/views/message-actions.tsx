import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Message } from '../../api-client/types.ts';
import { account, api, attempt } from '../state.ts';
import { refreshMessages } from '../sync.ts';
import { texts } from '../texts.ts';

/** What is known of a message and its place; `nameOf` says who an address is. */
export type BubbleProps = {
  readonly message: Message;
  /** Of several in a row by the same sender. */
  readonly first: boolean;
  /** Whether to say who wrote it, where it is the first one. */
  readonly named: boolean;
  readonly repliedTo: Message | undefined;
  readonly nameOf: (address: string) => string;
  readonly onReply: () => void;
  readonly onEdit: () => void;
};

const emoji = ['👍', '❤️', '😂', '😮', '😢', '🙏'] as const;

/** What can be done about a message. The first of it takes the focus, and Escape ends it. */
export function Actions(props: BubbleProps & { readonly onDone: () => void }) {
  const { message, onReply, onEdit, onDone } = props;
  const box = useRef<HTMLFieldSetElement>(null);
  useLayoutEffect(() => box.current?.querySelector('button')?.focus(), []);
  const act = (work: () => void) => () => {
    onDone();
    work();
  };
  const remove = () => {
    if (confirm(texts.deleteSure)) void sendAbout(message, { kind: 'delete' });
  };
  return (
    <fieldset
      class="actions"
      ref={box}
      aria-label={texts.actions}
      onKeyDown={({ key }) => {
        if (key !== 'Escape') return;
        const toggle = box.current?.closest('article')?.querySelector('.more');
        onDone();
        if (toggle instanceof HTMLElement) toggle.focus();
      }}
    >
      <div class="emoji">
        {emoji.map((each) => (
          <button
            type="button"
            class="icon"
            key={each}
            aria-label={`${texts.react} ${each}`}
            onClick={act(() => void react(message, each))}
          >
            {each}
          </button>
        ))}
      </div>
      <button type="button" onClick={act(onReply)}>
        {texts.reply}
      </button>
      {message.own && message.kind === 'text' ? (
        <button type="button" onClick={act(onEdit)}>
          {texts.edit}
        </button>
      ) : null}
      {message.outgoing?.state === 'unknown' ? (
        <button type="button" onClick={act(() => void sendAgain(message))}>
          {texts.sendAgain}
        </button>
      ) : null}
      {message.own ? (
        <button type="button" class="danger" onClick={act(remove)}>
          {texts.remove}
        </button>
      ) : null}
    </fieldset>
  );
}

/** Each emoji once, with how many gave it; a click gives or takes one's own. */
export function Reactions({ message, nameOf }: Pick<BubbleProps, 'message' | 'nameOf'>) {
  const all = [...new Set(message.reactions.map((each) => each.emoji))];
  if (all.length === 0) return null;
  return (
    <div class="reactions">
      {all.map((each) => {
        const by = message.reactions.filter((reaction) => reaction.emoji === each);
        const names = by.map((reaction) => nameOf(reaction.by)).join(', ');
        return (
          <button
            type="button"
            key={each}
            aria-pressed={mine(message).includes(each)}
            aria-label={`${each} ${names}`}
            title={names}
            onClick={() => void react(message, each)}
          >
            {each} {by.length > 1 ? by.length : ''}
          </button>
        );
      })}
    </div>
  );
}

function react(message: Message, emoji: string): Promise<boolean> {
  return sendAbout(message, { kind: 'reaction', emoji: mine(message).includes(emoji) ? '' : emoji });
}

type About = { readonly kind: 'reaction'; readonly emoji: string } | { readonly kind: 'delete' };

function sendAbout({ id: target, conversation }: Message, what: About): Promise<boolean> {
  return attempt(async () => {
    const body = { ...what, conversation, target };
    await api.call('POST /v1/messages', { body, idempotencyKey: crypto.randomUUID() });
    await refreshMessages(conversation);
  });
}

/** Of which nobody knows whether it went out: the service looks once more before it does. */
function sendAgain({ id, conversation }: Message): Promise<boolean> {
  return attempt(async () => {
    await api.call('POST /v1/messages/{id}/resend', { path: { id }, idempotencyKey: crypto.randomUUID() });
    await refreshMessages(conversation);
  });
}

function mine({ reactions }: Message): string[] {
  return reactions.filter(({ by }) => by === account.value?.email).map(({ emoji: each }) => each);
}
