/** What the configuration of a private Dovecot instance depends on. */
export type DovecotSite = {
  readonly dir: string;
  /** The one unprivileged user everything runs as; Dovecot refuses to keep mail as root. */
  readonly user: {
    readonly name: string;
    readonly group: string;
    readonly uid: number;
    readonly gid: number;
  };
  readonly password: string;
  /** A file with the password of each user, `user:{PLAIN}password`, read anew when it changes; in place of one for all. */
  readonly passwordFile?: string | undefined;
  /** A file of Dovecot's `oauth2` passdb: then it takes access tokens too (XOAUTH2 and OAUTHBEARER). */
  readonly tokenFile?: string | undefined;
  /** To one mailbox at once. */
  readonly connectionsPerUser?: number | undefined;
  readonly ports: Readonly<Record<'imap' | 'imaps' | 'lmtp' | 'submission' | 'submissions', number>>;
  /** Where the submission server hands mail on to. */
  readonly relayPort: number;
  /** What this Dovecot needs to run at all, see `dovecotProgram`. */
  readonly programSettings: string;
};

/** Dovecot 2.3: any user with one password, mail in maildirs, TLS and STARTTLS, LMTP, METADATA, room for 1,000 connections. */
export function dovecotConfig({
  dir,
  user,
  password,
  passwordFile,
  tokenFile,
  connectionsPerUser = 5000,
  ports,
  relayPort,
  programSettings,
}: DovecotSite): string {
  const listener = (name: string, port: number, ssl = false) =>
    `inet_listener ${name} {\n    address = 127.0.0.1\n    port = ${port}\n${ssl ? '    ssl = yes\n' : ''}  }`;
  return `
base_dir = ${dir}/run
state_dir = ${dir}/state
log_path = ${dir}/dovecot.log
protocols = imap lmtp submission
listen = 127.0.0.1
default_internal_user = ${user.name}
default_internal_group = ${user.group}
default_login_user = ${user.name}
first_valid_uid = 1
first_valid_gid = 1
default_vsz_limit = 512M
default_client_limit = 6000
default_process_limit = 1500
shutdown_clients = yes
hostname = mail.example.test

ssl = yes
ssl_cert = <${dir}/cert.pem
ssl_key = <${dir}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login${tokenFile === undefined ? '' : ' xoauth2 oauthbearer'}
auth_failure_delay = 0 secs

${tokenFile === undefined ? '' : `passdb {\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = ${tokenFile}\n}`}
passdb {
  driver = ${passwordFile === undefined ? 'static' : 'passwd-file'}
  args = ${passwordFile ?? `password=${password}`}
}
userdb {
  driver = static
  # Folders of users at prefixed.test lie below INBOX, with dots: as at Courier and many a hosting provider.
  args = uid=${user.uid} gid=${user.gid} home=${dir}/mail/%u namespace/inbox/disabled=%{if;%d;eq;prefixed.test;yes;no} namespace/prefixed/disabled=%{if;%d;eq;prefixed.test;no;yes}
}
mail_location = maildir:~/Maildir
mail_attribute_dict = file:%h/dovecot-attributes
# Past fs.inotify.max_user_instances (128 on stock Debian) IDLE falls back to looking this often; 30 s by default.
mailbox_idle_check_interval = 2 secs
namespace inbox {
  inbox = yes
  separator = /
  mailbox Drafts {
    auto = create
    special_use = \\Drafts
  }
  mailbox Sent {
    auto = create
    special_use = \\Sent
  }
  mailbox Trash {
    auto = create
    special_use = \\Trash
  }
  # Only there once a test has made it.
  mailbox Junk {
    special_use = \\Junk
  }
}
namespace prefixed {
  inbox = yes
  separator = .
  prefix = INBOX.
}
protocol imap {
  imap_metadata = yes
  mail_max_userip_connections = ${connectionsPerUser}
}
service anvil {
  chroot =
  # Wrong passwords from one address otherwise cost 4, 8, 15 s each, whoever asks next.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
service imap-login {
  chroot =
  service_count = 0
  client_limit = 3000
  vsz_limit = 1G
  ${listener('imap', ports.imap)}
  ${listener('imaps', ports.imaps, true)}
}
service submission-login {
  chroot =
  service_count = 0
  ${listener('submission', ports.submission)}
  ${listener('submissions', ports.submissions, true)}
}
service imap-hibernate {
  chroot =
}
service imap {
  process_limit = 1500
  service_count = 100
}
service lmtp {
  user = ${user.name}
  ${listener('lmtp', ports.lmtp)}
}
service auth {
  client_limit = 8000
  unix_listener auth-userdb {
    user = ${user.name}
  }
}
service auth-worker {
  user = ${user.name}
}
service dict {
  unix_listener dict {
    user = ${user.name}
  }
}
submission_relay_host = 127.0.0.1
submission_relay_port = ${relayPort}
submission_relay_trusted = yes
${programSettings}`;
}
