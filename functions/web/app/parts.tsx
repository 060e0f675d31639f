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

/** The heading takes the focus when its page is opened, so that it is read out, and Tab goes on from there. */
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
      <h1 tabIndex={-1}>{props.title}</h1>
      {props.children}
    </header>
  );
}

export function Section(props: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section class="card">
      <h2>{props.title}</h2>
      {props.children}
    </section>
  );
}

/** Somebody in a list: a face, a name, something about them, and what can be done. */
export function Person(props: {
  readonly name: string;
  readonly about: string;
  readonly href?: string;
  readonly children?: ComponentChildren;
}) {
  const words = (
    <>
      <Avatar name={props.name} />
      <span class="words">
        <b>{props.name}</b>
        <span class="dim">{props.about}</span>
      </span>
    </>
  );
  return (
    <li class="row">
      {props.href === undefined ? (
        words
      ) : (
        <a class="to" href={props.href}>
          {words}
        </a>
      )}
      {props.children}
    </li>
  );
}

export function Field(props: {
  readonly label: string;
  readonly name: string;
  readonly type?: string;
  readonly value?: string;
  readonly required?: boolean;
  readonly autocomplete?: string;
  readonly inputMode?: string;
  readonly autofocus?: boolean;
  readonly onChange?: (event: Event) => void;
}) {
  // What is typed stays when the page is drawn anew.
  const { label, value, ...input } = props;
  const attributes: Record<string, unknown> = { ...input, defaultValue: value };
  return (
    <label class="field">
      <span>{label}</span>
      <input {...attributes} />
    </label>
  );
}

export function Check(props: {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={props.checked}
        onChange={({ currentTarget }) => props.onChange(currentTarget.checked)}
      />
      {props.label}
    </label>
  );
}

export function Choice<K extends string>(props: {
  readonly label: string;
  readonly value: K;
  readonly options: Readonly<Record<K, string>>;
  readonly onChoose: (key: K) => void;
}) {
  const isKey = (key: string): key is K => key in props.options;
  return (
    <label class="field">
      <span>{props.label}</span>
      <select
        value={props.value}
        onChange={({ currentTarget }) => {
          if (isKey(currentTarget.value)) props.onChoose(currentTarget.value);
        }}
      >
        {Object.keys(props.options)
          .filter(isKey)
          .map((key) => (
            <option value={key} key={key}>
              {props.options[key]}
            </option>
          ))}
      </select>
    </label>
  );
}

/** A handler for a form that the page itself takes. */
export function taking(work: (form: HTMLFormElement) => void) {
  return (event: SubmitEvent) => {
    event.preventDefault();
    if (event.currentTarget instanceof HTMLFormElement) work(event.currentTarget);
  };
}

export function valueIn(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name);
  return typeof value === 'string' ? value.trim() : '';
}

/** A text with its web addresses and places as links; nothing else in it means anything. */
export function Linked({ text }: { readonly text: string }) {
  const parts = text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}']|geo:-?[\d.]+,-?[\d.]+)/);
  return (
    <>
      {parts.map((part, index) =>
        // Of a text that is split by one group, each second part is what the group found.
        index % 2 === 0 ? part : <Away href={part} text={part} key={`${index}${part}`} />,
      )}
    </>
  );
}

/** A link to elsewhere, which learns nothing of this page. Places are shown on a map, because few devices open `geo:`. */
export function Away({ href, text }: { readonly href: string; readonly text: string }) {
  const [latitude, longitude] = href.startsWith('geo:') ? href.slice(4).split(',') : [];
  const map = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  return (
    <a href={longitude === undefined ? href : map} target="_blank" rel="noreferrer noopener">
      {text}
    </a>
  );
}

/** A day as people say it. */
export function dayOf(time: string): string {
  const day = new Date(time);
  const today = new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (day.toDateString() === today.toDateString()) return texts.today;
  if (day.toDateString() === yesterday.toDateString()) return texts.yesterday;
  const year = day.getFullYear() === today.getFullYear() ? {} : ({ year: 'numeric' } as const);
  return day.toLocaleDateString('en', { day: 'numeric', month: 'long', ...year });
}

export function timeOf(time: string): string {
  return new Date(time).toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

export function sizeOf(bytes: number): string {
  return bytes < 1_000_000
    ? `${Math.max(1, Math.round(bytes / 1_000))} KB`
    : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
