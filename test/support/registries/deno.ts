import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadEnvironment } from '../../../src/host/env.ts';
import { runOrThrow } from '../../../src/host/run.ts';

/** Debian has no Deno. Deno's npm package for each platform contains the program. */
const VERSION = '2.9.6';

export interface InstalledDeno extends AsyncDisposable {
  /** The folder that contains `deno`, and no other program. */
  readonly folder: string;
}

/** Installs Deno from npm in a separate folder. @throws Error if that fails */
export async function installDeno(): Promise<InstalledDeno> {
  const dir = await mkdtemp('/var/tmp/bb-deno-');
  const remove = async (): Promise<void> => await rm(dir, { recursive: true, force: true });
  const name = `@deno/linux-${process.arch}-glibc`;
  const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', dir];
  try {
    await runOrThrow('npm', ['install', ...options, `${name}@${VERSION}`], {
      env: downloadEnvironment(),
      timeoutMs: 300_000,
    });
  } catch (error) {
    await remove();
    throw error;
  }
  return { folder: join(dir, 'node_modules', name), [Symbol.asyncDispose]: remove };
}
