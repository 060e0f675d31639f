import { CreateTableCommand, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import { openDynamoClient, type StoreAddress } from './dynamo-client.ts';
import { createTableInput } from './table.ts';

/** Creates the table where it is missing, for hosts that bring their own database. A deployed one has it already. */
export async function createTable(address: StoreAddress, tableName: string): Promise<void> {
  const client = openDynamoClient(address);
  try {
    await client.send(new CreateTableCommand(createTableInput(tableName)));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  } finally {
    client.destroy();
  }
}
