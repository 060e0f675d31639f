/** A server with the way it is reached; never one without TLS. */
export type MailServer = {
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls';
};

/** How a user can prove who they are: `oauth2:` is followed by the name of a provider that issues tokens. */
export type AuthWay = 'password' | `oauth2:${string}`;

/** What somebody must know or do before signing in. The code is for programs, the text for people. */
export type Hint = {
  readonly code:
    | 'app-password'
    | 'enable-imap'
    | 'oauth-only'
    | 'oauth-not-set-up'
    | 'no-imap'
    | 'spam-filter'
    | 'login-name';
  readonly text: string;
  readonly url?: string;
};

/** What is known of mail at one provider, for all addresses of its domains. */
export type MailSettings = {
  readonly provider: string;
  readonly domains: readonly string[];
  /** Mail exchangers that own domains of its customers name. */
  readonly exchangers?: RegExp;
  /** Undefined where the provider has no IMAP for other programs. */
  readonly servers: { readonly imap: MailServer; readonly smtp: MailServer } | undefined;
  /** What IMAP and SMTP take as the user name: the whole address, or what stands before the `@`. */
  readonly userName: { readonly imap: 'address' | 'local-part'; readonly smtp: 'address' | 'local-part' };
  readonly auth: readonly AuthWay[];
  readonly hints: readonly Hint[];
};

/** The settings for addresses of a domain (lower case), where they are known. */
export function settingsOfDomain(domain: string): MailSettings | undefined {
  return mailSettings.find(({ domains }) => domains.includes(domain));
}

/** The settings of the provider that one of these mail exchangers belongs to. */
export function settingsOfExchangers(hosts: readonly string[]): MailSettings | undefined {
  return mailSettings.find(({ exchangers }) => hosts.some((host) => exchangers?.test(host) ?? false));
}

const implicit = (host: string, port: number): MailServer => ({ host, port, tls: 'implicit' });
const startTls = (host: string): MailServer => ({ host, port: 587, tls: 'starttls' });
const wholeAddress = { imap: 'address', smtp: 'address' } as const;

const appPassword = (text: string, url: string): Hint => ({ code: 'app-password', text, url });
const enableImap = (text: string, url: string): Hint => ({ code: 'enable-imap', text, url });

/** From the providers' own help pages as collected in deltachat/provider-db (November 2024), unless a row says otherwise. */
const mailSettings: readonly MailSettings[] = [
  {
    provider: 'gmail',
    domains: ['gmail.com', 'googlemail.com', 'google.com'],
    exchangers: /(^|\.)(google|googlemail)\.com$/,
    servers: { imap: implicit('imap.gmail.com', 993), smtp: implicit('smtp.gmail.com', 465) },
    userName: wholeAddress,
    auth: ['oauth2:google', 'password'],
    hints: [
      appPassword(
        'Google takes no usual password here: switch 2-step verification on and make an app password.',
        'https://support.google.com/accounts/answer/185833',
      ),
    ],
  },
  {
    provider: 'outlook',
    domains: [
      ...['outlook.com', 'outlook.de', 'outlook.fr', 'outlook.it', 'outlook.es', 'outlook.jp'],
      ...['outlook.com.tr', 'hotmail.com', 'hotmail.de', 'hotmail.fr', 'hotmail.it', 'hotmail.co.uk'],
      ...['live.com', 'live.de', 'live.fr', 'live.co.uk', 'msn.com', 'office365.com'],
    ],
    exchangers: /(^|\.)(mail\.protection\.outlook\.com|olc\.protection\.outlook\.com|mx\.microsoft)$/,
    servers: { imap: implicit('outlook.office365.com', 993), smtp: startTls('smtp.office365.com') },
    userName: wholeAddress,
    auth: ['oauth2:microsoft'],
    hints: [
      {
        code: 'oauth-only',
        text: 'Microsoft takes no passwords for IMAP any more; sign in with Microsoft instead.',
        url: 'https://support.microsoft.com/office/d088b986-291d-42b8-9564-9c414e2aa040',
      },
    ],
  },
  {
    provider: 'yahoo',
    domains: [
      ...['yahoo.com', 'yahoo.de', 'yahoo.it', 'yahoo.fr', 'yahoo.es', 'yahoo.se', 'yahoo.co.uk', 'yahoo.ca'],
      ...[
        'yahoo.co.nz',
        'yahoo.co.in',
        'yahoo.in',
        'yahoo.com.au',
        'yahoo.com.ar',
        'yahoo.com.br',
        'yahoo.com.mx',
      ],
      ...['ymail.com', 'rocketmail.com'],
    ],
    exchangers: /(^|\.)yahoodns\.net$/,
    servers: { imap: implicit('imap.mail.yahoo.com', 993), smtp: implicit('smtp.mail.yahoo.com', 465) },
    userName: wholeAddress,
    auth: ['password'],
    hints: [
      appPassword(
        'Yahoo takes an app password here: make one under "Account security".',
        'https://login.yahoo.com/account/security',
      ),
    ],
  },
  {
    provider: 'aol',
    domains: ['aol.com', 'aol.de', 'aim.com', 'verizon.net'],
    servers: { imap: implicit('imap.aol.com', 993), smtp: implicit('smtp.aol.com', 465) },
    userName: wholeAddress,
    auth: ['password'],
    hints: [
      appPassword(
        'AOL takes an app password here: make one under "Account security".',
        'https://login.aol.com/account/security',
      ),
    ],
  },
  {
    provider: 'icloud',
    domains: ['icloud.com', 'me.com', 'mac.com'],
    exchangers: /(^|\.)mail\.icloud\.com$/,
    servers: { imap: implicit('imap.mail.me.com', 993), smtp: startTls('smtp.mail.me.com') },
    userName: { imap: 'local-part', smtp: 'address' },
    auth: ['password'],
    hints: [
      appPassword(
        'Apple takes an app-specific password here, not the one of your Apple account.',
        'https://support.apple.com/102654',
      ),
    ],
  },
  {
    provider: 'gmx',
    domains: [
      ...['gmx.net', 'gmx.de', 'gmx.at', 'gmx.ch', 'gmx.org', 'gmx.eu', 'gmx.info', 'gmx.biz', 'gmx.com'],
    ],
    exchangers: /(^|\.)gmx\.net$/,
    servers: { imap: implicit('imap.gmx.net', 993), smtp: implicit('mail.gmx.net', 465) },
    userName: wholeAddress,
    auth: ['password'],
    hints: [
      enableImap(
        'Allow IMAP first: in GMX on the web, under settings, POP3/IMAP.',
        'https://support.gmx.com/pop-imap/toggle.html',
      ),
    ],
  },
  {
    provider: 'web.de',
    domains: ['web.de', 'email.de'],
    exchangers: /(^|\.)web\.de$/,
    servers: { imap: implicit('imap.web.de', 993), smtp: startTls('smtp.web.de') },
    userName: { imap: 'local-part', smtp: 'local-part' },
    auth: ['password'],
    hints: [
      enableImap(
        'Allow IMAP first: in WEB.DE on the web, under settings, POP3/IMAP.',
        'https://hilfe.web.de/pop-imap/einschalten.html',
      ),
      {
        code: 'spam-filter',
        text: 'With the three-way spam filter on, mail of people you do not know goes to the folder "Unbekannt".',
        url: 'https://hilfe.web.de/email/spam-und-viren/spamschutz-einstellungen.html',
      },
    ],
  },
  {
    provider: 't-online',
    domains: ['t-online.de', 'magenta.de'],
    servers: {
      imap: implicit('secureimap.t-online.de', 993),
      smtp: implicit('securesmtp.t-online.de', 465),
    },
    userName: wholeAddress,
    auth: ['password'],
    hints: [
      appPassword(
        'T-Online takes a password for mail programs here: set one in the mail centre, under settings, passwords.',
        'https://www.telekom.de/hilfe/apps-dienste/e-mail/e-mail-adresse-passwoerter-und-sicherheit',
      ),
    ],
  },
  {
    provider: 'yandex',
    domains: ['yandex.com', 'yandex.ru', 'yandex.by', 'yandex.kz', 'yandex.ua', 'ya.ru', 'narod.ru'],
    exchangers: /(^|\.)yandex\.(net|ru)$/,
    servers: { imap: implicit('imap.yandex.com', 993), smtp: implicit('smtp.yandex.com', 465) },
    userName: wholeAddress,
    auth: ['password'],
    hints: [
      enableImap(
        'Switch IMAP on in Yandex on the web, and make an app password.',
        'https://yandex.com/support/mail/mail-clients/others.html',
      ),
    ],
  },
  {
    provider: 'mail.ru',
    domains: ['mail.ru', 'inbox.ru', 'internet.ru', 'bk.ru', 'list.ru'],
    exchangers: /(^|\.)mail\.ru$/,
    servers: { imap: implicit('imap.mail.ru', 993), smtp: implicit('smtp.mail.ru', 465) },
    userName: wholeAddress,
    auth: ['password'],
    hints: [
      appPassword(
        'Mail.ru takes a password for external applications here.',
        'https://help.mail.ru/mail/security/protection/external',
      ),
    ],
  },
  {
    provider: '163',
    domains: ['163.com'],
    servers: { imap: implicit('imap.163.com', 993), smtp: implicit('smtp.163.com', 465) },
    userName: wholeAddress,
    auth: ['password'],
    hints: [
      appPassword(
        'Switch POP3/SMTP/IMAP on in the settings of 163 on the web, and sign in with the authorisation code it gives.',
        'https://mail.163.com/',
      ),
    ],
  },
  {
    provider: 'qq',
    domains: ['qq.com', 'foxmail.com'],
    servers: { imap: implicit('imap.qq.com', 993), smtp: implicit('smtp.qq.com', 465) },
    userName: { imap: 'local-part', smtp: 'address' },
    auth: ['password'],
    hints: [
      appPassword(
        'Switch IMAP/SMTP on in QQ Mail on the web, and sign in with the authorisation code it gives.',
        'https://service.mail.qq.com/cgi-bin/help?subtype=1&id=28&no=331',
      ),
    ],
  },
  {
    provider: 'fastmail',
    domains: ['fastmail.com', 'fastmail.fm', 'fastmail.net', 'fastmail.org', 'fastmail.de', 'fastmail.co.uk'],
    exchangers: /(^|\.)messagingengine\.com$/,
    servers: { imap: implicit('imap.fastmail.com', 993), smtp: implicit('smtp.fastmail.com', 465) },
    userName: wholeAddress,
    auth: ['password'],
    hints: [
      appPassword(
        'Fastmail takes an app password here: make one under settings, privacy and security.',
        'https://www.fastmail.help/hc/en-us/articles/360058752854',
      ),
    ],
  },
  {
    provider: 'mailbox.org',
    domains: ['mailbox.org', 'secure.mailbox.org'],
    exchangers: /(^|\.)mailbox\.org$/,
    servers: { imap: implicit('imap.mailbox.org', 993), smtp: implicit('smtp.mailbox.org', 465) },
    userName: wholeAddress,
    auth: ['password'],
    hints: [],
  },
  {
    provider: 'posteo',
    domains: ['posteo.de', 'posteo.net', 'posteo.org', 'posteo.eu', 'posteo.at', 'posteo.ch', 'posteo.com'],
    exchangers: /(^|\.)posteo\.de$/,
    servers: { imap: implicit('posteo.de', 993), smtp: implicit('posteo.de', 465) },
    userName: wholeAddress,
    auth: ['password'],
    hints: [],
  },
  {
    provider: 'proton',
    domains: ['proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me'],
    exchangers: /(^|\.)protonmail\.ch$/,
    servers: undefined,
    userName: wholeAddress,
    auth: [],
    hints: [
      {
        code: 'no-imap',
        text: 'Proton has no IMAP that other services could reach; its bridge works on your own computer only.',
        url: 'https://proton.me/mail/bridge',
      },
    ],
  },
];
