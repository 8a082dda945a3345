import { join } from 'node:path';
import { GATEWAY_STREAMS } from '../gateway-access.ts';
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

/** What is known when it is made. */
export interface AgentFacts {
  readonly image: string;
  /** What must not be reached, `ADDRESS:PORT`. */
  readonly denied: readonly string[];
  /** Which of the bottle's mounts are single files. */
  readonly isFile: (mount: Mount) => boolean;
}

/** The order for it. Pure but for who runs this. @throws BottleError `rungUnavailable` where it cannot be said */
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

/** Where its gateway's sockets are on the host, and show in it. */
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

/** A file lies alone where it is mounted from, as all of its folder comes into the machine. */
const fileMount = (
  { guestPath, readOnly }: Pick<Mount, 'guestPath' | 'readOnly'>,
  runDir: string,
): Folder => ({
  hostPath: alonePath(runDir, guestPath),
  guestPath,
  readOnly,
});

const folderMount = ({ hostPath, guestPath, readOnly }: Mount): Folder => ({ hostPath, guestPath, readOnly });
