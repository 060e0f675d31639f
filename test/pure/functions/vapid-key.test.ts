import { createServer, type IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createVapidKeys, parseVapidText, vapidText } from '../../../shared/push/vapid.ts';
import { stubAwsEnv } from '../../support/aws-env.ts';
import { listen, portOf } from '../../support/listen.ts';
import { type SmallAws, startSmallAws } from '../../support/small-aws.ts';

const secretArn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:vapid-AbCdEf';
const answers: { url: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];
const cloudFormation = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    answers.push({ url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(status).end();
  });
});
let status = 200;
let aws: SmallAws;
let handler: (event: unknown) => Promise<void>;

beforeAll(async () => {
  aws = await startSmallAws();
  await listen(cloudFormation);
  stubAwsEnv({ all: aws.address });
  vi.stubEnv('VAPID_SECRET_ARN', secretArn);
  ({ handler } = await import('../../../functions/vapid-key/handler.ts'));
});
afterAll(async () => {
  cloudFormation.close();
  cloudFormation.closeAllConnections();
  await aws.close();
});
beforeEach(() => {
  answers.length = 0;
  status = 200;
  aws.failures.length = 0;
  aws.services.secrets.clear();
});

async function deploy(type: 'Create' | 'Update' | 'Delete'): Promise<unknown> {
  await handler({
    RequestType: type,
    ServiceToken: 'arn:aws:lambda:eu-west-1:123456789012:function:vapid-key',
    ResponseURL: `http://127.0.0.1:${portOf(cloudFormation)}/answer?X-Amz-Signature=abc`,
    StackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/coi-push/1',
    RequestId: 'f3c2a0b4-8a76-4b4e-9d5e-2f1c2d3e4f50',
    LogicalResourceId: 'KeyPair',
    ResourceType: 'AWS::CloudFormation::CustomResource',
    ResourceProperties: { ServiceToken: 'arn' },
    ...(type === 'Create' ? {} : { PhysicalResourceId: 'vapid-key-pair' }),
  });
  const body: unknown = JSON.parse(answers.at(-1)?.body ?? '{}');
  return body;
}

const success = {
  Status: 'SUCCESS',
  PhysicalResourceId: 'vapid-key-pair',
  StackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/coi-push/1',
  RequestId: 'f3c2a0b4-8a76-4b4e-9d5e-2f1c2d3e4f50',
  LogicalResourceId: 'KeyPair',
};

describe('the function that makes the VAPID keys', () => {
  it('makes a pair for a secret without a value, and tells CloudFormation the public one alone', async () => {
    const answer = await deploy('Create');
    const keys = parseVapidText(aws.services.secrets.get(secretArn) ?? '');
    expect(answer).toEqual({
      ...success,
      Reason: 'done',
      Data: { KeyId: keys?.keyId, PublicKey: keys?.publicKey },
    });
    expect(answers[0]?.body).not.toContain(keys?.privateKey ?? 'a private key');
  });

  it('signs nothing but an empty content type, as the signature of the address has it', async () => {
    await deploy('Create');
    expect(answers[0]?.url).toBe('/answer?X-Amz-Signature=abc');
    expect(answers[0]?.headers['content-type']).toBeUndefined();
  });

  it('keeps the pair at an update, a repeat and a second first deploy', async () => {
    await deploy('Create');
    const first = aws.services.secrets.get(secretArn);
    expect(await deploy('Update')).toMatchObject(success);
    expect(await deploy('Create')).toMatchObject(success);
    expect(aws.services.secrets.get(secretArn)).toBe(first);
  });

  it('keeps a pair that it did not make', async () => {
    const keys = createVapidKeys();
    aws.services.secrets.set(secretArn, vapidText(keys));
    expect(await deploy('Create')).toMatchObject({ ...success, Data: { PublicKey: keys.publicKey } });
    expect(aws.services.secrets.get(secretArn)).toBe(vapidText(keys));
  });

  it('makes one at an update, too, when the secret lost its value', async () => {
    expect(await deploy('Update')).toMatchObject(success);
    expect(parseVapidText(aws.services.secrets.get(secretArn) ?? '')).toBeDefined();
  });

  it('deletes nothing', async () => {
    await deploy('Create');
    const kept = aws.services.secrets.get(secretArn);
    expect(await deploy('Delete')).toMatchObject(success);
    expect(aws.services.secrets.get(secretArn)).toBe(kept);
  });

  it.each(['a password', '{}', '{"publicKey":"B","privateKey":"A"}'])(
    'does not replace what is no key pair (%s), but fails the deploy',
    async (text) => {
      aws.services.secrets.set(secretArn, text);
      expect(await deploy('Create')).toMatchObject({
        ...success,
        Status: 'FAILED',
        Reason: expect.stringContaining('does not hold a key pair'),
      });
      expect(aws.services.secrets.get(secretArn)).toBe(text);
    },
  );

  it('fails the deploy when it may not read the secret, and says so', async () => {
    aws.failures.push('AccessDeniedException');
    expect(await deploy('Create')).toMatchObject({ ...success, Status: 'FAILED' });
    expect(aws.services.secrets.size).toBe(0);
  });

  it('fails as a function when CloudFormation does not take the answer, so that Lambda repeats it', async () => {
    status = 403;
    await expect(deploy('Create')).rejects.toThrow('403');
  });

  it('refuses an event that is none', async () => {
    await expect(handler({})).rejects.toThrow('without');
    expect(answers).toEqual([]);
  });
});
