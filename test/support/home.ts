import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { BottleRow } from '../../src/bottle/state/list.ts';
import type { Receipt } from '../../src/bottle/state/receipt.ts';
import type { BottleRecord } from '../../src/bottle/state/record.ts';
import { cacheDir, packageRoot } from '../../src/host/paths.ts';
import { outcomeOf, type CallOptions, type Outcome } from './outcome.ts';
import { openTerminal, type TerminalOptions, type UserTerminal } from './terminal.ts';
import type { TestUser } from './user.ts';

/**
 * The rungs that tests use as a user would: the one without an engine, and one of each boundary with one. For a run by
 * hand, the variable names others, separated by commas: an emulated machine takes ten times as long.
 */
export const RUNTIMES: readonly string[] = named('BOT_BOTTLE_RUNTIMES') ?? ['bubblewrap', 'runc', 'runsc'];

/** One rung of each driver: gVisor has Docker's connection, its removal and its mounts in common with runc. */
export const ONE_OF_EACH_DRIVER: readonly string[] = RUNTIMES.filter(
  (name) => name !== 'runsc' || !RUNTIMES.includes('runc'),
);

/** The names in a variable of the user who runs the tests; undefined if it is not set. */
function named(variable: string): readonly string[] | undefined {
  return process.env[variable]?.split(',').filter(Boolean);
}

/**
 * A user's separate folders, and the program as the package ships it. The cache of images and installed agents is this
 * computer's: both take minutes to make.
 */
export interface Home {
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  /** The start of a command line that makes the command run as the user. */
  readonly become: readonly string[];
  /** The folder of the program's bottles. */
  readonly bottlesDir: string;
  /** Makes a project, or adds files to it, and returns its path. */
  project(name: string, files?: Files): string;
  /** Writes a manifest beside the projects and returns its path; JSON is YAML. */
  manifest(content: object | string): string;
  spawn(args: readonly string[], options?: CallOptions): ChildProcess;
  /** Runs the program to its end. */
  run(args: readonly string[], options?: CallOptions): Promise<Outcome>;
  /** The same, but the program must succeed. @throws Error with the outcome if it does not */
  must(args: readonly string[], options?: CallOptions): Promise<Outcome>;
  /** Runs the program in a terminal. */
  terminal(args: readonly string[], options?: TerminalOptions): UserTerminal;
  /** Returns the rows of `ls --json`. */
  list(): Promise<BottleRow[]>;
  record(id: string): BottleRecord;
  receipt(id: string): Receipt;
  /** Removes every bottle, then the folders. */
  remove(): Promise<void>;
}

/** Text by path. */
type Files = Readonly<Record<string, string>>;

interface HomeOptions {
  /** The owner of the folders; default: the user who runs the tests. */
  readonly user?: TestUser;
  /** Goes before each call of the program; default: what makes it run as the user. */
  readonly become?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Parts of the cache to leave out: facts about rungs, programs of agents, image files, machine disks made of images.
   */
  readonly forgets?: readonly ('probes' | 'agents' | 'images' | 'bases')[];
}

/** Lays out the program with separate folders. @throws Error if it is not built */
export function makeHome(options: HomeOptions = {}): Home {
  const dir = mkdtempSync('/var/tmp/bb-e2e-');
  chmodSync(dir, 0o755);
  const program = layOutProgram(dir);
  const env = { ...environmentIn(dir, options), ...options.env };
  const { user } = options;
  const become = options.become ?? user?.become ?? [];
  if (user !== undefined) chownSync(dir, user.uid, user.gid);
  const command = [...become, process.execPath, program];
  const call: Home['spawn'] = (args, { cwd = dir, env: more = {} } = {}) => {
    const [file = '', ...rest] = [...command, ...args];
    return spawn(file, rest, { cwd, env: { ...env, ...more }, stdio: 'pipe' });
  };
  const run: Home['run'] = async (args, given = {}) => await outcomeOf(call(args, given), given);
  const must: Home['must'] = async (args, given = {}) => {
    const outcome = await run(args, given);
    if (outcome.code !== 0) throw new Error(`${args.join(' ')}: ${JSON.stringify(outcome)}`);
    return outcome;
  };
  const list = async (): Promise<BottleRow[]> =>
    JSON.parse((await run(['ls', '--json'])).stdout) as BottleRow[];
  const bottlesDir = join(dir, 'state', 'bot-bottle', 'bottles');
  const read = (id: string, name: string): unknown =>
    JSON.parse(readFileSync(join(bottlesDir, id, name), 'utf8'));
  const write = (path: string, files: Files): string => {
    writeFiles(path, files);
    if (user !== undefined) for (const each of everythingIn(path)) chownSync(each, user.uid, user.gid);
    return path;
  };
  return {
    dir,
    env,
    become,
    bottlesDir,
    project: (name, files = {}) => write(join(dir, name), files),
    manifest: (content) => {
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      return join(write(join(dir, 'manifests'), { 'bot-bottle.yaml': text }), 'bot-bottle.yaml');
    },
    spawn: call,
    run,
    must,
    terminal: (args, given = {}) => openTerminal([...command, ...args], { cwd: dir, env, ...given }),
    list,
    record: (id) => read(id, 'record.json') as BottleRecord,
    receipt: (id) => read(id, 'receipt.json') as Receipt,
    remove: async () => {
      for (const { id } of await list()) await run(['rm', '--force', id]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const SHIPPED = ['dist', 'assets', 'images', 'package.json'];

/** Copies the program: another user may not be able to read the clone, and a build may replace it meanwhile. */
function layOutProgram(dir: string): string {
  for (const name of SHIPPED) {
    const source = join(packageRoot(), name);
    if (!existsSync(source)) throw new Error(`${source} is not there: npm run build`);
    cpSync(source, join(dir, 'package', name), { recursive: true });
  }
  return join(dir, 'package', 'dist', 'cli.cjs');
}

/** The user's environment, with folders in `dir`, and without the additions of a test runner. */
function environmentIn(dir: string, { user, forgets }: HomeOptions): Record<string, string> {
  const added =
    /^(npm_|VITEST|VITE_|NODE_ENV|NODE_OPTIONS|NO_COLOR|FORCE_|COLUMNS|LINES|(TEST|MODE|PROD|DEV|SSR|BASE_URL)$)/;
  const kept = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined || added.test(name) ? [] : [[name, value]],
  );
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    XDG_STATE_HOME: join(dir, 'state'),
    XDG_CONFIG_HOME: join(dir, 'config'),
    ...user?.env,
    ...(forgets === undefined ? {} : { XDG_CACHE_HOME: cacheWithout(forgets, join(dir, 'cache')) }),
  };
}

/** Links this host's cache, except the forgotten parts. */
function cacheWithout(forgotten: readonly string[], path: string): string {
  const own = join(path, 'bot-bottle');
  mkdirSync(own, { recursive: true });
  mkdirSync(cacheDir(), { recursive: true });
  for (const name of readdirSync(cacheDir())) {
    if (!forgotten.includes(name)) symlinkSync(join(cacheDir(), name), join(own, name));
  }
  return path;
}

function writeFiles(dir: string, files: Files): void {
  mkdirSync(dir, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
}

const everythingIn = (dir: string): string[] => [
  dir,
  ...readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((name) => join(dir, name)),
];
