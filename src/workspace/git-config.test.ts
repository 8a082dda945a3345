import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../test/support/runs.ts';
import { configText, remoteUrlForBottle, settingsForBottle, type Setting } from './git-config.ts';
import { readConfig } from './git.ts';

describe('the configuration for a bottle', () => {
  test('leaves out everything that runs a program, includes a file or holds a secret', () => {
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
    ];
    expect(settingsForBottle(hostile)).toEqual([['core.bare', 'false']]);
  });

  test('keeps what git needs and the user expects', () => {
    const wanted: Setting[] = [
      ['core.repositoryformatversion', '1'],
      ['extensions.objectformat', 'sha256'],
      ['user.name', 'A User'],
      ['branch.feature/x.y.merge', 'refs/heads/main'],
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
  ])('%j goes in as %j', (url, expected) => {
    expect(remoteUrlForBottle(url)).toBe(expected);
  });
});

describe('the text', () => {
  test('is read back by git as it was meant', async () => {
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
