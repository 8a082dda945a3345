import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { git, Place, reasons } from './workspace-place.ts';

/** Returns the files below a folder that contain a text. */
function holding(text: string, folder: string): string[] {
  const { stdout } = spawnSync('grep', ['-rl', text, folder], { encoding: 'utf8' });
  return stdout.split('\n').filter((path) => path !== '');
}

let place: Place;
beforeEach(() => (place = new Place()));
afterEach(() => {
  vi.unstubAllEnvs();
  place.remove();
});

describe('copying a repository', () => {
  test('a repository comes with its history and file states, without ignored files and secrets', async () => {
    place.write('.gitignore', 'dist/\n*.log\n');
    place.write('src/main.ts');
    place.write('deleted.txt');
    place.commitAll();
    place.write('src/main.ts', 'changed\n');
    place.write('untracked.txt');
    place.write('dist/out.js');
    place.write('debug.log');
    place.write('node_modules/x/index.js');
    place.write('.env', 'TOKEN=1');
    place.write('deep/.env.local', 'TOKEN=1');
    place.write('.env.example', 'TOKEN=');
    place.write('tls/server.pem', '-----BEGIN PRIVATE KEY-----\nAAAA');
    place.write('.npmrc', '//registry.example.org/:_authToken=x');
    rmSync(join(place.project, 'deleted.txt'));
    const report = await place.copy();

    expect(git(place.work, 'status', '--short').split('\n')).toEqual([
      ' D deleted.txt',
      ' M src/main.ts',
      '?? .env.example',
      '?? untracked.txt',
      '',
    ]);
    expect(git(place.work, 'log', '--format=%s')).toBe('first\n');
    expect(readFileSync(join(place.work, 'src/main.ts'), 'utf8')).toBe('changed\n');
    expect(reasons(report)).toEqual({
      'dist/': 'ignored',
      'debug.log': 'ignored',
      'node_modules/': 'ignored',
      '.env': 'secret',
      'deep/.env.local': 'secret',
      'tls/server.pem': 'secret',
      '.npmrc': 'secret',
    });
    for (const path of Object.keys(reasons(report))) {
      expect(existsSync(join(place.work, path))).toBe(false);
      expect(existsSync(join(place.base, 'tree', path))).toBe(false);
    }
    expect(report.copiedFiles).toBe(4);
    expect(readdirSync(place.bottle).sort()).toEqual(['base', 'work']);
  });

  test('a copied repository has no hook, program or credential in its configuration', async () => {
    place.write('a');
    place.commitAll();
    git(place.project, 'config', 'core.fsmonitor', place.evil);
    git(place.project, 'config', 'filter.x.clean', place.evil);
    git(place.project, 'config', 'remote.origin.url', 'https://token@example.org/a.git');
    git(place.project, 'config', 'http.extraHeader', 'Authorization: token');
    writeFileSync(join(place.project, '.git/hooks/post-checkout'), '#!/bin/sh\n');
    chmodSync(join(place.project, '.git/hooks/post-checkout'), 0o755);
    await place.copy();
    const settings = git(place.work, 'config', '--local', '--list');
    expect(settings).toContain('remote.origin.url=https://example.org/a.git');
    expect(settings).not.toMatch(/token|evil/i);
    expect(existsSync(join(place.work, '.git/hooks'))).toBe(false);
  });

  test("a repository cannot make the launcher's git run anything", async () => {
    place.write('a');
    place.write('.gitattributes', '* filter=x diff=x\n');
    place.commitAll();
    git(place.project, 'config', 'core.fsmonitor', place.evil);
    git(place.project, 'config', 'filter.x.clean', place.evil);
    git(place.project, 'config', 'core.hooksPath', dirname(place.evil));
    place.write('a', 'changed');
    await place.copy();
    expect(place.evilRan()).toBe(false);
    git(place.project, 'status');
    expect(place.evilRan()).toBe(true);
  });

  const settings = (): string => `[core]\n\texcludesFile = ${join(place.folder, 'ignore')}\n`;
  const list = (...path: string[]): void => {
    const file = join(place.folder, ...path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '*.tmp\n');
  };
  test.each<[string, () => Readonly<Record<string, string>>]>([
    ['that they have set', () => ({ HOME: place.folder })],
    ['that is set for them', () => ({ GIT_CONFIG_SYSTEM: join(place.folder, '.gitconfig') })],
    ['of a configuration elsewhere', () => ({ GIT_CONFIG_GLOBAL: join(place.folder, '.gitconfig') })],
  ])('the copy honours the excludes file %s, and .git/info/exclude', async (_, variables) => {
    place.write('a');
    place.commitAll();
    place.write('mine.tmp');
    place.write('theirs.bak');
    writeFileSync(join(place.project, '.git/info/exclude'), '*.bak\n');
    list('ignore');
    writeFileSync(join(place.folder, '.gitconfig'), settings());
    for (const [name, value] of Object.entries(variables())) vi.stubEnv(name, value);
    expect(reasons(await place.copy())).toEqual({ 'mine.tmp': 'ignored', 'theirs.bak': 'ignored' });
  });

  test.each<[string, string[], () => Readonly<Record<string, string>>]>([
    ['below .config', ['.config', 'git', 'ignore'], () => ({ HOME: place.folder, XDG_CONFIG_HOME: '' })],
    ['of XDG', ['xdg', 'git', 'ignore'], () => ({ XDG_CONFIG_HOME: join(place.folder, 'xdg') })],
  ])("the copy honours git's default excludes file %s, unless another is set", async (_, path, variables) => {
    place.write('a');
    place.commitAll();
    place.write('mine.tmp');
    list(...path);
    for (const [name, value] of Object.entries(variables())) vi.stubEnv(name, value);
    expect(reasons(await place.copy())).toEqual({ 'mine.tmp': 'ignored' });
    writeFileSync(join(place.folder, '.none'), '[core]\n\texcludesFile =\n');
    vi.stubEnv('GIT_CONFIG_GLOBAL', join(place.folder, '.none'));
    rmSync(place.bottle, { recursive: true });
    mkdirSync(place.bottle);
    expect(reasons(await place.copy())).toEqual({});
  });

  test('.worktreeinclude brings ignored files in, but no secrets', async () => {
    place.write('.gitignore', 'local/\n.env\n');
    place.write('.worktreeinclude', 'local/\n.env\n');
    place.commitAll();
    place.write('local/settings.json');
    place.write('.env', 'TOKEN=1');
    const report = await place.copy();
    expect(report.broughtIn).toEqual(['local/settings.json']);
    expect(existsSync(join(place.work, 'local/settings.json'))).toBe(true);
    expect(reasons(report)['.env']).toBe('secret');
    expect(existsSync(join(place.work, '.env'))).toBe(false);
  });

  test('a linked worktree and a submodule bring their histories along', async () => {
    place.write('a');
    place.commitAll();
    const library = join(place.folder, 'library');
    mkdirSync(library);
    writeFileSync(join(library, 'lib.c'), 'int x;\n');
    place.commitAll(library);
    git(place.project, 'submodule', '--quiet', 'add', library, 'vendor/library');
    git(place.project, 'commit', '-q', '-m', 'second');
    const worktree = join(place.folder, 'worktree');
    git(place.project, 'worktree', 'add', '-q', '-b', 'side', worktree);
    git(worktree, 'submodule', '--quiet', 'update', '--init');
    await place.copy(worktree);
    expect(git(place.work, 'log', '--format=%s')).toBe('second\nfirst\n');
    expect(git(place.work, 'branch', '--show-current')).toBe('side\n');
    expect(git(place.work, 'status', '--short')).toBe('');
    expect(readFileSync(join(place.work, 'vendor/library/lib.c'), 'utf8')).toBe('int x;\n');
    expect(git(join(place.work, 'vendor/library'), 'log', '--format=%s')).toBe('first\n');
  });

  test("a copy keeps the repository's format: SHA-256, packed references, a shallow clone", async () => {
    const origin = join(place.folder, 'origin');
    mkdirSync(origin);
    git(origin, 'init', '-q', '-b', 'main', '--object-format=sha256');
    git(origin, 'commit', '-q', '--allow-empty', '-m', 'one');
    git(origin, 'commit', '-q', '--allow-empty', '-m', 'two');
    rmSync(place.project, { recursive: true });
    git(place.folder, 'clone', '-q', '--depth', '1', `file://${origin}`, 'project');
    git(place.project, 'pack-refs', '--all');
    await place.copy();
    expect(git(place.work, 'log', '--format=%s')).toBe('two\n');
    expect(git(place.work, 'fsck', '--strict')).toBe('');
  });
});

describe('the history of another repository', () => {
  let other: string;
  beforeEach(() => {
    other = join(place.folder, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'private'), 'private');
    place.commitAll(other);
    place.write('a');
  });

  test.each<[string, () => void]>([
    ['by a .git file', () => place.write('.git', `gitdir: ${join(other, '.git')}\n`)],
    ['by a symlink', () => symlinkSync(join(other, '.git'), join(place.project, '.git'))],
    [
      'by a commondir',
      () => {
        git(place.project, 'init', '-q');
        writeFileSync(join(place.project, '.git/commondir'), join(other, '.git'));
      },
    ],
    [
      'by alternates',
      () => {
        git(place.project, 'init', '-q');
        writeFileSync(
          join(place.project, '.git/objects/info/alternates'),
          `\n${join(other, '.git/objects')}`,
        );
      },
    ],
  ])("another repository's history does not come in %s", async (_, plant) => {
    plant();
    const report = await place.copy();
    expect(reasons(report)).toEqual({ '.git': 'history' });
    expect(existsSync(join(place.work, '.git'))).toBe(false);
    expect(existsSync(join(place.work, 'a'))).toBe(true);
  });

  /** Places that an earlier agent, or an archive, replaces by a link to files that the user can read. */
  test.each(
    'refs refs/heads objects objects/pack info config packed-refs index ../vendor/lib/.git/refs ../vendor/lib/.git/objects'.split(
      ' ',
    ),
  )("another repository's history does not come in by a link in place of .git/%s", async (name) => {
    place.write('vendor/lib/b');
    place.commitAll(join(place.project, 'vendor/lib'));
    place.commitAll();
    const secrets = join(place.folder, 'secrets');
    mkdirSync(secrets);
    for (const file of ['id_rsa', 'exclude'])
      writeFileSync(join(secrets, file), '[branch "x"]\n\tmerge = TOP-SECRET\n');
    const link = join(place.project, '.git', name);
    rmSync(link, { recursive: true, force: true });
    symlinkSync(/config|packed-refs|index/.test(name) ? join(secrets, 'id_rsa') : secrets, link);
    await place.copy();
    expect(holding('TOP-SECRET', place.work)).toEqual([]);
    expect(existsSync(join(place.work, 'vendor/lib/b'))).toBe(true);
    // Control: a copy that follows links contains it.
    const followed = join(place.folder, 'followed');
    execFileSync('cp', ['-rL', place.project, followed]);
    expect(holding('TOP-SECRET', followed)).not.toEqual([]);
  });

  test("another repository's history does not come in by a linked folder on the way to it", async () => {
    place.commitAll();
    git(place.project, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', other, 'sub');
    const modules = join(place.project, '.git/modules');
    renameSync(modules, join(place.folder, 'modules'));
    symlinkSync(join(place.folder, 'modules'), modules);
    git(place.folder, 'config', '--file', 'modules/sub/config', 'core.worktree', join(place.project, 'sub'));
    // For git it is still one repository.
    expect(git(join(place.project, 'sub'), 'log', '--format=%s')).toBe('first\n');
    expect(reasons(await place.copy())).toEqual({ 'sub/.git': 'history' });
    expect(existsSync(join(place.work, 'sub/.git'))).toBe(false);
    expect(existsSync(join(place.work, 'sub/private'))).toBe(true);
  });

  test('a linked folder of the repository stays out, and its excludes file still counts', async () => {
    place.commitAll();
    writeFileSync(join(place.project, '.git/info/exclude'), '*.bak\n');
    place.write('theirs.bak');
    renameSync(join(place.project, '.git/refs'), join(place.folder, 'refs'));
    symlinkSync(join(place.folder, 'refs'), join(place.project, '.git/refs'));
    const { leftOut } = await place.copy();
    expect(leftOut).toEqual([
      { path: '.git', why: 'history', detail: 'refs in it is a symlink' },
      { path: 'theirs.bak', why: 'ignored' },
    ]);
  });

  test('history of a repository above the project stays out, while its ignore rules hold', async () => {
    place.write('.gitignore', 'out/\n');
    place.write('packages/one/src/x.ts');
    place.commitAll();
    place.write('packages/one/out/y.js');
    const report = await place.copy(join(place.project, 'packages/one'));
    expect(reasons(report)).toEqual({ '.git': 'history', 'out/': 'ignored' });
    expect(readdirSync(place.work)).toEqual(['src']);
  });
});
