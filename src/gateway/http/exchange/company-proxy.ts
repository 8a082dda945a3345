import type { UpstreamProxy } from '../../config.ts';
import type { Passage } from '../../gate/gate.ts';

/** Requests that a company proxy reads in place of the host. */

/** Returns the proxy that reads the request. A proxy that TLS passes through reads nothing. */
export const proxyAskedBy = ({ asked, route }: Passage): UpstreamProxy | undefined =>
  route.kind === 'proxy' && asked.scheme === 'http' ? route.proxy : undefined;

/** Returns why a proxy did not take the request. The client cannot fix it, because it is not the client's proxy. */
export function refusalOfProxy(
  { status }: { readonly status: number },
  passage: Passage,
): string | undefined {
  const proxy = proxyAskedBy(passage);
  if (status !== 407 || proxy === undefined) return undefined;
  return `the proxy ${proxy.host}:${proxy.port} answered 407 (credentials in HTTPS_PROXY)`;
}
