import { OpenAPIHono, z } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { createMiddleware } from 'hono/factory';
import { HTTPException } from 'hono/http-exception';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { routePath } from 'hono/route';
import { Fault, invalidFields } from '../../shared/core/faults.ts';
import { limits } from '../../shared/core/limits.ts';
import type { Api, ApiContext, ApiEnv, RouteGroup } from './context.ts';
import { faultWords } from './fault-words.ts';
import { safeHeaders } from './headers.ts';
import { limitReply } from './limit-reply.ts';
import { type OpenApiDocument, openApiDocument, registerSecurityScheme } from './openapi.ts';
import { problem } from './problem.ts';
import { accountRoutes } from './routes/account.ts';
import { changeRoutes } from './routes/changes.ts';
import { contactRoutes } from './routes/contacts.ts';
import { conversationRoutes } from './routes/conversations.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { docsRoutes } from './routes/docs.ts';
import { messageChangeRoutes } from './routes/message-change.ts';
import { messageRoutes } from './routes/messages.ts';
import { oauthRoutes } from './routes/oauth.ts';
import { profileRoutes } from './routes/profile.ts';
import { pushRoutes } from './routes/push.ts';
import { rawMailPath, rawRoutes } from './routes/raw.ts';
import { sendingRoutes, sendPath } from './routes/sending.ts';
import { serviceRoutes } from './routes/service.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { fieldFaults } from './validation.ts';

/** Every group of calls, in the order of the documentation. */
const routeGroups: readonly RouteGroup[] = [
  discoveryRoutes,
  sessionRoutes,
  oauthRoutes,
  accountRoutes,
  pushRoutes,
  conversationRoutes,
  messageRoutes,
  messageChangeRoutes,
  changeRoutes,
  sendingRoutes,
  contactRoutes,
  profileRoutes,
  rawRoutes,
  serviceRoutes,
  docsRoutes,
];

/** The HTTP API as one application; its `fetch` runs under Node's HTTP server and under Lambda alike. */
export function createApi(context: ApiContext): Api {
  z.config({ customError: faultWords });
  const api: Api = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      throw invalidFields(fieldFaults(result.error));
    },
  });
  api.use(async (c, next) => {
    c.set('context', context);
    await next();
  });
  api.use(safeHeaders, logRequests);
  if (context.replyBytes !== undefined) api.use(limitReply(context.replyBytes));
  api.use(
    cors({
      origin: [...context.corsOrigins],
      allowMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      allowHeaders: ['authorization', 'content-type', 'idempotency-key'],
      exposeHeaders: ['content-disposition', 'idempotency-replayed', 'retry-after'],
      maxAge: 600,
    }),
  );
  api.use(
    methodNotAllowed({
      app: api,
      onMethodNotAllowed: (c, allowed) => {
        const reply = problem(
          c,
          new Fault('invalid-request', 'This address does not know that method.'),
          405,
        );
        reply.headers.set('allow', allowed.join(', '));
        return reply;
      },
    }),
  );
  const usualLimit = limitBody(limits.apiBodyBytes);
  const ownLimits = new Map([
    [rawMailPath, limitBody(limits.rawMailBytes)],
    [sendPath, limitBody(limits.sendBodyBytes)],
  ]);
  api.use((c, next) => (ownLimits.get(c.req.path) ?? usualLimit)(c, next));
  api.notFound((c) => problem(c, new Fault('not-found', 'There is nothing at this address. See /docs.')));
  api.onError((error, c) => {
    if (error instanceof Fault) return problem(c, error);
    if (error instanceof HTTPException && error.status === 415) {
      const type = c.req.path === rawMailPath ? 'message/rfc822' : 'application/json';
      return problem(c, new Fault('invalid-request', `Send the body as ${type}.`), 415);
    }
    if (error instanceof HTTPException && error.status < 500) {
      const fields = [{ field: 'body', message: 'is not valid JSON' }];
      return problem(c, new Fault('invalid-request', 'The body is not valid JSON.', { fields }));
    }
    context.services.log.error('request-failed', { route: routePath(c), error: error.name });
    return problem(
      c,
      new Fault('internal', 'Something went wrong here. Try again; if it stays, tell the operator.'),
    );
  });
  registerSecurityScheme(api);
  for (const register of routeGroups) register(api);
  return api;
}

/** The OpenAPI document alone, without a service behind it: for programs that are written by it. */
export function describeApi(): OpenApiDocument {
  const api: Api = new OpenAPIHono<ApiEnv>();
  registerSecurityScheme(api);
  for (const register of routeGroups) register(api);
  return openApiDocument(api, undefined);
}

function limitBody(maxSize: number) {
  const text = `A request may have at most ${maxSize} bytes.`;
  return bodyLimit({ maxSize, onError: (c) => problem(c, new Fault('invalid-request', text), 413) });
}

/** One line per request, with the route's pattern in place of its ids. */
const logRequests = createMiddleware<ApiEnv>(async (c, next) => {
  const startedAt = performance.now();
  await next();
  c.var.context.services.log.info('request-handled', {
    method: c.req.method,
    route: routePath(c, -1),
    status: c.res.status,
    ms: Math.round(performance.now() - startedAt),
  });
});
