import type { Conversation } from '../../api-client/types.ts';
import { Icon } from '../icon.tsx';
import { Avatar, dayOf, Header, timeOf } from '../parts.tsx';
import { account, conversations, page } from '../state.ts';
import { texts } from '../texts.ts';

export function ConversationList() {
  const list = conversations.value;
  return (
    <>
      <Header title={texts.conversations}>
        <a class="icon" href="#/new" aria-label={texts.newChat}>
          <Icon name="plus" />
        </a>
        <a class="icon" href="#/settings" aria-label={texts.settings}>
          <Icon name="settings" />
        </a>
      </Header>
      {list === undefined ? <p class="empty">{texts.working}</p> : null}
      {list?.length === 0 ? (
        <p class="empty">
          {texts.noConversations} <a href="#/new">{texts.newChat}</a>
        </p>
      ) : null}
      <ul class="rows">
        {(list ?? []).map((each) => (
          <Row conversation={each} key={each.id} />
        ))}
      </ul>
    </>
  );
}

function Row({ conversation }: { readonly conversation: Conversation }) {
  const { id, title, lastMessage, unread, updatedAt } = conversation;
  const own = lastMessage?.from === account.value?.email;
  const day = dayOf(updatedAt);
  return (
    <li>
      <a
        class="row"
        href={`#/c/${encodeURIComponent(id)}`}
        aria-current={page.value.id === id ? 'page' : undefined}
      >
        <Avatar name={title} />
        <span class="words">
          <b>{title}</b>
          <span class="preview">
            {own ? `${texts.you}: ` : ''}
            {lastMessage?.preview ?? ''}
          </span>
        </span>
        <span class="aside">
          <time dateTime={updatedAt}>{day === texts.today ? timeOf(updatedAt) : day}</time>
          {unread > 0 ? (
            <span class="badge">
              <span aria-hidden="true">{unread}</span>
              <span class="unseen">{texts.unread(unread)}</span>
            </span>
          ) : null}
        </span>
      </a>
    </li>
  );
}
