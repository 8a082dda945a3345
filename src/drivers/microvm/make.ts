import { mkdir, rm, writeFile } from 'node:fs/promises';
import { posix } from 'node:path';
import type { LongWork } from '../image/long-run.ts';
import { together } from '../../host/together.ts';
import { makePrivateDir, giveTo } from '../../host/files.ts';
import { MOST_OPEN_FILES } from '../../host/process/process-limits.ts';
import type { BottleSpec, DriverContext, Owner } from '../driver.ts';
import type { GatewayAccess } from '../gateway-access.ts';
import { sandboxOwner } from '../sandbox/facts.ts';
import { placesTried } from './checks.ts';
import { packFiles } from './files/pack.ts';
import { machinePaths, agentRoomBytes, NO_WORK_BYTES, workDiskBytes } from './files/layout.ts';
import { makeScratch } from './guest/disks.ts';
import { ownDisk, type OwnParts } from './guest/initramfs.ts';
import { ensureInitrd } from './guest/initrd.ts';
import { ensureKernel } from './guest/kernel/kernel.ts';
import { startedPath, type GuestKernel } from './guest/kernel/make-kernel.ts';
import { ensureImageDisk, type MachineImage } from './image.ts';
import { makeKeys, type SshKeys } from './ssh.ts';
import { writablePlaces, type MachineFiles } from './plan.ts';
import { vmmOf } from './vmm/index.ts';
import { LINK } from './vmm/machine.ts';
import { BottleError } from '../../errors.ts';

/** All inputs of a machine, made on the host before it starts. */
export interface MadeMachine {
  readonly files: MachineFiles;
  readonly keys: SshKeys;
  readonly room: Room;
  readonly kernel: GuestKernel;
  readonly image: MachineImage;
  /** As `tried` in `OwnParts`. */
  readonly tried: readonly string[];
}

/** What `makeMachine` needs from the driver's context. */
export interface MakingContext extends Pick<DriverContext, 'progress' | 'signal' | 'files'> {
  readonly gateway: Pick<GatewayAccess, 'trusted'>;
}

/**
 * Makes the inputs of a bottle's machine.
 * @throws BottleError `dependencyMissing`, `rungUnavailable`; the signal's reason
 */
export async function makeMachine(
  spec: BottleSpec,
  { progress, signal, files, gateway }: MakingContext,
): Promise<MadeMachine> {
  const work = { progress, signal };
  const owner = sandboxOwner(spec);
  const paths = machinePaths(spec.runDir);
  await makePrivateDir(paths.dir);
  await makeOutDir(paths.outDir, owner);
  const [[kernel, initrdPath], image, keys] = await together([
    kernelAndInitrd(work),
    ensureImageDisk(spec.image, work),
    makeKeys(paths.keysDir),
    makeScratch(paths.scratchPath, spec.resources.diskBytes),
  ]);
  const volumes = volumePlaces(image.settings.volumes, spec.mounts);
  const tried = placesTried();
  await writeFile(paths.ownPath, ownDisk(ownParts(spec, { keys, volumes, tried })), { mode: 0o600 });
  await together([files, gateway.trusted]);
  const packed = await packFiles(spec.mounts, paths.filesPath, signal);
  const workBytes =
    writablePlaces(spec).length > 0
      ? packed.writableBytes + agentRoomBytes(spec.resources.diskBytes)
      : NO_WORK_BYTES;
  await makeWorkDisk(paths.workPath, workBytes);
  const { filesPath, scratchPath, workPath, ownPath, outDir } = paths;
  await giveTo(owner, [filesPath, scratchPath, workPath, ownPath]);
  const machineFiles = {
    kernelPath: startedPath(kernel, vmmOf(spec.rung)),
    basePath: image.disk.path,
    initrdPath,
    filesPath,
    scratchPath,
    workPath,
    ownPath,
    outDir,
  };
  const room = { scratchBytes: spec.resources.diskBytes, workBytes };
  return { files: machineFiles, room, keys, kernel, image, tried };
}

async function kernelAndInitrd(work: LongWork): Promise<readonly [GuestKernel, string]> {
  const kernel = await ensureKernel(work);
  return [kernel, await ensureInitrd(kernel)];
}

/** How many bytes the machine may write to each disk. */
export interface Room {
  readonly scratchBytes: number;
  readonly workBytes: number;
}

/** Makes empty writable disks, in place of existing ones. @throws BottleError */
export async function makeEmptyDisks(
  { scratchPath, workPath }: Pick<MachineFiles, 'scratchPath' | 'workPath'>,
  { scratchBytes, workBytes }: Room,
  owner: Owner,
): Promise<void> {
  await Promise.all([scratchPath, workPath].map(async (path) => await rm(path, { force: true })));
  await makeScratch(scratchPath, scratchBytes);
  await makeWorkDisk(workPath, workBytes);
  await giveTo(owner, [scratchPath, workPath]);
}

const makeWorkDisk = async (path: string, bytes: number): Promise<void> =>
  await makeScratch(path, bytes, workDiskBytes(bytes));

/** Makes a folder that the sandbox may write to, as its owner. */
export async function makeOutDir(path: string, owner: Owner): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  await giveTo(owner, [path]);
}

interface Making {
  readonly keys: SshKeys;
  readonly volumes: readonly string[];
  readonly tried: readonly string[];
}

const ownParts = (
  spec: BottleSpec,
  { keys: { hostKey, authorizedKey }, volumes, tried }: Making,
): OwnParts => ({
  hostName: 'bottle',
  address: LINK.address,
  gatewayAddress: LINK.gatewayAddress,
  netmask: LINK.netmask,
  hostKey,
  authorizedKey,
  processes: spec.resources.pids,
  descriptors: MOST_OPEN_FILES,
  places: spec.mounts.map(({ guestPath, readOnly }, number) => ({ number, guestPath, readOnly })),
  volumes,
  tried,
});

/** Paths that a machine provides itself, where it mounts no volume. */
const MACHINE_PLACES =
  /^\/(?:etc|home|home\/agent|tmp|var\/tmp|run|(?:dev|proc|sys|run\/bot-bottle)(?:\/.*)?)?$/;

/**
 * Returns where a machine mounts the volumes that its image declares: empty folders, owned by the agent, and deleted
 * with the machine, as in a container. Excludes mounted paths and paths that the machine provides itself. Pure.
 * @throws BottleError `manifest`
 */
export function volumePlaces(
  volumes: readonly string[],
  mounted: readonly { readonly guestPath: string }[],
): readonly string[] {
  const places = volumes.map((path) => posix.resolve('/', path));
  const odd = places.find((path) => /[\n\\]|\s$/.test(path));
  if (odd !== undefined)
    throw new BottleError('manifest', `the image wants a volume at ${JSON.stringify(odd)}`, {
      fix: 'give it a path without line breaks, backslashes and spaces at its end',
    });
  const taken = new Set(mounted.map(({ guestPath }) => guestPath));
  return [...new Set(places)].filter((path) => !MACHINE_PLACES.test(path) && !taken.has(path)).toSorted();
}
