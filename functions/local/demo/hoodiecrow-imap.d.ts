/** The little of hoodiecrow-imap 2.1 that the demo uses; the package has no types. */
declare module 'hoodiecrow-imap' {
  import type { Server } from 'node:net';
  import type fetchHandlers from 'hoodiecrow-imap/lib/commands/handlers/fetch.js';

  type HoodiecrowServer = {
    readonly server: Server;
    /** Handlers that a plugin sets go before the built-in ones. */
    readonly fetchHandlers: Record<string, (typeof fetchHandlers)['BODY']>;
    listen(port: number, host: string, done: () => void): void;
    close(done: () => void): void;
    /** `raw` is a binary string: one character for each byte. */
    appendMessage(path: string, flags: string[], internalDate: string | false, raw: string): void;
  };

  function hoodiecrow(options: {
    plugins: (string | ((server: HoodiecrowServer) => void))[];
    secureConnection: boolean;
    credentials: { key: string; cert: string };
    users: Record<string, { password: string }>;
    storage: Record<string, unknown>;
  }): HoodiecrowServer;
  export = hoodiecrow;
}

declare module 'hoodiecrow-imap/lib/commands/handlers/fetch.js' {
  /** `partial` is the range asked for: origin, and length when there is one. */
  type FetchHandler = (connection: object, message: object, query: { partial?: number[] }) => unknown;
  const fetchHandlers: { readonly BODY: FetchHandler; readonly 'BODY.PEEK': FetchHandler };
  export = fetchHandlers;
}
