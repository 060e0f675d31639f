import { getConnInfo } from '@hono/node-server/conninfo';
import { inRanges } from '../../shared/net/address-rules.ts';
import type { AddressOf } from '../api/client-network.ts';

/**
 * Where a request came from: the other end of its connection. Where that is a proxy of the operator's, who must have
 * named it, it is the last address of `X-Forwarded-For` that is no such proxy: what stands before it, anybody can write.
 *
 * @param trustedProxies ranges (CIDR)
 */
export function clientAddress(trustedProxies: readonly string[]): AddressOf {
  const isProxy = inRanges(trustedProxies);
  return (c) => {
    const peer = getConnInfo(c).remote.address;
    if (peer === undefined || !isProxy(peer)) return peer;
    const forwarded = (c.req.header('x-forwarded-for') ?? '').split(',').map((each) => each.trim());
    return forwarded.findLast((address) => address !== '' && !isProxy(address)) ?? peer;
  };
}
