import { AUTHORITY_KEY } from './authority-key.ts';
import { BACK } from './back.ts';
import { CLASSES, DISGUISES } from './config/disguises.ts';
import { AGENTS, EDITORS, BUILDS } from './config/tool-files.ts';
import { CREDENTIALS, CREDENTIAL_FILES } from './credentials.ts';
import { BY_GATEWAY, IN_HTTP } from './dns/by-gateway.ts';
import { ELSEWHERE } from './dns/elsewhere.ts';
import { SHOUTED } from './dns/shouted.ts';
import { BY_PATH } from './files/by-path.ts';
import { READ_BY_WAYS } from './files/read-by-ways.ts';
import { WRITE_BY_WAYS } from './files/write-by-ways.ts';
import { GIT_ELSEWHERE, BROUGHT } from './git/elsewhere.ts';
import { HOOKS, DRIVERS, COMMANDS } from './git/run-programs.ts';
import { FRAMING } from './heads/framing.ts';
import { HOST_HEADER } from './heads/host-header.ts';
import { TLS } from './heads/tls.ts';
import { TUNNELS, UPGRADES } from './heads/tunnels.ts';
import { HOSTS } from './hosts.ts';
import { CALLS } from './kernel/calls.ts';
import { MOUNTS, DEVICES } from './kernel/mounts-and-devices.ts';
import { NAMESPACES } from './kernel/namespaces.ts';
import { PROCESSES } from './kernel/processes.ts';
import { SETTINGS } from './kernel/settings.ts';
import { CARRIED } from './leaks/carried.ts';
import { CUT_UP, BY_SHAPE } from './leaks/cut-up.ts';
import { DISGUISED } from './leaks/disguised.ts';
import { LIFE } from './life/life.ts';
import { FLOODS } from './limits/floods.ts';
import { LIMITS } from './limits/limits.ts';
import { LITERALS, PORTS } from './names/addresses-and-ports.ts';
import { CUT } from './names/cut.ts';
import { DENIED, OVER_MATCH } from './names/over-match.ts';
import { PLANTS } from './planting/plants.ts';
import { RUNTIMES } from './planting/runtime.ts';
import { SOCKETS } from './planting/sockets.ts';
import { TOLD } from './planting/told.ts';
import { METHODS } from './rule-limits/methods.ts';
import { PATHS } from './rule-limits/paths.ts';
import { ECHOED } from './secrets/echoed.ts';
import { FOUND } from './secrets/found.ts';
import { PLACEHOLDERS, OWN } from './secrets/placeholders.ts';
import { TERMINAL } from './terminal.ts';
import { METADATA } from './ways/metadata.ts';
import { PACKETS } from './ways/packets.ts';
import { SIBLINGS } from './ways/siblings.ts';
import { TCP } from './ways/tcp.ts';
import { TRICKS, OWN_NETWORK } from './ways/tricks.ts';
import { UDP } from './ways/udp.ts';
import { UNIX, ENGINE } from './ways/unix.ts';
import type { Probe } from './probe.ts';

/** All probes, in the order of the report. No other list exists. */
export const PROBES: readonly Probe[] = [
  // Ways around the gateway: direct ways to the host, or to anything else.
  ...TCP,
  ...UDP,
  ...UNIX,
  ...ENGINE,
  ...TRICKS,
  ...OWN_NETWORK,
  ...PACKETS,
  ...SIBLINGS,
  ...METADATA,
  // All probes that use DNS, or a replacement for it, as a way out.
  ...ELSEWHERE,
  ...BY_GATEWAY,
  ...IN_HTTP,
  ...SHOUTED,
  // Names, addresses and ports that two programs parse differently.
  ...CUT,
  ...DENIED,
  ...OVER_MATCH,
  ...LITERALS,
  ...PORTS,
  ...HOSTS,
  // Requests and ClientHellos that name two hosts, or that two parsers split differently.
  ...HOST_HEADER,
  ...TUNNELS,
  ...FRAMING,
  ...UPGRADES,
  ...TLS,
  // All probes on a host of which a rule allows one method and one folder.
  ...PATHS,
  ...METHODS,
  ...CREDENTIALS,
  ...AUTHORITY_KEY,
  ...CREDENTIAL_FILES,
  // A secret that the gateway lends to one host: attempts to obtain it, or to have it sent elsewhere.
  ...FOUND,
  ...ECHOED,
  ...PLACEHOLDERS,
  ...OWN,
  // All probes on files of the host, and one on a process.
  ...BY_PATH,
  ...READ_BY_WAYS,
  ...WRITE_BY_WAYS,
  // All probes that plant files on the host, connect to its services, or find out facts about it.
  ...PLANTS,
  ...RUNTIMES,
  ...SOCKETS,
  ...TOLD,
  // Attempts on the kernel of the host: each is a process with a nonce, and the host inspects what it achieved.
  ...NAMESPACES,
  ...MOUNTS,
  ...DEVICES,
  ...CALLS,
  ...PROCESSES,
  ...SETTINGS,
  ...BACK,
  // Repositories that an agent prepared: the host's `diff` and `apply` work on them, and later git in the project.
  ...HOOKS,
  ...DRIVERS,
  ...COMMANDS,
  ...GIT_ELSEWHERE,
  ...BROUGHT,
  // Files that the user's own tools obey: `apply` leaves each in the bottle unless the user agrees to it separately.
  ...AGENTS,
  ...EDITORS,
  ...BUILDS,
  ...CLASSES,
  ...DISGUISES,
  ...TERMINAL,
  // Secrets that leave by allowed ways, disguised: the receiving host undoes the disguise and reads them. The control sends a
  // similar word in the same disguise, which must arrive. What these do not cover is in not-covered.ts.
  ...CARRIED,
  ...DISGUISED,
  ...CUT_UP,
  ...BY_SHAPE,
  ...LIFE,
  ...FLOODS,
  ...LIMITS,
];
