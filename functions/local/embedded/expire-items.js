/** Deletes the items whose time to live is over, in every table, as DynamoDB does by itself. */
export async function expireItems(ask, timeToLiveAttribute) {
  const now = { N: String(Math.floor(Date.now() / 1000)) };
  const names = { '#ttl': timeToLiveAttribute };
  const { TableNames } = await ask('ListTables', {});
  for (const TableName of TableNames) {
    const { Table } = await ask('DescribeTable', { TableName });
    const keys = Table.KeySchema.map(({ AttributeName }) => AttributeName);
    let ExclusiveStartKey;
    do {
      const page = await ask('Scan', {
        TableName,
        Limit: 500,
        ProjectionExpression: keys.join(', '),
        FilterExpression: '#ttl <= :now',
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: { ':now': now },
        ExclusiveStartKey,
      });
      for (const Key of page.Items) {
        // Unless it was renewed since the scan read it.
        await ask('DeleteItem', {
          TableName,
          Key,
          ConditionExpression: '#ttl <= :now',
          ExpressionAttributeNames: names,
          ExpressionAttributeValues: { ':now': now },
        }).catch(() => undefined);
      }
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
  }
}
