import type { RouteGroup } from '../context.ts';
import { docsPage } from '../docs-page.ts';
import { type OpenApiDocument, openApiDocument } from '../openapi.ts';

/** The description of the API, for programs and for people. Made once, when first asked for. */
export const docsRoutes: RouteGroup = (api) => {
  let made: { document: OpenApiDocument; page: ReturnType<typeof docsPage> } | undefined;
  const make = (publicUrl: string | undefined) => {
    if (made === undefined) {
      const document = openApiDocument(api, publicUrl);
      made = { document, page: docsPage(document) };
    }
    return made;
  };

  api.get('/openapi.json', (c) => {
    const { document } = make(c.var.context.publicUrl);
    // Public, and meant to be read by tools on other sites.
    return c.json(document, 200, {
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'no-cache',
    });
  });

  api.get('/docs', (c) => {
    const { page } = make(c.var.context.publicUrl);
    return c.html(page.html, 200, { 'content-security-policy': page.policy, 'cache-control': 'no-cache' });
  });
};
