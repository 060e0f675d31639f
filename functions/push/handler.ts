import { retryPush } from '../../shared/flows/push/retry-push.ts';
import { parsePushMessage } from '../../shared/flows/queue-messages.ts';
import { functionDefinitions } from '../definitions.ts';
import { functionHost, once } from '../on-aws/function-host.ts';
import type { LambdaContext } from '../on-aws/lambda-context.ts';
import { openPushServices } from '../on-aws/push-services.ts';
import { type BatchReply, handleBatch } from '../on-aws/queue-batch.ts';

const host = functionHost(functionDefinitions.push, process.env);
const opened = once(() => openPushServices(host));

/** Called with messages of the push queue. */
export async function handler(event: unknown, context: LambdaContext): Promise<BatchReply> {
  const services = await opened();
  return handleBatch(services, event, context, async (body) => {
    const { accountId, id } = parsePushMessage(body);
    await retryPush(services, accountId, id);
  });
}
