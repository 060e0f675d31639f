import { vapidKeyDefinition } from '../definitions.ts';
import { vapidSecret } from '../on-aws/vapid-secret.ts';
import { functionSettings, settingReader } from '../settings/function-settings.ts';
import { answerCloudFormation, parseResourceRequest } from './custom-resource.ts';
import { makeOnce } from './make-once.ts';

const read = settingReader(vapidKeyDefinition.settings, process.env);
const secret = vapidSecret(read(functionSettings.vapidSecretArn));

/** Called by CloudFormation for the custom resource of the key pair. */
export async function handler(event: unknown): Promise<void> {
  const request = parseResourceRequest(event);
  await answerCloudFormation(request, await makeOnce(secret, request));
}
