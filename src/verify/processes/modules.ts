import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { readKernelFile } from '../../host/system/kernel-file.ts';

/**
 * Modules that the kernel loads for any process that requests their function, as assets/verify/kernel_modules.pm does.
 * A new device or an administrator may load others meanwhile, so only these count.
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

/** Returns the names of loaded modules from /proc/modules; undefined if the kernel has no modules. */
export const loadedModules = (): readonly string[] | undefined => {
  const text = readKernelFile('/proc/modules');
  return text === undefined ? undefined : namesIn(text);
};

/** Returns the first word of each line. Pure. */
export const namesIn = (text: string): readonly string[] =>
  [...text.matchAll(/^\S+/gm)].map(([name]) => name);

/** Returns the modules that this host has and has not loaded: only for these can loading be observed. */
export function loadableModules(): readonly string[] {
  const loaded = loadedModules();
  if (loaded === undefined || readKernelFile('/proc/sys/kernel/modules_disabled')?.trim() === '1') return [];
  const folder = FOLDERS.map((folder) => `${folder}/${release()}`).find((folder) => existsSync(folder));
  const files = readKernelFile(`${folder}/modules.dep`) ?? '';
  return loadableOf(files, loaded);
}

const FOLDERS = ['/lib/modules', '/usr/lib/modules'];

/**
 * Returns the loadable modules of a modules.dep, whose lines are `kernel/net/ipv4/udp_diag.ko.xz: ...`, without those
 * loaded. Pure.
 */
export function loadableOf(files: string, loaded: readonly string[]): readonly string[] {
  const names = new Set(
    [...files.matchAll(/^[^:]*?([^/:]+)\.ko[^/:]*:/gm)].map(([, name = '']) => name.replaceAll('-', '_')),
  );
  return BY_REQUEST.filter((name) => names.has(name) && !loaded.includes(name));
}

/**
 * Returns a function that lists the modules loaded on request since this call; undefined if the kernel has no modules.
 */
export function watchModules(): () => readonly string[] | undefined {
  const before = loadedModules();
  return () => {
    if (before === undefined) return undefined;
    return loadedModules()?.filter((name) => BY_REQUEST.includes(name) && !before.includes(name));
  };
}
