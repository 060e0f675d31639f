// What Lambda's Node runtime does for a handler, over its Runtime API (docs.aws.amazon.com/lambda, "Custom runtime API",
// 2018-06-01): load the code once, then take one event after the other. Plain Node, nothing of the project in it.
import { pathToFileURL } from 'node:url';

const { AWS_LAMBDA_RUNTIME_API: api, LAMBDA_TASK_ROOT: root, _HANDLER: name } = process.env;
const base = `http://${api}/2018-06-01/runtime`;
const [file, exported] = name.split('.');

const startedAt = performance.now();
const module = await import(pathToFileURL(`${root}/${file}.mjs`).href).catch(
  () => import(pathToFileURL(`${root}/${file}.js`).href),
);
const handler = module[exported] ?? module.default[exported];
const initMs = performance.now() - startedAt;
await fetch(`${base}/init/done`, {
  method: 'POST',
  body: JSON.stringify({ initMs, rss: process.memoryUsage.rss() }),
});

for (;;) {
  const next = await fetch(`${base}/invocation/next`);
  const id = next.headers.get('lambda-runtime-aws-request-id');
  const deadline = Number(next.headers.get('lambda-runtime-deadline-ms'));
  const context = {
    awsRequestId: id,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    invokedFunctionArn: next.headers.get('lambda-runtime-invoked-function-arn'),
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () => deadline - Date.now(),
    callbackWaitsForEmptyEventLoop: true,
  };
  try {
    const result = await handler(await next.json(), context);
    await fetch(`${base}/invocation/${id}/response`, {
      method: 'POST',
      body: JSON.stringify(result ?? null),
    });
  } catch (error) {
    const body = JSON.stringify({ errorType: error?.name, errorMessage: String(error?.message) });
    await fetch(`${base}/invocation/${id}/error`, { method: 'POST', body });
  }
}
