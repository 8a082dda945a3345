import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { cacheDir, configDir, homeDir, stateDir } from './paths.ts';

afterEach(() => vi.unstubAllEnvs());

test('an absolute path in an XDG variable is used (XDG base directory specification)', () => {
  vi.stubEnv('XDG_STATE_HOME', '/elsewhere');
  expect(stateDir()).toBe('/elsewhere/bot-bottle');
});

test.each(['', 'here', './here', '~/here'])(
  '%j in an XDG variable is ignored, not resolved below the project',
  (said) => {
    for (const name of ['STATE', 'CACHE', 'CONFIG']) vi.stubEnv(`XDG_${name}_HOME`, said);
    expect([stateDir(), cacheDir(), configDir()]).toEqual(
      ['.local/state', '.cache', '.config'].map((folder) => join(homedir(), folder, 'bot-bottle')),
    );
  },
);

test.each(['', 'here'])("a HOME of %j is ignored, and the system's entry is used", (said) => {
  vi.stubEnv('HOME', said);
  for (const name of ['STATE', 'CACHE', 'CONFIG']) vi.stubEnv(`XDG_${name}_HOME`, undefined);
  expect(homeDir()).toBe(userInfo().homedir);
  expect(stateDir()).toBe(join(userInfo().homedir, '.local/state/bot-bottle'));
});
