import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outcomeOf, type CallOptions, type Outcome } from '../outcome.ts';
import { installAppleStandIn, type InstalledStandIn } from './install.ts';
import { makeSmallImage } from './small-image.ts';

/** A stand-in with a small image in it, and a folder of the host to share: `file`, a folder `a=b`, and a socket `s` that says all again. */
export interface Bench {
  readonly standIn: InstalledStandIn;
  readonly dir: string;
  readonly program: string;
  /** Runs the program; in arguments `{dir}` is the folder to share, and `{image}` the image. */
  container(args: readonly string[], options?: CallOptions): Promise<Outcome>;
  /** The same, with `run --rm --network none` before it. */
  run(...args: readonly string[]): Promise<Outcome>;
  /** The image and a program in it, for who starts the stand-in itself. */
  inImage(...argv: readonly string[]): readonly string[];
  close(): Promise<void>;
}

/** Sets one up. */
export async function openBench(): Promise<Bench> {
  const dir = mkdtempSync(join(tmpdir(), 'apple-'));
  const shared = join(dir, 'shared');
  mkdirSync(join(shared, 'a=b'), { recursive: true });
  writeFileSync(join(shared, 'file'), 'words\n', { mode: 0o755 });
  const socket = createServer({ allowHalfOpen: true }, (one) => one.pipe(one));
  await new Promise<void>((resolve) => socket.listen(join(shared, 's'), resolve));
  const standIn = await installAppleStandIn(join(dir, 'stand-in'));
  const program = join(standIn.binDir, 'container');
  const image = await makeSmallImage(dir);
  const container: Bench['container'] = async (args, options) => {
    const all = args.map((arg) => arg.replaceAll('{dir}', shared).replaceAll('{image}', image.reference));
    return await outcomeOf(spawn(program, all), options);
  };
  await container(['image', 'load', '--input', image.layoutPath]);
  return {
    standIn,
    dir,
    program,
    container,
    run: async (...args) => await container(['run', '--rm', '--network', 'none', ...args]),
    inImage: (...argv) => [image.reference, ...argv],
    close: async () => {
      await standIn.configure({});
      await container(['delete', '--all', '--force']);
      socket.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A script in the image. */
export const sh = (script: string): readonly string[] => ['{image}', 'sh', '-c', script];
