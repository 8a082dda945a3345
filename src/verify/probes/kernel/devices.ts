import { byPerl } from './by-perl.ts';
import { onKernel } from './on-kernel.ts';
import type { Probe } from '../probe.ts';

/** Devices, and files past their folders. What success leaves is a descriptor, which nothing reads, and goes with the process; a node is removed. */

export const DEVICES: readonly Probe[] = [
  {
    ...onKernel({ is: 'device' }),
    id: 'device-open',
    claim: 'No device of the host can be opened.',
    attack: 'open kmsg, kvm, fuse, tun, vsock, disks ...',
    breach: 'reads and writes the disks of the host past their file systems',
    source: 'SandboxEscapeBench, arXiv 2603.02277: privileged containers; vsock(7)',
    run: byPerl('device-open', 'own-device'),
  },
  {
    ...onKernel({ is: 'device' }),
    id: 'mknod-block',
    claim: 'No node of a disk can be made and opened.',
    attack: 'make a node of a disk and open it',
    breach: 'reads and writes the disks of the host past their file systems',
    source: 'mknod(2); SandboxEscapeBench, arXiv 2603.02277: privileged containers',
    run: byPerl('mknod-block', 'own-device'),
  },
  {
    ...onKernel({ is: 'device' }),
    id: 'mknod-char',
    claim: 'No node of memory, kernel messages or fuse can be opened.',
    attack: 'make nodes of mem, kmsg, fuse and open them',
    breach: 'reads the memory of the host, or drives it',
    source: 'mknod(2); SandboxEscapeBench, arXiv 2603.02277: privileged containers',
    run: byPerl('mknod-char', 'own-device'),
  },
  {
    ...onKernel({ is: 'found' }),
    id: 'open-by-handle',
    claim: 'No file can be opened by its number, past the folders.',
    attack: 'open a file by its handle',
    breach: 'reads any file of the host',
    source: 'open_by_handle_at(2); the "shocker" exploit: CAP_DAC_READ_SEARCH',
    run: byPerl('open-by-handle', 'own-eventfd'),
  },
];
