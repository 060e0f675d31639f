import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Api } from '../../functions/api/context.ts';
import { openApiDocument } from '../../functions/api/openapi.ts';
import { isRecord } from './api-client.ts';

export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON, else the text. */
  readonly body: unknown;
};

/**
 * Calls the API in this process, and holds every reply to the OpenAPI document: its status is described for that call,
 * and its body fits the schema given for it. Tests that call through this are contract tests by the way.
 */
export class ContractClient {
  readonly #api: Api;
  readonly token: string | undefined;
  readonly #document: ReturnType<typeof openApiDocument>;
  readonly #ajv: Ajv2020;

  constructor(api: Api, token?: string) {
    this.#api = api;
    this.token = token;
    this.#document = openApiDocument(api, undefined);
    this.#ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(this.#document, 'openapi');
  }

  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const response = await this.raw(method, path, body, headers);
    const content = Buffer.from(await response.arrayBuffer());
    const type = response.headers.get('content-type') ?? '';
    const parsed: unknown = /[/+]json/.test(type) ? JSON.parse(content.toString()) : content.toString();
    this.#check(method, path, response, parsed);
    return { status: response.status, headers: response.headers, body: parsed };
  }

  /** The body of a call that must have this status. */
  async expect(
    status: number,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Record<string, unknown>> {
    const reply = await this.request(method, path, body);
    if (reply.status !== status) {
      throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    }
    return isRecord(reply.body) ? reply.body : {};
  }

  /** The reply as it comes; a text is sent as it is. */
  async raw(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return this.#api.request(path, {
      method,
      headers: {
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  }

  #check(method: string, path: string, response: Response, body: unknown): void {
    const name = `${method} ${path} -> ${response.status}`;
    const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
    if (response.status >= 400) {
      if (type !== 'application/problem+json') throw new Error(`${name}: an error as ${type}`);
      this.#validate(name, '#/components/schemas/Problem', body);
    }
    const template = this.#templateOf(path.split('?')[0] ?? path);
    // HTTP's own: no such address, a wrong method or body. They are the same everywhere and described nowhere.
    if (template === undefined || [405, 413, 415].includes(response.status)) return;
    const pointer = ['paths', template, method.toLowerCase(), 'responses', String(response.status)];
    const described = pointer.reduce<unknown>(
      (node, key) => (isRecord(node) ? node[key] : undefined),
      this.#document,
    );
    if (!isRecord(described)) throw new Error(`${name}: a status that the document does not have`);
    const { content } = described;
    if (!isRecord(content)) {
      if (body !== '') throw new Error(`${name}: a body where the document has none`);
      return;
    }
    if (isRecord(content['*/*'])) return;
    if (!isRecord(content[type])) throw new Error(`${name}: ${type} is not in the document`);
    if (type === 'application/json')
      this.#validate(name, pointerText([...pointer, 'content', type, 'schema']), body);
  }

  #validate(name: string, pointer: string, body: unknown): void {
    const validate = this.#ajv.getSchema(`openapi${pointer}`);
    if (validate === undefined) throw new Error(`${name}: no schema at ${pointer}`);
    if (validate(body) !== true) {
      throw new Error(`${name}: ${this.#ajv.errorsText(validate.errors)} in ${JSON.stringify(body)}`);
    }
  }

  #templateOf(path: string): string | undefined {
    const templates = Object.keys(this.#document.paths ?? {});
    const fits = (template: string) => new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(path);
    // `current` is a name of its own beside `{id}`.
    return templates.find((template) => template === path) ?? templates.find(fits);
  }
}

function pointerText(path: readonly string[]): string {
  return `#/${path.map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
}
