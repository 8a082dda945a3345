import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkStart, Fault, type VmConfig } from './config.ts';
import { qmpOn } from '../../../src/drivers/microvm/vmm/qmp.ts';

/** What the stand-in has for a machine: the same guest, in an emulating QEMU. */

export interface Machine {
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Writes its memory and its devices' state. */
  save(path: string): Promise<void>;
  /** What its kernel does at Ctrl-Alt-Del where nobody has taken the keys: it begins again, which is its end here. */
  restart(): Promise<void>;
  /** Settles when it has ended. */
  readonly ended: Promise<void>;
}

/** Where it begins: at its kernel, or, standing still, where it was saved. */
export type Beginning = 'kernel' | { readonly memoryPath: string };

const POLL_MS = 20;
const CONSOLE_FD = 3;

/** Starts it. @throws Fault where QEMU does not run it */
export async function startMachine(config: VmConfig, beginning: Beginning): Promise<Machine> {
  // It does not outlive the stand-in.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...qemuCommand(config, beginning)], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  // What the machine's serial line says is said by Firecracker itself, on its standard output.
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

/** What Firecracker adds to a kernel's arguments, and what a kernel needs that is emulated: a clock, and an end without a keyboard. */
const ADDED_ARGUMENTS = 'pci=off reboot=t tsc_early_khz=2400000 tsc=reliable';

/** QEMU is to have the same devices where it goes on with a machine that was saved: its command is the same, too. */
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
