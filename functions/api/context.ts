import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Services } from '../../shared/flows/services.ts';
import type { AddressOf } from './client-network.ts';

/** What a host gives the API. */
export type ApiContext = {
  readonly services: Services;
  /** Web origins whose scripts may call the API, besides its own. */
  readonly corsOrigins: readonly string[];
  /** Where clients reach the API, without a slash at the end; undefined when the host does not know. */
  readonly publicUrl: string | undefined;
  /** Where a request came from, as the host itself knows it: no header field that a client can write. */
  readonly addressOf: AddressOf;
  /** Aborts when a request has to be answered, however little there is to say: its host ends. */
  readonly ending?: () => AbortSignal;
  /** How long a request may be held until there is something to tell; `limits.changesWaitMs` when left out. */
  readonly holdMs?: number;
  /** Bytes a reply may have at most; left out where any number can be streamed. */
  readonly replyBytes?: number;
};

export type ApiEnv = { Variables: { context: ApiContext } };

export type Api = OpenAPIHono<ApiEnv>;

/** The calls of one group. Adding a group is one file and its name in the list in app.ts. */
export type RouteGroup = (api: Api) => void;
