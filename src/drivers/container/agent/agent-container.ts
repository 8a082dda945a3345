import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GUEST, LOOPBACK_GATEWAY, type BottleSpec, type Mount, type Owner } from '../../driver.ts';
import { agentOwner } from '../../../host/user.ts';
import { gated, packedWithImage } from './gate.ts';
import { HOSTNAME, type ContainerNetwork, type ContainerPlan, type Scratch } from '../body/hardening.ts';
import type { BottleImages } from '../image/bottle-images.ts';
import { containerName } from '../names.ts';
import { factsOfRuntime, inputFormOf } from '../rungs.ts';
import { ipv6Off, lowPorts } from '../body/sysctls.ts';

/** The agent's own container. */

/**
 * For an ordinary user, the same user id inside: the user then owns what the agent writes to the workspace. For root,
 * an id that no user of the host has: the container's processes have that id on the host, too.
 */
export const containerUser = (): Owner => agentOwner();

export interface AgentNetwork {
  readonly network: ContainerNetwork;
  /** The gateway's address, as this bottle sees it. */
  readonly gatewayAddress: string;
}

/** The plan of the agent's container. Pure. */
export function agentPlan(
  spec: BottleSpec,
  images: Pick<BottleImages, 'agent' | 'agentVolumes' | 'agentEnv'>,
  { network, gatewayAddress }: AgentNetwork,
): ContainerPlan {
  return {
    name: containerName(spec.id, 'agent'),
    bottleId: spec.id,
    image: images.agent.digest,
    argv: gated(spec.argv, inputFormOf(spec.rung.runtime, spec.tty)),
    env: packedWithImage(withGatewayAddress(spec.env, gatewayAddress), images.agentEnv),
    cwd: spec.cwd,
    owner: containerUser(),
    tty: spec.tty,
    stdin: true,
    limits: {
      memoryBytes: spec.resources.memoryBytes,
      cpus: spec.resources.cpus,
      pids: Math.max(spec.resources.pids, spec.rung.traits.minPids),
    },
    mounts: [...guestMounts(spec.runDir), ...spec.mounts],
    scratch: scratchPlaces(spec, images.agentVolumes),
    network,
    sysctls: sysctlsFor(network),
    capabilities: [],
    // A runtime with another kernel has separate inodes: they take the bottle's memory.
    boundsFiles: factsOfRuntime(spec.rung.runtime).sharesKernel,
    annotations: spec.mounts.some(({ isSocket }) => isSocket)
      ? (factsOfRuntime(spec.rung.runtime).socketAnnotations ?? {})
      : {},
  };
}

/** Only for a network of the container itself; a container that joins another network gets the settings of that one. */
function sysctlsFor({ kind }: ContainerNetwork): Record<string, string> {
  if (kind === 'none') return lowPorts();
  return kind === 'networks' ? ipv6Off() : {};
}

/** Replaces the loopback gateway's address in proxy variables; it differs only in the bridge form. */
function withGatewayAddress(env: BottleSpec['env'], address: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value.replaceAll(LOOPBACK_GATEWAY, address)]),
  );
}

const RUN_BYTES = 16 * 1024 * 1024;

function scratchPlaces(spec: BottleSpec, volumes: readonly string[]): Scratch[] {
  const sizeBytes = spec.resources.diskBytes;
  const taken = new Set(spec.mounts.map(({ guestPath }) => guestPath));
  const places = [
    { guestPath: '/tmp', sizeBytes, executable: true, private: false },
    { guestPath: '/var/tmp', sizeBytes, executable: true, private: false },
    { guestPath: '/run', sizeBytes: RUN_BYTES, executable: false, private: false },
    { guestPath: GUEST.home, sizeBytes, executable: true, private: true },
    ...volumes.map((guestPath) => ({ guestPath, sizeBytes, executable: true, private: true })),
  ];
  return places.filter(({ guestPath }) => !taken.has(guestPath));
}

/** The bottle's own files in /etc, one mount each: the image's files may know neither the user nor the resolver. */
const GUEST_FILES = ['passwd', 'group', 'hostname', 'hosts', 'resolv.conf'] as const;

const guestDir = (runDir: string): string => join(runDir, 'container');

function guestMounts(runDir: string): Mount[] {
  return GUEST_FILES.map((name) => ({
    hostPath: join(guestDir(runDir), name),
    guestPath: `/etc/${name}`,
    readOnly: true,
  }));
}

/** Writes those files. Only the gateway resolves names: Docker's own resolver fails under gVisor and Kata. */
export async function writeGuestFiles(runDir: string, gatewayAddress: string): Promise<void> {
  const { uid, gid } = containerUser();
  const content: Record<(typeof GUEST_FILES)[number], string> = {
    passwd:
      `root:x:0:0:root:/root:/bin/sh\n${GUEST.user}:x:${uid}:${gid}::${GUEST.home}:/bin/sh\n` +
      'nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n',
    group: `root:x:0:\n${GUEST.user}:x:${gid}:\nnogroup:x:65534:\n`,
    hostname: `${HOSTNAME}\n`,
    hosts: `127.0.0.1 localhost ${HOSTNAME}\n::1 localhost\n`,
    'resolv.conf': `nameserver ${gatewayAddress}\noptions timeout:2 attempts:2\n`,
  };
  await mkdir(guestDir(runDir), { recursive: true, mode: 0o755 });
  await Promise.all(
    GUEST_FILES.map(async (name) => {
      await writeFile(join(guestDir(runDir), name), content[name], { mode: 0o644 });
    }),
  );
}
