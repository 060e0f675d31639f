import { CreateTableCommand, DescribeTableCommand, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import type { AwsAddress } from '../core/aws-client.ts';
import { systemClock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';
import { openDynamoClient } from './dynamo-client.ts';
import { createTableInput } from './table.ts';

/**
 * Creates the table where it is missing, for hosts that bring their own database, and waits until it takes requests. A
 * deployed one has it already.
 */
export async function createTable(address: AwsAddress, tableName: string): Promise<void> {
  const client = openDynamoClient(address);
  try {
    await client.send(new CreateTableCommand(createTableInput(tableName))).catch((error: unknown) => {
      if (!(error instanceof ResourceInUseException)) throw error;
    });
    for (let look = 0; look < limits.tableLooks; look++) {
      const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
      if (Table?.TableStatus === 'ACTIVE') return;
      await systemClock.sleep(limits.tableLookMs);
    }
    throw new Error('the database does not get the table ready');
  } finally {
    client.destroy();
  }
}
