import { mkdir, rm, writeFile, chmod } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileLoot, LootName } from '../probes/probe.ts';
import type { Cleanup } from './cleanup.ts';
import { makeLoot, makeNonce } from './nonce.ts';
import { sweptName } from './sweep.ts';

/** The word of each kind of loot; some lie in files of the host. */
export type Loot = Readonly<Record<LootName, string>>;

/** Where each file lies on the host: in a folder, or below a separate folder in the user's home. */
const PLACES: Readonly<Record<FileLoot, { readonly folder: string } | { readonly inHome: string }>> = {
  file: { inHome: 'file' },
  tmp: { folder: '/tmp' },
  varTmp: { folder: '/var/tmp' },
  procRoot: { inHome: 'proc-root' },
  otherRoot: { inHome: 'other-root' },
  cwd: { inHome: 'cwd' },
  openFile: { inHome: 'open-file' },
  inherited: { inHome: 'inherited' },
  workspaceLink: { inHome: 'workspace-link' },
  folderLink: { inHome: 'linked/file' },
  climb: { inHome: 'climb' },
  madeLink: { inHome: 'made-link' },
  mounts: { inHome: 'mounts' },
  sshKey: { inHome: '.ssh/id_ed25519' },
  gitCredentials: { inHome: '.git-credentials' },
  npmrc: { inHome: '.npmrc' },
  netrc: { inHome: '.netrc' },
  awsCredentials: { inHome: '.aws/credentials' },
  gcloudCredentials: { inHome: '.config/gcloud/application_default_credentials.json' },
  ghHosts: { inHome: '.config/gh/hosts.yml' },
  dockerConfig: { inHome: '.docker/config.json' },
  claudeCredentials: { inHome: '.claude/.credentials.json' },
  codexAuth: { inHome: '.codex/auth.json' },
};

const OTHERS = [
  'environment',
  'procEnviron',
  'procCmdline',
  'memory',
  'secret',
  'sibling',
] as const satisfies readonly LootName[];

/** Creates a new word for each kind. */
export function makeAllLoot(): Loot {
  const names = [...Object.keys(PLACES), ...OTHERS] as LootName[];
  return Object.fromEntries(names.map((name) => [name, makeLoot()])) as Loot;
}

/** Writes the loot that lies in files, readable for every user. Returns the paths. */
export async function layLoot(
  loot: Loot,
  home: string,
  cleanup: Cleanup,
): Promise<Readonly<Record<FileLoot, string>>> {
  const own = join(home, `.${sweptName()}${makeNonce()}`);
  cleanup.defer(async () => await rm(own, { recursive: true, force: true }));
  await makeOpenDir(own);
  const paths: [string, string][] = [];
  for (const [name, place] of Object.entries(PLACES)) {
    const path =
      'inHome' in place ? join(own, place.inHome) : join(place.folder, `${sweptName()}${makeNonce()}`);
    cleanup.defer(async () => await rm(path, { force: true }));
    if (dirname(path).startsWith(`${own}/`)) await makeDirsBelow(own, dirname(path));
    await writeFile(path, `${loot[name as FileLoot]}\n`);
    await chmod(path, 0o644);
    paths.push([name, path]);
  }
  return Object.fromEntries(paths) as Record<FileLoot, string>;
}

async function makeDirsBelow(own: string, dir: string): Promise<void> {
  if (dir === own) return;
  await makeDirsBelow(own, dirname(dir));
  await makeOpenDir(dir);
}

/** Sets the mode explicitly, because of the umask. */
async function makeOpenDir(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o755);
}
