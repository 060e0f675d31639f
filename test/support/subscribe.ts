import { randomUUID } from 'node:crypto';
import type { ApiClient } from './api-client.ts';
import { isRecord } from './api-client.ts';
import type { Device } from './push-service.ts';

/** Subscribes a device and validates it, as a thin client does. Gives the subscription's id. */
export async function subscribe(
  client: Pick<ApiClient, 'call'>,
  device: Device,
  options: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const id = randomUUID();
  await client.call('PUT', `/v1/push/subscriptions/${id}`, {
    client: 'test',
    device: 'test device',
    msgtype: 'chat',
    everyMessage: true,
    resource: { endpoint: device.endpoint, keys: { p256dh: device.p256dh, auth: device.auth } },
    ...options,
  });
  const { payload } = await device.next();
  const validation: unknown = JSON.parse(payload.toString('utf8'));
  if (!isRecord(validation)) throw new Error('the first push must be the validation');
  await client.call('POST', `/v1/push/subscriptions/${id}/validate`, {
    validation: validation['validation'],
  });
  return id;
}

/** The Message-IDs a device was told of, in order of arrival, repeats included. */
export function pushedIds(device: Device): string[] {
  return device.pushes.flatMap(({ payload }) => {
    const parsed: unknown = JSON.parse(payload.toString('utf8'));
    return isRecord(parsed) && typeof parsed['msg-id'] === 'string' ? [parsed['msg-id']] : [];
  });
}
