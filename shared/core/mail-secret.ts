/**
 * What proves to a mail server who logs in: a password, or an access token of an OAuth provider (RFC 7628, and the
 * XOAUTH2 it grew out of). One of the two; a token that is refused is never followed by a password.
 */
export type MailSecret =
  | { readonly password: string; readonly accessToken?: undefined }
  | { readonly accessToken: string; readonly password?: undefined };

/**
 * The text of XOAUTH2 in base64, as Google and Microsoft document it. Its fields are framed by ^A: a control character in
 * one of them would begin a field of its own.
 *
 * @throws Error for a user name or token that has one; it names neither
 */
export function xoauth2Text(user: string, accessToken: string): string {
  if (/\p{Cc}/u.test(user + accessToken)) throw new Error('a control character in a login');
  return Buffer.from(`user=${user}\u0001auth=Bearer ${accessToken}\u0001\u0001`, 'utf8').toString('base64');
}
