/** Repositories that make git run a command: each in a folder `git/ID`, and some at the top of the workspace as well. */
import { existsSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { addTo, honestChange, leave, leaveProgram } from './work.mjs';

/** A command for the host's shell, whatever git adds behind it. The nonce is told by the name of a file. */
const trap = (t, nonce) => `echo ran > '${t.dropDir}/${nonce}' #`;
const hook = (t, nonce) => `#!/bin/sh\n${trap(t, nonce)}\n`;
/** As a value of a configuration: `"`, `#` and `;` would end it. */
const quoted = (value) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** An empty repository, by hand: there need be no git in the bottle. What is there already stays. */
function makeRepository(t, gitDir) {
  for (const folder of ['objects', 'refs/heads', 'info', 'hooks']) {
    mkdirSync(join(t.workDir, gitDir, folder), { recursive: true });
  }
  if (existsSync(join(t.workDir, gitDir, 'HEAD'))) return;
  leave(t, `${gitDir}/HEAD`, 'ref: refs/heads/main\n');
  leave(t, `${gitDir}/config`, '[core]\n\trepositoryformatversion = 0\n\tbare = false\n');
}

const set = (t, [gitDir, section], values) =>
  addTo(
    t,
    `${gitDir}/config`,
    [`[${section}]`, ...values.map(([key, value]) => `\t${key} = ${quoted(value)}`), ''].join('\n'),
  );

/** The repository of a probe, with a file to be added, and a setting whose value is the trap. */
function nest(t, id) {
  const dir = `git/${id}`;
  makeRepository(t, `${dir}/.git`);
  leave(t, `${dir}/file.txt`, `a file of ${id}\n`);
  return { dir, gitDir: `${dir}/.git` };
}

/** A trap in a setting of the probe's own repository. */
const setting =
  (id, [section, key], more = []) =>
  async (t, nonce) => {
    const { gitDir } = nest(t, id);
    set(t, [gitDir, section], [[key, trap(t, nonce)], ...more]);
  };

/** The same where git takes a command only behind a `!`. */
const shellSetting = (id, section, key) => async (t, nonce) =>
  set(t, [nest(t, id).gitDir, section], [[key, `!${trap(t, nonce)}`]]);

/** A driver that attributes call in. At the top it is for the honest changes too. */
const driver =
  (id, [kind, key], more = []) =>
  async (t, nonce) => {
    const { dir, gitDir } = nest(t, id);
    for (const [at, config, pattern] of [
      [dir, gitDir, '*'],
      ['.', '.git', `${id}.txt`],
    ]) {
      makeRepository(t, config);
      set(t, [config, `${kind} "${id}"`], [[key, trap(t, nonce)], ...more]);
      addTo(t, `${at}/.gitattributes`, `${pattern} ${kind}=${id}\n`);
    }
  };

const HOOKS = [
  'pre-commit',
  'post-commit',
  'post-checkout',
  'post-merge',
  'reference-transaction',
  'commit-msg',
];

async function hooks(t, nonce) {
  for (const gitDir of [nest(t, 'git-hook').gitDir, '.git']) {
    makeRepository(t, gitDir);
    for (const name of HOOKS) leaveProgram(t, `${gitDir}/hooks/${name}`, hook(t, nonce));
  }
}

async function hooksPath(t, nonce) {
  const { dir, gitDir } = nest(t, 'git-hooks-path');
  leaveProgram(t, `${dir}/tools/pre-commit`, hook(t, nonce));
  set(t, [gitDir, 'core'], [['hooksPath', 'tools']]);
}

async function fsmonitor(t, nonce) {
  for (const gitDir of [nest(t, 'git-fsmonitor').gitDir, '.git']) {
    makeRepository(t, gitDir);
    set(t, [gitDir, 'core'], [['fsmonitor', trap(t, nonce)]]);
  }
}

const monitored = (t, nonce) => `[core]\n\tfsmonitor = ${quoted(trap(t, nonce))}\n`;

async function included(t, nonce) {
  const { dir, gitDir } = nest(t, 'git-include');
  leave(t, `${dir}/settings`, monitored(t, nonce));
  set(t, [gitDir, 'include'], [['path', '../settings']]);
}

async function worktreeConfig(t, nonce) {
  const { gitDir } = nest(t, 'git-worktree-config');
  set(t, [gitDir, 'extensions'], [['worktreeConfig', 'true']]);
  leave(t, `${gitDir}/config.worktree`, monitored(t, nonce));
}

/** `.git` is a file that names a folder, as in a worktree or submodule. */
async function gitdirFile(t, nonce) {
  const { dir, gitDir } = nest(t, 'git-gitdir-file');
  addTo(t, `${gitDir}/config`, monitored(t, nonce));
  renameSync(join(t.workDir, gitDir), join(t.workDir, dir, 'store'));
  leave(t, `${dir}/.git`, 'gitdir: store\n');
}

async function gitLink(t, nonce) {
  const { dir, gitDir } = nest(t, 'git-link');
  addTo(t, `${gitDir}/config`, monitored(t, nonce));
  renameSync(join(t.workDir, gitDir), join(t.workDir, dir, 'store'));
  symlinkSync('store', join(t.workDir, gitDir));
}

/** What all worktrees have in common lies where `commondir` says. */
async function commondir(t, nonce) {
  const { dir, gitDir } = nest(t, 'git-commondir');
  makeRepository(t, `${dir}/common`);
  addTo(t, `${dir}/common/config`, monitored(t, nonce));
  leave(t, `${gitDir}/commondir`, '../common\n');
}

/** A folder that git takes for a repository though it is not called `.git`. */
async function bare(t, nonce) {
  const dir = 'git/git-bare';
  makeRepository(t, dir);
  leave(
    t,
    `${dir}/config`,
    `[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = ..\n\tfsmonitor = ${quoted(trap(t, nonce))}\n`,
  );
}

/** An alternative of the URL, which a fetch of the honest one takes. */
async function insteadOf(t, nonce) {
  const { dir, gitDir } = nest(t, 'git-instead-of');
  leaveProgram(t, `${dir}/.git/carrier`, hook(t, nonce));
  set(t, [gitDir, 'remote "origin"'], [['url', 'https://project.test/it']]);
  set(t, [gitDir, 'url "ext::.git/carrier "'], [['insteadOf', 'https://project.test/']]);
  set(t, [gitDir, 'protocol "ext"'], [['allow', 'always']]);
}

async function sshCommand(t, nonce) {
  await setting('git-ssh-command', ['core', 'sshCommand'])(t, nonce);
  set(t, ['git/git-ssh-command/.git', 'remote "origin"'], [['url', 'ssh://git@project.test/it']]);
}

async function uploadPack(t, nonce) {
  await setting('git-upload-pack', ['remote "origin"', 'uploadpack'], [['url', '.']])(t, nonce);
}

async function gpgProgram(t, nonce) {
  const { dir, gitDir } = nest(t, 'git-gpg-program');
  leaveProgram(t, `${dir}/.git/sign`, hook(t, nonce));
  set(t, [gitDir, 'gpg'], [['program', '.git/sign']]);
  set(t, [gitDir, 'commit'], [['gpgSign', 'true']]);
}

/** Names that a file system may take for `.git`: without case, with what HFS+ ignores, and NTFS's short one. */
async function otherNames(t, nonce) {
  for (const name of ['.GIT', '.Git', 'git~1', '.g\u200Cit', '.git ', '.git.', '.git::$INDEX_ALLOCATION']) {
    leave(t, `git/git-other-names/${name}/config`, monitored(t, nonce));
  }
}

async function submodule(t, nonce) {
  const text = `[submodule "a"]\n\tpath = ../../outside\n\turl = ext::sh -c '${nonce}'\n\tupdate = !echo ${nonce}\n`;
  leave(t, 'git/git-submodule/.gitmodules', text);
  leave(t, 'git/git-submodule/.lfsconfig', `[lfs]\n\turl = ext::${nonce}\n`);
}

const ATTACKS = {
  'git-hook': hooks,
  'git-hooks-path': hooksPath,
  'git-fsmonitor': fsmonitor,
  'git-clean-filter': driver('git-clean-filter', ['filter', 'clean']),
  'git-smudge-filter': driver('git-smudge-filter', ['filter', 'smudge']),
  'git-filter-process': driver('git-filter-process', ['filter', 'process'], [['required', 'true']]),
  'git-textconv': driver('git-textconv', ['diff', 'textconv']),
  'git-diff-command': driver('git-diff-command', ['diff', 'command']),
  'git-diff-external': setting('git-diff-external', ['diff', 'external']),
  'git-ssh-command': sshCommand,
  'git-credential-helper': shellSetting('git-credential-helper', 'credential', 'helper'),
  'git-editor': setting('git-editor', ['core', 'editor']),
  'git-alias': shellSetting('git-alias', 'alias', 'st'),
  'git-include': included,
  'git-worktree-config': worktreeConfig,
  'git-gitdir-file': gitdirFile,
  'git-link': gitLink,
  'git-commondir': commondir,
  'git-bare': bare,
  'git-instead-of': insteadOf,
  'git-upload-pack': uploadPack,
  'git-gpg-program': gpgProgram,
  'git-other-names': otherNames,
  'git-submodule': submodule,
};

export const GIT = Object.fromEntries(
  Object.entries(ATTACKS).map(([id, attack]) => [id, { attack, control: honestChange(id) }]),
);
