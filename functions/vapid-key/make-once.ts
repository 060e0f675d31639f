import { createVapidKeys, type VapidKeys } from '../../shared/push/vapid.ts';
import type { VapidSecret } from '../on-aws/vapid-secret.ts';
import type { ResourceAnswer, ResourceRequest } from './custom-resource.ts';

/** Always the same: the key pair belongs to the secret, not to one deploy. */
const id = 'vapid-key-pair';

/**
 * Sees to it that the secret holds a key pair, and leaves one that it holds alone: at a repeat, at an update, after a
 * roll-back, and with a secret of a former deployment. Deleting the resource deletes no key.
 */
export async function makeOnce(
  secret: VapidSecret,
  request: Pick<ResourceRequest, 'kind' | 'requestId'>,
): Promise<ResourceAnswer> {
  if (request.kind === 'Delete') return { id };
  try {
    const { keyId, publicKey } = await keysIn(secret, request.requestId);
    return { id, attributes: { KeyId: keyId, PublicKey: publicKey } };
  } catch (error) {
    return { id, failure: error instanceof Error ? error.message : 'The VAPID keys could not be made.' };
  }
}

async function keysIn(secret: VapidSecret, token: string): Promise<VapidKeys> {
  const kept = await secret.read();
  if (kept !== 'empty') return kept;
  const made = createVapidKeys();
  try {
    await secret.write(made, token);
    return made;
  } catch (error) {
    // The same request, handled twice at the same time: whichever pair was written first counts.
    const won = await secret.read();
    if (won === 'empty') throw error;
    return won;
  }
}
