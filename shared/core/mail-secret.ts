/**
 * What proves to a mail server who logs in: a password, or an access token of an OAuth provider (RFC 7628, and the
 * XOAUTH2 it grew out of). One of the two; a token that is refused is never followed by a password.
 */
export type MailSecret =
  | { readonly password: string; readonly accessToken?: undefined }
  | { readonly accessToken: string; readonly password?: undefined };

/**
 * The text of XOAUTH2 in base64, as Google and Microsoft document it.
 *
 * @throws Error for a user name or token with a control character; it names neither
 */
export function xoauth2Text(user: string, accessToken: string): string {
  return framed([`user=${user}`, `auth=Bearer ${accessToken}`]);
}

/**
 * The text of OAUTHBEARER in base64 (RFC 7628, section 3.1), which begins as GS2 has it (RFC 5801, section 4).
 *
 * @throws Error for a user name or token with a control character; it names neither
 */
export function oauthBearerText(user: string, accessToken: string): string {
  const name = user.replaceAll('=', '=3D').replaceAll(',', '=2C');
  return framed([`n,a=${name},`, `auth=Bearer ${accessToken}`]);
}

/** Fields are framed by ^A: a control character in one of them would begin a field of its own. */
function framed(fields: readonly string[]): string {
  if (/\p{Cc}/u.test(fields.join(''))) throw new Error('a control character in a login');
  return Buffer.from(`${fields.join('\u0001')}\u0001\u0001`, 'utf8').toString('base64');
}
