import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { hostVariable } from '../env.ts';

/** Folders of engines and runtimes that an ordinary user's PATH may omit. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

const userFolders = (): readonly string[] => (hostVariable('PATH') ?? '').split(':').filter(Boolean);

/** Whether the program depends on the current folder: neither an absolute path nor a name in PATH. Pure. */
export const isRelativeProgram = (program: string): boolean => program.includes('/') && !isAbsolute(program);

/** The full path of an installed program, or undefined. */
export const findProgram = (name: string): string | undefined =>
  findIn([...userFolders(), ...SYSTEM_FOLDERS], name);

/** The full paths of all installed programs of a name, in the order of PATH. */
export const everyProgram = (name: string): readonly string[] =>
  [...userFolders(), ...SYSTEM_FOLDERS].map((folder) => join(folder, name)).filter(isExecutable);

/**
 * The full path of an installed program, with the system's folders before the user's own: for programs that are given
 * to a machine and run as root there.
 */
export const findSystemProgram = (name: string): string | undefined =>
  findIn([...SYSTEM_FOLDERS, ...userFolders()], name);

/**
 * The path, size and modification time of a program: another version has another stamp. Returns `nameOrPath` itself if
 * this user cannot see the file.
 */
export function programStamp(nameOrPath: string): string {
  const path = isAbsolute(nameOrPath) ? nameOrPath : findProgram(nameOrPath);
  if (path === undefined) return nameOrPath;
  try {
    const { size, mtimeMs } = statSync(path);
    return `${path} ${size} ${mtimeMs}`;
  } catch {
    return nameOrPath; // missing, or in a folder that only root may enter
  }
}

const findIn = (folders: readonly string[], name: string): string | undefined =>
  folders.map((folder) => join(folder, name)).find(isExecutable);

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
