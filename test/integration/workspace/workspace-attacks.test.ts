import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { apply, type ApplyReport } from '../../../src/workspace/apply/apply.ts';
import { diff, showDiff } from '../../../src/workspace/diff/diff.ts';
import { hasWork } from '../../../src/workspace/diff/diff.ts';
import { git, Place } from './workspace-place.ts';

/** An agent attacks the host through its work: by files that git would run, and by where files would go. */

let place: Place;
beforeEach(async () => {
  place = new Place();
  place.write('a.txt', 'one\n');
  place.write('dir/b.txt', 'two\n');
  place.commitAll();
});
afterEach(() => place.remove());

const applyAll = (): Promise<ApplyReport> =>
  apply({ ...place.paths, bottleId: 'bottle-1', consent: async () => true });
const show = async (): Promise<string> => showDiff((await diff(place.paths)).patch);

describe('git on the host', () => {
  beforeEach(() => place.copy());

  /** Each plants something, and returns the everyday command that would run it. */
  const attacks: Record<string, () => readonly string[]> = {
    'core.fsmonitor': () => {
      git(place.work, 'config', 'core.fsmonitor', place.evil);
      return ['status'];
    },
    'a clean filter': () => {
      git(place.work, 'config', 'filter.x.clean', place.evil);
      place.agentWrites('.gitattributes', '* filter=x\n');
      return ['diff'];
    },
    'a required smudge filter that is a process': () => {
      git(place.work, 'config', 'filter.x.process', place.evil);
      git(place.work, 'config', 'filter.x.required', 'true');
      place.agentWrites('.gitattributes', '* filter=x\n');
      return ['diff'];
    },
    'diff.external': () => {
      git(place.work, 'config', 'diff.external', place.evil);
      return ['diff'];
    },
    'a diff driver': () => {
      git(place.work, 'config', 'diff.x.command', place.evil);
      place.agentWrites('.gitattributes', '*.txt diff=x\n');
      return ['diff'];
    },
    textconv: () => {
      git(place.work, 'config', 'diff.x.textconv', place.evil);
      place.agentWrites('.gitattributes', '*.txt diff=x\n');
      return ['diff'];
    },
    'an included configuration': () => {
      place.agentWrites('more', `[core]\n\tfsmonitor = ${place.evil}\n`);
      git(place.work, 'config', 'include.path', join(place.work, 'more'));
      return ['status'];
    },
    'a hook': () => {
      mkdirSync(join(place.work, '.git/hooks'), { recursive: true });
      writeFileSync(join(place.work, '.git/hooks/post-checkout'), readFileSync(place.evil));
      chmodSync(join(place.work, '.git/hooks/post-checkout'), 0o755);
      return ['checkout', '-q', '-b', 'other'];
    },
    'an alias in the place of a command': () => {
      git(place.work, 'config', 'alias.st', `!${place.evil}`);
      return ['st'];
    },
    'a repository elsewhere, by a .git file': () => {
      renameSync(join(place.work, '.git'), join(place.work, 'store'));
      git(join(place.work, 'store'), 'config', 'core.fsmonitor', place.evil);
      writeFileSync(join(place.work, '.git'), 'gitdir: store\n');
      return ['status'];
    },
  };

  test.each(Object.entries(attacks))('git on the host runs no program of the agent: %s', async (_, plant) => {
    const everyday = plant();
    place.agentWrites('a.txt', 'changed\n');
    await hasWork(place.paths);
    expect(await show()).toContain('+changed');
    await applyAll();
    expect(readFileSync(join(place.project, 'a.txt'), 'utf8')).toBe('changed\n');
    expect(place.evilRan()).toBe(false);
    // Control: the same ordinary command in the same folder runs it.
    place.agentWrites('a.txt', 'changed again\n');
    spawnSync('git', ['-C', place.work, ...everyday]);
    expect(place.evilRan()).toBe(true);
  });

  test('git on the host ignores a bare repository in a folder', async () => {
    git(place.work, 'init', '-q', '--bare', 'lib');
    git(join(place.work, 'lib'), 'config', 'core.fsmonitor', place.evil);
    git(join(place.work, 'lib'), 'config', 'core.bare', 'false');
    git(join(place.work, 'lib'), 'config', 'core.worktree', place.work);
    await show();
    await apply({ ...place.paths, bottleId: 'b', consent: async () => false });
    expect(place.evilRan()).toBe(false);
    git(join(place.work, 'lib'), 'status');
    expect(place.evilRan()).toBe(true);
    // Without its HEAD, which needs consent, the folder is no repository.
    execFileSync('git', ['-C', join(place.project, 'lib'), 'status'], { stdio: 'pipe' });
    expect(place.evilRan()).toBe(false);
  });

  test("the user's own configuration does not change the diff", async () => {
    const home = process.env['HOME'];
    writeFileSync(
      join(place.folder, '.gitconfig'),
      `[diff]\n\texternal = ${place.evil}\n[color]\n\tui = always\n`,
    );
    place.agentWrites('a.txt', 'changed\n');
    process.env['HOME'] = place.folder;
    try {
      expect(await show()).toContain('\n+changed\n');
      expect(place.evilRan()).toBe(false);
      git(place.work, 'diff');
      expect(place.evilRan()).toBe(true);
    } finally {
      process.env['HOME'] = home;
    }
  });
});

describe('a diff that an agent tries to hide from', () => {
  beforeEach(() => place.copy());

  test('a diff shows text that attributes call binary', async () => {
    place.agentWrites('.gitattributes', '* -diff\n*.txt binary\n');
    place.agentWrites('a.txt', 'changed\n');
    expect(git(place.work, 'diff', 'a.txt')).toContain('Binary files');
    expect(await show()).toContain('-one\n+changed');
  });

  test('a diff shows lines that look like those of another file', async () => {
    place.agentWrites('a.txt', 'diff --git old/1 new/1\n@@ -1 +1 @@\nBinary files x and y differ\n');
    place.agentWrites('dir/b.txt', 'changed\n');
    const text = await show();
    expect(text).toContain('+diff --git old/1 new/1\n+@@ -1 +1 @@\n+Binary files x and y differ\n');
    expect(text).toContain('+++ b/dir/b.txt\n@@ -1 +1 @@\n-two\n+changed\n');
  });

  test('a diff shows control sequences in contents and names', async () => {
    place.agentWrites('a.txt', 'x = 1 \u001b[2K\u202e;evil\u0007\r\n');
    place.agentWrites('ev\u001b]0;il\u0007\u202e', 'x\n');
    const text = await show();
    // oxlint-disable-next-line no-control-regex -- nothing that a terminal acts on is left
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(text).toContain(String.raw`+x = 1 \u{1b}[2K\u{202e};evil\u{7}\r`);
    expect(text).toContain(String.raw`+++ "b/ev\033]0;il\007\342\200\256"`);
  });

  test('a diff is in a form that git itself can apply', async () => {
    place.agentWrites('a.txt', 'changed \u001b[0m\n');
    place.agentWrites('new/file', 'no newline at the end');
    chmodSync(join(place.work, 'dir/b.txt'), 0o755);
    symlinkSync('a.txt', join(place.work, 'link'));
    writeFileSync(join(place.work, 'image'), Buffer.from([0, 1, 2, 0xff]));
    expect(await show()).toContain('Binary files /dev/null and b/image differ\n');
    writeFileSync(join(place.folder, 'patch'), (await diff(place.paths, { isBinary: true })).patch);
    git(place.work, 'add', '-A');
    const expected = git(place.work, 'write-tree');
    git(place.project, 'apply', '--index', join(place.folder, 'patch'));
    expect(git(place.project, 'write-tree')).toBe(expected);
  });
});

describe('paths that lead outside the project', () => {
  beforeEach(() => {
    mkdirSync(join(place.folder, 'outside'));
    writeFileSync(join(place.folder, 'outside/secret.txt'), 'secret\n');
  });
  const outside = (): string[] => readdirSync(join(place.folder, 'outside'));

  test('an apply does not follow a link that the agent leaves', async () => {
    await place.copy();
    symlinkSync(join(place.folder, 'outside'), join(place.work, 'out'));
    symlinkSync('../outside', join(place.work, 'dir/up'));
    symlinkSync('../../outside/secret.txt', join(place.work, 'secret'));
    const report = await applyAll();
    expect(report.staysInBottle.map(({ path }) => path)).toEqual(['out', 'secret']);
    expect(await show()).not.toContain('+secret\n');
    expect(outside()).toEqual(['secret.txt']);
  });

  test('an apply does not follow a folder of the base that became a link', async () => {
    await place.copy();
    rmSync(join(place.work, 'dir'), { recursive: true });
    writeFileSync(join(place.folder, 'outside/b.txt'), 'of the host\n');
    symlinkSync(join(place.folder, 'outside'), join(place.work, 'dir'));
    expect(await show()).not.toContain('of the host');
    await applyAll();
    expect(readFileSync(join(place.folder, 'outside/b.txt'), 'utf8')).toBe('of the host\n');
    expect(existsSync(join(place.project, 'dir'))).toBe(false);
  });

  test("an apply does not follow a link of the project's own", async () => {
    rmSync(join(place.project, 'dir'), { recursive: true });
    symlinkSync(join(place.folder, 'outside'), join(place.project, 'dir'));
    await place.copy();
    place.agentWrites('dir/planted', 'x');
    await applyAll().catch(() => undefined);
    expect(outside()).toEqual(['secret.txt']);
    // Control: an ordinary copy of the same files does put them there.
    execFileSync('cp', [join(place.work, 'dir/planted'), join(place.project, 'dir/planted')]);
    expect(outside()).toEqual(['planted', 'secret.txt']);
  });

  test('an apply writes nothing into .git, under any of its names', async () => {
    await place.copy();
    const names = [
      '.GIT/hooks/pre-commit',
      'sub/.Git/config',
      'git~1/config',
      '.g\u200cit/config',
      '.git /config',
    ];
    for (const name of names) place.agentWrites(name);
    const report = await applyAll();
    expect(report.written).toEqual([]);
    expect(report.staysInBottle.map(({ path }) => path).sort()).toEqual(names.sort());
    expect(readdirSync(place.project).sort()).toEqual(['.git', 'a.txt', 'dir']);
  });

  test('an apply does not overwrite a file that was left out as a secret', async () => {
    place.write('.env', 'TOKEN=1');
    await place.copy();
    place.agentWrites('.env', 'TOKEN=of the agent');
    expect((await applyAll()).staysInBottle.map(({ path }) => path)).toEqual(['.env']);
    expect(readFileSync(join(place.project, '.env'), 'utf8')).toBe('TOKEN=1');
  });

  test('an apply creates no special files, setuid bits or hard links', async () => {
    await place.copy();
    execFileSync('mkfifo', [join(place.work, 'pipe')]);
    rmSync(join(place.work, 'a.txt'));
    execFileSync('mkfifo', [join(place.work, 'a.txt')]);
    place.agentWrites('tool');
    chmodSync(join(place.work, 'tool'), 0o6755);
    place.agentWrites('one');
    linkSync(join(place.work, 'one'), join(place.work, 'two'));
    const report = await applyAll();
    expect(report.staysInBottle).toEqual([{ path: 'a.txt', why: 'is a fifo' }]);
    expect(report.written).toEqual(['one', 'tool', 'two']);
    expect(lstatSync(join(place.project, 'tool')).mode & 0o7777).toBe(0o755);
    expect(lstatSync(join(place.project, 'two')).nlink).toBe(1);
  });

  test('an apply refuses a file that is larger than the disk', async () => {
    await place.copy();
    place.agentWrites('sparse');
    truncateSync(join(place.work, 'sparse'), 1024 ** 4);
    expect(await show()).toContain('b/sparse is too large (1099511627776 bytes)');
    expect((await applyAll()).staysInBottle).toEqual([{ path: 'sparse', why: 'is too large' }]);
  });

  test('an apply does not follow links that are swapped while it reads', async () => {
    writeFileSync(join(place.folder, 'outside/b.txt'), 'of the host\n');
    await place.copy();
    place.agentWrites('a.txt', 'changed\n');
    renameSync(join(place.work, 'dir'), join(place.work, 'dir.real'));
    const swap = `while :; do ln -sfn '${join(place.folder, 'outside')}' dir; rm dir; cp -r dir.real dir; rm -r dir; done`;
    const swapper = spawn('sh', ['-c', swap], { cwd: place.work, stdio: 'ignore' });
    try {
      for (let round = 0; round < 40; round += 1) expect(await show()).not.toContain('of the host');
      // Control: a read by path shows the file behind the link, sooner or later.
      while (!readsHost(join(place.work, 'dir/b.txt')));
    } finally {
      swapper.kill('SIGKILL');
    }
    expect(outside()).toEqual(['b.txt', 'secret.txt']);
  });
});

function readsHost(path: string): boolean {
  try {
    return readFileSync(path, 'utf8') === 'of the host\n';
  } catch {
    return false; // between two swaps
  }
}
