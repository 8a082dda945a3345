import { SLOW_MS } from '../attached/client.ts';
import { lstatSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { deadline } from '../../host/deadline.ts';
import { makePrivateDir } from '../../host/files.ts';
import { GATEWAY_ENV, GATEWAY_FLAGS } from '../../host/system/gateway-node.ts';
import { packageRoot } from '../../host/paths.ts';
import { BOTTLE_ID_VARIABLE } from '../../host/processes.ts';
import { gatewayOwner } from '../../host/user.ts';
import { BottleError, DOCTOR_OR_REPORT } from '../../errors.ts';
import type { BottleSpec, DriverContext } from '../driver.ts';
import type { PreparedImage } from '../image/image-engine.ts';
import type { SidecarFiles } from '../../contracts/gateway.ts';
import { gatewaySockets } from './agent.ts';
import type { Attached } from '../attached/attached.ts';
import { container, startAttached } from './cli.ts';
import { copyTo } from '../attached/machine-files.ts';
import { containerName } from './names.ts';
import { alonePath, GATEWAY_SOCKETS, hostPaths } from './machine-paths.ts';
import { createArguments, expectShort, MIB, type ContainerOrder, type SocketPair } from './plan.ts';
import { confirmContainer } from './readback.ts';

/**
 * The gateway, in a separate machine with the network that leads out; it runs the same file as everywhere. Its sockets
 * appear on the host, in the bottle's private folder, and from there in the agent's machine. So secrets, log and policy
 * are not in the agent's machine, and macOS needs no sandbox for the gateway.
 */

const PROGRAM = '/gateway.cjs';
const MEMORY_BYTES = 512 * MIB;
const PROCESSES = 64;
const READY_DEADLINE_MS = 30_000;
const BETWEEN_LOOKS_MS = 20;

/**
 * The order for the gateway's machine. Pure, except that it depends on the current user.
 * @throws BottleError `rungUnavailable` if it cannot be expressed
 */
export function gatewayOrder(spec: BottleSpec, image: string, files: SidecarFiles): ContainerOrder {
  const published = publishedSockets(spec, files);
  expectShort(published);
  return {
    name: containerName(spec.id, 'gateway'),
    bottleId: spec.id,
    image,
    argv: ['/usr/local/bin/node', ...GATEWAY_FLAGS, PROGRAM, files.configPath],
    env: { HOME: '/tmp', [BOTTLE_ID_VARIABLE]: spec.id, ...GATEWAY_ENV },
    owner: gatewayOwner(),
    cpus: 2,
    memoryBytes: MEMORY_BYTES,
    processes: PROCESSES,
    // A socket on a read-only root, or in a tmpfs, is not found from outside: apple/container#2101. Everything else on
    // the root ends with the machine.
    readOnly: false,
    capabilities: [],
    scratch: [],
    mounts: [
      { hostPath: alonePath(spec.runDir, PROGRAM), guestPath: PROGRAM, readOnly: true },
      ...files.mounts.map((mount) =>
        isFolder(mount.guestPath)
          ? mount
          : { ...mount, hostPath: alonePath(spec.runDir, guestName(mount.guestPath)) },
      ),
    ],
    mountedSockets: [],
    publishedSockets: published,
    network: 'default',
  };
}

/** Among the gateway's mounts, those below /run are folders; the others are files. */
const isFolder = (guestPath: string): boolean => guestPath.startsWith('/run/');

/** A path that differs from those of the agent's files. */
const guestName = (guestPath: string): string => `/of-gateway${guestPath}`;

function publishedSockets({ runDir }: BottleSpec, { published }: SidecarFiles): readonly SocketPair[] {
  const own = gatewaySockets(runDir).map(({ hostPath, guestPath }) => ({
    hostPath,
    guestPath: join(GATEWAY_SOCKETS, guestPath.slice(guestPath.lastIndexOf('/') + 1)),
  }));
  return [...own, ...published];
}

/**
 * Starts the gateway, and waits until it serves and its sockets exist on the host.
 * @throws BottleError `rungUnavailable` with its output
 */
export async function openGateway(
  spec: BottleSpec,
  image: PreparedImage,
  { gateway, signal }: Pick<DriverContext, 'gateway' | 'signal'>,
): Promise<void> {
  const files = await gateway.configureSidecar({ kind: 'unix', folder: GATEWAY_SOCKETS });
  const order = gatewayOrder(spec, image.reference, files);
  await makePrivateDir(hostPaths(spec.runDir).socketsDir);
  await copyTo(join(packageRoot(), 'dist', 'gateway.cjs'), alonePath(spec.runDir, PROGRAM), 0o644);
  for (const { hostPath, guestPath } of files.mounts.filter((one) => !isFolder(one.guestPath)))
    await copyTo(hostPath, alonePath(spec.runDir, guestName(guestPath)), 0o644);
  await container('make the gateway’s machine', createArguments(order), { signal, timeoutMs: SLOW_MS });
  await confirmContainer(order, image.digest, signal);
  const program = startAttached(spec.id, order.name);
  program.stdin.write(files.input());
  try {
    await untilReady(program, gateway, signal);
    await untilThere(order.publishedSockets, signal);
  } finally {
    program.letGo();
  }
}

/** Reads the gateway's reports up to `ready`. */
async function untilReady(
  program: Attached,
  gateway: DriverContext['gateway'],
  signal: AbortSignal,
): Promise<void> {
  const lines: string[] = [];
  for await (const line of createInterface({
    input: program.stdout,
    signal: deadline(READY_DEADLINE_MS, signal),
  })) {
    const { event, certificate } = eventIn(line);
    if (event === 'authority' && certificate !== undefined) await gateway.trustAuthority(certificate);
    if (event === 'ready') return;
    lines.push(line);
  }
  signal.throwIfAborted();
  throw notUp([...lines, ...program.complaints()]);
}

/** The fields of a line of the gateway's protocol that matter here. */
function eventIn(line: string): { readonly event?: unknown; readonly certificate?: string } {
  try {
    return JSON.parse(line) as ReturnType<typeof eventIn>;
  } catch {
    return {};
  }
}

/** Waits for the published sockets: the runtime makes each on the host once the one inside exists. */
async function untilThere(sockets: readonly SocketPair[], signal: AbortSignal): Promise<void> {
  for (const end = Date.now() + READY_DEADLINE_MS; ; await sleep(BETWEEN_LOOKS_MS)) {
    signal.throwIfAborted();
    const missing = sockets.filter(({ hostPath }) => !isSocket(hostPath));
    if (missing.length === 0) return;
    if (Date.now() > end) throw notUp(missing.map(({ hostPath }) => `no socket at ${hostPath}`));
  }
}

const isSocket = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;

const notUp = (said: readonly string[]): BottleError =>
  new BottleError('rungUnavailable', 'the gateway did not come up', {
    details: said.slice(-8),
    fix: DOCTOR_OR_REPORT,
  });
