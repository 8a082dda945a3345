import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { gitIdentity } from './git-identity.ts';

/** The home folder that git reads. */
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'bot-bottle-git-'));
  vi.stubEnv('HOME', home);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

describe('gitIdentity', () => {
  it('is the name and address that git would use, the last of several', async () => {
    const settings =
      '[user]\n\tname = First\n\tsigningKey = secret\n[user]\n\tname = "Ada  Lovelace"\n\temail = ada@example.org\n';
    writeFileSync(join(home, '.gitconfig'), settings);
    expect(await gitIdentity()).toEqual({
      GIT_AUTHOR_NAME: 'Ada  Lovelace',
      GIT_COMMITTER_NAME: 'Ada  Lovelace',
      GIT_AUTHOR_EMAIL: 'ada@example.org',
      GIT_COMMITTER_EMAIL: 'ada@example.org',
    });
  });

  it('is nothing where git knows no user, or an empty one', async () => {
    expect(await gitIdentity()).toEqual({});
    writeFileSync(join(home, '.gitconfig'), '[user]\n\tname =\n\temail\n');
    expect(await gitIdentity()).toEqual({});
  });
});
