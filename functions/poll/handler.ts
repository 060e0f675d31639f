import { takePoll } from '../../shared/flows/watch/take-poll.ts';
import { functionDefinitions } from '../definitions.ts';
import { openServices } from '../on-aws/all-services.ts';
import { functionHost, once } from '../on-aws/function-host.ts';
import type { LambdaContext } from '../on-aws/lambda-context.ts';
import { type BatchReply, handleBatch } from '../on-aws/queue-batch.ts';

const host = functionHost(functionDefinitions.poll, process.env);
const opened = once(() => openServices(host));

/** Called with messages of the poll queue. */
export async function handler(event: unknown, context: LambdaContext): Promise<BatchReply> {
  const services = await opened();
  return handleBatch(services, event, context, (body, signal) => takePoll(services, body, { signal }));
}
