import { ImapFlow } from 'imapflow';

declare module 'imapflow' {
  interface ImapFlow {
    /** Runs one command by its name. Not declared by imapflow 2.10, whose own methods all go through it. */
    run(command: string, ...args: unknown[]): Promise<unknown>;
  }
}

/** Hosts that refuse SELECT until the client has told who it is (RFC 2971): "Unsafe Login", seen at Coremail, 2025. */
const needsId = /(^|\.)(163|126|yeah|qq|188|sina)\.(com|net|cn)$/;

/**
 * imapflow without the commands that a brief check does not need: it sends ID twice and always asks for NAMESPACE, each a
 * round trip. Folder names here come from LIST, which tells prefix and delimiter itself.
 */
export class LeanClient extends ImapFlow {
  override async run(command: string, ...args: unknown[]): Promise<unknown> {
    if (command === 'ID' && !needsId.test(this.host.toLowerCase())) return { name: '', skipped: '1' };
    if (command === 'NAMESPACE') {
      this.namespace = { prefix: '', delimiter: '/' };
      return this.namespace;
    }
    return super.run(command, ...args);
  }
}
