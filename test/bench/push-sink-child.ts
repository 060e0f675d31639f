import { createServer } from 'node:https';

/** Started by `push-send.ts`: a push service that takes everything at once, in a process of its own, and tells its port. */
process.once('message', (certificate: { readonly key: string; readonly cert: string }) => {
  const server = createServer(certificate, (request, response) => {
    request.resume();
    request.once('end', () => response.writeHead(201).end());
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (address !== null && typeof address !== 'string') process.send?.({ port: address.port });
  });
});

// Should the bench end early, so does this process.
process.once('disconnect', () => process.exit());
