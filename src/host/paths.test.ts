import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { cacheDir, configDir, homeDir, stateDir } from './paths.ts';

afterEach(() => vi.unstubAllEnvs());

test('a folder that is said is taken, where it is a full path: XDG base directory specification', () => {
  vi.stubEnv('XDG_STATE_HOME', '/elsewhere');
  expect(stateDir()).toBe('/elsewhere/bot-bottle');
});

test.each(['', 'here', './here', '~/here'])(
  '%j is none, and not a folder of whatever project this is',
  (said) => {
    for (const name of ['STATE', 'CACHE', 'CONFIG']) vi.stubEnv(`XDG_${name}_HOME`, said);
    expect([stateDir(), cacheDir(), configDir()]).toEqual(
      ['.local/state', '.cache', '.config'].map((folder) => join(homedir(), folder, 'bot-bottle')),
    );
  },
);

test.each(['', 'here'])('a HOME of %j is none: the system says where the user is at home', (said) => {
  vi.stubEnv('HOME', said);
  for (const name of ['STATE', 'CACHE', 'CONFIG']) vi.stubEnv(`XDG_${name}_HOME`, undefined);
  expect(homeDir()).toBe(userInfo().homedir);
  expect(stateDir()).toBe(join(userInfo().homedir, '.local/state/bot-bottle'));
});
