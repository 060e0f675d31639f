/**
 * Whether a request comes from this process. The embedded servers do not check signatures, and other users of the
 * machine and web pages in its browsers reach loopback too: only this process knows the access key made at its start.
 */
export function isOurs(request, accessKeyId) {
  const { authorization = '', origin } = request.headers;
  return origin === undefined && authorization.includes(` Credential=${accessKeyId}/`);
}
