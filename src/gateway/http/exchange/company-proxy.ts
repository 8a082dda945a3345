import type { UpstreamProxy } from '../../config.ts';
import type { Passage } from '../../gate/gate.ts';

/** Requests that a company proxy reads: it is asked in the host's place. */

/** The proxy that reads the request; where TLS goes through one, it reads nothing. */
export const proxyAskedBy = ({ asked, route }: Passage): UpstreamProxy | undefined =>
  route.kind === 'proxy' && asked.scheme === 'http' ? route.proxy : undefined;

/** Why a proxy did not take the request, which is nothing that the client could do anything about: it is not its proxy. */
export function refusalOfProxy(
  { status }: { readonly status: number },
  passage: Passage,
): string | undefined {
  const proxy = proxyAskedBy(passage);
  if (status !== 407 || proxy === undefined) return undefined;
  return `the proxy ${proxy.host}:${proxy.port} answered 407 (credentials in HTTPS_PROXY)`;
}
