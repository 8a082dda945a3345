import { lstat, readdir } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { BottleError } from '../../errors.ts';
import { homeDir } from '../../host/paths.ts';
import { readPresets } from '../../manifest/presets.ts';
import { hostExecutes } from '../../workspace/executed/host-executed.ts';
import { checkMount } from '../../workspace/mount.ts';
import type { HostFacts, MountedProject, Registry } from './finding.ts';

/**
 * Reads the facts about this host and the project's folder that findings need: file names, and the contents that a
 * start reads too.
 */

/** Files in which programs keep keys, by their documentation. */
const KEY_FILES = [
  '.aws/credentials',
  '.azure/msal_token_cache.json',
  '.cargo/credentials.toml',
  '.claude/.credentials.json',
  '.codex/auth.json',
  '.config/gcloud/application_default_credentials.json',
  '.config/gh/hosts.yml',
  '.docker/config.json',
  '.git-credentials',
  '.kube/config',
  '.netrc',
  '.npmrc',
  '.pgpass',
  '.pypirc',
];

/** Package clients whose registries accept uploads; apt's do not. */
const PUBLISHERS = ['npm', 'pip'] as const;

/** Reads the facts about this host. */
export async function lookAtHost(): Promise<HostFacts> {
  const [homeKeys, registries] = await Promise.all([keysIn(homeDir()), registriesOfClients()]);
  return { cpus: cpus().length, memoryBytes: totalmem(), homeKeys, registries };
}

async function keysIn(homeDir: string): Promise<readonly string[]> {
  const inSsh = await readdir(join(homeDir, '.ssh')).catch(() => []);
  const ssh = inSsh.filter((name) => /^id_[\w-]+$/.test(name)).map((name) => `.ssh/${name}`);
  const there = await Promise.all(
    KEY_FILES.map(async (path) => ((await isThere(join(homeDir, path))) ? [path] : [])),
  );
  return [...ssh, ...there.flat()].map((path) => `~/${path}`);
}

/** Skips a client that is missing or names no registry. */
async function registriesOfClients(): Promise<readonly Registry[]> {
  const all = await Promise.all(
    PUBLISHERS.map(async (client) => {
      const endpoints = await readPresets([client]).catch((error: unknown) => {
        if (error instanceof BottleError) return new Map<typeof client, never[]>();
        throw error;
      });
      return (endpoints.get(client) ?? []).map((endpoint): Registry => ({ client, ...endpoint }));
    }),
  );
  return all.flat();
}

/** Reads the facts about a project to mount. @throws BottleError `policy` when a start would refuse to mount it */
export async function lookAtProject(projectPath: string): Promise<MountedProject> {
  const { secrets, sharedFiles } = await checkMount(projectPath);
  return {
    isRepository: await isThere(join(projectPath, '.git')),
    executed: await executedIn(projectPath),
    secrets,
    sharedFiles,
  };
}

/** Deeper folders contain few of these files, and the search would have no end. */
const MOST_LEVELS = 3;
/** Folders of third-party or generated code; and git's own folder, which has a separate kind. */
const SKIPPED = new Set(['node_modules', '.git', 'vendor', '.venv', '__pycache__', 'target']);

async function executedIn(projectPath: string): Promise<MountedProject['executed']> {
  const found: { path: string; why: string }[] = [];
  const folders = [{ path: '', level: 1 }]; // the loop appends to it
  for (const { path: folder, level } of folders) {
    const entries = await readdir(join(projectPath, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const why = hostExecutes(path, entry.isSymbolicLink());
      if (why !== undefined) found.push({ path, why });
      else if (entry.isDirectory() && level < MOST_LEVELS && !SKIPPED.has(entry.name)) {
        folders.push({ path, level: level + 1 });
      }
    }
  }
  return found.filter(({ path }) => path !== '.git');
}

async function isThere(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}
