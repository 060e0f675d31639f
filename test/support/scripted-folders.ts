import { randomUUID } from 'node:crypto';
import { sealCredentials } from '../../shared/flows/accounts/credentials.ts';
import type { Account } from '../../shared/store/items.ts';
import type { ApiHost } from './api-host.ts';
import {
  folderLines,
  mailRow,
  type Script,
  type ScriptedCommand,
  type ScriptedImap,
  startScriptedImap,
} from './scripted-imap.ts';

/** A scripted server with folders that tests put mails into, and that says of it what they have it say. */
export type ScriptedFolders = {
  readonly server: ScriptedImap;
  /** What was sent of one command, by its name. */
  sent(name: string): string[];
  /** Puts a chat mail into a folder, without a word; gives its UID. */
  put(folder: string, messageId: string, receivedAt: number): number;
  /** A line that is told, in IDLE or without, on the newest connection. */
  tell(line: string): void;
  /** STATUS of a folder as it is. */
  status(folder: string): string;
  /** Ends the newest connection. */
  hangUp(): void;
};

type Mail = { readonly uid: number; readonly messageId: string; readonly receivedAt: number };

/** @param capabilities besides IMAP4rev1 and IDLE */
export async function startScriptedFolders(
  names: readonly string[],
  capabilities: string,
  script: Script = {},
): Promise<ScriptedFolders> {
  const folders = new Map<string, Mail[]>(names.map((name) => [name, []]));
  const mailsIn = (name: string) => folders.get(name) ?? [];
  let open = '';
  let newest: ScriptedCommand | undefined;
  const said = `CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN ${capabilities}`;
  const server = await startScriptedImap({
    GREETING(command) {
      newest = command;
      command.send(`* OK [${said}] ready`);
    },
    LOGIN: (command) => command.send(`${command.tag} OK [${said}] in`),
    LIST: (command) => command.ok(...names.map((name) => `* LIST () "/" ${name}`)),
    EXAMINE(command) {
      open = command.args.replaceAll('"', '');
      const exists = mailsIn(open).length;
      command.ok(...folderLines({ exists, uidValidity: 7, uidNext: exists + 1 }));
    },
    'UID FETCH'(command) {
      const from = Number(/^\d+/.exec(command.args)?.[0] ?? 1);
      const header = (id: string) =>
        `Message-ID: ${id}\r\nFrom: bob@example.org\r\nChat-Version: 1.0\r\n\r\n`;
      const rows = mailsIn(open)
        .filter(({ uid }) => uid >= from)
        .map(({ uid, messageId, receivedAt }) =>
          mailRow({ seq: uid, uid, header: header(messageId), receivedAt: new Date(receivedAt) }),
        );
      command.ok(...rows);
    },
    ...script,
  });
  return {
    server,
    sent: (name) => server.commands.filter((command) => command.startsWith(`${name} `)),
    put(folder, messageId, receivedAt) {
      const mails = mailsIn(folder);
      const uid = mails.length + 1;
      mails.push({ uid, messageId, receivedAt });
      return uid;
    },
    tell: (line) => newest?.send(line),
    status: (folder) =>
      `* STATUS ${folder} (MESSAGES ${mailsIn(folder).length} UIDNEXT ${mailsIn(folder).length + 1} UIDVALIDITY 7)`,
    hangUp: () => newest?.socket.destroy(),
  };
}

/** An account whose mailbox is at the scripted server. */
export async function scriptedAccount(host: ApiHost, { server }: ScriptedFolders): Promise<Account> {
  const id = randomUUID();
  const { user, port, password } = server.login;
  const { account } = await host.account({
    id,
    email: `${id}@example.test`,
    aliases: [],
    unproven: [],
    imap: { host: '127.0.0.1', port, tls: 'implicit', user },
    ...(await sealCredentials(host.services, id, { password })),
  });
  return account;
}
