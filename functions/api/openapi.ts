import { securityScheme } from './auth.ts';
import type { Api } from './context.ts';
import { version } from './version.ts';

export type OpenApiDocument = ReturnType<Api['getOpenAPI31Document']>;

/** The OpenAPI 3.1 description of every registered call, made from the schemas that check requests. */
export function openApiDocument(api: Api, publicUrl: string | undefined): OpenApiDocument {
  return api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'coi-push',
      version,
      license: { name: 'MIT' },
      description:
        'Chat over ordinary mailboxes: watches IMAP for chat mail, wakes devices by Web Push, and sends their mail.\n\n' +
        'Times are RFC 3339 in UTC, ids are opaque. Errors are `application/problem+json` (RFC 9457) with a stable `code`.',
    },
    servers: [{ url: publicUrl ?? '/' }],
    tags: [
      { name: 'Sign-in', description: 'Each device has a token of its own, which can be revoked alone.' },
      { name: 'Account' },
      {
        name: 'Push',
        description:
          'Web Push subscriptions, as the COI WebPush extension has them. A push of a message is the JSON object of that ' +
          'extension, with ours under `x-coi-push`: `{account, conversation, message, kind, mention, badge, count?, preview?}`. ' +
          '`count`: it stands for as many messages that came together, and shows the newest. ' +
          'Of the kind `account` it is news of the account itself, with our member alone: ' +
          '`{account, kind: "account", status}`. `login-refused`: the mailbox refuses the password and is not watched ' +
          'until somebody signs in again; tell the user. `ok`: it is well again; sent to devices that take pushes which ' +
          'show nothing (`silentOk`), to take the notification back. Of the kind `seen`, with our member alone and for the ' +
          'same devices: the conversation was read elsewhere up to `message`, and `badge` messages of it are unread still; ' +
          'take its notifications back. A kind that a client does not know is to be ignored.',
      },
      { name: 'Conversations' },
      {
        name: 'Messages',
        description: 'What is stored is metadata; text and attachments come from the mailbox.',
      },
      {
        name: 'Changes',
        description:
          'For clients that are open: one request that waits, in place of asking every few seconds.',
      },
      { name: 'Sending' },
      {
        name: 'Contacts',
        description:
          'The address book lies in the mailbox, as mails that other COI clients read and write too.',
      },
      { name: 'Service' },
    ],
  });
}

export function registerSecurityScheme(api: Api): void {
  api.openAPIRegistry.registerComponent('securitySchemes', securityScheme, {
    type: 'http',
    scheme: 'bearer',
    description: 'The token of `POST /v1/sessions`.',
  });
}
