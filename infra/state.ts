import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { tableDefinition } from '../shared/store/table.ts';
import type { Config } from './config.ts';

/**
 * What must outlive every deploy and the stack itself: the table, and the key that its data keys are wrapped under. After
 * a restore they are named in the configuration and taken as they are.
 */
export class State extends Construct {
  readonly tableName: string;
  readonly tableArn: string;
  readonly keyArn: string;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
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
