import { execFile } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ownDir, some } from '../../guest/file-attempts.ts';
import type { KnownName, Probe, Run } from '../probe.ts';

/** Attempts to learn facts about the host from its kernel and disks. */

/** Reads a file of the host, or one of the bottle, by the same code. */
interface Reading {
  readonly attack: () => string | Promise<string>;
  readonly control: (ownPath: string) => string;
}

/**
 * Returns a run that prints facts that only the host can know; its control reads a file of the bottle by the same code.
 */
const telling = ({ attack, control }: Reading): Run => ({
  attack: async () => {
    throw new Error(await attack()); // the text is compared outside
  },
  control: (_t, nonce) => {
    const path = join(ownDir(), 'file');
    writeFileSync(path, `${'0'.repeat(128)}${nonce}`);
    if (!control(path).includes(nonce)) throw new Error('the own file is not read');
  },
});

function bytesAt(path: string, at: number, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, at));
  } finally {
    closeSync(file);
  }
}

const OWN_AT = 128;
const LENGTH = 112;
const ownBytes = (ownPath: string): string => bytesAt(ownPath, OWN_AT, LENGTH).toString('latin1');

const hexAt = (path: string, at: number): Run =>
  telling({ attack: () => bytesAt(path, at, LENGTH).toString('hex'), control: ownBytes });

const lineOf = (path: string, pattern: RegExp): Run =>
  telling({
    attack: () => pattern.exec(readFileSync(path, 'utf8'))?.[0] ?? 'no such line',
    control: (own) => /bbn.*/.exec(readFileSync(own, 'utf8'))?.[0] ?? '',
  });

/**
 * Returns device files that may be disks, and a new one for each disk that the kernel lists. The attack reads only from
 * the first 128 KiB of each.
 */
async function disks(): Promise<string[]> {
  const told = existsSync('/sys/dev/block')
    ? readdirSync('/sys/dev/block').slice(0, 16)
    : ['8:0', '254:0', '259:0'];
  const dir = ownDir();
  const made = told.map(async (numbers) => {
    const path = join(dir, numbers);
    await promisify(execFile)('mknod', [path, 'b', ...numbers.split(':')]);
    return path;
  });
  const results = await Promise.allSettled(made);
  const there = readdirSync('/dev').filter((name) =>
    /^(?:[shv]d[a-z]|xvd|nvme|mmcblk|dm-|loop|ram|root)/.test(name),
  );
  return [
    ...there.slice(0, 32).map((name) => join('/dev', name)),
    ...results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
  ];
}

const MARKS_AT = [0x468, 0x20, 0x1_00_20];

const readDisks = telling({
  attack: async () => {
    const marks = some(await disks(), (path) => MARKS_AT.map((at) => bytesAt(path, at, 16).toString('hex')));
    return marks.flat().join(' ');
  },
  control: ownBytes,
});

const known = (
  of: Exclude<KnownName, 'engine'>,
  words: Pick<Probe, 'claim' | 'attack' | 'source' | 'means'> & { readonly run: Run },
): Probe => ({
  family: 'files',
  id: `read-${of}`,
  needs: of,
  oracle: { kind: 'known', of },
  control: 'said',
  breach: 'knows what an attack on the kernel needs, or reads all disks',
  closedInTheOpen: 'the kernel shows it to root only',
  ...words,
});

export const TOLD: readonly Probe[] = [
  known('kcore', {
    claim: "The host's memory is not to be read in /proc/kcore.",
    attack: 'read /proc/kcore',
    source: 'proc_kcore(5); masked paths of the OCI runtime specification',
    run: hexAt('/proc/kcore', 64),
  }),
  known('firmware', {
    claim: "The host's firmware tables are not to be read.",
    attack: 'read the tables in /sys/firmware',
    source: 'masked paths of the OCI runtime specification',
    run: hexAt('/sys/firmware/acpi/tables/DSDT', 0),
  }),
  known('kallsyms', {
    means: 'sharedKernel',
    claim: "No address of the host's kernel is to be read in /proc/kallsyms.",
    attack: 'read addresses in /proc/kallsyms',
    source: 'proc_kallsyms(5); kptr_restrict',
    run: lineOf('/proc/kallsyms', /^[0-9a-f]+ [Tt] _text$/m),
  }),
  known('iomem', {
    means: 'sharedKernel',
    claim: "No address of the host's memory is to be read in /proc/iomem.",
    attack: 'read addresses in /proc/iomem',
    source: 'proc_iomem(5)',
    run: lineOf('/proc/iomem', /^ *[0-9a-f]+-[0-9a-f]+ : Kernel code$/m),
  }),
  known('modules', {
    claim: "No address of a module of the host's kernel is to be read.",
    attack: 'read addresses in /proc/modules',
    source: 'proc_modules(5)',
    run: lineOf('/proc/modules', /^\S+ .* 0x[0-9a-f]+/m),
  }),
  known('disk', {
    claim: 'No disk of the host can be read, by a device that is there or one that is made.',
    attack: 'read disks as devices',
    source: 'SandboxEscapeBench, arXiv 2603.02277: privileged containers; mknod(2)',
    run: readDisks,
  }),
];
