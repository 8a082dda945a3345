import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { BottleError } from '../../../errors.ts';
import { GATEWAY_ENV, GATEWAY_FLAGS } from '../../../host/gateway-node.ts';
import { packageRoot } from '../../../host/paths.ts';
import { gatewayOwner } from '../../../host/user.ts';
import type { DriverContext, SidecarFiles } from '../../driver.ts';
import { confirmProcess, createChecked } from '../checked.ts';
import { startContainer, type Created } from '../containers.ts';
import type { Connection } from '../engine/engine.ts';
import type { ContainerPlan } from '../hardening.ts';
import { containerName, innerNetworkName, outerNetworkName } from '../names.ts';
import { openOutput, type ProgramOutput } from '../output.ts';
import { ipv6Off } from '../sysctls.ts';
import { together } from '../../../host/together.ts';

/** The gateway as a container between the bottle's network and an ordinary one; the same file that runs on the host. */

const PROGRAM = '/gateway.cjs';

export interface SidecarPlace {
  readonly bottleId: string;
  readonly image: string;
  readonly address: string;
  readonly files: SidecarFiles;
}

/** The plan of a bottle's gateway. Pure but for where this package lies. */
export function sidecarPlan(place: SidecarPlace): ContainerPlan {
  return {
    name: containerName(place.bottleId, 'gateway'),
    bottleId: place.bottleId,
    image: place.image,
    argv: ['node', ...GATEWAY_FLAGS, PROGRAM, place.files.configPath],
    env: { HOME: '/tmp', ...GATEWAY_ENV },
    cwd: '/',
    owner: gatewayOwner(),
    tty: false,
    stdin: true,
    limits: { memoryBytes: 512 * 1024 * 1024, cpus: 2, pids: 64 },
    mounts: [{ hostPath: gatewayProgram(), guestPath: PROGRAM, readOnly: true }, ...place.files.mounts],
    scratch: [{ guestPath: '/tmp', sizeBytes: 16 * 1024 * 1024, executable: false, private: false }],
    network: {
      kind: 'networks',
      endpoints: [
        { network: outerNetworkName(place.bottleId), address: undefined },
        { network: innerNetworkName(place.bottleId), address: place.address },
      ],
      dns: [],
    },
    sysctls: {
      // A namespace inherits the host's setting, and would route for whoever can write a frame to it.
      'net.ipv4.ip_forward': '0',
      'net.ipv4.ip_unprivileged_port_start': '0',
      ...ipv6Off(),
    },
    capabilities: [],
  };
}

/** The gateway bundled to one file. */
const gatewayProgram = (): string => join(packageRoot(), 'dist', 'gateway.cjs');

/** @throws BottleError `dependencyMissing` in a clone that was not built */
export function expectGatewayProgram(): void {
  if (existsSync(gatewayProgram())) return;
  throw new BottleError('dependencyMissing', 'the gateway’s program is not built', { fix: 'npm run build' });
}

/** Starts the gateway and waits until it serves. @throws BottleError `rungUnavailable` with what it said */
export async function openSidecar(
  connection: Connection,
  { plan, input }: { readonly plan: ContainerPlan; readonly input: () => string },
  { signal, gateway }: Pick<DriverContext, 'signal' | 'gateway'>,
): Promise<Created> {
  const sidecar = await createChecked(connection, plan, { signal });
  const said = await openOutput(connection.client, sidecar.id, { withInput: true });
  await startContainer(connection.client, sidecar.id);
  said.write(input());
  await together([
    serves(said, { signal, gateway }),
    confirmProcess(connection, { container: sidecar.id, owner: plan.owner, network: undefined }),
  ]);
  return sidecar;
}

const READY_DEADLINE_MS = 20_000;

async function serves(
  said: ProgramOutput,
  { signal, gateway }: Pick<DriverContext, 'signal' | 'gateway'>,
): Promise<void> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(READY_DEADLINE_MS)]);
  const complaints = text(said.stderr);
  const lines: string[] = [];
  try {
    for await (const line of createInterface({ input: said.stdout, signal: deadline })) {
      const { event, certificate } = eventIn(line);
      if (event === 'authority' && certificate !== undefined) await gateway.trustAuthority(certificate);
      if (event === 'ready') return;
      lines.push(line);
    }
  } finally {
    said.close();
  }
  signal.throwIfAborted();
  throw new BottleError('rungUnavailable', 'the gateway did not come up', {
    details: [...lines, ...(await complaints).trim().split('\n')].slice(-8),
  });
}

/** A line of the gateway's protocol, as far as it matters here. */
function eventIn(line: string): { readonly event?: unknown; readonly certificate?: string } {
  try {
    return JSON.parse(line) as ReturnType<typeof eventIn>;
  } catch {
    return {};
  }
}
