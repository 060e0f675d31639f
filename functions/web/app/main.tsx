import { effect } from '@preact/signals';
import { render } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { takeCode } from './oauth.ts';
import { startOutbox } from './outbox.ts';
import { renewPush, startWorker } from './push.ts';
import {
  account,
  attempt,
  begin,
  conversations,
  notice,
  offline,
  page,
  ready,
  restore,
  route,
  token,
} from './state.ts';
import { refreshAccount, refreshShown, startLooking } from './sync.ts';
import { texts } from './texts.ts';
import { Contacts } from './views/contacts.tsx';
import { ConversationView } from './views/conversation.tsx';
import { ConversationInfo } from './views/conversation-info.tsx';
import { ConversationList } from './views/conversation-list.tsx';
import { NewChat, NewGroup } from './views/new-chat.tsx';
import { Settings } from './views/settings.tsx';
import { SignIn } from './views/sign-in.tsx';

function App() {
  if (!ready.value) return null;
  const status = token.value === undefined ? 'ok' : (account.value?.status ?? 'ok');
  return (
    <>
      <div role="status" class="notices">
        {offline.value ? <p class="notice">{texts.offline}</p> : null}
        {status === 'ok' ? null : (
          <p class="notice">
            <span>
              {texts.accountStatus[status]}{' '}
              {status === 'login-refused' ? <a href="#/settings">{texts.toSettings}</a> : null}
            </span>
          </p>
        )}
        {notice.value === undefined ? null : (
          <p class="notice">
            <span>{notice.value}</span>
            <button type="button" onClick={() => (notice.value = undefined)}>
              {texts.dismiss}
            </button>
          </p>
        )}
      </div>
      {token.value === undefined ? <SignIn /> : <Signed />}
    </>
  );
}

function Signed() {
  const { name, id, part } = page.value;
  const shown = useRef(route.value);
  useLayoutEffect(() => {
    if (shown.current === route.value) return;
    shown.current = route.value;
    focusPage();
  }, [route.value]);
  const atList = name === '';
  // On a phone only one of both is in sight, so the one that was asked for is the main part.
  const List = atList ? 'main' : 'nav';
  const Page = atList ? 'aside' : 'main';
  return (
    <div class={`panes ${atList ? 'at-list' : 'at-page'}`}>
      <List class="list" aria-label={texts.conversations}>
        <ConversationList />
      </List>
      <Page class="page" aria-label={atList ? texts.message : undefined}>
        {name === 'c' && part === 'info' ? <ConversationInfo id={id} key={`${id} info`} /> : null}
        {name === 'c' && part === '' ? <ConversationView id={id} key={id} /> : null}
        {name === 'new' ? <NewChat to={id} key={id} /> : null}
        {name === 'group' ? <NewGroup /> : null}
        {name === 'contacts' ? <Contacts /> : null}
        {name === 'settings' ? <Settings /> : null}
        {atList ? <p class="empty">{texts.choose}</p> : null}
      </Page>
    </div>
  );
}

addEventListener('hashchange', () => {
  if (isLink()) return void start();
  route.value = location.hash;
  // That a device was signed out is to be read on the page that comes then.
  if (token.value !== undefined) notice.value = undefined;
  if (page.value.name === 'c') void attempt(refreshShown);
});

/**
 * Where one goes on when a page was opened, in the same moment in which it shows: what is typed at once has to arrive.
 * With a keyboard at hand one writes; otherwise the heading is read out.
 */
function focusPage(): void {
  const hasKeyboard = matchMedia('(pointer: fine)').matches;
  const targets = [...(hasKeyboard ? ['.composer textarea'] : []), '.at-page .page h1', '.at-list .list h1'];
  const found = targets.map((each) => document.querySelector(each)).find(Boolean);
  if (found instanceof HTMLElement) found.focus();
}

/** How much is unread, where it is seen when the page is not: in the tab's title, and on the app's icon. */
effect(() => {
  const unread = (conversations.value ?? []).reduce((sum, each) => sum + each.unread, 0);
  document.title = unread > 0 && token.value !== undefined ? `(${unread}) ${texts.app}` : texts.app;
  if ('setAppBadge' in navigator) void navigator.setAppBadge(unread).catch(() => undefined);
});

async function start(): Promise<void> {
  await takeLink();
  if (token.value === undefined) return;
  await attempt(async () => {
    await refreshAccount();
    await refreshShown();
  });
  await renewPush();
}

/** A link of the demo signs in. Only there: elsewhere it could sign people in to accounts of others. */
function isLink(): boolean {
  return (
    /^#\/token\/[\w.~-]+$/.test(location.hash) &&
    /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(location.hostname)
  );
}

async function takeLink(): Promise<void> {
  const query = new URLSearchParams(location.search);
  const given = isLink() ? location.hash.slice('#/token/'.length) : undefined;
  const isBack = query.has('code') || query.has('error');
  if (given === undefined && !isBack) return;
  history.replaceState(null, '', '/');
  route.value = '';
  if (given === undefined) await takeCode(query);
  else if (given !== token.value) await begin(given);
}

const root = document.getElementById('app');
if (root !== null) render(<App />, root);
await restore();
await startOutbox();
startLooking();
void attempt(() => startWorker(() => void attempt(refreshShown)));
await start();
