import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { TEST_USER } from '../../../scripts/setup/test-user.ts';
import { imageCacheDir } from '../../../src/drivers/image/exclusively.ts';
import { packageRoot } from '../../../src/host/paths.ts';
import { findProgram } from '../../../src/host/system/programs.ts';
import { runOrThrow } from '../../../src/host/run.ts';
import { installAppleStandIn } from '../../support/apple/install.ts';
import { installStandIn } from '../../support/firecracker/install.ts';
import { installKata } from '../../support/kata/install.ts';
import { realKata } from '../../support/kata/real.ts';
import { installNerdctl } from '../../support/nerdctl/install.ts';
import { hasRealNerdctl } from '../../support/nerdctl/real.ts';
import { copyMachineParts } from './machine-parts.ts';
import { traitsOf, type RungUnderTest } from './rung.ts';

/**
 * The program as a user has it: a copy of the package's content, readable by every user, with a separate state folder.
 */
export interface Program {
  /** Open to all; removed at the end. */
  readonly dir: string;
  readonly stateDir: string;
  /** Runs the program to its end. */
  run(args: readonly string[], options?: CallOptions): Promise<Outcome>;
  /** Starts the program. */
  spawn(args: readonly string[], options?: CallOptions): ChildProcess;
  remove(): Promise<void>;
}

export interface CallOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** A command that starts the program. */
  readonly through?: readonly string[];
}

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const SHIPPED = ['dist', 'assets', 'images', 'package.json'];
const DEFAULT_TIMEOUT_MS = 150_000;

/** Lays out the program. @throws Error if it is not built, or the test user does not exist */
export async function layOutProgram(rung: RungUnderTest): Promise<Program> {
  const dir = mkdtempSync('/var/tmp/bb-conformance-');
  chmodSync(dir, 0o755);
  for (const name of SHIPPED) {
    const source = join(packageRoot(), name);
    if (!existsSync(source)) throw new Error(`${source} is not there: npm run build`);
    cpSync(source, join(dir, 'package', name), { recursive: true });
  }
  const identity = rung.user === 'root' ? {} : await idsOf(TEST_USER);
  const stateDir = join(dir, 'state');
  mkdirSync(stateDir, { mode: 0o777 });
  chmodSync(stateDir, 0o777);
  const standIns = await standInsFor(rung, standInDir(dir));
  const cacheDir = join(stateDir, 'cache', 'bot-bottle');
  if (traitsOf(rung).hasMachineParts) await copyMachineParts(cacheDir);
  if (traitsOf(rung).hasOwnStore) linkImages(cacheDir);
  if (rung.user === 'ordinary') await runOrThrow('chown', ['--recursive', TEST_USER, stateDir]);
  const env = { ...(await environmentFor(rung, stateDir)), ...standIns.env };
  const start: Program['spawn'] = (args, options = {}) => {
    const cli = join(dir, 'package', 'dist', 'cli.cjs');
    const [command, ...before] = [...(options.through ?? []), process.execPath];
    return spawn(command, [...before, cli, ...args], {
      ...identity,
      env: { ...env, ...options.env },
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  };
  return {
    dir,
    stateDir,
    spawn: start,
    run: async (args, options = {}) => await outcomeOf(start(args, options), options),
    remove: async () => {
      await standIns.remove();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

interface StandIns {
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

const NONE: StandIns = { env: {}, remove: async () => undefined };

/** Installs stand-ins for what this host lacks, for the programs of this test only. */
async function standInsFor({ runtime, engine }: RungUnderTest, binDir: string): Promise<StandIns> {
  if (runtime === 'firecracker' && findProgram('firecracker') === undefined) {
    mkdirSync(binDir);
    await installStandIn(binDir);
    process.stderr.write('firecracker: by its stand-in, as the program is not here\n');
    return { ...NONE, env: { PATH: `${binDir}:${process.env['PATH'] ?? ''}` } };
  }
  // Every macOS has sw_vers(1), and no other system does.
  if (runtime === 'apple' && findProgram('sw_vers') === undefined) {
    process.stderr.write('apple: by its stand-in, as this host is no macOS\n');
    const { binDir: appleDir } = await installAppleStandIn(binDir);
    return { ...NONE, env: { PATH: `${appleDir}:${process.env['PATH'] ?? ''}` } };
  }
  if (engine === 'nerdctl') return await standInsForNerdctl(binDir);
  if (runtime === 'kata' && !(await realKata())) {
    const kata = await installKata();
    process.stderr.write(
      'kata: by its stand-in, as Docker lists no Kata here, and BOT_BOTTLE_KATA_RUNTIME names none\n',
    );
    return { env: { BOT_BOTTLE_KATA_RUNTIME: kata.runtime }, remove: async () => kata.remove() };
  }
  return NONE;
}

/** Both, or neither: the stand-in for nerdctl runs any shim, and any containerd runs the stand-in for Kata's. */
async function standInsForNerdctl(binDir: string): Promise<StandIns> {
  if (hasRealNerdctl()) return NONE;
  process.stderr.write('kata on nerdctl: by the stand-ins of both, as the programs are not here\n');
  const [kata, nerdctl] = await Promise.all([installKata(), installNerdctl(binDir)]);
  const env = {
    BOT_BOTTLE_KATA_RUNTIME: kata.runtime,
    PATH: `${nerdctl.binDir}:${process.env['PATH'] ?? ''}`,
  };
  const remove = async (): Promise<void> => {
    await nerdctl.remove();
    kata.remove();
  };
  return { env, remove };
}

/** The folder of a stand-in, below the program's folder. Short, because sockets lie below it. */
export const standInDir = (dir: string): string => join(dir, 'in');

/** Links the image files that this host has already made: a rung with a separate store would make them again. */
function linkImages(cacheDir: string): void {
  const [from, to] = [imageCacheDir(), join(cacheDir, 'images')];
  mkdirSync(to, { recursive: true });
  for (const name of existsSync(from) ? readdirSync(from) : [])
    if (name.endsWith('.tar')) symlinkSync(join(from, name), join(to, name));
}

async function idsOf(user: string): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => await runOrThrow('id', [flag, user])),
  );
  return { uid: Number(uid), gid: Number(gid) };
}

/** The user's environment. For Podman and nerdctl, hides Docker as if it were not installed. */
async function environmentFor(rung: RungUnderTest, stateDir: string): Promise<Record<string, string>> {
  const registry = (await runOrThrow('npm', ['config', 'get', 'registry'], { cwd: '/' })).trim();
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|XDG_|VITEST|NODE_OPTIONS|NO_COLOR|FORCE_COLOR)/.test(name),
  );
  const home = rung.user === 'root' ? {} : await homeOf(TEST_USER);
  return {
    ...(Object.fromEntries(own) as Record<string, string>),
    NPM_CONFIG_REGISTRY: registry,
    XDG_STATE_HOME: stateDir,
    // Cached facts about rungs depend on the engines that are visible here.
    XDG_CACHE_HOME: join(stateDir, 'cache'),
    ...home,
    ...(rung.engine === 'podman' || rung.engine === 'nerdctl'
      ? { DOCKER_HOST: 'unix:///nonexistent/docker.sock' }
      : {}),
  };
}

async function homeOf(user: string): Promise<Record<string, string>> {
  const [, , uid = '', , , home = '/'] = (await runOrThrow('getent', ['passwd', user])).trim().split(':');
  return { HOME: home, USER: user, LOGNAME: user, XDG_RUNTIME_DIR: `/run/user/${uid}` };
}

/** Collects a program's output until its end. */
async function outcomeOf(child: ChildProcess, options: CallOptions = {}): Promise<Outcome> {
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => (text[name] += chunk));
  }
  child.stdin?.on('error', () => undefined); // it may end before it has read everything
  child.stdin?.end(options.stdin ?? '');
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ...text });
    });
  });
}
