import type { Calls } from './types.ts';

type Part<K extends keyof Calls, Name extends 'path' | 'query' | 'body'> = undefined extends Calls[K][Name]
  ? { readonly [each in Name]?: Calls[K][Name] }
  : Name extends 'query'
    ? { readonly [each in Name]?: Calls[K][Name] }
    : { readonly [each in Name]: Calls[K][Name] };

export type CallInput<K extends keyof Calls> = Part<K, 'path'> &
  Part<K, 'query'> &
  Part<K, 'body'> & { readonly signal?: AbortSignal; readonly idempotencyKey?: string };

export type Client = {
  call<K extends keyof Calls>(name: K, input: CallInput<K>): Promise<Calls[K]['reply']>;
  /** Bytes of a reply, as of a part of a mail. */
  bytes(path: string): Promise<Blob>;
};

export type WrongMember = { readonly field: string; readonly message: string };

/** What the API answers when something is wrong (RFC 9457); `detail` is meant to be shown. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  /** Members of the request that were wrong, by their paths (`imap.port`, `to[0]`), each with what is wrong with it. */
  readonly errors: readonly WrongMember[];
  constructor(status: number, code: string, detail: string, errors: readonly WrongMember[] = []) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

/** Whether the API answered with this problem. */
export function isProblem(error: unknown, code: string): error is Problem {
  return error instanceof Problem && error.code === code;
}

/**
 * Calls of the API with their types. `token` is asked for each time; without one, only calls that need none work.
 *
 * @throws Problem what the API answered, or `offline` with status 0 when there was no answer
 */
export function createClient(options: {
  readonly url: string;
  readonly token: () => string | undefined;
}): Client {
  const request = async (method: string, path: string, more: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(more.headers);
    const token = options.token();
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    let response: Response;
    try {
      response = await fetch(options.url + path, { ...more, method, headers });
    } catch (error) {
      if (error instanceof Error && error.name === 'AbortError') throw error;
      throw new Problem(0, 'offline', 'There is no connection to the service.');
    }
    if (!response.ok) throw await problemOf(response);
    return response;
  };
  return {
    async call(name, input) {
      const [method = 'GET', template = '/'] = name.split(' ');
      const path = template.replaceAll(/\{(\w+)\}/g, (_, key) =>
        encodeURIComponent(pathValue(input.path, key)),
      );
      const query = new URLSearchParams(
        Object.entries(input.query ?? {}).map(([key, value]): [string, string] => [key, String(value)]),
      ).toString();
      const hasBody = input.body !== undefined;
      const response = await request(method, query === '' ? path : `${path}?${query}`, {
        ...(input.signal === undefined ? {} : { signal: input.signal }),
        ...(hasBody ? { body: JSON.stringify(input.body) } : {}),
        headers: {
          ...(hasBody ? { 'content-type': 'application/json' } : {}),
          ...(input.idempotencyKey === undefined ? {} : { 'idempotency-key': input.idempotencyKey }),
        },
      });
      if (response.status === 204) return undefined;
      return JSON.parse(await response.text());
    },
    async bytes(path) {
      return (await request('GET', path)).blob();
    },
  };
}

function pathValue(from: unknown, key: string): string {
  return new Map<string, unknown>(Object.entries(Object(from))).get(key)?.toString() ?? '';
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const { code, detail, title, errors = [] } = JSON.parse(await response.text());
    return new Problem(response.status, String(code), String(detail ?? title), errors);
  } catch {
    return new Problem(response.status, 'internal', `The service answered with ${response.status}.`);
  }
}
