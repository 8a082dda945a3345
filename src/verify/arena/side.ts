import {
  chmod,
  chown,
  copyFile,
  link,
  mkdir,
  open,
  realpath,
  rm,
  symlink,
  writeFile,
  stat,
} from 'node:fs/promises';
import { dirname, join, delimiter } from 'node:path';
import type { Owner } from '../../drivers/driver.ts';
import type { Authority } from '../../gateway/tls/authority/authority.ts';
import { isRoot } from '../../host/user.ts';
import { writeLeakWords, type LeakWords } from '../leaks/words.ts';
import type { FileLoot } from '../probes/probe.ts';
import type { Side } from './arena.ts';
import type { Beyond } from './beyond/beyond.ts';
import { openCanary } from './listeners/canary.ts';
import type { Capture } from './listeners/capture.ts';
import type { Cleanup } from './cleanup.ts';
import { openCollector } from './listeners/collector.ts';
import { openLender } from './listeners/lender.ts';
import { makeNonce } from './nonce.ts';
import { layPrograms } from './programs.ts';
import { SYSTEM_PLACES, sweptName } from './sweep.ts';
import { SOCKET_VARIABLES, WRITE_PLACES, type SocketVariable, type WritePlace } from './targets.ts';
import { startVictim } from './victims.ts';
import { hostVariable } from '../../host/env.ts';

/** A file outside the project that must not change. */
export const KEPT_NAME = 'kept.txt';
export const KEPT_TEXT = "the host's";

/** One side of an arena: separate listeners, victims and places, so that each effect can be attributed. */

export interface SideOptions {
  readonly dir: string;
  readonly lootPaths: Readonly<Record<FileLoot, string>>;
  readonly attacker: Owner;
  readonly programs: readonly string[];
  readonly voucher: Authority;
  readonly secret: string;
  readonly leakWords: LeakWords;
  readonly bystanderPid: number;
  readonly capture?: Capture | undefined;
  readonly beyond?: Beyond | undefined;
}

/** Creates the side. */
export async function laySide(options: SideOptions, cleanup: Cleanup): Promise<Side> {
  const { dir, lootPaths, leakWords, attacker, programs, bystanderPid } = options;
  const [programDir, dropDir] = [join(dir, 'program'), join(dir, 'drop')];
  await makeDir(dir, 0o755);
  await makeDir(dropDir, 0o777);
  await layPrograms(programs, programDir);
  await chmod(programDir, 0o755);
  const socketPath = join(dir, 'engine.sock');
  const sockets = Object.fromEntries(
    SOCKET_VARIABLES.map((name) => [name, join(dir, name.toLowerCase())]),
  ) as Record<SocketVariable, string>;
  const canary = await openCanary({ socketPath, moreSocketPaths: Object.values(sockets) });
  cleanup.defer(async () => await canary[Symbol.asyncDispose]());
  await options.beyond?.listenOn(canary.port);
  const lender = await openLender(options.voucher, options.secret);
  cleanup.defer(async () => await lender[Symbol.asyncDispose]());
  const collector = await openCollector(options.voucher);
  cleanup.defer(async () => await collector[Symbol.asyncDispose]());
  await writeLeakWords(programDir, leakWords);
  const writePaths = await layWritable(dropDir, attacker);
  await layLinks(programDir, lootPaths, writePaths);
  const { victim, exePath } = await startVictims({ dir, attacker, heldPath: writePaths.held }, cleanup);
  const [tmpPath, ...systemPaths] = [
    join('/tmp', newName()),
    ...SYSTEM_PLACES.map((place) => join(place, newName())),
  ];
  for (const path of [tmpPath, ...systemPaths]) cleanup.defer(async () => await rm(path, { force: true }));
  const touched = await watchTimes([exePath]);
  const places = {
    socketPath,
    sockets,
    lootPath: lootPaths.file,
    lootPaths,
    tmpPath,
    writePath: join(dropDir, 'written'),
    writePaths,
    dropDir,
    systemPaths,
    exePath,
    killPid: victim.pid,
    bystanderPid,
    outsideDir: await layOutside(dir),
  };
  const { capture, beyond } = options;
  return {
    dir,
    programDir,
    canary,
    lender,
    collector,
    leakWords,
    capture,
    beyond,
    places,
    victimEnded: () => victim.ended(),
    touched,
  };
}

/** Creates a folder beside the project that everybody may write to; work that is brought back must not change it. */
async function layOutside(dir: string): Promise<string> {
  const outsideDir = join(dir, 'outside');
  await makeDir(outsideDir, 0o1777);
  const path = join(outsideDir, KEPT_NAME);
  await writeFile(path, `${KEPT_TEXT}\n`);
  await chmod(path, 0o644);
  return outsideDir;
}

const newName = (): string => `${sweptName()}${makeNonce()}`;

/** Sets the mode explicitly, because of the umask. */
async function makeDir(path: string, mode: number): Promise<void> {
  await mkdir(path);
  await chmod(path, mode);
}

/** The places with a file; attempts create the others. */
const PRESENT: readonly WritePlace[] = ['hardLink', 'held', 'renamed', 'present'];

async function layWritable(dropDir: string, owner: Owner): Promise<Record<WritePlace, string>> {
  const paths = Object.fromEntries(WRITE_PLACES.map((name) => [name, join(dropDir, `.${name}`)])) as Record<
    WritePlace,
    string
  >;
  for (const path of PRESENT.map((name) => paths[name])) {
    await writeFile(path, 'as it was\n');
    await chmod(path, 0o666);
    if (isRoot()) await chown(path, owner.uid, owner.gid);
  }
  return paths;
}

/** Creates links that a project may contain and that lead out of it. */
async function layLinks(
  programDir: string,
  loot: SideOptions['lootPaths'],
  writePaths: Readonly<Record<WritePlace, string>>,
): Promise<void> {
  await symlink(loot.workspaceLink, join(programDir, 'leads-out'));
  await symlink(dirname(loot.folderLink), join(programDir, 'folder-leads-out'));
  await symlink(writePaths.workspaceLink, join(programDir, 'writes-out'));
  await link(writePaths.hardLink, join(programDir, 'hard-link'));
}

interface VictimPlan {
  readonly dir: string;
  readonly attacker: Owner;
  readonly heldPath: string;
}

/** Starts a process for attempts to kill, and one that holds a file open and runs a separate program. */
async function startVictims({ dir, attacker, heldPath }: VictimPlan, cleanup: Cleanup) {
  const victim = startVictim(attacker);
  cleanup.defer(() => victim.end());
  await makeDir(join(dir, 'exe'), 0o755);
  const exePath = join(dir, 'exe', 'sh'); // a shell in a multi-call binary depends on its name
  await copyFile(await realpath('/bin/sh'), exePath);
  await chmod(exePath, 0o755);
  if (isRoot()) await chown(exePath, attacker.uid, attacker.gid);
  const held = await open(heldPath, 'a');
  cleanup.defer(async () => await held.close());
  const holder = startVictim(attacker, { descriptors: [held.fd], program: exePath });
  cleanup.defer(() => holder.end());
  return { victim, exePath };
}

/** Programs of this host that make up a bottle's runtime. Writing to one gives root on the host: CVE-2019-5736. */
const RUNTIMES = [
  'runc',
  'crun',
  'runsc',
  'bwrap',
  'conmon',
  'docker-init',
  'catatonit',
  'containerd-shim-runc-v2',
];

/**
 * Records the modification times of these paths and of all runtimes; the returned function lists those that changed
 * since.
 */
async function watchTimes(paths: readonly string[]): Promise<() => Promise<readonly string[]>> {
  const folders = ['/usr/libexec/podman', ...(hostVariable('PATH') ?? '').split(delimiter)];
  const all = [...paths, ...folders.flatMap((folder) => RUNTIMES.map((name) => join(folder, name)))];
  const before = await timesOf(all);
  return async () => {
    const after = await timesOf(all);
    return [...before].filter(([path, time]) => after.get(path) !== time).map(([path]) => path);
  };
}

async function timesOf(paths: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  for (const path of new Set(paths)) {
    const time = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
    if (time !== undefined) times.set(path, time);
  }
  return times;
}
