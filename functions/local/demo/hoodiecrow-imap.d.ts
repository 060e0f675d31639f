/** The little of hoodiecrow-imap 2.1 that the demo uses; the package has no types. */
declare module 'hoodiecrow-imap' {
  import type { Server } from 'node:net';

  type HoodiecrowServer = {
    readonly server: Server;
    listen(port: number, host: string, done: () => void): void;
    close(done: () => void): void;
    /** `raw` is a binary string: one character for each byte. */
    appendMessage(path: string, flags: string[], internalDate: string | false, raw: string): void;
  };

  function hoodiecrow(options: {
    plugins: string[];
    secureConnection: boolean;
    credentials: { key: string; cert: string };
    users: Record<string, { password: string }>;
    storage: Record<string, unknown>;
  }): HoodiecrowServer;
  export = hoodiecrow;
}
