import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { writeLayout } from '../../../src/drivers/attached/image/oci.ts';
import { cachedRootfs } from '../../../src/drivers/image/rootfs.ts';
import { run, runOrThrow } from '../../../src/host/run.ts';
import { makeHome, type Home } from '../home.ts';
import { installKata, type KataStandIn } from '../kata/install.ts';
import { installNerdctl, type InstalledNerdctl } from './install.ts';
import type { CallOptions, Outcome } from '../outcome.ts';

/** The built program with the stand-ins for nerdctl and Kata's shim, and with separate folders. Needs root and KVM. */
export interface NerdctlHome {
  readonly home: Home;
  readonly kata: KataStandIn;
  readonly nerdctl: InstalledNerdctl;
  readonly env: Readonly<Record<string, string>>;
  /** Returns the arguments of `start` for one bottle with these settings. */
  startArgs(program: readonly string[], bottle?: object): readonly string[];
  start(program: readonly string[], options?: CallOptions & { readonly bottle?: object }): Promise<Outcome>;
  /** Starts a bottle that waits; resolves when it runs. */
  waiting(program?: string): Promise<WaitingBottle>;
  /** Returns nerdctl's output. */
  client(...args: readonly string[]): Promise<string>;
  /** Returns the names of all containers, in any state. */
  left(): Promise<string>;
  idsOnDisk(): readonly string[];
  /** Returns a PATH with a client that runs this shell line first; `REAL` in the line is the real client. */
  pathWithWrapped(name: string, line: string): string;
  /** Loads the default image with other settings into the client's store. */
  loadDerived(reference: string, config: Readonly<Record<string, unknown>>): Promise<void>;
  /** Removes all faults. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

interface WaitingBottle {
  readonly id: string;
  /** The name of its container. */
  readonly name: string;
  readonly child: ChildProcess;
  /** Resolves with its output when it has ended. */
  readonly over: Promise<string>;
}

const pathWith = (dir: string): string => `${dir}:${process.env['PATH'] ?? ''}`;

/** Lays out the home, and starts a bottle, which loads the image. */
export async function openNerdctlHome(): Promise<NerdctlHome> {
  const kata = await installKata();
  const home = makeHome();
  // Not in the home: `remove` deletes the home first, and still needs the client for that.
  const clientDir = mkdtempSync('/var/tmp/bb-nerdctl-');
  chmodSync(clientDir, 0o755);
  const nerdctl = await installNerdctl(clientDir);
  const clientPath = join(nerdctl.binDir, 'nerdctl');
  const env = { PATH: pathWith(nerdctl.binDir), BOT_BOTTLE_KATA_RUNTIME: kata.runtime };
  const client: NerdctlHome['client'] = async (...args) =>
    (await run(clientPath, args, { timeoutMs: 30_000 })).stdout;
  const startArgs: NerdctlHome['startArgs'] = (program, bottle = {}) =>
    [
      ['start', 'worker', home.project('project'), '--yes', '--runtime', 'kata', '--engine', 'nerdctl'],
      ['--manifest', manifestIn(home, bottle), '--', ...program],
    ].flat();
  const start: NerdctlHome['start'] = async (program, options = {}) =>
    await home.run(startArgs(program, options.bottle), { ...options, env: { ...env, ...options.env } });
  const idsOnDisk = (): readonly string[] =>
    existsSync(home.bottlesDir) ? readdirSync(home.bottlesDir) : [];
  const reset = async (): Promise<void> => {
    await nerdctl.configure({});
    await kata.fail([]);
  };
  const close = async (): Promise<void> => {
    await reset();
    await home.remove();
    await nerdctl.remove();
    kata.remove();
  };
  const first = await start(['true'], { timeoutMs: 200_000 });
  if (first.code !== 0) {
    await close();
    throw new Error(first.stderr);
  }
  return {
    home,
    kata,
    nerdctl,
    env,
    startArgs,
    start,
    client,
    idsOnDisk,
    reset,
    close,
    left: async () => await client('ps', '--all', '--format', '{{.Names}}'),
    waiting: async (program = 'echo up; sleep 600') => {
      const before = idsOnDisk();
      const waits = await sayingUp(home.spawn(startArgs(['sh', '-c', program]), { env }));
      const [id = ''] = idsOnDisk().filter((one) => !before.includes(one));
      return { id, name: `bot-bottle-${id}`, ...waits };
    },
    pathWithWrapped: (name, line) => {
      const binDir = join(home.dir, name);
      mkdirSync(binDir);
      const real = `'${clientPath}'`;
      const script = `#!/bin/sh\n${line.replaceAll('REAL', real)}\nexec ${real} "$@"\n`;
      writeFileSync(join(binDir, 'nerdctl'), script);
      chmodSync(join(binDir, 'nerdctl'), 0o755);
      return pathWith(binDir);
    },
    loadDerived: async (reference, config) => await loadDerived({ home, clientPath }, reference, config),
  };
}

const manifestIn = (home: Home, bottle: object): string =>
  home.manifest({
    bottles: { box: { workspace: 'none', ...bottle } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });

/** Waits for the first output. */
async function sayingUp(child: ChildProcess): Promise<Pick<WaitingBottle, 'child' | 'over'>> {
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.on('data', (piece: Buffer) => (said[name] += piece.toString()));
  const over = new Promise<string>((resolve) => child.once('close', () => resolve(said.stdout)));
  await new Promise((resolve, reject) => {
    child.stdout?.once('data', resolve);
    child.once('close', () => reject(new Error(`it did not start: ${said.stderr}`)));
  });
  return { child, over };
}

async function loadDerived(
  { home, clientPath }: { readonly home: Home; readonly clientPath: string },
  reference: string,
  config: Readonly<Record<string, unknown>>,
): Promise<void> {
  const dir = join(home.dir, `image-${reference.replaceAll(/\W/g, '-')}`);
  mkdirSync(dir);
  const tarPath = cachedRootfs();
  if (tarPath === undefined) throw new Error('no files of the default image here');
  const { signal } = new AbortController();
  const path = await writeLayout(dir, { reference, tarPath, env: [], signal, config });
  await runOrThrow(clientPath, ['load', '--input', path], { timeoutMs: 120_000 });
}
