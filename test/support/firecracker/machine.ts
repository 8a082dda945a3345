import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkStart, Fault, type VmConfig } from './config.ts';
import { qmpOn } from '../../../src/drivers/microvm/vmm/qemu.ts';

/** The stand-in's machine: the same guest, in an emulating QEMU. */

export interface Machine {
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Writes its memory and the state of its devices. */
  save(path: string): Promise<void>;
  /** Does what its kernel does at Ctrl-Alt-Del if no program handles the keys: reboot, which ends it here. */
  restart(): Promise<void>;
  /** Settles when the machine has ended. */
  readonly ended: Promise<void>;
}

/** The beginning of a machine: at its kernel, or paused where it was saved. */
export type Beginning = 'kernel' | { readonly memoryPath: string };

const POLL_MS = 20;
const CONSOLE_FD = 3;

/** Starts a machine. @throws Fault if QEMU does not run it */
export async function startMachine(config: VmConfig, beginning: Beginning): Promise<Machine> {
  // The signal ends QEMU with the stand-in.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...qemuCommand(config, beginning)], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  // Firecracker itself writes the output of the machine's serial line to its standard output.
  (child.stdio[CONSOLE_FD] as Readable).pipe(process.stdout, { end: false });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString('latin1')).slice(-4096)));
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve()).once('close', () => resolve());
  });
  try {
    const { run } = await qmpOn(child.stdin, child.stdout);
    const settled = async (query: string, busy: readonly string[]): Promise<string> => {
      for (;;) {
        const { status = 'none' } = (await run(query)) as { readonly status?: string };
        if (!busy.includes(status)) return status;
        await sleep(POLL_MS);
      }
    };
    if (beginning !== 'kernel') await settled('query-status', ['inmigrate']);
    return {
      pause: async () => void (await run('stop')),
      resume: async () => void (await run('cont')),
      restart: async () => void (await run('system_reset')),
      save: async (path) => {
        await run('migrate', { uri: `file:${path}` });
        const status = await settled('query-migrate', ['none', 'setup', 'active', 'device', 'cancelling']);
        if (status !== 'completed') throw new Fault(`Create snapshot error: QEMU says ${status}`);
      },
      ended,
    };
  } catch (cause) {
    child.kill('SIGKILL');
    await ended;
    throw new Fault(`Start microvm error: QEMU says ${said.trim() || (cause as Error).message}`, { cause });
  }
}

/**
 * Firecracker's additions to a kernel's arguments, and an emulated kernel's needs: a clock, an end without a keyboard.
 */
const ADDED_ARGUMENTS = 'pci=off reboot=t tsc_early_khz=2400000 tsc=reliable';

/** QEMU must have the same devices when it continues a saved machine, so its command is the same too. */
function qemuCommand(config: VmConfig, beginning: Beginning): readonly string[] {
  const { kernel_image_path: kernel, initrd_path: initrd, boot_args: args = '' } = checkStart(config);
  const { vcpu_count: cpus, mem_size_mib: memoryMib } = config['machine-config'];
  const drives = [...config.drives].sort((a, b) => Number(b.is_root_device) - Number(a.is_root_device));
  return [
    [
      'qemu-system-x86_64',
      '-M',
      'microvm,rtc=on,pit=off,pic=off',
      '-accel',
      'tcg,tb-size=256',
      '-cpu',
      'max',
    ],
    ['-smp', String(cpus), '-m', `${memoryMib}M`],
    ['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none'],
    ['-chardev', `socket,id=console,fd=${CONSOLE_FD}`, '-serial', 'chardev:console'],
    ['-chardev', 'stdio,id=qmp,signal=off', '-mon', 'chardev=qmp,mode=control'],
    ['-kernel', kernel, '-append', `${args} ${ADDED_ARGUMENTS}`],
    initrd === undefined ? [] : ['-initrd', initrd],
    drives.flatMap(({ drive_id: id, path_on_host: path, is_read_only: isReadOnly }) => [
      '-drive',
      `id=${id},file=${path},format=raw,if=none${isReadOnly === true ? ',readonly=on,file.locking=off' : ''}`,
      '-device',
      `virtio-blk-device,drive=${id}`,
    ]),
    config['network-interfaces'].flatMap(({ iface_id: id, host_dev_name: name, guest_mac: mac }) => [
      '-netdev',
      `tap,id=${id},ifname=${name},script=no,downscript=no`,
      '-device',
      `virtio-net-device,netdev=${id}${mac === undefined ? '' : `,mac=${mac}`}`,
    ]),
    config.balloon === undefined ? [] : ['-device', 'virtio-balloon-device,free-page-reporting=on'],
    config.entropy === undefined ? [] : ['-device', 'virtio-rng-device'],
    beginning === 'kernel' ? [] : ['-S', '-incoming', `file:${beginning.memoryPath}`],
  ].flat();
}
