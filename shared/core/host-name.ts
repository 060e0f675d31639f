/** The name that a host is known by here: two spellings of one name are one server. */
export function hostNameOf(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}
