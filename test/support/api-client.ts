/** What the tests say to the HTTP API, as any client would: with fetch, and nothing of the service's own code. */
export class ApiClient {
  readonly #url: string;
  readonly token: string | undefined;

  constructor(url: string, token?: string) {
    this.#url = url;
    this.token = token;
  }

  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; body: unknown; headers: Headers }> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
  }

  /** The body of a call that must succeed. */
  async call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const reply = await this.request(method, path, body);
    if (reply.status >= 400)
      throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return isRecord(reply.body) ? reply.body : {};
  }

  async items(path: string): Promise<Record<string, unknown>[]> {
    const { items } = await this.call('GET', path);
    return Array.isArray(items) ? items.filter(isRecord) : [];
  }
}

/** Where the test mail servers listen; the servers behind `startMailServers` fit. */
export type MailHosts = {
  readonly imap: { readonly host: string; readonly port: number };
  readonly smtp: { readonly host: string; readonly port: number };
  readonly password: string;
};

/** What signs somebody in with both hosts given, by implicit TLS. */
export function signInBody({ imap, smtp, password }: MailHosts, email: string) {
  return {
    ...{ email, password, deviceName: 'test' },
    imap: { host: imap.host, port: imap.port, tls: 'implicit' },
    smtp: { host: smtp.host, port: smtp.port, tls: 'implicit' },
  } as const;
}

/** Does so. */
export async function signIn(url: string, hosts: MailHosts, email: string): Promise<ApiClient> {
  const { token } = await new ApiClient(url).call('POST', '/v1/sessions', signInBody(hosts, email));
  if (typeof token !== 'string') throw new Error('signed in without a token');
  return new ApiClient(url, token);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
