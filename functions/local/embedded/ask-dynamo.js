import { request } from 'node:http';

/** One request to the embedded DynamoDB from within its own thread. Rejects for an answer other than 200. */
export function askDynamo({ port, accessKeyId }, operation, input) {
  const headers = {
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20000101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none`,
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-date': '20000101T000000Z',
    'x-amz-target': `DynamoDB_20120810.${operation}`,
  };
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, method: 'POST', headers }, async (response) => {
      const chunks = await response.toArray();
      if (response.statusCode === 200) resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
      else reject(new Error(`the embedded database answers ${operation} with ${response.statusCode}`));
    })
      .on('error', reject)
      .end(JSON.stringify(input));
  });
}
