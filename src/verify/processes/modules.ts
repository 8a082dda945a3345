import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { readKernelFile } from '../../host/system/kernel-file.ts';

/**
 * Modules that the kernel loads by itself for whoever asks for what they are for: assets/verify/kernel_modules.pm does. Others may be
 * loaded meanwhile, by a device that is plugged in or by an administrator: only these count.
 */
const BY_REQUEST: readonly string[] = [
  'udp_diag',
  'drop_monitor',
  'xfrm_user',
  'nfnetlink',
  'af_alg',
  'bridge',
  'pps_ldisc',
  'romfs',
];

/** What this host's kernel has loaded by name, as /proc/modules says; undefined where it knows no modules. */
export const loadedModules = (): readonly string[] | undefined => {
  const text = readKernelFile('/proc/modules');
  return text === undefined ? undefined : namesIn(text);
};

/** Pure. The first word of each line. */
export const namesIn = (text: string): readonly string[] =>
  [...text.matchAll(/^\S+/gm)].map(([name]) => name);

/** Those by request that this host has, and has not loaded: whether one comes can be seen of these only. */
export function loadableModules(): readonly string[] {
  const loaded = loadedModules();
  if (loaded === undefined || readKernelFile('/proc/sys/kernel/modules_disabled')?.trim() === '1') return [];
  const folder = FOLDERS.map((folder) => `${folder}/${release()}`).find((folder) => existsSync(folder));
  const files = readKernelFile(`${folder}/modules.dep`) ?? '';
  return loadableOf(files, loaded);
}

const FOLDERS = ['/lib/modules', '/usr/lib/modules'];

/** Pure: of a modules.dep, whose lines are `kernel/net/ipv4/udp_diag.ko.xz: ...`, less what is loaded. */
export function loadableOf(files: string, loaded: readonly string[]): readonly string[] {
  const names = new Set(
    [...files.matchAll(/^[^:]*?([^/:]+)\.ko[^/:]*:/gm)].map(([, name = '']) => name.replaceAll('-', '_')),
  );
  return BY_REQUEST.filter((name) => names.has(name) && !loaded.includes(name));
}

/** Those by request that have been loaded since this was called, each time that it is asked; undefined without modules. */
export function watchModules(): () => readonly string[] | undefined {
  const before = loadedModules();
  return () => {
    if (before === undefined) return undefined;
    return loadedModules()?.filter((name) => BY_REQUEST.includes(name) && !before.includes(name));
  };
}
