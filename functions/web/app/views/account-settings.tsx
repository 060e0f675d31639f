import { useSignal } from '@preact/signals';
import type { AccountChanges } from '../../api-client/types.ts';
import { Check, Choice, Field, taking, valueIn } from '../fields.tsx';
import { Section } from '../parts.tsx';
import { account, api, attempt, notice } from '../state.ts';
import { texts } from '../texts.ts';

const usualNight = { from: '22:00', to: '07:00' };

export function AccountSettings() {
  const isBusy = useSignal(false);
  if (account.value === undefined) return null;
  const { email, settings, status } = account.value;
  const { quietHours, readReceipts, messageFilter, unknownSenders } = settings;
  const change = (body: AccountChanges) =>
    void attempt(async () => {
      account.value = await api.call('PATCH /v1/account', { body });
    });
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const setNight = taking((form) =>
    change({ quietHours: { from: valueIn(form, 'from'), to: valueIn(form, 'to'), timeZone } }),
  );
  const setPassword = taking((form) => {
    isBusy.value = true;
    void attempt(async () => {
      const body = { password: valueIn(form, 'password') };
      account.value = await api.call('PUT /v1/account/credentials', { body });
      form.reset();
      notice.value = texts.saved;
    }).finally(() => (isBusy.value = false));
  });
  const night = quietHours ?? usualNight;
  return (
    <Section title={texts.account}>
      <p class="dim">{email}</p>
      <Check
        label={texts.quiet}
        checked={quietHours !== null}
        onChange={(checked) => change({ quietHours: checked ? { ...usualNight, timeZone } : null })}
      />
      {quietHours === null ? null : (
        <form class="inline" onSubmit={setNight}>
          <Field label={texts.quietFrom} name="from" type="time" required value={night.from} />
          <Field label={texts.quietTo} name="to" type="time" required value={night.to} />
          <button type="submit">{texts.save}</button>
        </form>
      )}
      <Choice
        label={texts.strangers}
        value={unknownSenders}
        options={texts.strangersRing}
        onChoose={(chosen) => change({ unknownSenders: chosen })}
      />
      <Choice
        label={texts.readElsewhere}
        value={messageFilter}
        options={texts.filters}
        onChoose={(chosen) => change({ messageFilter: chosen })}
      />
      <Check
        label={texts.receipts}
        checked={readReceipts === 'always'}
        onChange={(checked) => change({ readReceipts: checked ? 'always' : 'never' })}
      />
      <details open={status === 'login-refused'}>
        <summary>{texts.changePassword}</summary>
        <form class="inline" onSubmit={setPassword}>
          <Field
            label={texts.newPassword}
            name="password"
            type="password"
            required
            autocomplete="current-password"
          />
          <button type="submit" disabled={isBusy.value}>
            {isBusy.value ? texts.working : texts.save}
          </button>
        </form>
      </details>
    </Section>
  );
}
