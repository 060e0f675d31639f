import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Request } from './iam.ts';
import { type JsonObject, objectOf, textOf } from './template.ts';

/**
 * As much of KMS, Secrets Manager and Lambda's invoke as the functions use. KMS binds a data key to its encryption context as
 * the real one does (AES-GCM with the context as additional data), and counts its calls.
 */
export class SmallServices {
  kmsCalls = 0;
  /** Secret values by ARN; undefined for a secret without a value yet. */
  readonly secrets = new Map<string, string | undefined>();
  readonly #master = randomBytes(32);
  readonly #invoke: (arn: string, event: unknown) => void;

  constructor(invoke: (arn: string, event: unknown) => void) {
    this.#invoke = invoke;
  }

  async serve({ action, resource }: Request, body: Buffer, response: ServerResponse): Promise<void> {
    if (action === 'lambda:InvokeFunction') {
      this.#invoke(resource, body.length === 0 ? {} : JSON.parse(body.toString()));
      response.writeHead(202).end();
      return;
    }
    try {
      reply(response, 200, this.#answer(action, resource, objectOf(JSON.parse(body.toString()))));
    } catch (error) {
      reply(response, 400, { __type: error instanceof Error ? error.message : 'InternalFailure' });
    }
  }

  #answer(action: string, resource: string, input: JsonObject): JsonObject {
    switch (action) {
      case 'kms:GenerateDataKey': {
        this.kmsCalls += 1;
        const key = randomBytes(32);
        return {
          KeyId: resource,
          Plaintext: key.toString('base64'),
          CiphertextBlob: this.#wrap(key, input).toString('base64'),
        };
      }
      case 'kms:Decrypt':
        this.kmsCalls += 1;
        return { KeyId: resource, Plaintext: this.#unwrap(input).toString('base64') };
      case 'secretsmanager:GetSecretValue': {
        const value = this.secrets.get(resource);
        if (value === undefined) throw new Error('ResourceNotFoundException');
        return { ARN: resource, SecretString: value, VersionId: randomUUID() };
      }
      case 'secretsmanager:PutSecretValue':
        this.secrets.set(resource, textOf(input['SecretString']));
        return { ARN: resource, VersionId: randomUUID() };
      default:
        throw new Error('UnknownOperationException');
    }
  }

  #wrap(key: Buffer, input: JsonObject): Buffer {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#master, iv).setAAD(contextOf(input));
    const sealed = Buffer.concat([cipher.update(key), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
  }

  #unwrap(input: JsonObject): Buffer {
    const blob = Buffer.from(textOf(input['CiphertextBlob']), 'base64');
    const decipher = createDecipheriv('aes-256-gcm', this.#master, blob.subarray(0, 12))
      .setAAD(contextOf(input))
      .setAuthTag(blob.subarray(12, 28));
    try {
      return Buffer.concat([decipher.update(blob.subarray(28)), decipher.final()]);
    } catch {
      throw new Error('InvalidCiphertextException');
    }
  }
}

function contextOf(input: JsonObject): Buffer {
  const context = Object.entries(objectOf(input['EncryptionContext'] ?? {})).sort();
  return Buffer.from(JSON.stringify(context));
}

function reply(response: ServerResponse, status: number, body: JsonObject): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}
