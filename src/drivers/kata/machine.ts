import { readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { readKernelFile } from '../../host/system/kernel-file.ts';
import { argumentsOf, everyPid } from '../../host/processes.ts';

/**
 * Finds the machine of a Kata container from the host: a VMM that its shim has started, and that has a virtual machine
 * of KVM open. The runtime in Go reports the VMM as the container's process
 * (src/runtime/pkg/containerd-shim-v2/create.go), the one in Rust the shim
 * (src/runtime-rs/crates/runtimes/virt_container/src/container_manager/manager.rs, both 4.1.0).
 */

/** A process of the host. */
export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  readonly args: readonly string[];
  /** The program of /proc/PID/exe; undefined if this user may not read it. */
  readonly program: string | undefined;
  /** It has a virtual machine of KVM open; undefined if this user may not see that. */
  readonly holdsMachine: boolean | undefined;
}

export interface MachineQuestion {
  readonly containerId: string;
  /** The container's process, as the engine reports it. */
  readonly pid: number;
  /** Name or path of the shim. */
  readonly shim: string;
}

export type MachineAnswer =
  | { readonly vmm: string; readonly pid: number; readonly seen: string }
  | { readonly fault: string };

/** The VMMs that Kata supports: src/runtime-rs/config of 4.1.0, and those of the runtime in Go. */
const VMMS = /^(?:qemu-system-[\w-]+|qemu-kvm|qemu|cloud-hypervisor|firecracker|stratovirt|openvmm)$/;

/** The container's machine, or the reason why it cannot be seen. Pure. */
export function machineOf(
  processes: readonly SeenProcess[],
  { containerId, pid, shim }: MachineQuestion,
): MachineAnswer {
  const program = basename(shim);
  const shims = processes.filter(({ args }) => isShimOf(args, program, containerId));
  if (shims.length === 0) return { fault: `no ${program} of this container runs on this host` };
  // Any user can give a process such a name: only the process that the engine reports counts; if that is the shim, also
  // the processes that it has started.
  const own = ownOf(processes, shims, { containerId, pid });
  if (own.length === 0)
    return { fault: `process ${pid}, which the engine calls the container's, is not of its ${program}` };
  const machine = own.find(({ holdsMachine }) => holdsMachine === true);
  if (machine !== undefined) return answerOf(machine, 'holds a virtual machine of KVM');
  const unseen = own.filter(({ holdsMachine }) => holdsMachine === undefined);
  const byName = unseen.find(isVmm);
  if (byName !== undefined) return answerOf(byName, 'by its name: only root can list its open files');
  return {
    fault:
      unseen.length === 0
        ? `no process of its ${program} has a virtual machine of KVM`
        : `${program} has started no VMM that this user could see`,
  };
}

const answerOf = (machine: SeenProcess, how: string): MachineAnswer => ({
  vmm: nameOf(machine),
  pid: machine.pid,
  seen: how,
});

/**
 * A shim restarts itself by the path of its own file: `kata-qemu` is a link to this one, or a script that executes it.
 */
const REAL_SHIM = 'containerd-shim-kata-v2';

/** `-id CONTAINER` among a shim's arguments: the protocol of containerd's shims, core/runtime/v2/README.md. */
const isShimOf = (args: readonly string[], program: string, containerId: string): boolean =>
  [program, REAL_SHIM].includes(basename(args[0] ?? '')) &&
  args.some((arg, index) => /^--?id$/.test(arg) && args[index + 1] === containerId);

/**
 * The processes that may be the machine: the process that the engine reports, if it belongs to a shim. If it is the
 * shim, the shim and all that it has started.
 */
function ownOf(
  processes: readonly SeenProcess[],
  shims: readonly SeenProcess[],
  { containerId, pid }: Pick<MachineQuestion, 'containerId' | 'pid'>,
): readonly SeenProcess[] {
  const named = processes.find((one) => one.pid === pid);
  if (named === undefined) return [];
  if (shims.includes(named)) return startedBy(processes, named);
  const isStarted = shims.some((shim) => startedBy(processes, shim).includes(named));
  // QEMU of the runtime in Go leaves its shim, and has the container's id among its arguments.
  const hasLeft = isVmm(named) && named.args.some((arg) => arg.includes(containerId));
  return isStarted || hasLeft ? [named] : [];
}

/** A process, and its descendants. */
function startedBy(processes: readonly SeenProcess[], first: SeenProcess): readonly SeenProcess[] {
  const own = new Map([[first.pid, first]]);
  for (let before = 0; before !== own.size;) {
    before = own.size;
    for (const one of processes) if (own.has(one.parent)) own.set(one.pid, one);
  }
  return [...own.values()];
}

const nameOf = ({ program, args }: SeenProcess): string => basename(program ?? args[0] ?? '');

const isVmm = (one: SeenProcess): boolean => VMMS.test(nameOf(one));

/** Whether these are arguments of a VMM of the container. A VMM outlives a killed shim. */
export const isVmmOf = (args: readonly string[], containerId: string): boolean =>
  VMMS.test(basename(args[0] ?? '')) && args.some((arg) => arg.includes(containerId));

/** All processes of the host that this user can see. */
export function readProcesses(): SeenProcess[] {
  return everyPid().flatMap((pid) => {
    const parent = /^PPid:\s+(\d+)/m.exec(readKernelFile(`/proc/${pid}/status`) ?? '')?.[1];
    const args = argumentsOf(pid);
    if (parent === undefined || args.length === 0) return []; // it has ended, or is the kernel's own
    return [{ pid, parent: Number(parent), args, ...heldBy(pid, args) }];
  });
}

/**
 * Only inspects descriptors of shims and VMMs: inspecting all processes would take as long as the host has files open.
 */
function heldBy(pid: number, args: readonly string[]): Pick<SeenProcess, 'program' | 'holdsMachine'> {
  try {
    return {
      program: readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, ''),
      holdsMachine: holdsMachine(pid, args),
    };
  } catch {
    return { program: undefined, holdsMachine: undefined };
  }
}

function holdsMachine(pid: number, args: readonly string[]): boolean {
  const name = basename(args[0] ?? '');
  if (!VMMS.test(name) && !name.startsWith('containerd-shim-')) return false;
  return readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === KVM_MACHINE);
}

/** The name of the descriptor that kvm_dev_ioctl_create_vm makes: virt/kvm/kvm_main.c. */
const KVM_MACHINE = 'anon_inode:kvm-vm';

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // it is closed
  }
}
