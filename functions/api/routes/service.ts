import { createRoute, z } from '@hono/zod-openapi';
import type { RouteGroup } from '../context.ts';
import { jsonReply } from '../schemas/common.ts';
import { version } from '../version.ts';

const health = createRoute({
  method: 'get',
  path: '/healthz',
  tags: ['Service'],
  summary: 'Whether the service answers, and its version',
  responses: { 200: jsonReply('It does.', z.object({ version: z.string() })) },
});

export const serviceRoutes: RouteGroup = (api) => {
  api.openapi(health, (c) => c.json({ version }, 200));
};
