import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { imageCacheDir } from '../../../src/drivers/image/exclusively.ts';
import { packageRoot } from '../../../src/host/paths.ts';
import { installAppleStandIn, type InstalledStandIn } from './install.ts';
import { outcomeOf, type CallOptions, type Outcome } from '../outcome.ts';
import { openTerminal, type TerminalOptions, type UserTerminal } from '../terminal.ts';

/** The built program with the stand-in for Apple's `container`, and with separate folders. */
export interface AppleHome {
  readonly standIn: InstalledStandIn;
  readonly dir: string;
  readonly cliPath: string;
  readonly env: Readonly<Record<string, string>>;
  /** A PATH with the stand-in and no other engine, so that a check of all rungs is fast. */
  readonly pathOfAppleAlone: string;
  /** The arguments of `start` up to the agent's command. */
  readonly start: readonly string[];
  spawn(args: readonly string[], options?: CallOptions): ChildProcess;
  run(args: readonly string[], options?: CallOptions): Promise<Outcome>;
  terminal(args: readonly string[], options?: TerminalOptions): UserTerminal;
  /** Writes a manifest of one bottle with these settings, and an agent. Returns the arguments that name both. */
  manifest(bottle: object, agent?: string): readonly string[];
  close(): Promise<void>;
}

const AGENT = 'tester';

/** Lays out the home. Links the root file systems of the default image that this host has already made. */
export async function openAppleHome(): Promise<AppleHome> {
  const dir = mkdtempSync('/var/tmp/bb-apple-');
  const standIn = await installAppleStandIn(join(dir, 'in'));
  const images = join(dir, 'cache', 'bot-bottle', 'images');
  mkdirSync(images, { recursive: true });
  for (const name of readdirSync(imageCacheDir()))
    if (name.endsWith('.tar')) symlinkSync(join(imageCacheDir(), name), join(images, name));
  mkdirSync(join(dir, 'project'));
  const env = {
    PATH: `${standIn.binDir}:${process.env['PATH'] ?? ''}`,
    HOME: process.env['HOME'] ?? '/root',
    XDG_STATE_HOME: join(dir, 'state'),
    XDG_CACHE_HOME: join(dir, 'cache'),
  };
  const alone = linkPrograms(join(dir, 'programs'));
  const cliPath = join(packageRoot(), 'dist', 'cli.cjs');
  const command = (args: readonly string[]): readonly [string, ...string[]] => [
    process.execPath,
    cliPath,
    ...args,
  ];
  const start = (args: readonly string[], options: CallOptions = {}): ChildProcess => {
    const [program, ...rest] = command(args);
    return spawn(program, rest, {
      env: { ...env, ...options.env },
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  };
  const run = async (args: readonly string[], options: CallOptions = {}): Promise<Outcome> =>
    await outcomeOf(start(args, options), options);
  let manifests = 0;
  const manifest = (bottle: object, agent = 'shell'): readonly string[] => {
    const path = join(dir, `manifest-${(manifests += 1)}.yaml`);
    const agents = { [AGENT]: { bottle: 'b', agent } };
    writeFileSync(path, JSON.stringify({ bottles: { b: { runtime: 'apple', ...bottle } }, agents }));
    return [AGENT, join(dir, 'project'), '--manifest', path, '--yes'];
  };
  return {
    dir,
    cliPath,
    env,
    pathOfAppleAlone: `${standIn.binDir}:${alone}`,
    standIn,
    start: ['start', ...manifest({ egress: { allow: [] } })],
    spawn: start,
    run,
    terminal: (args, options = {}) =>
      openTerminal(command(args), { ...options, env: { ...env, ...options.env } }),
    manifest,
    close: async () => {
      await standIn.configure({});
      const { stdout } = await run(['ls', '--json']);
      for (const { id } of JSON.parse(stdout) as { id: string }[]) await run(['rm', '--force', id]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const OTHER_ENGINES = /^(?:docker|podman|bwrap|qemu-system-.*|firecracker)$/;

/** Links this host's programs, except other engines, into a folder. */
function linkPrograms(dir: string): string {
  mkdirSync(dir);
  for (const from of (process.env['PATH'] ?? '').split(':').filter((one) => existsSync(one)))
    for (const name of readdirSync(from))
      if (!OTHER_ENGINES.test(name) && !existsSync(join(dir, name)))
        linkTo(join(from, name), join(dir, name));
  return dir;
}

function linkTo(program: string, path: string): void {
  // existsSync misses a dangling link of an earlier folder in PATH.
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) symlinkSync(program, path);
}
