import { once } from 'node:events';
import { createServer } from 'node:http';
import { SmallServices } from './deployed/small-services.ts';
import { objectOf } from './deployed/template.ts';
import { listen } from './listen.ts';

/** Where an SDK client finds it, with rights that nobody checks. */
export type AwsAddress = {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
};

export type SmallAws = {
  readonly address: AwsAddress;
  readonly services: SmallServices;
  /** Events that functions were started with. */
  readonly invoked: readonly unknown[];
  /** The next answers, in place of what would be answered: error types as KMS and the others name them. */
  readonly failures: string[];
  close(): Promise<void>;
};

const apis: Readonly<Record<string, string>> = { TrentService: 'kms', secretsmanager: 'secretsmanager' };

/** KMS, Secrets Manager and Lambda's invoke on one address, for everybody who asks. */
export async function startSmallAws(): Promise<SmallAws> {
  const invoked: unknown[] = [];
  const failures: string[] = [];
  const services = new SmallServices((_arn, event) => invoked.push(event));
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const failure = failures.shift();
      if (failure !== undefined) {
        response.writeHead(failure === 'InternalFailure' ? 500 : 400, { 'x-amzn-errortype': failure });
        response.end(JSON.stringify({ __type: failure }));
        return;
      }
      const body = Buffer.concat(chunks);
      const [api = '', operation = ''] = String(request.headers['x-amz-target'] ?? '').split('.');
      const named = apis[api];
      if (named === undefined) {
        void services.serve(
          { action: 'lambda:InvokeFunction', resource: request.url ?? '', context: {} },
          body,
          response,
        );
        return;
      }
      const input = objectOf(JSON.parse(body.toString()));
      const resource = String(input['KeyId'] ?? input['SecretId'] ?? '');
      void services.serve({ action: `${named}:${operation}`, resource, context: {} }, body, response);
    });
  });
  const port = await listen(server);
  return {
    address: {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    },
    services,
    invoked,
    failures,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
