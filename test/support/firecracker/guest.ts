import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureRootfs } from '../../../src/drivers/container/image/rootfs.ts';
import { ensureBase, makeScratch } from '../../../src/drivers/microvm/guest/disks.ts';
import { commonArchive, initrdOf, ownArchive } from '../../../src/drivers/microvm/guest/initramfs.ts';
import { ensureKernel } from '../../../src/drivers/microvm/guest/kernel.ts';
import { readPrograms } from '../../../src/drivers/microvm/guest/programs.ts';
import { sshCommand } from '../../../src/drivers/microvm/ssh/command.ts';
import { HOST_ALIAS, makeKeys, type SshKeys } from '../../../src/drivers/microvm/ssh/keys.ts';
import { firecrackerCommand, KERNEL_ARGUMENTS } from '../../../src/drivers/microvm/vmm/firecracker.ts';
import { LINK, type Machine } from '../../../src/drivers/microvm/vmm/machine.ts';
import { startVmm, type StartedVmm } from '../../../src/drivers/microvm/vmm/start.ts';
import type { SandboxFile } from '../../../src/drivers/microvm/vmm/sandbox.ts';
import { assetPath } from '../../../src/host/paths.ts';
import { run, type RunResult } from '../../../src/host/run.ts';
import { agentOwner } from '../../../src/host/user.ts';

/** A bottle's own guest for a Firecracker, or its stand-in, in the sandbox of a VMM. */

export interface Guest {
  readonly machine: Machine;
  readonly keys: SshKeys;
  /** What no two machines have at once. */
  readonly scratchPath: string;
  /** All others. */
  readonly files: readonly SandboxFile[];
}

const MIB = 1024 ** 2;
const BOOT_MS = 120_000;
const work = { progress: () => undefined, signal: new AbortController().signal };

/** Makes one in a folder. */
export async function makeGuest(dir: string): Promise<Guest> {
  const [kernel, programs, tarPath] = await Promise.all([
    ensureKernel(work),
    readPrograms(),
    ensureRootfs(work),
  ]);
  const basePath = await ensureBase(tarPath, basename(tarPath, '.tar'), work);
  const scratchPath = join(dir, 'scratch');
  await makeScratch(scratchPath, 512 * MIB);
  const keys = await makeKeys(dir);
  const [init = '', second = ''] = await Promise.all(
    ['init', 'second'].map(async (name) => await readFile(assetPath(`microvm/${name}`), 'utf8')),
  );
  const { address, gatewayAddress, netmask } = LINK;
  const own = ownArchive({ hostName: 'bottle-1', address, gatewayAddress, netmask, ...keys });
  const initrdPath = join(dir, 'initrd');
  await writeFile(
    initrdPath,
    initrdOf(commonArchive({ programs, modules: kernel.modules, init, second }), own),
  );
  return {
    keys,
    scratchPath,
    machine: {
      cpus: 1,
      memoryMib: 256,
      kernelPath: '/vm/kernel',
      initrdPath: '/vm/initrd',
      kernelArguments: KERNEL_ARGUMENTS,
      disks: [
        { path: '/vm/base', readOnly: true },
        { path: '/vm/scratch', readOnly: false },
      ],
      tapName: LINK.tapName,
    },
    files: [
      { hostPath: kernel.vmlinuxPath, path: '/vm/kernel', readOnly: true },
      { hostPath: initrdPath, path: '/vm/initrd', readOnly: true },
      { hostPath: basePath, path: '/vm/base', readOnly: true },
    ],
  };
}

/** A Firecracker that was started for it, and was asked nothing yet. */
export interface GuestVmm extends StartedVmm {
  readonly socketPath: string;
  /** Runs a command in the machine, as root, when it answers. */
  readonly exec: (command: string) => Promise<RunResult>;
  /** Ends it, and what reaches it. */
  readonly end: () => Promise<void>;
}

export interface GuestOrder {
  readonly guest: Guest;
  readonly bottleId: string;
  readonly programPath: string;
  /** Of this host; it is `/vm/run` for the Firecracker, which makes its socket there. */
  readonly runDir: string;
}

/** Starts it. */
export async function startFirecracker({
  guest,
  bottleId,
  programPath,
  runDir,
}: GuestOrder): Promise<GuestVmm> {
  await mkdir(runDir, { recursive: true, mode: 0o700 });
  await Promise.all([runDir, guest.scratchPath].map(giveToOwner));
  const files: readonly SandboxFile[] = [
    ...guest.files,
    { hostPath: guest.scratchPath, path: '/vm/scratch', readOnly: false },
    { hostPath: programPath, path: '/vm/firecracker', readOnly: true },
    { hostPath: runDir, path: '/vm/run', readOnly: false },
  ];
  const order = { programPath: '/vm/firecracker', id: bottleId, socketPath: '/vm/run/api.sock' };
  const vmm = startVmm(bottleId, files, firecrackerCommand(order));
  const controlPath = join(runDir, 'ssh');
  const exec = async (command: string): Promise<RunResult> =>
    await inMachine({ vmm, guest, controlPath, command });
  return {
    ...vmm,
    exec,
    socketPath: join(runDir, 'api.sock'),
    end: async () => {
      await run('ssh', ['-F', 'none', '-o', `ControlPath=${controlPath}-root`, '-O', 'exit', HOST_ALIAS]);
      vmm.kill();
      await vmm.ended;
    },
  };
}

interface InMachine {
  readonly vmm: StartedVmm;
  readonly guest: Guest;
  readonly controlPath: string;
  readonly command: string;
}

/** @throws Error where it does not answer in time, or has ended */
async function inMachine({ vmm, guest, controlPath, command }: InMachine): Promise<RunResult> {
  const connectPath = assetPath('microvm/connect.pl');
  const order = {
    keys: guest.keys,
    vmmPid: await vmm.pid,
    controlPath,
    connectPath,
    asRoot: true,
    tty: false,
    command,
  };
  const [program = '', ...args] = sshCommand(order);
  const until = Date.now() + BOOT_MS;
  let ended: string | undefined;
  void vmm.ended.then((how) => (ended = how));
  for (;;) {
    const result = await run(program, args, { timeoutMs: 30_000 });
    if (result.exitCode !== 255) return result; // 255 is ssh's own
    if (ended !== undefined || Date.now() > until)
      throw new Error(`${ended ?? 'it does not answer'}\n${result.stderr}`);
    await sleep(300);
  }
}

async function giveToOwner(path: string): Promise<void> {
  const { uid, gid } = agentOwner();
  await chown(path, uid, gid);
}
