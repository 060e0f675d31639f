/** What the mail server said it can do, after login. */
export type Capabilities = {
  readonly coi: boolean;
  readonly webpush: boolean;
  readonly idle: boolean;
  readonly condstore: boolean;
  readonly qresync: boolean;
  readonly metadata: boolean;
  readonly notify: boolean;
};
