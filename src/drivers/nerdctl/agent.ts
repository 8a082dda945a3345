import { join } from 'node:path';
import type { BottleSpec } from '../driver.ts';
import type { PreparedImage } from '../image/image-engine.ts';
import { closingOptions, OWN_CAPABILITIES, perlCall, PROGRAM_DIR, scratchOf } from '../attached/machine.ts';
import { agentOwner } from '../../host/user.ts';
import { etcMounts } from './etc.ts';
import { containerName } from './names.ts';
import type { MachineOrder, Place, Shared } from './plan.ts';

/** The agent's machine. */

/** The path of the gateway's sockets in the machine: a folder of root, which link.pl makes. */
const SOCKETS = '/run/.bot-bottle-sockets';

/** Paths in a bottle's private run-time folder, for its machine. Pure. */
export const hostPaths = (runDir: string) =>
  ({
    /** The small programs that run first in the machine. */
    programDir: join(runDir, 'nerdctl', 'program'),
    /** The machine's own files of /etc. */
    etcDir: join(runDir, 'nerdctl', 'etc'),
  }) as const;

/** The facts that are known when the machine is made. */
export interface MachineFacts {
  readonly image: PreparedImage;
  readonly runtime: string;
  /** Paths where the image declares volumes: each gets a bounded one that ends with the bottle. */
  readonly volumes: readonly string[];
}

export interface LinkFacts extends Pick<MachineFacts, 'volumes'> {
  /** Addresses that must be unreachable, `ADDRESS:PORT`. */
  readonly denied: readonly string[];
}

/** The order for the agent's machine. Pure, except that it depends on the current user. @throws BottleError `usage` */
export function agentOrder(spec: BottleSpec, { image, runtime, volumes }: MachineFacts): MachineOrder {
  const { uid, gid } = agentOwner();
  return {
    name: containerName(spec.id, 'agent'),
    bottleId: spec.id,
    image: image.reference,
    imageDigest: image.digest,
    runtime,
    argv: perlCall('nerdctl/stay.pl', `${uid}:${gid}`),
    cpus: spec.resources.cpus,
    memoryBytes: spec.resources.memoryBytes,
    pids: Math.max(spec.resources.pids, spec.rung.traits.minPids),
    capabilities: OWN_CAPABILITIES,
    ...placesOf(spec, volumes),
  };
}

/**
 * The program in the machine that opens its way out, and closes everything else. Pure, except that it depends on the
 * current user.
 */
export const linkProgram = (spec: BottleSpec, { volumes, denied }: LinkFacts): readonly string[] =>
  perlCall('nerdctl/link.pl', '--sockets', SOCKETS, ...closingOptions(spec, placesOf(spec, volumes), denied));

function placesOf(
  spec: BottleSpec,
  volumes: readonly string[],
): { readonly scratch: readonly Place[]; readonly mounts: readonly Shared[] } {
  const { programDir, etcDir } = hostPaths(spec.runDir);
  const mounts = [
    { hostPath: programDir, guestPath: PROGRAM_DIR, readOnly: true },
    ...etcMounts(etcDir),
    ...spec.mounts.map(({ hostPath, guestPath, readOnly }) => ({ hostPath, guestPath, readOnly })),
  ];
  const scratch = scratchOf(spec).map((place) => ({ ...place, executable: place.guestPath !== '/run' }));
  const taken = new Set([...mounts, ...scratch].map(({ guestPath }) => guestPath));
  const ofImage = volumes
    .filter((guestPath) => !taken.has(guestPath))
    .map((guestPath) => ({
      guestPath,
      sizeBytes: spec.resources.diskBytes,
      mode: '1777',
      executable: true,
    }));
  return { scratch: [...scratch, ...ofImage], mounts };
}
