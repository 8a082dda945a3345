import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { assetPath } from '../../host/paths.ts';

/** Copies files of the host for a machine into the bottle's private folder. */

/** The programs of every machine; each needs the others. */
const PROGRAMS = [
  'attached/exec.pl',
  'attached/session.pl',
  'attached/relay.pl',
  'attached/confine.pl',
  'attached/inside.pl',
  'attached/close.pl',
  'handover/fds.pl',
  'handover/checks.pl',
  'handover/ports.pl',
  'sandbox/program.pl',
] as const;

/** Copies bot-bottle's small programs, and `more`, given by their names below assets. */
export async function copyPrograms(dir: string, more: readonly string[]): Promise<void> {
  for (const name of [...PROGRAMS, ...more]) await copyTo(assetPath(name), join(dir, name), 0o644);
}

/** Copies a file, readable for all, so that the agent can read it whatever its uid. The folder above is private. */
export async function copyTo(from: string, to: string, mode: number): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o755 });
  await copyFile(from, to);
  await chmod(to, mode);
}

/** Writes a file with the same rights as `copyTo`. */
export async function writeTo(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await writeFile(path, content, { mode: 0o644 });
}
