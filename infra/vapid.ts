import { CfnCustomResource, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { vapidKeyDefinition } from '../functions/definitions.ts';
import { allow, type DeployedCode } from './deployed-code.ts';
import { ServiceFunction } from './service-function.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * The VAPID key pair, which every subscription is bound to for life. The secret is made empty, so that no deploy has a
 * value to put in its place; a function fills it at the first deploy and never again. It outlives the stack.
 */
export class Vapid extends Construct {
  readonly secretArn: string;
  #made: CfnCustomResource | undefined;

  constructor(scope: Construct, around: Surroundings) {
    super(scope, 'Vapid');
    const { config } = around;
    this.secretArn = config.vapidSecret === '' ? this.#newSecret(around) : config.vapidSecret;
  }

  /** Where the code is declared to read the key pair, lets it. */
  allowReading({ definition, role, settings }: DeployedCode): void {
    settings.setDeclared({ VAPID_SECRET_ARN: this.secretArn });
    if (!definition.readsVapid) return;
    allow(role, ['secretsmanager:GetSecretValue'], this.secretArn);
    // Nothing that reads the pair is started before it is there.
    if (this.#made !== undefined) role.node.addDependency(this.#made);
  }

  #newSecret(around: Surroundings): string {
    const secret = new CfnSecret(this, 'Secret', {
      description: 'coi-push: the VAPID key pair. Subscriptions are bound to it; never replace it.',
    });
    secret.applyRemovalPolicy(RemovalPolicy.RETAIN);
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Another key pair would silence every device that ever subscribed.',
    });
    const maker = new ServiceFunction(this, 'Maker', around, {
      name: 'vapid-key',
      definition: vapidKeyDefinition,
      impact: 'The deploy that needed the key pair was rolled back.',
    });
    maker.settings.set('VAPID_SECRET_ARN', secret.ref);
    allow(maker.role, ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'], secret.ref);
    const pair = new CfnCustomResource(this, 'KeyPair', {
      serviceToken: maker.lambda.functionArn,
      serviceTimeout: 2 * vapidKeyDefinition.timeoutSeconds,
    });
    pair.node.addDependency(maker.role);
    this.#made = pair;
    return secret.ref;
  }
}
