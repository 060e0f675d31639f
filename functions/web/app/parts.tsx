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
