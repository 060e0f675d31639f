import { parseSendMessage } from '../../shared/flows/queue-messages.ts';
import { continueSend } from '../../shared/flows/send/continue-send.ts';
import { functionDefinitions } from '../definitions.ts';
import { functionHost } from '../on-aws/function-host.ts';
import type { LambdaContext } from '../on-aws/lambda-context.ts';
import { type BatchReply, handleBatch } from '../on-aws/queue-batch.ts';
import { openSendServices } from '../on-aws/send-services.ts';

const services = openSendServices(functionHost(functionDefinitions.send, process.env));

/** Called with messages of the send queue. */
export async function handler(event: unknown, context: LambdaContext): Promise<BatchReply> {
  return handleBatch(services, event, context, async (body) => {
    const { accountId, messageId } = parseSendMessage(body);
    await continueSend(services, accountId, messageId);
  });
}
