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
