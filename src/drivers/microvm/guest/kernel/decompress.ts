import { BottleError } from '../../../../errors.ts';
import {
  installAll,
  readOsRelease,
  samePackage,
  type Packages,
} from '../../../../host/system/distribution.ts';
import { findProgram } from '../../../../host/system/programs.ts';
import { runOrThrow } from '../../../../host/run.ts';

/** Unpacks compressed kernels and modules with the host's own programs. */

/** File name suffixes that the unpacking programs expect. */
export const SUFFIXES = { xz: '.xz', zstd: '.zst', gzip: '.gz', lz4: '.lz4' } as const;

interface Unpacker {
  /** Writes the unpacked file beside the file, without the suffix, and removes the file. */
  readonly command: readonly [program: string, ...args: string[]];
  readonly packages: Packages;
}

const UNPACKERS: Readonly<Record<keyof typeof SUFFIXES, Unpacker>> = {
  xz: {
    command: ['xz', '--decompress', '--force'],
    packages: { ...samePackage('xz'), apt: 'xz-utils' },
  },
  zstd: {
    command: ['zstd', '--decompress', '--force', '--quiet', '--rm'],
    packages: samePackage('zstd'),
  },
  gzip: { command: ['gzip', '--decompress', '--force'], packages: samePackage('gzip') },
  // lz4(1), -m: without it, lz4 writes to standard output where that is not a terminal.
  lz4: { command: ['lz4', '--decompress', '--force', '--quiet', '--rm', '-m'], packages: samePackage('lz4') },
};

/** The end of a fix: how to avoid a kernel that this host cannot unpack. */
export const NEWER_KERNEL =
  'take a newer kernel package (Debian 12 has one in bookworm-backports), or give a kernel: BOT_BOTTLE_KERNEL (docs/MANIFEST.md)';

const UNPACK_MS = 120_000;

/** Replaces a compressed file with its content, and returns the new path. @throws BottleError `dependencyMissing` */
export async function unpack(path: string): Promise<string> {
  const kinds = Object.keys(SUFFIXES) as (keyof typeof SUFFIXES)[];
  const kind = kinds.find((one) => path.endsWith(SUFFIXES[one]));
  if (kind === undefined) return path;
  const [program, ...args] = UNPACKERS[kind].command;
  if (findProgram(program) === undefined) throw noUnpacker(kind, readOsRelease());
  await runOrThrow(program, [...args, path], { timeoutMs: UNPACK_MS });
  return path.slice(0, -SUFFIXES[kind].length);
}

/** Returns the error for a missing unpacking program. `osRelease` is the text of os-release(5). Pure. */
export function noUnpacker(kind: keyof typeof SUFFIXES, osRelease: string): BottleError {
  const { command, packages } = UNPACKERS[kind];
  const [program] = command;
  const reason = `the kernel is packed with ${kind}, and the program ${program} is not installed`;
  return new BottleError('dependencyMissing', reason, {
    fix: `${installAll([{ program, packages }], osRelease)}; or ${NEWER_KERNEL}`,
  });
}
