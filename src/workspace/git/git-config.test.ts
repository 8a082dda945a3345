import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import { configText, remoteUrlForBottle, settingsForBottle, type Setting } from './git-config.ts';
import { readConfig } from './git.ts';

describe('the configuration for a bottle', () => {
  test("a bottle's git configuration leaves out settings that run a program, include a file or hold a secret", () => {
    const hostile: Setting[] = [
      ['core.fsmonitor', '/tmp/evil'],
      ['core.hookspath', '/tmp/hooks'],
      ['core.sshcommand', 'evil'],
      ['core.pager', 'evil'],
      ['core.editor', 'evil'],
      ['core.worktree', '/'],
      ['core.alternaterefscommand', 'evil'],
      ['filter.lfs.clean', 'evil'],
      ['diff.external', 'evil'],
      ['diff.x.textconv', 'evil'],
      ['merge.x.driver', 'evil'],
      ['credential.helper', 'evil'],
      ['gpg.program', 'evil'],
      ['alias.st', '!evil'],
      ['include.path', '/home/user/.gitconfig'],
      ['includeif.gitdir:/.path', 'x'],
      ['url.https://token@github.com/.insteadof', 'https://github.com/'],
      ['http.extraheader', 'Authorization: Basic AAAA'],
      ['remote.origin.uploadpack', 'evil'],
      ['remote.origin.pushurl', 'https://user:token@example.org/'],
      ['submodule.x.update', '!evil'],
      ['user.signingkey', 'AAAA'],
      // and values in unexpected places
      ['branch.main.remote', 'ext::sh -c evil'],
      ['branch.https://user:token@example.org/x.merge', 'refs/heads/main'],
      ['remote.https://user:token@example.org/x.fetch', '+refs/heads/*:refs/remotes/origin/*'],
      ['remote.origin.fetch', 'https://user:token@example.org/'],
      ['branch.main.merge', 'token'],
      ['core.eol', 'https://token@example.org'],
      ['user.email', 'https://user:token@example.org'],
      ['user.name', `ghp_${'x7Kq2Wm9Zr4Tn8Bv3Yc6'.repeat(2)}`],
      ['extensions.partialclone', 'https://user:token@example.org/'],
    ];
    expect(settingsForBottle(hostile)).toEqual([['core.bare', 'false']]);
  });

  test("a bottle's git configuration keeps settings that git needs and the user expects", () => {
    const wanted: Setting[] = [
      ['core.repositoryformatversion', '1'],
      ['extensions.objectformat', 'sha256'],
      ['user.name', 'A User'],
      ['branch.feature/x.y.merge', 'refs/heads/main'],
      ['branch.feature/x.y.remote', 'team/origin'],
      ['branch.main.remote', '.'],
      ['core.autocrlf', 'input'],
      ['remote.origin.fetch', '+refs/heads/*:refs/remotes/origin/*'],
    ];
    expect(settingsForBottle(wanted)).toEqual([['core.bare', 'false'], ...wanted]);
  });
});

describe('the address of a remote', () => {
  test.each([
    ['https://ghp_token@github.com/a/b.git', 'https://github.com/a/b.git'],
    ['https://user:pass@example.org:8443/a?private_token=x#y', 'https://example.org:8443/a'],
    ['git@github.com:a/b.git', 'git@github.com:a/b.git'],
    ['ssh://git:pass@example.org:22/a', 'ssh://git@example.org:22/a'],
    ['/home/user/other.git', undefined],
    ['file:///home/user/other.git', undefined],
    ['ext::sh -c evil', undefined],
    ['a@b::c', undefined],
    ['../other', undefined],
    ['ssh://tok_x7Kq2Wm9Zr4Tn8Bv3Yc6x7Kq2W@example.org/a', 'ssh://example.org/a'],
    ['tok_x7Kq2Wm9Zr4Tn8Bv3Yc6x7Kq2W@example.org:a/b', undefined],
    ['https://example.org/x7Kq2Wm9Zr4Tn8Bv3Yc6x7Kq2Wm9Zr4T/a.git', undefined],
    [
      'https://example.org/group/a-project-with-a-rather-long-name.git',
      'https://example.org/group/a-project-with-a-rather-long-name.git',
    ],
  ])('the address %j of a remote becomes %j', (url, expected) => {
    expect(remoteUrlForBottle(url)).toBe(expected);
  });
});

test("a branch's address loses its credentials, as a remote's does", () => {
  const settings: Setting[] = [['branch.main.remote', 'https://user:token@example.org/a.git']];
  expect(settingsForBottle(settings)).toContainEqual(['branch.main.remote', 'https://example.org/a.git']);
});

describe('the text', () => {
  test('git reads the written configuration back unchanged', async () => {
    const value = fc.string({ unit: 'grapheme' }).filter((text) => !/[\0\r\b]/.test(text));
    const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/[\0\n\r]/.test(text));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 4 }), async (pairs) => {
        const settings = pairs.map(([branch, text]): Setting => [`branch.${branch}.remote`, text]);
        expect(await readConfig(Buffer.from(configText(settings)))).toEqual(settings);
      }),
      { numRuns: runs(40) },
    );
  });
});
