import {
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { BottleSpec } from '../../../src/drivers/driver.ts';
import { bringOut } from '../../../src/drivers/microvm/files/bring-out.ts';
import { machinePaths, WORK_BYTES } from '../../../src/drivers/microvm/files/layout.ts';
import { QEMU } from '../../../src/drivers/microvm/driver.ts';
import { runFiles } from '../../../src/drivers/sandbox/state.ts';
import { runOrThrow } from '../../../src/host/run.ts';
import { agentOwner, isRoot } from '../../../src/host/user.ts';

/** The files of a machine that has ended, whatever its sandbox has left in the one folder that it can write to. */

const ASKED = '0123456789abcdef-0.tar';
const END = 'end-0.tar';
let dir: string;
let spec: BottleSpec;
let paths: ReturnType<typeof machinePaths>;
let said: string;

/** A bottle with one mounted folder, whose file was `before` on the host, and is `on-disk` in its machine. */
beforeEach(async () => {
  dir = mkdtempSync('/var/tmp/bot-bottle-files-');
  const [runDir, hostPath] = [join(dir, 'run'), join(dir, 'place')];
  paths = machinePaths(runDir);
  for (const path of [hostPath, runDir, paths.dir, paths.outDir]) mkdirSync(path);
  writeFileSync(join(hostPath, 'word'), 'before');
  writeFileSync(runFiles(runDir).agent, '');
  spec = {
    id: 'files-test',
    rung: QEMU,
    networkForm: 'joined',
    image: { kind: 'default' },
    resources: { cpus: 1, memoryBytes: 1, pids: 1, diskBytes: 1 },
    env: {},
    argv: ['true'],
    cwd: '/work',
    tty: false,
    mounts: [{ hostPath, guestPath: '/work', readOnly: false }],
    runDir,
  };
  await makeDisk('on-disk');
  said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => (said += String(text)) !== '');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true });
});

/** Makes the machine's disk, with the note that its agent has begun (assets/microvm/guest/second). */
async function makeDisk(word: string, options: readonly string[] = []): Promise<void> {
  const source = join(dir, 'disk');
  mkdirSync(join(source, '0'), { recursive: true });
  writeFileSync(join(source, 'begun'), 'begun\n');
  writeFileSync(join(source, '0', 'word'), word);
  await runOrThrow('mke2fs', ['-q', '-F', '-t', 'ext4', ...options, '-d', source, paths.workPath, '8M']);
  ownersOwn(paths.workPath);
}

/** Makes a tar whose file contains this word. */
async function makeTar(path: string, word: string): Promise<void> {
  const source = join(dir, word);
  mkdirSync(source);
  writeFileSync(join(source, 'word'), word);
  await runOrThrow('tar', ['--create', '--file', path, '--directory', source, '.']);
  ownersOwn(path);
}

function ownersOwn(path: string): void {
  if (isRoot()) chownSync(path, agentOwner().uid, agentOwner().gid);
}

const place = (): string => spec.mounts[0]?.hostPath ?? '';
const word = (): string => readFileSync(join(place(), 'word'), 'utf8');

test("files on a machine's disk come out once, without tar", async () => {
  await bringOut(spec, true);
  expect({ word: word(), said }).toEqual({ word: 'on-disk', said: '' });
  writeFileSync(join(place(), 'word'), 'since then');
  await bringOut(spec, true);
  expect(word()).toBe('since then');
});

test('the remains of a killed diff are older than the disk, and are removed', async () => {
  await makeTar(join(paths.outDir, ASKED), 'asked-before');
  await makeTar(join(paths.dir, ASKED), 'taken-before');
  await bringOut(spec, true);
  expect({ word: word(), said }).toEqual({ word: 'on-disk', said: '' });
  expect([readdirSync(paths.outDir), readdirSync(paths.dir)]).toEqual([[], ['out']]);
});

test("files that came out at the agent's end are complete, and come before the disk, each time", async () => {
  await makeTar(join(paths.outDir, END), 'at-the-end');
  await bringOut(spec, false); // a diff, before anything is tidied up
  expect(word()).toBe('at-the-end');
  await bringOut(spec, true);
  expect({ word: word(), said }).toEqual({ word: 'at-the-end', said: '' });
  expect(readdirSync(paths.dir)).toEqual(['out']);
});

interface Left {
  readonly what: string;
  readonly put: (path: string) => Promise<unknown>;
}

const NO_TARS: readonly Left[] = [
  {
    what: 'a link to a tar of somebody else’s',
    put: async (path) => {
      await makeTar(join(dir, 'secret.tar'), 'secret');
      symlinkSync(join(dir, 'secret.tar'), path);
    },
  },
  {
    what: 'another name of one',
    put: async (path) => {
      await makeTar(join(paths.outDir, 'another'), 'other');
      linkSync(join(paths.outDir, 'another'), path);
    },
  },
  { what: 'a folder', put: async (path) => await mkdir(path) },
  { what: 'a pipe that nobody writes to', put: async (path) => await runOrThrow('mkfifo', [path]) },
  {
    what: 'a file beyond all that comes out',
    put: async (path) => {
      await makeTar(path, 'too-long');
      truncateSync(path, WORK_BYTES + 1);
    },
  },
];

test.each(NO_TARS)('a file that the attendant did not write is not read: $what', async ({ put }) => {
  await put(join(paths.outDir, END));
  await bringOut(spec, true);
  expect(word()).toBe('on-disk');
  expect(said).toContain(`${END}, which a machine’s sandbox has left, is not read`);
});

test("a file with an unknown name is reported, without its name's control sequences", async () => {
  writeFileSync(join(paths.outDir, '\u001b[31mred'), '');
  mkdirSync(join(paths.outDir, ASKED));
  await bringOut(spec, true);
  expect(word()).toBe('on-disk');
  expect(said).toContain(String.raw`"\u001b[31mred"`);
  expect(said).toContain(ASKED);
});

/** Damage that root of a machine can do to its own disk, which the host reads after the machine has ended. */
const DESTROYED: readonly Left[] = [
  { what: 'no superblock', put: async (path) => await overwrite(path, 1024, Buffer.alloc(1024, 7)) },
  { what: 'nothing but zeros', put: async (path) => await overwrite(path, 0, Buffer.alloc(8 * 1024 ** 2)) },
  { what: 'no groups', put: async (path) => await overwrite(path, 2048, Buffer.alloc(2048, 7)) },
];

async function overwrite(path: string, at: number, bytes: Buffer): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, at);
  await file.close();
}

test.each(DESTROYED)(
  'a disk that its machine has destroyed still ends the bottle: $what',
  async ({ put }) => {
    await put(paths.workPath);
    await bringOut(spec, true);
    expect(word()).toBe('before');
    expect(said).toMatch(/cannot be read, and stays as it was before/);
  },
);

test('a name with a slash in it is found before anything is written by it', async () => {
  // Without checksums, which root of a machine can turn off; the new name is as long as the old one.
  await makeDisk('on-disk', ['-O', '^metadata_csum', '-b', '1024']);
  const disk = readFileSync(paths.workPath);
  const at = disk.indexOf('word');
  expect(at).toBeGreaterThan(0);
  await overwrite(paths.workPath, at, Buffer.from('../x'));
  await bringOut(spec, true);
  expect(word()).toBe('before');
  expect(said).toContain('illegal characters in its name');
});
