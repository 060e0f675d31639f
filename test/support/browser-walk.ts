import { request } from 'node:https';

/**
 * What a browser does with a link: follows redirects with the cookies it was given, until one leads to `until`.
 *
 * @returns where that one leads
 */
export async function walk(start: string, { ca, until }: { ca: string; until: string }): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = new URL(start);
  for (let steps = 0; steps < 10; steps++) {
    const { location, setCookies, status } = await visit(
      url,
      ca,
      [...cookies].map(([k, v]) => `${k}=${v}`).join('; '),
    );
    for (const cookie of setCookies) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (name !== undefined && value !== undefined) cookies.set(name, value);
    }
    if (location === undefined) throw new Error(`${url.pathname} leads nowhere (${status})`);
    url = new URL(location, url);
    if (url.href.startsWith(until)) return url;
  }
  throw new Error('too many redirects');
}

function visit(url: URL, ca: string, cookie: string) {
  return new Promise<{
    location: string | undefined;
    setCookies: readonly string[];
    status: number | undefined;
  }>((resolve, reject) => {
    const asking = request(
      url,
      { ca, headers: cookie === '' ? {} : { cookie }, agent: false },
      (response) => {
        response.resume();
        resolve({
          location: response.headers.location,
          setCookies: response.headers['set-cookie'] ?? [],
          status: response.statusCode,
        });
      },
    );
    asking.on('error', reject).end();
  });
}
