import { expect, test, afterEach, beforeEach, describe, it, vi } from 'vitest';
import type { ReadPreset } from '../../manifest/presets.ts';
import { clientsInBottle, type ReadPresets, gitIdentity } from './client-settings.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const preset = (name: string): ReadPreset => ({
  endpoints: [],
  settings: ({ host, port }) => ({
    env: { [name]: `${host}:${port}` },
    homeFiles: { [`.${name}/conf`]: name },
  }),
});
const PRESETS: ReadPresets = new Map([
  ['go', preset('go')],
  ['cargo', preset('cargo')],
]);
const rule = (id: string) => ({ id, position: '', host: 'a.example', port: 443, scheme: 'https' as const });

test('clients of allowed presets get their variables and files, and others nothing', () => {
  expect(clientsInBottle(PRESETS, { allow: [rule('egress.allow[0] go')] }, '127.200.0.1')).toEqual({
    env: { go: '127.200.0.1:3128' },
    files: { '.go_conf': 'go' },
    steps: [{ kind: 'copy', guestPath: '/home/agent/.go/conf', target: '/etc/bot-bottle/clients/.go_conf' }],
  });
});

describe('git identity', () => {
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
    it('gitIdentity returns the name and address that git would use, the last of several', async () => {
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

    it('gitIdentity returns nothing where git knows no user, or an empty one', async () => {
      expect(await gitIdentity()).toEqual({});
      writeFileSync(join(home, '.gitconfig'), '[user]\n\tname =\n\temail\n');
      expect(await gitIdentity()).toEqual({});
    });
  });
});
