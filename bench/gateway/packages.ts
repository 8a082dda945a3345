import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../../src/host/paths.ts';

/** The peers from npm: fetched once into the cache, at pinned versions, without their install scripts (ADR 0098). */

const PACKAGES = {
  '@anthropic-ai/sandbox-runtime': '0.0.83',
  mockttp: '4.6.5',
  // The dependency of the package `node` for this machine, which contains only the program.
  [`node-linux-${process.arch}`]: '22.23.3',
} as const;

export interface Peers {
  readonly sandboxRuntimePath: string;
  readonly mockttpPath: string;
  /** Node 22, for both peers. */
  readonly nodePath: string;
}

/** Returns the paths of the peers; fetches missing ones. */
export function fetchPeers(): Peers {
  const specs = Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`);
  const folder = join(cacheDir(), 'bench', Object.values(PACKAGES).join('-'));
  const modules = join(folder, 'node_modules');
  const peers = {
    sandboxRuntimePath: join(modules, '@anthropic-ai', 'sandbox-runtime'),
    mockttpPath: join(modules, 'mockttp'),
    nodePath: join(modules, `node-linux-${process.arch}`, 'bin', 'node'),
  };
  if (Object.values(peers).every((path) => existsSync(path))) return peers;
  mkdirSync(folder, { recursive: true });
  // One of the peers refuses our own Node; the Node that is fetched with it runs it.
  const flags = ['--ignore-scripts', '--no-save', '--no-engine-strict', '--loglevel=error'];
  const { status } = spawnSync('npm', ['install', '--prefix', folder, ...flags, ...specs], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('the peers could not be fetched');
  return peers;
}
