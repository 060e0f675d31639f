import { startMailServers } from './dovecot.ts';

// A process that starts mail servers and says where, for tests that kill it.
const { imap, smtp, lmtpPort } = await startMailServers();
console.log(JSON.stringify([imap.port, imap.starttlsPort, smtp.port, smtp.starttlsPort, lmtpPort]));
