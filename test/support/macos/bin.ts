import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../../src/host/system/programs.ts';

/** This host's programs that macOS 26 also has, with the same meaning. */
const SHARED =
  'sh bash git tar perl env cat rm cp mv ln ls uname gzip tr chmod chown mkdir mkfifo sleep id head tail sed awk grep find sort kill renice npm'.split(
    ' ',
  );

/** A `ps` that answers each of the launcher's calls as ps(1) of macOS describes, by way of this host's `ps`. */
const PS = `#!/bin/sh
real='REAL'
case "$*" in
'-o state= -o lstart= -p '*) exec "$real" -o state= -o lstart= -p "$6" ;;
'-o ruid= -p '*) exec "$real" -o ruid= -p "$4" ;;
'-ax -o pid=') exec "$real" -ax -o pid= ;;
'-ax -E -ww -o pid= -o command=') exec "$real" axeww -o pid= -o command= ;;
'-ww -o command= -p '*) exec "$real" -ww -o command= -p "$5" ;;
'-E -ww -o command= -p '*) exec "$real" eww -o command= -p "$6" ;;
*) echo "ps: not imitated: $*" >&2; exit 64 ;;
esac
`;

const SYSCTL = `#!/bin/sh
[ "$*" = '-n kern.bootsessionuuid' ] || { echo "sysctl: not imitated: $*" >&2; exit 64; }
tr a-f A-F </proc/sys/kernel/random/boot_id
`;

/**
 * Makes a folder for PATH with these programs, and nothing that macOS lacks. Adds the programs of `standInBin`, which
 * themselves see all programs of this host.
 * @throws Error if a program is missing here
 */
export function layOutPrograms(dir: string, standInBin: string): string {
  mkdirSync(dir);
  const whole = `${standInBin}:${process.env['PATH'] ?? ''}`;
  for (const name of readdirSync(standInBin))
    writeProgram(join(dir, name), `#!/bin/sh\nPATH='${whole}' exec '${join(standInBin, name)}' "$@"\n`);
  for (const name of SHARED) symlinkSync(realpathSync(pathOf(name)), join(dir, name));
  const hide = join(dir, 'hide.cjs');
  copyFileSync(join(import.meta.dirname, 'hide.cjs'), hide);
  writeProgram(join(dir, 'node'), `#!/bin/sh\nexec '${process.execPath}' --require '${hide}' "$@"\n`);
  writeProgram(join(dir, 'ps'), PS.replace('REAL', pathOf('ps')));
  writeProgram(join(dir, 'sysctl'), SYSCTL);
  return dir;
}

function writeProgram(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

function pathOf(name: string): string {
  const path = findProgram(name);
  if (path === undefined) throw new Error(`${name} is not here`);
  return path;
}
