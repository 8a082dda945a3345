import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSmallImage } from '../apple/small-image.ts';
import { outcomeOf, type Outcome } from '../outcome.ts';
import { describedImage } from './described-image.ts';
import { installNerdctl, type InstalledNerdctl } from './install.ts';

/** What tests of the stand-in itself start from: it, and two images of it. */
export interface Bench {
  readonly dir: string;
  readonly program: string;
  readonly standIn: InstalledNerdctl;
  /** Of busybox, with a user `agent`. */
  readonly image: string;
  /** The same, with all that an image can say of its containers. */
  readonly described: string;
  /** Calls it; `{image}` is the image. */
  nerdctl(args: readonly string[], stdin?: string): Promise<Outcome>;
  /** The same, which must do what it is asked; what it says. @throws Error */
  done(args: readonly string[], stdin?: string): Promise<string>;
  /** A container that sleeps, without a network, started. */
  started(name: string, flags?: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Puts it in, and loads the images. */
export async function openBench(): Promise<Bench> {
  const dir = mkdtempSync(join(tmpdir(), 'bb-nerdctl-'));
  const standIn = await installNerdctl(join(dir, 'stand-in'));
  const program = join(standIn.binDir, 'nerdctl');
  const { reference: image } = await makeSmallImage(dir);
  const described = await describedImage(dir);
  const nerdctl: Bench['nerdctl'] = async (args, stdin) =>
    await outcomeOf(
      spawn(
        program,
        args.map((arg) => arg.replaceAll('{image}', image)),
        { stdio: ['pipe', 'pipe', 'pipe'] },
      ),
      stdin === undefined ? {} : { stdin },
    );
  const done: Bench['done'] = async (args, stdin) => {
    const { code, stdout, stderr } = await nerdctl(args, stdin);
    if (code !== 0) throw new Error(`nerdctl ${args.join(' ')} (${code}): ${stderr}`);
    return stdout;
  };
  await done(['load', '--input', join(dir, 'layout.tar')]);
  await done(['load', '--input', described.path]);
  return {
    dir,
    program,
    standIn,
    image,
    described: described.reference,
    nerdctl,
    done,
    started: async (name, flags = []) => {
      await done(['create', '--name', name, '--network', 'none', ...flags, '{image}', 'sleep', '600']);
      await done(['start', name]);
    },
    close: async () => {
      await standIn.remove();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
