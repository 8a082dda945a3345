import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { bootId } from '../../../host/system/boot.ts';
import { readTextIfThere, writeFileAtomic } from '../../../host/files.ts';
import { commonArchive, type CommonParts } from './initramfs.ts';
import { initrdsDir, noteUse } from './kept.ts';
import type { GuestKernel } from './make-kernel.ts';
import { findPrograms, programPaths, readPrograms, type GuestPrograms } from './programs.ts';
import { readScripts } from './scripts.ts';

/** The archive that machines begin with as a file, kept by its content: all bottles' machines read the same. */

/**
 * Its path: made, or where what it is made of is as it was then, found. @throws BottleError `dependencyMissing` where a program of it
 * is not there
 */
export async function ensureInitrd({ modules }: Pick<GuestKernel, 'modules'>): Promise<string> {
  const scripts = await readScripts();
  // All of it but its programs, so that another version of this one makes another.
  const frame = commonArchive({ programs: NO_PROGRAMS, modules, scripts });
  const key = JSON.stringify([await bootId(), digestOf(frame), programPaths()]);
  const notePath = join(initrdsDir(), `${digestOf(key)}.json`);
  const found = await noted(notePath);
  if (found !== undefined) {
    await Promise.all([found, notePath].map(noteUse));
    return found;
  }
  const { libraries, ...programs } = await findPrograms();
  // Before they are read: what changes meanwhile is read again by the next.
  const files = await identitiesOf([...Object.values(programs), ...libraries, LINKER_CACHE]);
  const name = await keep({ programs: await readPrograms({ ...programs, libraries }), modules, scripts });
  const note: Note = { name, files };
  // Where it cannot be written, the archive is there all the same.
  await writeFileAtomic(notePath, JSON.stringify(note), 0o644).catch(() => undefined);
  return join(initrdsDir(), name);
}

const NOTHING = new Uint8Array();
const NO_PROGRAMS: GuestPrograms = {
  busybox: NOTHING,
  dropbear: NOTHING,
  setpriv: NOTHING,
  env: NOTHING,
  loader: NOTHING,
  libraries: {},
};

/** Which libraries are meant: ld.so(8). */
const LINKER_CACHE = '/etc/ld.so.cache';

const digestOf = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/**
 * Whoever writes to a file, or puts another in its place, changes these: the kernel sets the last by itself (inode(7), ctime). A host
 * that is made from an image has the same ones in each of them: a note is good for one boot. `null`: there is no such file.
 */
const FileIdentity = z.tuple([
  z.string(),
  z
    .strictObject({ device: z.number(), inode: z.number(), bytes: z.number(), changedMs: z.number() })
    .nullable(),
]);

/** Which files one was made of. */
const Note = z.strictObject({ name: z.string().regex(/^[0-9a-f]{64}$/), files: z.array(FileIdentity) });
type Note = z.infer<typeof Note>;

const identitiesOf = async (paths: readonly string[]): Promise<Note['files']> =>
  await Promise.all(
    paths.map(async (path): Promise<Note['files'][number]> => {
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) return [path, null];
      const { dev: device, ino: inode, size: bytes, ctimeMs: changedMs } = found;
      return [path, { device, inode, bytes, changedMs }];
    }),
  );

async function noted(notePath: string): Promise<string | undefined> {
  const note = noteIn(await readTextIfThere(notePath));
  if (note === undefined) return undefined;
  const path = join(initrdsDir(), note.name);
  const now = await identitiesOf(note.files.map(([file]) => file));
  return existsSync(path) && JSON.stringify(now) === JSON.stringify(note.files) ? path : undefined;
}

/** One that a full disk has cut short is none. */
function noteIn(text = ''): Note | undefined {
  try {
    return Note.parse(JSON.parse(text));
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
