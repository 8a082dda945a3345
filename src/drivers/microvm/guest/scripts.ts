import { readFile } from 'node:fs/promises';
import { assetPath } from '../../../host/paths.ts';
import { GUEST_SCRIPTS, type GuestScript } from './initramfs.ts';

/** Reads the files of assets/microvm/guest. */
export async function readScripts(): Promise<Readonly<Record<GuestScript, string>>> {
  const texts = await Promise.all(
    GUEST_SCRIPTS.map(
      async (name) => [name, await readFile(assetPath(`microvm/guest/${name}`), 'utf8')] as const,
    ),
  );
  return Object.fromEntries(texts) as Record<GuestScript, string>;
}
