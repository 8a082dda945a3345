import { open, readFile } from 'node:fs/promises';
import type { KnownName } from '../probes/probe.ts';
import { readEngines } from './engines.ts';

/**
 * What this host knows of itself and a bottle must not: read here as an attacker's program would, so that what it says can
 * be compared. One is missing where the host has none, or hides it from who asks here too; of some there are several.
 */
export type Known = Readonly<Partial<Record<KnownName, readonly string[]>>>;

const HIDDEN = /^0*$/;

/** Reads all of them. */
export async function readKnown(): Promise<Known> {
  const values: Record<KnownName, string | undefined | readonly string[]> = {
    engine: await readEngines(),
    kcore: await hexAt('/proc/kcore', KCORE_AT, KCORE_BYTES),
    kallsyms: await firstIn('/proc/kallsyms', /^([0-9a-f]+) [Tt] _text$/m),
    iomem: await firstIn('/proc/iomem', /^ *([0-9a-f]+)-[0-9a-f]+ : Kernel code$/m),
    modules: await firstIn('/proc/modules', /^\S+ .* 0x([0-9a-f]+)/m),
    firmware: await hexAt('/sys/firmware/acpi/tables/DSDT', 0, KCORE_BYTES),
    disk: await diskMark(),
  };
  const shown = Object.entries(values).map(
    ([name, value]) => [name, [value ?? []].flat().filter((one) => !HIDDEN.test(one))] as const,
  );
  return Object.fromEntries(shown.filter(([, all]) => all.length > 0));
}

/** Its program headers: the addresses of the kernel. */
const KCORE_AT = 64;
const KCORE_BYTES = 112;

async function firstIn(path: string, pattern: RegExp): Promise<string | undefined> {
  return pattern.exec(await readFile(path, 'utf8').catch(() => ''))?.[1];
}

async function hexAt(path: string, at: number, length: number): Promise<string | undefined> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position: at });
    return bytesRead === length ? buffer.toString('hex') : undefined;
  } catch {
    return undefined;
  }
}

/** Where ext4, XFS and Btrfs keep the identifier of a file system: it does not change. */
const MARKS_AT = [0x468, 0x20, 0x1_00_20];
const MARK_BYTES = 16;

/** Of the first disk that there is. */
async function diskMark(): Promise<string | undefined> {
  const names = await readFile('/proc/partitions', 'utf8').catch(() => '');
  for (const [, name] of names.matchAll(/^ +\d+ +\d+ +\d+ (\S+)$/gm)) {
    for (const at of MARKS_AT) {
      const mark = await hexAt(`/dev/${name}`, at, MARK_BYTES);
      if (mark !== undefined && !HIDDEN.test(mark)) return mark;
    }
  }
  return undefined;
}
