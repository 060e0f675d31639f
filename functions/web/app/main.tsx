import { render } from 'preact';
import { renewPush, startWorker } from './push.ts';
import {
  account,
  api,
  attempt,
  begin,
  keepShown,
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
import { NewChat } from './views/new-chat.tsx';
import { Settings } from './views/settings.tsx';
import { SignIn } from './views/sign-in.tsx';

function App() {
  if (!ready.value) return null;
  const status = account.value?.status ?? 'ok';
  return (
    <>
      <div role="status" class="notices">
        {offline.value ? <p class="notice">{texts.offline}</p> : null}
        {status === 'ok' ? null : <p class="notice">{texts.accountStatus[status]}</p>}
        {notice.value === undefined ? null : (
          <p class="notice">
            {notice.value}{' '}
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
  const atList = name === '';
  // On a phone only one of both is in sight, so the one that was asked for is the main part.
  const List = atList ? 'main' : 'nav';
  const Page = atList ? 'aside' : 'main';
  return (
    <div class={`panes ${atList ? 'at-list' : 'at-page'}`}>
      <List class="list" aria-label={texts.conversations}>
        <ConversationList />
      </List>
      <Page class="page">
        {name === 'c' && part === 'info' ? <ConversationInfo id={id} key={`${id} info`} /> : null}
        {name === 'c' && part === '' ? <ConversationView id={id} key={id} /> : null}
        {name === 'new' || name === 'group' ? <NewChat group={name === 'group'} key={name} /> : null}
        {name === 'contacts' ? <Contacts /> : null}
        {name === 'settings' ? <Settings /> : null}
        {atList ? <p class="empty">{texts.choose}</p> : null}
      </Page>
    </div>
  );
}

addEventListener('hashchange', () => {
  route.value = location.hash;
  if (page.value.name === 'c') void attempt(refreshShown);
});

async function start(): Promise<void> {
  const root = document.getElementById('app');
  if (root !== null) render(<App />, root);
  await restore();
  await takeLink();
  startLooking();
  void attempt(startWorker);
  if (token.value === undefined) return;
  await attempt(async () => {
    await refreshAccount();
    await refreshShown();
    await keepShown();
  });
  await renewPush();
}

/** A one-time link of the demo, or the way back from a provider's own sign-in page. */
async function takeLink(): Promise<void> {
  const query = new URLSearchParams(location.search);
  const given = /^#\/token\/([\w.~-]+)$/.exec(location.hash)?.[1];
  const [code, error] = [query.get('code'), query.get('error')];
  if (given === undefined && code === null && error === null) return;
  history.replaceState(null, '', '/');
  route.value = '';
  if (given !== undefined) await begin(given);
  if (error !== null) notice.value = error;
  if (code !== null)
    await attempt(async () => {
      const reply = await api.call('POST /v1/oauth/exchange', { body: { code } });
      await begin(reply.token);
    });
}

void start();
