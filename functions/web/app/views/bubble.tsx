import { useSignal } from '@preact/signals';
import type { Message } from '../../api-client/types.ts';
import { timeOf } from '../parts.tsx';
import { account, api, attempt, textKey, texts_ } from '../state.ts';
import { refreshMessages } from '../sync.ts';
import { texts } from '../texts.ts';
import { Attachment } from './attachment.tsx';

const emoji = ['👍', '❤️', '😂', '😮', '😢'] as const;

export function Bubble(props: {
  readonly message: Message;
  readonly named: boolean;
  readonly repliedTo: Message | undefined;
  readonly onReply: () => void;
  readonly onEdit: () => void;
}) {
  const { message, named, repliedTo } = props;
  const open = useSignal(false);
  const { id, conversation, own, from, at, location, outgoing, deletedAt, encrypted } = message;
  const send = (what: Parameters<typeof sendAbout>[1]) => void attempt(() => sendAbout(message, what));
  const act = (work: () => void) => () => {
    open.value = false;
    work();
  };
  return (
    <article class={`bubble ${own ? 'own' : 'theirs'}`} id={id}>
      {named && !own ? <b class="from">{from.name ?? from.address}</b> : null}
      {repliedTo === undefined ? null : <blockquote>{texts_.value[textKey(repliedTo)] ?? '…'}</blockquote>}
      {deletedAt === undefined ? (
        <>
          <p class={encrypted ? 'note' : 'text'}>
            {encrypted ? texts.encrypted : texts_.value[textKey(message)]}
          </p>
          {location === undefined ? null : (
            <a href={`geo:${location.latitude},${location.longitude}`}>
              {texts.place}: {location.latitude.toFixed(5)}, {location.longitude.toFixed(5)}
            </a>
          )}
          {encrypted
            ? null
            : message.attachments.map((each) => (
                <Attachment message={id} attachment={each} key={each.part} />
              ))}
        </>
      ) : (
        <p class="note">{texts.deleted}</p>
      )}
      {message.reactions.length === 0 ? null : (
        <p class="reactions">
          {message.reactions.map(({ by, emoji: each }) => (
            <span title={by} key={by + each}>
              {each}
            </span>
          ))}
        </p>
      )}
      <footer>
        {message.editedAt === undefined ? null : <span>{texts.edited}</span>}
        <time dateTime={at}>{timeOf(at)}</time>
        {outgoing === undefined ? null : (
          <span
            role="img"
            class={`tick ${outgoing.state}`}
            aria-label={texts.states[outgoing.state]}
            title={texts.states[outgoing.state]}
          >
            {{ queued: '…', sent: '✓', read: '✓✓' }[String(outgoing.state)] ?? '!'}
          </span>
        )}
        {deletedAt === undefined ? (
          <button
            type="button"
            class="more"
            aria-label={texts.actions}
            aria-expanded={open.value}
            onClick={() => (open.value = !open.value)}
          >
            ⋯
          </button>
        ) : null}
      </footer>
      {open.value ? (
        <div class="actions">
          {emoji.map((each) => (
            <button
              type="button"
              key={each}
              aria-label={`${texts.react} ${each}`}
              onClick={act(() => send({ kind: 'reaction', emoji: mine(message).includes(each) ? '' : each }))}
            >
              {each}
            </button>
          ))}
          <button type="button" onClick={act(props.onReply)}>
            {texts.reply}
          </button>
          {own && message.kind === 'text' ? (
            <button type="button" onClick={act(props.onEdit)}>
              {texts.edit}
            </button>
          ) : null}
          {own ? (
            <button type="button" onClick={act(() => confirm(texts.deleteSure) && send({ kind: 'delete' }))}>
              {texts.remove}
            </button>
          ) : null}
        </div>
      ) : null}
    </article>
  );

  async function sendAbout(
    { id: target }: Message,
    what: { readonly kind: 'reaction'; readonly emoji: string } | { readonly kind: 'delete' },
  ): Promise<void> {
    await api.call('POST /v1/messages', {
      body: { ...what, conversation, target },
      idempotencyKey: crypto.randomUUID(),
    });
    await refreshMessages(conversation);
  }
}

function mine({ reactions }: Message): string[] {
  return reactions.filter(({ by }) => by === account.value?.email).map(({ emoji: each }) => each);
}
