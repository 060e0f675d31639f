import { getConnInfo, type LambdaContext as HonoContext, handle, type LambdaEvent } from 'hono/aws-lambda';
import { limits } from '../../shared/core/limits.ts';
import { breakOffConnections } from '../../shared/net/connect.ts';
import { functionDefinitions } from '../definitions.ts';
import { openServices } from '../on-aws/all-services.ts';
import { functionHost, once } from '../on-aws/function-host.ts';
import { abortBeforeEnd } from '../on-aws/lambda-context.ts';
import { functionSettings } from '../settings/function-settings.ts';
import { createApi } from './app.ts';

/** Of the one request that this process has. */
let isTimeUp: AbortSignal | undefined;

const host = functionHost(functionDefinitions.api, process.env);
const opened = once(async () => {
  const services = await openServices(host);
  const api = createApi({
    services,
    corsOrigins: host.read(functionSettings.corsOrigins),
    publicUrl: host.read(functionSettings.publicUrl),
    // The gateway's own word (`requestContext.http.sourceIp`), not a header field.
    addressOf: (c) => getConnInfo(c).remote.address,
    replyBytes: limits.replyBytes,
    holdMs: host.read(functionSettings.holdSeconds) * 1000,
    ending: () => isTimeUp ?? AbortSignal.abort(),
  });
  // As text, a reply would be taken for UTF-8, and files of strangers may be anything.
  return { services, answer: handle(api, { isContentTypeBinary: () => true }) };
});

/** Called by API Gateway with one request (payload format 2.0). */
export async function handler(event: LambdaEvent, context: HonoContext): Promise<unknown> {
  const { services, answer } = await opened();
  // Who waits for a mail server that does not answer is told so, in place of an error of the gateway's.
  isTimeUp = abortBeforeEnd(context, limits.apiReserveMs);
  isTimeUp.addEventListener('abort', breakOffConnections, { once: true });
  try {
    return await answer(event, context);
  } finally {
    breakOffConnections();
    services.metrics.flush();
  }
}
