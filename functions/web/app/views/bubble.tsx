import { useSignal } from '@preact/signals';
import type { Message } from '../../api-client/types.ts';
import { readBodies, unreadable } from '../bodies.ts';
import { Icon } from '../icon.tsx';
import { withoutAddresses } from '../mentions.ts';
import { Away, Linked } from '../parts.tsx';
import { bodies, bodyKey } from '../state.ts';
import { texts } from '../texts.ts';
import { timeOf } from '../times.ts';
import { Attachment } from './attachment.tsx';
import { Actions, type BubbleProps, Reactions } from './message-actions.tsx';

export function Bubble(props: BubbleProps) {
  const { message, first, named, repliedTo, nameOf } = props;
  const { id, own, from, at, outgoing, deletedAt, mention, kind } = message;
  const open = useSignal(false);
  const isNote = /^(?:group-|member-)/.test(kind);
  return (
    <article class={`message ${own ? 'own' : 'theirs'} ${first ? 'first' : ''} ${isNote ? 'note' : ''}`}>
      <div class={`bubble ${mention && !own ? 'mention' : ''}`} id={id}>
        {first && named && !own && !isNote ? <b class="from">{nameOf(from.address)}</b> : null}
        {mention && !own ? <b class="flag">{texts.mention}</b> : null}
        {repliedTo === undefined || deletedAt !== undefined ? null : (
          <blockquote>
            <b>{repliedTo.own ? texts.you : nameOf(repliedTo.from.address)}</b>
            <span class="quoted">{wordsOf(repliedTo)}</span>
          </blockquote>
        )}
        {deletedAt === undefined ? <Content message={message} /> : <p class="dim">{texts.deleted}</p>}
        <Reactions message={message} nameOf={nameOf} />
        <footer>
          {message.editedAt === undefined ? null : <span>{texts.edited}</span>}
          <time dateTime={at}>{timeOf(at)}</time>
          {outgoing === undefined || deletedAt !== undefined ? null : (
            <State message={message} nameOf={nameOf} />
          )}
        </footer>
        {open.value ? <Actions {...props} onDone={() => (open.value = false)} /> : null}
      </div>
      {deletedAt === undefined && !isNote ? (
        <button
          type="button"
          class="icon more"
          aria-label={texts.actions}
          aria-expanded={open.value}
          onClick={() => (open.value = !open.value)}
        >
          <Icon name="more" />
        </button>
      ) : null}
    </article>
  );
}

function Content({ message }: { readonly message: Message }) {
  const { id, encrypted, location, attachments } = message;
  if (encrypted) return <p class="dim">{texts.encrypted}</p>;
  const text = bodies.value[bodyKey(message)];
  return (
    <>
      {attachments.map((each) => (
        <Attachment message={id} attachment={each} key={each.part} />
      ))}
      {location === undefined || text?.includes('geo:') ? null : (
        <Away href={`geo:${location.latitude},${location.longitude}`} text={texts.place} />
      )}
      {text === '' ? null : typeof text === 'string' ? (
        <p class="text">
          <Linked text={withoutAddresses(text)} />
        </p>
      ) : (
        <NoText message={message} isGone={text === null} />
      )}
    </>
  );
}

function NoText({ message, isGone }: { readonly message: Message; readonly isGone: boolean }) {
  if (isGone) return <p class="dim">{texts.gone}</p>;
  if (!unreadable.value.has(bodyKey(message))) return <p class="dim">{texts.loading}</p>;
  return (
    <p class="dim">
      {texts.unreadable}{' '}
      <button type="button" class="quiet" onClick={() => void readBodies([message])}>
        {texts.tryAgain}
      </button>
    </p>
  );
}

function State({ message, nameOf }: Pick<BubbleProps, 'message' | 'nameOf'>) {
  const state = message.outgoing?.state ?? 'sent';
  const readers = message.receipts.map(({ by }) => nameOf(by)).join(', ');
  const words = state === 'read' && readers !== '' ? texts.readBy(readers) : texts.states[state];
  if (state !== 'queued' && state !== 'sent' && state !== 'read')
    return (
      <span class="danger">
        <Icon name="warning" size={16} /> {words}
      </span>
    );
  return (
    <span role="img" class={`state ${state}`} aria-label={words} title={words}>
      <Icon name={({ queued: 'clock', sent: 'tick', read: 'ticks' } as const)[state]} size={18} />
    </span>
  );
}

/** A message in a few words, for where it is spoken of. */
export function wordsOf(message: Message): string {
  if (message.encrypted) return texts.encryptedShort;
  const kinds: Readonly<Record<string, string>> = texts.kinds;
  return withoutAddresses(bodies.value[bodyKey(message)] ?? '') || (kinds[message.kind] ?? '…');
}
