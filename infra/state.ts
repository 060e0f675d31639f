import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { tableDefinition } from '../shared/store/table.ts';
import { everyFiveMinutes } from './alarms.ts';
import { allow, type DeployedCode } from './deployed-code.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * What must outlive every deploy and the stack itself: the table, and the key that its data keys are wrapped under. After
 * a restore they are named in the configuration and taken as they are.
 */
export class State extends Construct {
  readonly tableName: string;
  readonly tableArn: string;
  readonly keyArn: string;

  constructor(scope: Construct, { config, alarms }: Surroundings) {
    super(scope, 'State');
    if (config.table === '') {
      const { tableName, tableArn } = this.#newTable();
      this.tableName = tableName;
      this.tableArn = tableArn;
    } else {
      this.tableName = config.table;
      this.tableArn = Stack.of(this).formatArn({
        service: 'dynamodb',
        resource: 'table',
        resourceName: config.table,
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      });
    }
    this.keyArn = config.key === '' ? this.#newKey().keyArn : config.key;
    const throttles = (metricName: string) =>
      new Metric({
        namespace: 'AWS/DynamoDB',
        metricName,
        dimensionsMap: { TableName: this.tableName },
        ...everyFiveMinutes,
      });
    alarms.add(this, 'Throttled', {
      runbook: 'The table refuses requests',
      impact: 'Messages are taken in and shown late; nothing is lost, because it is done again.',
      metric: new MathExpression({
        label: 'refused reads and writes',
        expression: 'FILL(reads, 0) + FILL(writes, 0)',
        usingMetrics: { reads: throttles('ReadThrottleEvents'), writes: throttles('WriteThrottleEvents') },
        period: everyFiveMinutes.period,
      }),
      above: 0,
      periods: 2,
    });
  }

  /** Gives the code the rights to the table that it is declared to need, and no others. */
  allowTable({ definition, role, settings }: DeployedCode): void {
    settings.setDeclared({ TABLE_NAME: this.tableName });
    allow(role, definition.dynamoActions, this.tableArn);
  }

  /**
   * Lets the code open keys, make them, or neither; and none without saying whose they are: those of a partition, which
   * wrap those of its accounts, and, from before November 2026, those of an account.
   */
  allowKey({ definition, role, settings }: DeployedCode): void {
    settings.setDeclared({ KEY_ARN: this.keyArn });
    const named = (what: string) => ({ Null: { [`kms:EncryptionContext:${what}`]: 'false' } });
    if (definition.wraps) allow(role, ['kms:GenerateDataKey'], this.keyArn, named('partition'));
    if (!definition.unwraps) return;
    allow(role, ['kms:Decrypt'], this.keyArn, named('partition'));
    allow(role, ['kms:Decrypt'], this.keyArn, named('account'));
  }

  #newTable(): Table {
    const { partitionKey, sortKey, timeToLiveAttribute, pointInTimeRecovery } = tableDefinition;
    return new Table(this, 'Table', {
      partitionKey: { name: partitionKey.name, type: attributeTypes[partitionKey.type] },
      sortKey: { name: sortKey.name, type: attributeTypes[sortKey.type] },
      billingMode: BillingMode[tableDefinition.billingMode],
      timeToLiveAttribute,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: pointInTimeRecovery },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  #newKey(): Key {
    return new Key(this, 'Key', {
      description: 'coi-push: wraps the data keys of accounts. Without it no mailbox can be logged in to.',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}

const attributeTypes = { S: AttributeType.STRING } as const;
