import fetchHandlers from 'hoodiecrow-imap/lib/commands/handlers/fetch.js';

type FetchHandler = (typeof fetchHandlers)['BODY'];

/**
 * Plugin for hoodiecrow-imap (2.1.0), whose `BODY[...]<0.4097>` goes wrong in two ways: it answers with the range it was
 * asked for where RFC 9051 section 7.5.2 has the origin alone, and after the first mail that is shorter than the range,
 * every further mail of that FETCH comes back empty, because the handler cuts down the query that all of them share.
 */
export function partialFetch(server: { readonly fetchHandlers: Record<string, FetchHandler> }): void {
  const askedRanges = new WeakMap<object, readonly number[]>();
  const corrected =
    (handler: FetchHandler): FetchHandler =>
    (connection, message, query) => {
      if (query.partial === undefined) return handler(connection, message, query);
      const range = askedRanges.get(query) ?? [...query.partial];
      askedRanges.set(query, range);
      // The query is printed as the answer's name; the handler gets a copy, with the whole range each time.
      query.partial = range.slice(0, 1);
      return handler(connection, message, { ...query, partial: [...range] });
    };
  server.fetchHandlers['BODY'] = corrected(fetchHandlers.BODY);
  server.fetchHandlers['BODY.PEEK'] = corrected(fetchHandlers['BODY.PEEK']);
}
