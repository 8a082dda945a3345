import { lstatSync } from 'node:fs';
import { Readable } from 'node:stream';
import { runOrThrow } from '../../../host/run.ts';
import type { Mount } from '../../driver.ts';
import type { EngineClient } from '../../engine/client.ts';
import { idOf } from '../../engine/remove-container.ts';
import { exclusively } from '../../image/exclusively.ts';
import { importImage } from '../../image/import-image.ts';

/**
 * The image that a check starts: a few symbolic links, with the host's own /usr mounted read-only into it. Nothing must
 * be built or fetched, and its programs are known to run on this host.
 */

export const CHECK_IMAGE = 'localhost/bot-bottle/probe:1';
/** Not /sbin: Docker puts its init program there, and a link into a read-only mount would prevent that. */
const TOP_FOLDERS = ['bin', 'lib', 'lib32', 'lib64', 'libx32'] as const;

type Kind = 'link' | 'folder' | 'none';

function kindOf(name: string): Kind {
  const found = lstatSync(`/${name}`, { throwIfNoEntry: false });
  if (found === undefined) return 'none';
  return found.isSymbolicLink() ? 'link' : 'folder';
}

const topFolders = (kind: Kind): string[] => TOP_FOLDERS.filter((name) => kindOf(name) === kind);

/** Mounts of the host's programs, read-only. */
export function programMounts(): Mount[] {
  return ['usr', ...topFolders('folder')].map((name) => ({
    hostPath: `/${name}`,
    guestPath: `/${name}`,
    readOnly: true,
  }));
}

/**
 * Returns the image's id. Imports the image if it is missing, once for all concurrent checks.
 * @throws EngineError, BottleError
 */
export async function ensureCheckImage(client: EngineClient, signal: AbortSignal): Promise<string> {
  const known = await imageId(client);
  if (known !== undefined) return known;
  return await exclusively('probe', { progress: () => undefined, signal }, async () => {
    if ((await imageId(client)) === undefined) await importLinks(client, signal);
    const made = await imageId(client);
    if (made === undefined) throw new Error(`the engine does not show ${CHECK_IMAGE}`);
    return made;
  });
}

async function importLinks(client: EngineClient, signal: AbortSignal): Promise<void> {
  const links = topFolders('link');
  const tar = await runOrThrow('tar', ['--create', '--directory', '/', ...links], { signal });
  await importImage(client, {
    reference: CHECK_IMAGE,
    label: 'probe',
    changes: [],
    isBuiltUpon: false,
    content: Readable.from([Buffer.from(tar, 'latin1')]),
    signal,
  });
}

async function imageId(client: EngineClient): Promise<string | undefined> {
  return await idOf(client, `/images/${CHECK_IMAGE}/json`);
}
