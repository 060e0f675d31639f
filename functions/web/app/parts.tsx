import type { ComponentChildren } from 'preact';
import { Icon } from './icon.tsx';
import { texts } from './texts.ts';

/** Initials on one of eight colours, the same for the same name each time. */
export function Avatar({ name }: { readonly name: string }) {
  const words = name.split(/[\s@._-]+/).filter((word) => word !== '');
  const initials = words.slice(0, 2).map((word) => [...word][0]?.toUpperCase() ?? '');
  let sum = 0;
  for (const char of name) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 8;
  return (
    <span class={`avatar tone${sum}`} aria-hidden="true">
      {initials.join('')}
    </span>
  );
}

export function Header(props: {
  readonly title: string;
  readonly back?: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <header class="bar">
      {props.back === undefined ? null : (
        <a class="icon back" href={props.back} aria-label={texts.back}>
          <Icon name="back" />
        </a>
      )}
      <h1>{props.title}</h1>
      {props.children}
    </header>
  );
}

export function Field(props: {
  readonly label: string;
  readonly name: string;
  readonly type?: string;
  readonly value?: string;
  readonly required?: boolean;
  readonly autocomplete?: string;
}) {
  const { label, ...input } = props;
  const attributes: Record<string, unknown> = input;
  return (
    <label class="field">
      <span>{label}</span>
      <input {...attributes} />
    </label>
  );
}

export function valueIn(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name);
  return typeof value === 'string' ? value.trim() : '';
}

/** A day as people say it. */
export function dayOf(time: string): string {
  const day = new Date(time);
  const today = new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (day.toDateString() === today.toDateString()) return texts.today;
  if (day.toDateString() === yesterday.toDateString()) return texts.yesterday;
  return day.toLocaleDateString('en', { day: 'numeric', month: 'long', year: 'numeric' });
}

export function timeOf(time: string): string {
  return new Date(time).toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', hour12: false });
}
