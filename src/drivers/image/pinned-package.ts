import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BottleError } from '../../errors.ts';
import { downloadEnvironment } from '../../host/env.ts';
import { runOrThrow } from '../../host/run.ts';
import type { Pin } from './pins.ts';

const DOWNLOAD_MS = 10 * 60_000;

/** Subresource integrity of these bytes, in npm's format (https://www.w3.org/TR/SRI/). */
export function integrityOf(bytes: Uint8Array): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}

/**
 * Downloads a pinned npm package into a folder, with the host's own npm and from its configured registry, and returns
 * the tarball's path. Runs no script of the package.
 * @throws BottleError `dependencyMissing` when it is not available, or is not exactly the pinned one; the signal's
 * reason when interrupted
 */
export async function fetchPinned(pin: Pin, dir: string, signal: AbortSignal): Promise<string> {
  const spec = `${pin.name}@${pin.version}`;
  const pack = ['pack', spec, '--silent', '--pack-destination', dir];
  const options = { cwd: dir, env: downloadEnvironment(), timeoutMs: DOWNLOAD_MS, signal };
  const name = await runOrThrow('npm', pack, options).catch((error: unknown) => {
    signal.throwIfAborted(); // an interruption is not npm's failure
    throw error;
  });
  const path = join(dir, name.trim());
  const actual = integrityOf(await readFile(path));
  if (actual === pin.integrity) return path;
  throw new BottleError('dependencyMissing', `${spec} from the npm registry is not the expected package`, {
    details: [`expected ${pin.integrity}`, `received ${actual}`],
    fix: 'Ask who runs the registry of `npm config get registry` why its copy differs.',
  });
}
