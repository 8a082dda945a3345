import { byPerl } from './by-perl.ts';
import { onKernel } from './on-kernel.ts';
import type { Probe } from '../probe.ts';

/** Attempts on kernel settings. They open files and keep them open, but never write. */

export const SETTINGS: readonly Probe[] = [
  {
    ...onKernel({ is: 'setting' }),
    id: 'core-pattern',
    claim: 'What the kernel runs as root cannot be chosen.',
    attack: 'open core_pattern and modprobe for writing',
    breach: 'runs a program of its own on the host, as root',
    source: 'core(5); CVE-2022-0811 (CRI-O): core_pattern set from a container',
    run: byPerl('core-pattern', 'own-kernel-file'),
  },
  {
    ...onKernel({ is: 'setting' }),
    id: 'sysctl-write',
    claim: 'No setting of the kernel can be opened for writing.',
    attack: 'open every sysctl for writing',
    breach: 'changes the kernel of the host, for all that run on it',
    source: 'proc_sys(5); CVE-2022-0811 (CRI-O)',
    run: byPerl('sysctl-write', 'own-kernel-file'),
  },
  {
    ...onKernel({ is: 'setting' }),
    needs: 'sysrq',
    id: 'sysrq',
    claim: 'The keys that end a machine cannot be pressed.',
    attack: 'open sysrq-trigger for writing',
    breach: 'ends the host',
    source: 'proc_sysrq-trigger(5); CVE-2025-52881 (runc): writes to /proc redirected there',
    run: byPerl('sysrq', 'own-kernel-file'),
  },
  {
    ...onKernel({ is: 'setting' }),
    id: 'proc-write',
    claim: 'No other setting in /proc can be opened for writing.',
    attack: 'open irq, bus, fs, acpi of /proc for writing',
    breach: 'changes the kernel of the host, for all that run on it',
    source: 'CVE-2025-52881 (runc): writes to /proc redirected',
    run: byPerl('proc-write', 'own-kernel-file'),
  },
  {
    ...onKernel({ is: 'setting' }),
    id: 'sysfs-write',
    claim: 'Nothing of /sys can be opened for writing.',
    attack: 'open every file of /sys for writing',
    breach: 'changes the kernel of the host, for all that run on it',
    source: 'sysfs(5); /sys/kernel/uevent_helper, which the kernel runs as root',
    run: byPerl('sysfs-write', 'own-kernel-file'),
  },
  {
    ...onKernel({ is: 'setting' }),
    id: 'cgroup-write',
    claim: 'No limit in the cgroups can be opened for writing.',
    attack: 'open every cgroup file for writing',
    breach: 'lifts its own limits, or runs a program as root',
    source: 'cgroups(7); CVE-2022-0492: release_agent',
    run: byPerl('cgroup-write', 'own-kernel-file'),
  },
  {
    ...onKernel({ is: 'kernelFile' }),
    id: 'kernel-memory',
    claim: "Nothing that shows the kernel's memory can be opened.",
    attack: 'open kcore, kpageflags, vmallocinfo',
    breach: 'knows where the kernel lies, and what is in it',
    source: 'proc_kcore(5), proc_kpageflags(5)',
    run: byPerl('kernel-memory', 'own-kernel-file'),
  },
  {
    ...onKernel({ is: 'kernelFile' }),
    id: 'proc-keys',
    claim: 'Nothing in /proc tells of the whole host: keys, timers.',
    attack: 'open keys, timer_list, sched_debug',
    breach: 'knows what runs on the host, and what keys it has',
    source: 'proc_keys(5); CVE-2025-31133 (runc): masked paths',
    run: byPerl('proc-keys', 'own-kernel-file'),
  },
  {
    // The attempt restores the host's name after a success.
    ...onKernel({ is: 'hostName' }),
    id: 'host-name',
    claim: "The host's name cannot be changed.",
    attack: "change the host's name",
    breach: 'changes what the host is called',
    source: 'sethostname(2)',
    run: byPerl('host-name', 'own-name'),
  },
];
