import { createRoute, z } from '@hono/zod-openapi';
import { normaliseAddress } from '../../../shared/coi/addresses.ts';
import { Fault } from '../../../shared/core/faults.ts';
import { discover } from '../../../shared/flows/accounts/discover.ts';
import type { HostSettings } from '../../../shared/store/items.ts';
import type { RouteGroup } from '../context.ts';
import { limitedPerNetwork } from '../limit-calls.ts';
import { problems } from '../problem.ts';
import { jsonBody, jsonReply } from '../schemas/common.ts';
import { MailAddress } from '../validation.ts';

const FoundServer = z
  .object({ host: z.string(), port: z.int(), tls: z.enum(['implicit', 'starttls']), user: z.string() })
  .openapi('FoundServer');

const DiscoveryReply = z
  .object({
    imap: FoundServer.nullable(),
    smtp: FoundServer.nullable(),
    auth: z
      .array(z.string())
      .openapi({ description: 'How to sign in, best first: `password`, or `oauth2:` and a provider.' }),
    hints: z
      .array(
        z.object({
          code: z.string().openapi({ description: 'For programs; new ones may come.' }),
          text: z.string().openapi({ description: 'For people.' }),
          url: z.string().nullable(),
        }),
      )
      .openapi({ description: 'What to do or to know before signing in.' }),
    source: z.enum(['provider', 'autoconfig', 'ispdb', 'srv', 'mx']),
    confirm: z.boolean().openapi({
      description:
        'Whether to show the servers to the user before a password goes there: only DNS, which can be forged, names them.',
    }),
  })
  .openapi('Discovery');

const find = createRoute({
  method: 'post',
  path: '/v1/discovery',
  middleware: [limitedPerNetwork('discovery')] as const,
  tags: ['Sign-in'],
  summary: 'Find the mail servers of an address',
  description:
    'Looks into the providers known here, the configuration files of the domain and of a database of them, and DNS ' +
    '(RFC 6186). Takes no password.',
  request: { body: jsonBody(z.object({ email: MailAddress })) },
  responses: {
    200: jsonReply('What was found.', DiscoveryReply),
    ...problems('invalid-request', 'needs-settings', 'too-many-requests'),
  },
});

export const discoveryRoutes: RouteGroup = (api) => {
  api.openapi(find, async (c) => {
    const email = normaliseAddress(c.req.valid('json').email);
    const { found, tried } = await discover(c.var.context.services, email);
    if (found === undefined) {
      throw new Fault(
        'needs-settings',
        `No settings were found for that address. Tried: ${tried.join(', ')}. Ask the user; the provider's help names them.`,
      );
    }
    const { imap, smtp, auth, hints, source, needsConfirmation } = found;
    return c.json(
      {
        imap: serverReply(imap),
        smtp: serverReply(smtp),
        auth: [...auth],
        hints: hints.map(({ code, text, url }) => ({ code, text, url: url ?? null })),
        source,
        confirm: needsConfirmation,
      },
      200,
    );
  });
};

function serverReply(server: HostSettings | undefined) {
  return server === undefined
    ? null
    : { host: server.host, port: server.port, tls: server.tls, user: server.user };
}
