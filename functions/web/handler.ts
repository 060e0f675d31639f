import { handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda';
import { pinoLog } from '../../shared/logging/pino-log.ts';
import { functionDefinitions } from '../definitions.ts';
import { functionHost } from '../on-aws/function-host.ts';
import { functionSettings } from '../settings/function-settings.ts';
import { createSite } from './site.ts';
import { unpackFiles } from './site-file.ts';

/** The built client, put in when this is bundled (infra/bundle-options.ts). */
declare const PACKED_SITE: string;

const host = functionHost(functionDefinitions.web, process.env);
const log = pinoLog(host.read(functionSettings.logLevel));
const answer = handle(
  createSite(() => unpackFiles(PACKED_SITE)),
  // What is compressed already must not be taken for text.
  { isContentTypeBinary: () => true },
);

/** Called by API Gateway with one request (payload format 2.0) for a file of the client. */
export async function handler(event: LambdaEvent, context: LambdaContext): Promise<unknown> {
  const startedAt = performance.now();
  const reply = await answer(event, context);
  log.info('request-handled', {
    route: 'web',
    status: reply.statusCode,
    ms: Math.round(performance.now() - startedAt),
  });
  return reply;
}
