import { BottleError, linesOf } from '../../errors.ts';

/** Why nobody can listen beyond this host, where that is so by what the host is: all else is a failure of ours. */

/** What programs say where there is no such thing: no program, no such network in this kernel, no addresses. */
const HAS_NONE = [
  /is not installed|no unshare\(1\) here|execute '?perl'?: No such file/,
  // Kernels without such interfaces or namespaces, and an ip(8) that is not of iproute2.
  /not supported|not implemented|Unknown device type|BusyBox/,
  /has routes to all networks of documents/,
];

const FORBIDDEN = /not permitted/;

/** In words for the report; undefined: it does not follow that there can be nobody. Pure. */
export function whyNobody(error: unknown, isRoot: boolean): string | undefined {
  if (!(error instanceof BottleError) || error.code !== 'dependencyMissing') return undefined;
  const complaint = linesOf(error).join('; ');
  if (FORBIDDEN.test(complaint)) {
    return `not possible ${isRoot ? 'as a root' : 'as an ordinary user'} without CAP_SYS_ADMIN and CAP_NET_ADMIN`;
  }
  return HAS_NONE.some((words) => words.test(complaint)) ? `not possible: ${complaint}` : undefined;
}
