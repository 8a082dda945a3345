/** Work that, brought back, would land elsewhere than in the project, or be something else than a file of it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { honestChange, leave, leaveProgram } from './work.mjs';

const corner = (t, id) => {
  const dir = join(t.workDir, 'files', id);
  mkdirSync(dir, { recursive: true });
  return dir;
};

/** Links, each as name and target. */
const links = (id, targetsOf) => async (t) => {
  const dir = corner(t, id);
  for (const [name, target] of targetsOf(t)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    symlinkSync(target, join(dir, name));
  }
};

/** A folder of the project's that becomes a link: what is in it is now what is there. */
async function swapped(t) {
  const dir = join(t.workDir, 'kept');
  rmSync(dir, { recursive: true });
  symlinkSync(t.outsideDir, dir);
}

/** The same, and the folder's files once more beside it, so that only the link is new. */
async function swappedDeep(t, nonce) {
  const dir = join(t.workDir, 'kept-deep');
  renameSync(join(dir, 'in'), join(dir, 'was'));
  symlinkSync(t.outsideDir, join(dir, 'in'));
  leave(t, 'kept-deep/was/kept.txt', nonce);
}

async function fifo(t) {
  execFileSync('mkfifo', [join(corner(t, 'back-fifo'), 'pipe')]);
  // And in the place of a file that was there.
  rmSync(join(t.workDir, 'kept-file'), { force: true });
  execFileSync('mkfifo', [join(t.workDir, 'kept-file')]);
}

async function socket(t) {
  const server = createServer().listen(join(corner(t, 'back-socket'), 's'));
  await once(server, 'listening');
}

const device = async (t) =>
  void execFileSync('mknod', [join(corner(t, 'back-device'), 'zero'), 'c', '1', '5'], { stdio: 'pipe' });

async function setuid(t, nonce) {
  leaveProgram(t, 'files/back-setuid/tool', `#!/bin/sh\n# ${nonce}\n`);
  chmodSync(join(t.workDir, 'files/back-setuid/tool'), 0o6777);
}

async function hardLink(t, nonce) {
  const one = leave(t, 'files/back-hard-link/one', nonce);
  linkSync(one, join(dirname(one), 'two'));
}

/** What acts on a terminal, ends a line, or is a separator elsewhere. */
const ODD_NAMES = [
  'e\u001B]0;x\u0007',
  'line\nbreak',
  'c\u009Bs',
  '..\\..\\up',
  'a\\..\\b',
  'd\u007Fel',
  'x\r',
];

async function oddNames(t, nonce) {
  for (const name of ODD_NAMES) leave(t, `files/back-odd-names/${name}`, nonce);
}

/** Not UTF-8: no such name can be written by a program that takes names for text. */
async function rawNames(t, nonce) {
  const bytes = (text) =>
    Buffer.concat([Buffer.from(`${corner(t, 'back-raw-names')}/`), Buffer.from(text, 'latin1')]);
  for (const name of ['\xFF\xFE', '\xC0\xAE\xC0\xAE']) symlinkSync(nonce, bytes(name));
}

/** Left out on the way in as a secret: the project has its own. */
const secret = async (t, nonce) => void leave(t, '.env', `TOKEN=${nonce}\n`);

/** The folder in which `apply` itself puts files together. */
async function staging(t, nonce) {
  leave(t, '.bot-bottle-apply-x/0', nonce);
  symlinkSync(t.outsideDir, join(t.workDir, '.bot-bottle-apply-y'));
}

const ATTACKS = {
  'back-link-out': links('back-link-out', (t) => [
    ['absolute', t.outsideDir],
    ['file', `${t.outsideDir}/kept.txt`],
    ['proc', '/proc/self/root'],
  ]),
  'back-link-up': links('back-link-up', () => [
    ['up', '../../../../../../../../outside'],
    ['near', '../../../..'],
    ['deep/up', '../../../../..'],
  ]),
  'back-link-chain': links('back-link-chain', () => [
    ['a', 'b/..'],
    ['b', 'c/../../..'],
    ['c', './x/../../../../..'],
    ['d/e', '../d/../../../..'],
  ]),
  'back-link-git': links('back-link-git', () => [
    ['hooks', '../../.git/hooks'],
    ['case', '../../.GIT/config'],
    ['own', '.git'],
  ]),
  'back-folder-swapped': swapped,
  'back-folder-moved': swappedDeep,
  'back-fifo': fifo,
  'back-socket': socket,
  'back-device': device,
  'back-setuid': setuid,
  'back-hard-link': hardLink,
  'back-odd-names': oddNames,
  'back-raw-names': rawNames,
  'back-secret': secret,
  'back-staging': staging,
};

export const BACK = Object.fromEntries(
  Object.entries(ATTACKS).map(([id, attack]) => [id, { attack, control: honestChange(id) }]),
);
