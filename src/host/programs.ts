import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { hostVariable } from './env.ts';

/** Where engines and runtimes lie that an ordinary user's PATH leaves out. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The full path of an installed program, or undefined. */
export function findProgram(name: string): string | undefined {
  const folders = [...(hostVariable('PATH') ?? '').split(':').filter(Boolean), ...SYSTEM_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
