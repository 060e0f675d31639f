import { useSignal } from '@preact/signals';
import { Fragment } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Message } from '../../api-client/types.ts';
import { Icon } from '../icon.tsx';
import { dayOf, Header } from '../parts.tsx';
import { attempt, conversations, messages } from '../state.ts';
import { loadOlder, refreshMessages } from '../sync.ts';
import { texts } from '../texts.ts';
import { Bubble } from './bubble.tsx';
import { Composer, type Doing } from './composer.tsx';

export function ConversationView({ id }: { readonly id: string }) {
  const doing = useSignal<Doing | undefined>(undefined);
  const older = useSignal(true);
  const end = useRef<HTMLDivElement>(null);
  const conversation = conversations.value?.find((each) => each.id === id);
  const list = messages.value[id];
  const oldestFirst = (list ?? []).toReversed();
  const newest = list?.[0]?.id;
  useEffect(() => {
    void attempt(() => refreshMessages(id));
  }, [id]);
  useEffect(() => end.current?.scrollIntoView({ block: 'end' }), [newest]);
  return (
    <>
      <Header title={conversation?.title ?? ''} back="#/">
        <a class="icon" href={`#/c/${encodeURIComponent(id)}/info`} aria-label={texts.info}>
          <Icon name="info" />
        </a>
      </Header>
      <section
        class="messages"
        aria-live="polite"
        aria-label={conversation?.title ?? texts.message}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
        tabIndex={0}
      >
        {list !== undefined && list.length >= 50 && older.value ? (
          <button
            type="button"
            class="quiet"
            onClick={() =>
              void attempt(async () => {
                older.value = await loadOlder(id);
              })
            }
          >
            {texts.older}
          </button>
        ) : null}
        {list?.length === 0 ? <p class="empty">{texts.noMessages}</p> : null}
        {oldestFirst.map((each, index) => (
          <Fragment key={each.id}>
            {dayOf(each.at) === dayBefore(oldestFirst[index - 1]) ? null : (
              <h2 class="day">{dayOf(each.at)}</h2>
            )}
            <Bubble
              message={each}
              named={conversation?.kind !== 'direct'}
              repliedTo={oldestFirst.find(({ messageId }) => messageId === each.inReplyTo)}
              onReply={() => (doing.value = { kind: 'reply', message: each })}
              onEdit={() => (doing.value = { kind: 'edit', message: each })}
            />
          </Fragment>
        ))}
        <div ref={end} />
      </section>
      <Composer conversation={id} doing={doing} />
    </>
  );
}

function dayBefore(message: Message | undefined): string | undefined {
  return message === undefined ? undefined : dayOf(message.at);
}
