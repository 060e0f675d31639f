import { useEffect } from 'preact/hooks';
import type { Conversation } from '../../api-client/types.ts';
import { Icon } from '../icon.tsx';
import { Avatar, Header } from '../parts.tsx';
import { titleOf } from '../people.ts';
import { previewOf, readPreviews } from '../previews.ts';
import { declineOffer, isOffered, turnOn } from '../push.ts';
import { attempt, conversations, page } from '../state.ts';
import { texts } from '../texts.ts';
import { dayOf, timeOf } from '../times.ts';

export function ConversationList() {
  // By their newest messages: that one was read does not move it.
  const list = conversations.value?.toSorted((a, b) => (timeIn(a) < timeIn(b) ? 1 : -1));
  useEffect(() => {
    // What cannot be read now is tried again with the next message; the list is there all the same.
    if (list !== undefined) readPreviews(list).catch(() => undefined);
  }, [conversations.value]);
  return (
    <>
      <Header title={texts.conversations}>
        <a class="icon" href="#/new" aria-label={texts.newChat} title={texts.newChat}>
          <Icon name="plus" />
        </a>
        <a class="icon" href="#/settings" aria-label={texts.settings} title={texts.settings}>
          <Icon name="settings" />
        </a>
      </Header>
      {isOffered.value ? <Offer /> : null}
      {list === undefined ? <p class="empty">{texts.loading}</p> : null}
      {list?.length === 0 ? (
        <div class="empty">
          <p>{texts.noConversations}</p>
          <a class="button main" href="#/new">
            {texts.newChat}
          </a>
        </div>
      ) : null}
      <ul class="rows">
        {(list ?? []).map((each) => (
          <Row conversation={each} key={each.id} />
        ))}
      </ul>
    </>
  );
}

/** Once, where notifications are neither on nor refused: most people look for them here, and not in the settings. */
function Offer() {
  return (
    <div class="card offer">
      <p>
        <Icon name="bell" /> {texts.pushOffer}
      </p>
      <div class="buttons">
        <button type="button" class="main" onClick={() => void attempt(turnOn)}>
          {texts.turnOn}
        </button>
        <button type="button" class="quiet" onClick={() => void declineOffer()}>
          {texts.notNow}
        </button>
      </div>
    </div>
  );
}

function Row({ conversation }: { readonly conversation: Conversation }) {
  const { id, unread, muted } = conversation;
  const title = titleOf(conversation);
  const at = timeIn(conversation);
  const day = dayOf(at);
  return (
    <li>
      <a
        class={`row ${unread > 0 ? 'new' : ''}`}
        href={`#/c/${encodeURIComponent(id)}`}
        aria-current={page.value.id === id ? 'page' : undefined}
      >
        <Avatar name={title} />
        <span class="words">
          <b>{title}</b>
          <span class="dim">{previewOf(conversation)}</span>
        </span>
        <span class="aside">
          <time dateTime={at}>{day === texts.today ? timeOf(at) : day}</time>
          <span class="signs">
            {muted === false ? null : (
              <span role="img" aria-label={texts.muted}>
                <Icon name="muted" size={18} />
              </span>
            )}
            {unread > 0 ? (
              <span class="badge">
                <span aria-hidden="true">{unread}</span>
                <span class="unseen">{texts.unread(unread)}</span>
              </span>
            ) : null}
          </span>
        </span>
      </a>
    </li>
  );
}

function timeIn({ lastMessage, updatedAt }: Conversation): string {
  return lastMessage?.at ?? updatedAt;
}
