import { memberOf } from '../../shared/core/outside-data.ts';

/** What CloudFormation asks of a custom resource (its user guide, "Custom resource request objects"). */
export type ResourceRequest = {
  readonly kind: 'Create' | 'Update' | 'Delete';
  /** Where the answer is put: an address that S3 has signed. */
  readonly responseUrl: string;
  readonly requestId: string;
  /** Come back in the answer as they were. */
  readonly names: Readonly<Record<'StackId' | 'RequestId' | 'LogicalResourceId', string>>;
};

export type ResourceAnswer = {
  /** Another id would make CloudFormation take it for a new resource, and delete the old one. */
  readonly id: string;
  /** Attributes that the template may use. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Why it failed; shown to whoever deploys. */
  readonly failure?: string;
};

/** @throws TypeError for an event that is none */
export function parseResourceRequest(event: unknown): ResourceRequest {
  const text = (name: string): string => {
    const found = memberOf(event, name);
    if (typeof found !== 'string') throw new TypeError(`an event without ${name}`);
    return found;
  };
  const kinds = ['Create', 'Update', 'Delete'] as const;
  const kind = kinds.find((each) => each === text('RequestType'));
  if (kind === undefined) throw new TypeError('an event of unknown RequestType');
  const names = {
    StackId: text('StackId'),
    RequestId: text('RequestId'),
    LogicalResourceId: text('LogicalResourceId'),
  };
  return { kind, responseUrl: text('ResponseURL'), requestId: names.RequestId, names };
}

/** CloudFormation waits for this answer, up to an hour. */
export async function answerCloudFormation(request: ResourceRequest, answer: ResourceAnswer): Promise<void> {
  const body = Buffer.from(
    JSON.stringify({
      ...request.names,
      Status: answer.failure === undefined ? 'SUCCESS' : 'FAILED',
      Reason: answer.failure ?? 'done',
      PhysicalResourceId: answer.id,
      Data: answer.attributes ?? {},
    }),
  );
  // The signature of the address covers an empty content type: fetch sets none for bytes.
  const reply = await fetch(request.responseUrl, { method: 'PUT', body: new Uint8Array(body) });
  if (!reply.ok) throw new Error(`CloudFormation did not take the answer: ${reply.status}`);
}
