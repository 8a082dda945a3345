import { byPerl, onKernel } from './by-perl.ts';
import type { Probe } from '../probe.ts';

/** Mounts, devices, and access to files by handle. */

/** Mounts. A success leaves a mount in the attacker's namespace or the bottle's, and is undone. */
export const MOUNTS: readonly Probe[] = [
  {
    ...onKernel({ is: 'mount' }),
    id: 'mount-tmpfs',
    claim: 'Nothing can be mounted.',
    attack: 'mount a tmpfs',
    breach: 'shows itself files, devices and settings that the bottle hides',
    source: 'mount(2); SandboxEscapeBench, arXiv 2603.02277: SYS_ADMIN',
    run: byPerl('mount-tmpfs', 'own-name'),
  },
  {
    ...onKernel({ is: 'mount' }),
    id: 'mount-proc',
    claim: 'No fresh proc can be mounted, which nothing would cover.',
    attack: 'mount a fresh /proc',
    breach: 'has /proc without what covers its settings',
    source: 'CVE-2025-31133, CVE-2025-52881 (runc): masked paths',
    run: byPerl('mount-proc', 'own-name'),
  },
  {
    ...onKernel({ is: 'mount' }),
    id: 'mount-cgroup',
    claim: 'No cgroup file system can be mounted.',
    attack: 'mount cgroup2, as release_agent needs',
    breach: 'runs its program on the host, as root',
    source: 'CVE-2022-0492: release_agent',
    run: byPerl('mount-cgroup', 'own-name'),
  },
  {
    ...onKernel({ is: 'mount' }),
    id: 'mount-bind',
    claim: 'No folder can be bound elsewhere.',
    attack: 'bind a folder elsewhere',
    breach: 'shows itself files, devices and settings that the bottle hides',
    source: 'mount(2): MS_BIND; CVE-2025-52565 (runc): a bind mount redirected',
    run: byPerl('mount-bind', 'own-name'),
  },
  {
    ...onKernel({ is: 'mount' }),
    id: 'mount-overlay',
    claim: 'No overlay can be mounted.',
    attack: 'mount an overlay',
    breach: 'shows itself files, devices and settings that the bottle hides',
    source: 'CVE-2023-0386, CVE-2021-3493: overlayfs',
    run: byPerl('mount-overlay', 'own-name'),
  },
  {
    ...onKernel({ is: 'mount' }),
    id: 'mount-binfmt',
    claim: 'The table of what the kernel runs by which interpreter cannot be mounted.',
    attack: 'mount binfmt_misc, where formats are registered',
    breach: 'has its program run in place of others, with their rights',
    source: 'the kernel’s binfmt-misc.rst: flags O, C and F; toffan/binfmt_misc: a rootkit by it',
    run: byPerl('mount-binfmt', 'own-name'),
  },
  {
    ...onKernel({ is: 'descriptor', of: 'anon_inode:[fscontext]' }),
    id: 'mount-api',
    claim: 'The new mount interface is as closed as the old.',
    attack: 'ask fsopen for a file system',
    breach: 'shows itself files, devices and settings that the bottle hides',
    source: 'fsopen(2); CVE-2022-0185',
    run: byPerl('mount-api', 'own-eventfd'),
  },
  {
    ...onKernel({ is: 'root' }),
    id: 'chroot',
    claim: 'No other root can be entered.',
    attack: 'change the root',
    breach: 'gets out of a root by a descriptor that lies outside',
    source: 'chroot(2)',
    run: byPerl('chroot', 'own-name'),
  },
];

/**
 * Devices, and access to files by handle. A success leaves only an unread descriptor, which goes with the process;
 * nodes are removed.
 */
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
