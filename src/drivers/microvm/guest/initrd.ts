import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, stat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { bootId } from '../../../host/system/boot.ts';
import { readTextIfThere, writeFileAtomic } from '../../../host/files.ts';
import { commonArchive, type CommonParts, GUEST_SCRIPTS, type GuestScript } from './initramfs.ts';
import { initrdsDir, noteUse } from './cache.ts';
import type { GuestKernel } from './kernel/make-kernel.ts';
import { findPrograms, programPaths, readPrograms, type GuestPrograms } from './programs.ts';
import { assetPath } from '../../../host/paths.ts';

/**
 * The shared archive as a file in the cache, under the name of its content. All bottles' machines read the same file.
 */

/**
 * Returns the archive's path. Makes the archive, unless its sources are unchanged since it was made.
 * @throws BottleError `dependencyMissing` where one of its programs is missing
 */
export async function ensureInitrd({ modules }: Pick<GuestKernel, 'modules'>): Promise<string> {
  const scripts = await readScripts();
  // Covers all parts except the programs, so that another version of bot-bottle makes another archive.
  const frame = commonArchive({ programs: NO_PROGRAMS, modules, scripts });
  const key = JSON.stringify([await bootId(), digestOf(frame), programPaths()]);
  const notePath = join(initrdsDir(), `${digestOf(key)}.json`);
  const found = await noted(notePath);
  if (found !== undefined) {
    await Promise.all([found, notePath].map(noteUse));
    return found;
  }
  const { libraries, ...programs } = await findPrograms();
  // Take identities before reading, so that the next call notices a concurrent change.
  const files = await identitiesOf([...Object.values(programs), ...libraries, LINKER_CACHE]);
  const name = await keep({ programs: await readPrograms({ ...programs, libraries }), modules, scripts });
  const note: Note = { name, files };
  // Where the note cannot be written, the archive still exists.
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

/** Decides which libraries a program loads: ld.so(8). */
const LINKER_CACHE = '/etc/ld.so.cache';

const digestOf = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/**
 * Any write or replacement changes a file's identity, because the kernel itself sets the last field (inode(7), ctime).
 * Hosts made from one image share these identities, so a note is valid for one boot. `null`: there is no such file.
 */
const FileIdentity = z.tuple([
  z.string(),
  z
    .strictObject({ device: z.number(), inode: z.number(), bytes: z.number(), changedMs: z.number() })
    .nullable(),
]);

/** The files that an archive was made from. */
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

/** Returns undefined for a note that a full disk has truncated. */
function noteIn(text = ''): Note | undefined {
  try {
    return Note.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Writes the archive to the cache, if missing. Returns its name. */
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

/** Reads the files of assets/microvm/guest. */
export async function readScripts(): Promise<Readonly<Record<GuestScript, string>>> {
  const texts = await Promise.all(
    GUEST_SCRIPTS.map(
      async (name) => [name, await readFile(assetPath(`microvm/guest/${name}`), 'utf8')] as const,
    ),
  );
  return Object.fromEntries(texts) as Record<GuestScript, string>;
}
