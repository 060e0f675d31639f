import { useSignal } from '@preact/signals';
import { Fragment } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Message } from '../../api-client/types.ts';
import { Icon } from '../icon.tsx';
import { discard, retry, type Waiting, waitingIn } from '../outbox.ts';
import { Avatar, Header } from '../parts.tsx';
import { nameOf as personName, titleOf } from '../people.ts';
import { closeNotifications } from '../push.ts';
import { account, attempt, conversations, messages, missing, offline } from '../state.ts';
import { loadOlder, refreshMessages } from '../sync.ts';
import { texts } from '../texts.ts';
import { dayOf } from '../times.ts';
import { Bubble } from './bubble.tsx';
import { Composer, type Doing } from './composer.tsx';

/** Messages of one sender within this time stand together. */
const togetherMs = 5 * 60_000;

export function ConversationView({ id }: { readonly id: string }) {
  const doing = useSignal<Doing | undefined>(undefined);
  const older = useSignal(true);
  const box = useRef<HTMLElement>(null);
  const conversation = conversations.value?.find((each) => each.id === id);
  const title = conversation === undefined ? '' : titleOf(conversation);
  const list = messages.value[id];
  const oldestFirst = (list ?? []).toReversed();
  useEffect(() => {
    void attempt(() => refreshMessages(id));
  }, [id]);
  const newest = list?.[0]?.id;
  useEffect(() => {
    if (newest !== undefined && document.visibilityState === 'visible') void closeNotifications(id);
  }, [id, newest]);
  if (missing.value === id && list === undefined) return <NoSuchChat />;
  const nameOf = (address: string) =>
    address === account.value?.email
      ? texts.you
      : personName(address, conversation?.participants.find((each) => each.address === address)?.name);
  const loadMore = () =>
    void attempt(async () => {
      older.value = await loadOlder(id);
    });
  return (
    <>
      <Header title={title} back="#/">
        <a class="icon" href={`#/c/${encodeURIComponent(id)}/info`} aria-label={texts.info}>
          <Icon name="info" />
        </a>
      </Header>
      <section
        class="messages"
        ref={box}
        role="log"
        aria-label={texts.messages}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
        tabIndex={0}
      >
        <div class="thread">
          {list !== undefined && list.length >= 50 && older.value ? (
            <button type="button" class="quiet" onClick={loadMore}>
              {texts.older}
            </button>
          ) : null}
          {list === undefined ? <p class="empty">{texts.loading}</p> : null}
          {list?.length === 0 ? (
            <div class="empty">
              <Avatar name={title} />
              <p>{texts.noMessages}</p>
            </div>
          ) : null}
          {oldestFirst.map((each, index) => {
            const before = oldestFirst[index - 1];
            const isNewDay = before === undefined || dayOf(each.at) !== dayOf(before.at);
            return (
              <Fragment key={each.id}>
                {isNewDay ? <h2 class="day">{dayOf(each.at)}</h2> : null}
                <Bubble
                  message={each}
                  first={isNewDay || !together(before, each)}
                  named={conversation?.kind !== 'direct'}
                  repliedTo={oldestFirst.find(({ messageId }) => messageId === each.inReplyTo)}
                  nameOf={nameOf}
                  onReply={() => (doing.value = { kind: 'reply', message: each })}
                  onEdit={() => (doing.value = { kind: 'edit', message: each })}
                />
              </Fragment>
            );
          })}
          {waitingIn(id).map((each) => (
            <Pending waiting={each} key={each.key} />
          ))}
        </div>
      </section>
      <Composer conversation={id} doing={doing} onSent={() => box.current?.scrollTo({ top: 0 })} />
    </>
  );
}

function NoSuchChat() {
  return (
    <>
      <Header title={texts.conversations} back="#/" />
      <p class="empty">{texts.noSuchChat}</p>
    </>
  );
}

function together(before: Message, message: Message): boolean {
  return (
    before.from.address === message.from.address &&
    Date.parse(message.at) - Date.parse(before.at) < togetherMs
  );
}

/** What was written and is not sent. */
function Pending({ waiting }: { readonly waiting: Waiting }) {
  const { key, body, problem } = waiting;
  const names = (body.attachments ?? []).map(({ filename }) => filename);
  const text = 'text' in body ? (body.text ?? '') : texts.kinds.location;
  return (
    <article class="message own pending first">
      <div class="bubble">
        {names.map((name) => (
          <p key={name}>{name}</p>
        ))}
        <p class="text">{text}</p>
        {problem === undefined ? (
          <footer>
            <Icon name="clock" size={16} /> {offline.value ? texts.waiting : texts.sending}
          </footer>
        ) : (
          <>
            <p class="danger">{problem}</p>
            <div class="buttons">
              <button type="button" onClick={() => retry(waiting)}>
                {texts.tryAgain}
              </button>
              <button type="button" onClick={() => discard(key)}>
                {texts.discard}
              </button>
            </div>
          </>
        )}
      </div>
    </article>
  );
}
