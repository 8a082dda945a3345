import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { hostVariable } from '../env.ts';

/** Where engines and runtimes lie that an ordinary user's PATH leaves out. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

const userFolders = (): readonly string[] => (hostVariable('PATH') ?? '').split(':').filter(Boolean);

/** Whether it would be another program in each folder: neither a full path nor a name in PATH. Pure. */
export const isRelativeProgram = (program: string): boolean => program.includes('/') && !isAbsolute(program);

/** The full path of an installed program, or undefined. */
export const findProgram = (name: string): string | undefined =>
  findIn([...userFolders(), ...SYSTEM_FOLDERS], name);

/** The full paths of all installed programs of a name, in the order of PATH. */
export const everyProgram = (name: string): readonly string[] =>
  [...userFolders(), ...SYSTEM_FOLDERS].map((folder) => join(folder, name)).filter(isExecutable);

/** The full path of an installed program: of the system's before any of the user's own: what is given to a machine, and runs as its root. */
export const findSystemProgram = (name: string): string | undefined =>
  findIn([...SYSTEM_FOLDERS, ...userFolders()], name);

/** Where a program is, its size and when it was written: another version of it gives another answer. `nameOrPath` as it is where this user sees no file. */
export function programStamp(nameOrPath: string): string {
  const path = isAbsolute(nameOrPath) ? nameOrPath : findProgram(nameOrPath);
  if (path === undefined) return nameOrPath;
  try {
    const { size, mtimeMs } = statSync(path);
    return `${path} ${size} ${mtimeMs}`;
  } catch {
    return nameOrPath; // not there, or in a folder of root's
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
