import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BottleError } from '../../../errors.ts';
import { GATEWAY_ENV, GATEWAY_FLAGS } from '../../../host/system/gateway-node.ts';
import { packageRoot } from '../../../host/paths.ts';
import { gatewayOwner } from '../../../host/user.ts';
import type { DriverContext, ForeignGateway } from '../../driver.ts';
import { GATEWAY_PORTS, type SidecarFiles } from '../../../contracts/gateway.ts';
import { confirmProcess, createChecked } from '../readback/checked.ts';
import { startContainer, type Created } from '../engine/containers.ts';
import type { Connection } from '../engine/engine.ts';
import type { ContainerPlan } from '../body/hardening.ts';
import { containerName, innerNetworkName, outerNetworkName } from '../names.ts';
import { openOutput } from '../engine/output.ts';
import { ipv6Off } from '../body/sysctls.ts';
import { reportsReady, untilHealthy, type StartingSidecar } from './serving.ts';
import { together } from '../../../host/together.ts';

/**
 * The gateway as a container between the bottle's network and an ordinary one. It runs the same file as on the host.
 */

const PROGRAM = '/gateway.cjs';

interface SidecarProgram {
  readonly argv: (configPath: string) => readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly guestPath: string;
  /** Waits until it serves. @throws BottleError `rungUnavailable` with its output */
  readonly serves: (starting: StartingSidecar) => Promise<void>;
}

const OWN: SidecarProgram = {
  argv: (configPath) => ['node', ...GATEWAY_FLAGS, PROGRAM, configPath],
  env: GATEWAY_ENV,
  guestPath: PROGRAM,
  serves: reportsReady,
};

const FOREIGN: Readonly<Record<ForeignGateway['engine'], SidecarProgram>> = {
  pipelock: {
    argv: (configPath) => ['/pipelock', 'run', '--config', configPath],
    env: {},
    guestPath: '/pipelock',
    serves: untilHealthy(({ address }) => [
      '/pipelock',
      'healthcheck',
      '--addr',
      `${address}:${GATEWAY_PORTS.proxy}`,
    ]),
  },
};

const programOf = (foreign: ForeignGateway | undefined): SidecarProgram =>
  foreign === undefined ? OWN : FOREIGN[foreign.engine];

export interface SidecarPlace {
  readonly bottleId: string;
  readonly image: string;
  readonly address: string;
  readonly files: SidecarFiles;
  readonly foreign: ForeignGateway | undefined;
}

/** The plan of a bottle's gateway container. Pure, except that it depends on the folder of this package. */
export function sidecarPlan(place: SidecarPlace): ContainerPlan {
  const program = programOf(place.foreign);
  const hostPath = place.foreign?.hostPath ?? ownProgram();
  return {
    name: containerName(place.bottleId, 'gateway'),
    bottleId: place.bottleId,
    image: place.image,
    argv: program.argv(place.files.configPath),
    env: { HOME: '/tmp', ...program.env },
    cwd: '/',
    owner: gatewayOwner(),
    tty: false,
    stdin: true,
    limits: { memoryBytes: 512 * 1024 * 1024, cpus: 2, pids: 64 },
    mounts: [{ hostPath, guestPath: program.guestPath, readOnly: true }, ...place.files.mounts],
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
      // A namespace inherits the host's setting, and would route for anyone who can write a frame to it.
      'net.ipv4.ip_forward': '0',
      'net.ipv4.ip_unprivileged_port_start': '0',
      ...ipv6Off(),
    },
    capabilities: [],
  };
}

/** The gateway, bundled into one file. */
const ownProgram = (): string => join(packageRoot(), 'dist', 'gateway.cjs');

/** Confirms that the gateway's program exists. @throws BottleError `dependencyMissing` in a clone that was not built */
export function expectGatewayProgram(foreign: ForeignGateway | undefined): void {
  if (foreign !== undefined || existsSync(ownProgram())) return;
  throw new BottleError('dependencyMissing', 'the gateway’s program is not built', { fix: 'npm run build' });
}

export interface SidecarOrder {
  readonly place: SidecarPlace;
  readonly context: Pick<DriverContext, 'signal' | 'gateway'>;
}

export interface OpenSidecar {
  readonly container: Created;
  /** Its network namespace, such as `net:[4026531840]`; undefined if this user may not read it. */
  readonly network: string | undefined;
}

/** Starts the gateway and waits until it serves. @throws BottleError `rungUnavailable` with its output */
export async function openSidecar(
  connection: Connection,
  { place, context }: SidecarOrder,
): Promise<OpenSidecar> {
  const plan = sidecarPlan(place);
  const sidecar = await createChecked(connection, plan, { signal: context.signal });
  const said = await openOutput(connection.client, sidecar.id, { withInput: true });
  await startContainer(connection.client, sidecar.id);
  said.write(place.files.input());
  const { serves } = programOf(place.foreign);
  const [, { namespaces }] = await together([
    serves({ connection, sidecar: sidecar.id, said, place, context }),
    confirmProcess(connection, { container: sidecar.id, owner: plan.owner, network: undefined }),
  ]);
  return { container: sidecar, network: namespaces.net };
}
