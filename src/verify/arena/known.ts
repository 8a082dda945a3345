import { open, readFile } from 'node:fs/promises';
import type { KnownName } from '../probes/probe.ts';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { hostVariable } from '../../host/env.ts';

/** Finds the container engines of this host as an attacker with access to one of their sockets would. */

const TIMEOUT_MS = 2_000;

/** Returns where engines have their sockets, including the one that this user's own commands use. */
export const engineSockets = (): string[] => [
  ...new Set([
    '/var/run/docker.sock',
    '/run/docker.sock',
    '/run/podman/podman.sock',
    `/run/user/${process.getuid?.() ?? 0}/docker.sock`,
    `/run/user/${process.getuid?.() ?? 0}/podman/podman.sock`,
    ...['DOCKER_HOST', 'CONTAINER_HOST'].flatMap((name) => pathIn(hostVariable(name) ?? '')),
  ]),
];

const pathIn = (url: string): string[] => (url.startsWith('unix://') ? [url.slice('unix://'.length)] : []);

/** Returns a digest of each engine's version answer, which only a program that asked the engine can know. */
async function readEngines(): Promise<readonly string[]> {
  const versions = await Promise.all(engineSockets().map(async (path) => await versionAt(path)));
  const known = versions.filter((version) => version !== undefined);
  return [...new Set(known)].map((version) => createHash('sha256').update(version).digest('hex'));
}

/** Sends `GET /version`, which every version of Docker's API answers; undefined without an answer. */
async function versionAt(socketPath: string): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const nobody = (): void => resolve(undefined);
    const options = { socketPath, path: '/version', headers: { host: 'engine' }, timeout: TIMEOUT_MS };
    const asked = request(options, (response) => void text(response).then(resolve, nobody));
    asked.on('error', nobody);
    asked.on('timeout', () => asked.destroy());
    asked.end();
  });
}

/**
 * Facts that this host can read about itself and a bottle must not. Read as an attack program reads them, so that both
 * can be compared. A fact is missing if the host has none, or hides it here too; some have several values.
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

/** The offset of its program headers, which hold the kernel's addresses. */
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

/** Offsets of the file system UUID in ext4, XFS and Btrfs: it does not change. */
const MARKS_AT = [0x468, 0x20, 0x1_00_20];
const MARK_BYTES = 16;

/** Returns the UUID on the first disk that has one. */
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
