import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { assetPath } from '../../host/paths.ts';

/** What a machine is given of the host: copies, in the bottle's private folder. */

/** Those that every machine has; each needs those beside it. */
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

/** Copies our small programs, and `more` of them, by their names below assets. */
export async function copyPrograms(dir: string, more: readonly string[]): Promise<void> {
  for (const name of [...PROGRAMS, ...more]) await copyTo(assetPath(name), join(dir, name), 0o644);
}

/** Readable for all: whoever the agent is, they are its files. The folder above is private. */
export async function copyTo(from: string, to: string, mode: number): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o755 });
  await copyFile(from, to);
  await chmod(to, mode);
}

/** As `copyTo`. */
export async function writeTo(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await writeFile(path, content, { mode: 0o644 });
}
