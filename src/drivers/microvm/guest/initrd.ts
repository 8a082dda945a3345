import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readTextIfThere, writeFileAtomic } from '../../../host/files.ts';
import { commonArchive, type CommonParts } from './initramfs.ts';
import { initrdsDir, noteUse } from './kept.ts';
import type { GuestKernel } from './make-kernel.ts';
import { findPrograms, programPaths, readPrograms } from './programs.ts';
import { readScripts } from './scripts.ts';

/** The archive that machines begin with as a file, kept by its content: all bottles' machines read the same. */

/**
 * Its path: made, or where what it is made of is as it was then, found. @throws BottleError `dependencyMissing` where a program of it
 * is not there
 */
export async function ensureInitrd({
  digest,
  modules,
}: Pick<GuestKernel, 'digest' | 'modules'>): Promise<string> {
  const scripts = await readScripts();
  const parts = modules.map(({ name, content }) => [name, digestOf(content)]);
  const key = [digest, parts, scripts, programPaths()];
  const notePath = join(initrdsDir(), `${digestOf(JSON.stringify(key))}.json`);
  const found = await noted(notePath);
  if (found !== undefined) {
    await Promise.all([found, notePath].map(noteUse));
    return found;
  }
  const { libraries, ...programs } = await findPrograms();
  // Before they are read: what changes meanwhile is read again by the next.
  const files = await Promise.all([...Object.values(programs), ...libraries].map(identityOf));
  const name = await keep({ programs: await readPrograms({ ...programs, libraries }), modules, scripts });
  const note: Note = { name, files };
  await writeFileAtomic(notePath, JSON.stringify(note), 0o644);
  return join(initrdsDir(), name);
}

const digestOf = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** Which files one was made of. */
interface Note {
  readonly name: string;
  readonly files: readonly FileIdentity[];
}

/** Whoever writes to a file, or puts another in its place, changes these: the kernel sets the last by itself (inode(7), ctime). */
type FileIdentity = readonly [path: string, inode: number, bytes: number, changedMs: number];

async function identityOf(path: string): Promise<FileIdentity> {
  const { ino, size, ctimeMs } = await stat(path);
  return [path, ino, size, ctimeMs];
}

async function noted(notePath: string): Promise<string | undefined> {
  const note = noteIn(await readTextIfThere(notePath));
  if (note === undefined) return undefined;
  const { name, files } = note;
  const path = join(initrdsDir(), name);
  const now = await Promise.all(files.map(async ([file]) => await identityOf(file).catch(() => undefined)));
  return existsSync(path) && JSON.stringify(now) === JSON.stringify(files) ? path : undefined;
}

/** One that a full disk has cut short is none. */
function noteIn(text = ''): Note | undefined {
  try {
    return JSON.parse(text) as Note;
  } catch {
    return undefined;
  }
}

/** Gives its name. */
async function keep(parts: CommonParts): Promise<string> {
  const archive = commonArchive(parts);
  const name = digestOf(archive);
  const path = join(initrdsDir(), name);
  if (existsSync(path)) await noteUse(path);
  else {
    await mkdir(initrdsDir(), { recursive: true });
    await writeFileAtomic(path, archive, 0o644);
  }
  return name;
}
