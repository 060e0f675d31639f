import { Check, Choice } from '../fields.tsx';
import { Section } from '../parts.tsx';
import { changeWish, pushState, pushWish, testPush, turnOff, turnOn } from '../push.ts';
import { attempt } from '../state.ts';
import { texts } from '../texts.ts';

export function NotificationSettings() {
  const state = pushState.value;
  const { content, silentOk, reactions } = pushWish.value;
  return (
    <Section title={texts.notifications}>
      <p role="status">{texts.push[state]}</p>
      <div class="buttons">
        {state === 'off' || state === 'waiting' ? (
          <button type="button" class="main" onClick={() => void attempt(turnOn)}>
            {state === 'off' ? texts.turnOn : texts.tryAgain}
          </button>
        ) : null}
        {state === 'on' ? (
          <button type="button" onClick={() => void attempt(testPush)}>
            {texts.test}
          </button>
        ) : null}
        {state === 'on' || state === 'waiting' ? (
          <button type="button" onClick={() => void attempt(turnOff)}>
            {texts.turnOff}
          </button>
        ) : null}
      </div>
      <Choice
        label={texts.content}
        value={content}
        options={texts.contents}
        onChoose={(chosen) => void attempt(() => changeWish({ content: chosen }))}
      />
      <Check
        label={texts.reactions}
        checked={reactions}
        onChange={(checked) => void attempt(() => changeWish({ reactions: checked }))}
      />
      <Check
        label={texts.silent}
        checked={silentOk}
        onChange={(checked) => void attempt(() => changeWish({ silentOk: checked, edits: checked }))}
      />
      <p class="dim">{texts.silentNote}</p>
    </Section>
  );
}
