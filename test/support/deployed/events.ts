/** Events as AWS sends them, with what its documentation shows in its examples. */

export type SqsMessage = { readonly id: string; readonly body: string; readonly group?: string };

/** docs.aws.amazon.com/lambda, "Using Lambda with Amazon SQS": a standard queue, or a FIFO one. */
export function sqsEvent(...messages: readonly SqsMessage[]) {
  return {
    Records: messages.map(({ id, body, group }) => ({
      messageId: id,
      receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...',
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '1545082649183',
        SenderId: 'AIDAIENQZJOLO23YVJ4VO',
        ApproximateFirstReceiveTimestamp: '1545082649185',
        ...(group === undefined
          ? {}
          : { SequenceNumber: '18849496460467696128', MessageGroupId: group, MessageDeduplicationId: id }),
      },
      messageAttributes: {},
      md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-2:123456789012:my-queue',
      awsRegion: 'us-east-2',
    })),
  };
}

/** What a schedule of EventBridge Scheduler gives its target when no input is set. */
export const scheduleEvent = {
  version: '0',
  id: 'd32c5kargukjrh',
  'detail-type': 'Scheduled Event',
  source: 'aws.scheduler',
  account: '123456789012',
  time: '2026-11-23T04:00:00Z',
  region: 'us-east-2',
  resources: ['arn:aws:scheduler:us-east-2:123456789012:schedule/default/tick'],
  detail: '{}',
};
