import { join } from 'node:path';
import { GATEWAY_STREAMS } from '../../contracts/gateway.ts';
import {
  closingOptions,
  ETC_FILES,
  OWN_CAPABILITIES,
  perlCall,
  PROGRAM_DIR,
  scratchOf,
} from '../attached/machine.ts';
import type { BottleSpec, Mount } from '../driver.ts';
import { containerName } from './names.ts';
import { AGENT_PATHS, alonePath, hostPaths } from './machine-paths.ts';
import { cpusOf, expectShort, type ContainerOrder, type Folder, type SocketPair } from './plan.ts';

/** The agent's machine. */

/** The facts that are known when the machine is made. */
export interface AgentFacts {
  readonly image: string;
  /** Addresses that must be unreachable, `ADDRESS:PORT`. */
  readonly denied: readonly string[];
  /** Whether a mount of the bottle is a single file. */
  readonly isFile: (mount: Mount) => boolean;
}

/**
 * The order for the agent's machine. Pure, except that it depends on the current user.
 * @throws BottleError `rungUnavailable` if it cannot be expressed
 */
export function agentOrder(spec: BottleSpec, { image, denied, isFile }: AgentFacts): ContainerOrder {
  const sockets = gatewaySockets(spec.runDir);
  const mountedSockets = [...sockets, ...spec.mounts.filter(({ isSocket }) => isSocket === true)];
  expectShort(mountedSockets);
  const scratch = scratchOf(spec);
  const mounts = [
    { hostPath: hostPaths(spec.runDir).programDir, guestPath: PROGRAM_DIR, readOnly: true },
    ...ETC_FILES.map((name) => fileMount({ guestPath: `/etc/${name}`, readOnly: true }, spec.runDir)),
    ...spec.mounts
      .filter(({ isSocket }) => isSocket !== true)
      .map((mount) => (isFile(mount) ? fileMount(mount, spec.runDir) : folderMount(mount))),
  ];
  return {
    name: containerName(spec.id, 'agent'),
    bottleId: spec.id,
    image,
    argv: firstProgram(spec, { scratch, mounts }, denied),
    env: {},
    owner: { uid: 0, gid: 0 },
    cpus: cpusOf(spec.resources.cpus),
    memoryBytes: spec.resources.memoryBytes,
    processes: Math.max(spec.resources.pids, spec.rung.traits.minPids),
    readOnly: true,
    capabilities: OWN_CAPABILITIES,
    scratch,
    mounts,
    mountedSockets: mountedSockets.map(({ hostPath, guestPath }) => ({ hostPath, guestPath })),
    publishedSockets: [],
    network: 'none',
  };
}

/** The paths of its gateway's sockets, on the host and in the machine. */
export const gatewaySockets = (runDir: string): readonly SocketPair[] =>
  GATEWAY_STREAMS.map((name) => ({
    hostPath: join(hostPaths(runDir).socketsDir, name),
    guestPath: `${AGENT_PATHS.sockets}/${name}`,
  }));

function firstProgram(
  spec: BottleSpec,
  places: Parameters<typeof closingOptions>[1],
  denied: readonly string[],
): readonly string[] {
  const options = closingOptions(spec, places, denied);
  return perlCall('attached/first.pl', '--sockets', AGENT_PATHS.sockets, ...options);
}

/** A file is mounted from a folder that contains only it, as the whole folder becomes visible in the machine. */
const fileMount = (
  { guestPath, readOnly }: Pick<Mount, 'guestPath' | 'readOnly'>,
  runDir: string,
): Folder => ({
  hostPath: alonePath(runDir, guestPath),
  guestPath,
  readOnly,
});

const folderMount = ({ hostPath, guestPath, readOnly }: Mount): Folder => ({ hostPath, guestPath, readOnly });
